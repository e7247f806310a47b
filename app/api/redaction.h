// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

namespace zos::app {

// The data of a workload as somebody else than its owner may see it: keys, seeds, passwords and
// every value of an environment read "***", at any depth and whatever their type; the rest stays
// as it was sent.
QByteArray redacted(const Json &data);
Deployment redacted(Deployment deployment); // all its workloads

} // namespace zos::app

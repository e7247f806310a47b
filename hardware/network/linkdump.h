// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "hardware/network/netspace.h"

namespace zos::hw {

// All links of the calling thread's network namespace, asked over rtnetlink.
Result<LinkMap> dumpLinks();

} // namespace zos::hw

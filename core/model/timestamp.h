// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"

namespace zos {

// Unix seconds written as an integer or as an RFC 3339 text; null leaves the value as it is.
Result<> readTimestamp(const Json &json, qint64 &seconds);

} // namespace zos

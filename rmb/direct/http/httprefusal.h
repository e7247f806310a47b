// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/http/httpserver.h"

namespace zos::rmb::serving {

// What the server says and counts when it refuses a request by itself.
QByteArray refusalBody(int status);
HttpDrop dropOf(int status);

} // namespace zos::rmb::serving

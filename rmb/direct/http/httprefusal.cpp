// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httprefusal.h"

namespace zos::rmb::serving {

HttpDrop dropOf(int status)
{
    switch (status) {
    case 413:
        return HttpDrop::Oversize;
    case 404:
    case 405:
        return HttpDrop::Unserved;
    case 503:
        return HttpDrop::Busy;
    default:
        return HttpDrop::Malformed;
    }
}

QByteArray refusalBody(int status)
{
    switch (status) {
    case 405:
        return {};
    case 413:
        return "{\"status\":\"error\",\"message\":\"body exceeds the limit\"}";
    case 431:
        return "{\"status\":\"error\",\"message\":\"header exceeds the limit\"}";
    case 503:
        return "{\"status\":\"error\",\"message\":\"node is busy\"}";
    case 404:
        return "{\"status\":\"error\",\"message\":\"not found\"}";
    default:
        return "{\"status\":\"error\",\"message\":\"refused\"}";
    }
}

} // namespace zos::rmb::serving

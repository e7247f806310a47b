// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <optional>

namespace zos::rmb {

// The head of an HTTP request, as much of it as a relay cares about.
struct RelayRequest
{
    QByteArray method;
    QByteArray path;
    QByteArray query; // raw; "" when there is none
    std::optional<qint64> bodySize; // Content-Length
    qsizetype headSize = 0; // with the blank line

    // Nothing while the blank line has not come; Invalid for what is not HTTP/1.1.
    static Result<std::optional<RelayRequest>> parse(QByteArrayView bytes);
};

inline constexpr qsizetype kMaxRelayHead = 16 << 10;

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"

namespace zos {

QString errorName(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Invalid:
        return QStringLiteral("invalid");
    case ErrorCode::NotFound:
        return QStringLiteral("not found");
    case ErrorCode::Exists:
        return QStringLiteral("exists");
    case ErrorCode::Denied:
        return QStringLiteral("denied");
    case ErrorCode::Limit:
        return QStringLiteral("limit");
    case ErrorCode::Busy:
        return QStringLiteral("busy");
    case ErrorCode::Timeout:
        return QStringLiteral("timeout");
    case ErrorCode::Cancelled:
        return QStringLiteral("cancelled");
    case ErrorCode::Unavailable:
        return QStringLiteral("unavailable");
    case ErrorCode::Corrupt:
        return QStringLiteral("corrupt");
    case ErrorCode::Io:
        return QStringLiteral("io");
    case ErrorCode::Protocol:
        return QStringLiteral("protocol");
    case ErrorCode::Bug:
        return QStringLiteral("bug");
    }
    return QStringLiteral("unknown");
}

Error Error::wrapped(const QString &context) const
{
    return Error { code, context + QStringLiteral(": ") + what };
}

} // namespace zos

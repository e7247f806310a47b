// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

namespace zos::rmb {

// Codes of error answers (rmb.md 2.10).
enum class RelayCode : quint32 {
    FromHandler = 0,
    UnsupportedPayload = 100,
    Expired = 102,
    UnknownTwin = 103,
    BadSignature = 104,
    NoPublicKey = 105,
    NotDecrypted = 106,
    Other = 500,
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

namespace zos {

// Bitcoin alphabet, leading zero bytes become '1'.
QString base58(QByteArrayView bytes);
// Decoded bytes or Invalid; at most 128 characters.
Result<QByteArray> fromBase58(QStringView text);

// UTF-8 with every character it has: QString::fromUtf8() drops a byte order mark in front, which
// hashes and signatures cover. Each malformed byte reads as U+FFFD.
QString exactUtf8(QByteArrayView bytes);

// Even number of hex digits of either case and nothing else, else Invalid.
Result<QByteArray> strictHex(QByteArrayView text);
// Standard alphabet with padding, no other characters, else Invalid.
Result<QByteArray> strictBase64(QByteArrayView text);

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"
#include "core/identity/crypto.h"
#include "core/identity/identity.h"

#include <sodium.h>

namespace zos {

namespace {

constexpr char kSs58Prefix = 42;
constexpr qsizetype kSs58Check = 2;

QByteArray ss58Check(const QByteArray &body)
{
    ensureCrypto();
    const QByteArray text = "SS58PRE" + body;
    QByteArray digest(64, '\0');
    crypto_generichash(reinterpret_cast<unsigned char *>(digest.data()), std::size_t(digest.size()),
        reinterpret_cast<const unsigned char *>(text.constData()), quint64(text.size()), nullptr,
        0);
    return digest.first(kSs58Check);
}

} // namespace

QString ss58(const QByteArray &publicKey)
{
    const QByteArray body = kSs58Prefix + publicKey;
    return base58(QByteArray(body + ss58Check(body)));
}

Result<QByteArray> fromSs58(QStringView address)
{
    const auto bytes = fromBase58(address);
    if (!bytes)
        return fail(bytes.error().wrapped(QStringLiteral("address")));
    if (bytes->size() != 1 + 32 + kSs58Check)
        return fail(ErrorCode::Invalid,
            QStringLiteral("an address has 35 bytes, this one has %1").arg(bytes->size()));
    if (bytes->at(0) != kSs58Prefix)
        return fail(ErrorCode::Invalid,
            QStringLiteral("the address belongs to another network (prefix is not 42)"));
    if (bytes->last(kSs58Check) != ss58Check(bytes->chopped(kSs58Check)))
        return fail(ErrorCode::Invalid, QStringLiteral("the address has a wrong checksum"));
    return bytes->sliced(1, 32);
}

} // namespace zos

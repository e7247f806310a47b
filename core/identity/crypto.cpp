// SPDX-License-Identifier: Apache-2.0
#include "core/identity/crypto.h"

#include "core/identity/identity.h"

#include <QtCrypto>

#include <sodium.h>

#include <mutex>

namespace zos {

namespace {

bool initCryptoOnce()
{
    // QCA undoes this by itself when the application object goes.
    QCA::init();
    return sodium_init() >= 0;
}

bool cryptoReady()
{
    static const bool ready = initCryptoOnce();
    return ready;
}

} // namespace

void ensureCrypto()
{
    cryptoReady();
}

Result<> initCrypto()
{
    if (!cryptoReady())
        return fail(ErrorCode::Unavailable, QStringLiteral("libsodium could not be initialised"));
    QStringList missing;
    for (const auto &primitive :
        { "md5", "sha256", "sha512", "hmac(sha512)", "aes256-gcm", "random" }) {
        if (!QCA::isSupported(primitive))
            missing += QString::fromLatin1(primitive);
    }
    if (!missing.isEmpty()) {
        return fail(ErrorCode::Unavailable,
            QStringLiteral("the crypto library QCA lacks %1 (is its OpenSSL plugin installed?)")
                .arg(missing.join(QStringLiteral(", "))));
    }
    return {};
}

} // namespace zos

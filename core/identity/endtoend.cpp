// SPDX-License-Identifier: Apache-2.0
#include "core/identity/endtoend.h"

#include "core/identity/crypto.h"
#include "core/identity/identitysecret.h"

#include <QtCrypto>

#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <sodium.h>

#include <array>
#include <cstring>

namespace zos {

namespace {

constexpr qsizetype kNonce = 12, kTag = 16;
constexpr std::size_t kCompressedPoint = 33;

// Made once and blinded with fresh randomness, then only read: safe from any thread.
const secp256k1_context *curveContext()
{
    static const secp256k1_context *const context = [] {
        ensureCrypto();
        auto *made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
        std::array<quint8, 32> seed;
        randombytes_buf(seed.data(), seed.size());
        [[maybe_unused]] const int blinded = secp256k1_context_randomize(made, seed.data());
        Q_ASSERT(blinded == 1);
        sodium_memzero(seed.data(), seed.size());
        return made;
    }();
    return context;
}

// The network takes the x coordinate as it is, not the library's own hash of the point.
int copyX(unsigned char *output, const unsigned char *x, const unsigned char *, void *)
{
    std::memcpy(output, x, 32);
    return 1;
}

QCA::Cipher sealingCipher(const SecretBytes &secret, QCA::Direction direction,
    const QByteArray &nonce, const QCA::AuthTag &tag)
{
    QCA::SecureArray key(int(secret.size()));
    std::memcpy(key.data(), secret.data(), secret.size());
    return QCA::Cipher(QStringLiteral("aes256"), QCA::Cipher::GCM, QCA::Cipher::NoPadding,
        direction, QCA::SymmetricKey(key), QCA::InitializationVector(nonce), tag);
}

} // namespace

QByteArray Identity::endToEndKey() const
{
    secp256k1_pubkey point;
    if (secp256k1_ec_pubkey_create(curveContext(), &point, m_secret->seed().data()) != 1)
        return {};
    QByteArray bytes(qsizetype(kCompressedPoint), '\0');
    auto size = kCompressedPoint;
    secp256k1_ec_pubkey_serialize(curveContext(), reinterpret_cast<quint8 *>(bytes.data()), &size,
        &point, SECP256K1_EC_COMPRESSED);
    return bytes;
}

EndToEnd::EndToEnd(SecretBytes key)
    : m_key(std::make_shared<const SecretBytes>(std::move(key)))
{
}

Result<EndToEnd> EndToEnd::between(const Identity &own, const QByteArray &peerKey)
{
    secp256k1_pubkey point;
    if (peerKey.size() != qsizetype(kCompressedPoint)
        || secp256k1_ec_pubkey_parse(curveContext(), &point,
               reinterpret_cast<const quint8 *>(peerKey.constData()), kCompressedPoint)
            != 1) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("the end-to-end key of %1 bytes is no compressed point of the curve")
                .arg(peerKey.size()));
    }
    // Fails for an own secret that is no scalar of the curve, one in 2^128.
    QCA::SecureArray x(32);
    if (secp256k1_ecdh(curveContext(), reinterpret_cast<quint8 *>(x.data()), &point,
            own.m_secret->seed().data(), copyX, nullptr)
        != 1) {
        return fail(ErrorCode::Invalid, QStringLiteral("this identity has no end-to-end key"));
    }
    const auto digest = QCA::Hash(QStringLiteral("sha256")).hash(x);
    SecretBytes key(32);
    Q_ASSERT(std::size_t(digest.size()) == key.size());
    std::memcpy(key.data(), digest.constData(), key.size());
    key.freeze();
    return EndToEnd(std::move(key));
}

QByteArray EndToEnd::seal(const QByteArray &text) const
{
    const auto nonce = QCA::Random::randomArray(int(kNonce)).toByteArray();
    auto cipher = sealingCipher(*m_key, QCA::Encode, nonce, QCA::AuthTag(int(kTag)));
    const auto sealed = cipher.process(text);
    Q_ASSERT(cipher.ok());
    return nonce + sealed.toByteArray() + cipher.tag().toByteArray();
}

Result<QByteArray> EndToEnd::open(const QByteArray &sealed) const
{
    if (sealed.size() < kNonce + kTag) {
        return fail(ErrorCode::Denied,
            QStringLiteral("a sealed text has at least %1 bytes, this one has %2")
                .arg(kNonce + kTag)
                .arg(sealed.size()));
    }
    auto cipher = sealingCipher(*m_key, QCA::Decode, sealed.first(kNonce),
        QCA::AuthTag(QCA::SecureArray(sealed.last(kTag))));
    // process() alone: update() would hand out text before the tag is checked.
    const auto text = cipher.process(sealed.sliced(kNonce, sealed.size() - kNonce - kTag));
    if (!cipher.ok())
        return fail(ErrorCode::Denied, QStringLiteral("the text was not sealed with this key"));
    return text.toByteArray();
}

} // namespace zos

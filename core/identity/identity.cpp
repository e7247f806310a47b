// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"

#include "core/identity/crypto.h"
#include "core/identity/identitysecret.h"
#include "core/identity/mnemonic.h"
#include "core/identity/sr25519.h"

#include <sodium.h>

#include <cstring>

namespace zos {

namespace {

std::span<const quint8> identityBytes(QByteArrayView bytes)
{
    return { reinterpret_cast<const quint8 *>(bytes.data()), std::size_t(bytes.size()) };
}

quint8 *identityBuffer(QByteArray &bytes)
{
    return reinterpret_cast<quint8 *>(bytes.data());
}

} // namespace

Identity::Secret::Secret(KeyType keyType, std::span<const quint8> miniSecret)
    : type(keyType)
    , bytes(kSeed + kSigning)
{
    Q_ASSERT(miniSecret.size() == kSeed);
    std::memcpy(bytes.data(), miniSecret.data(), kSeed);
    auto *key = bytes.data() + kSeed;
    if (type == KeyType::Ed25519)
        crypto_sign_ed25519_seed_keypair(publicKey.data(), key, bytes.data());
    else
        Sr25519::expand(seed(), std::span<quint8, kSigning>(key, kSigning), publicKey);
    bytes.freeze();
}

Identity::Identity(std::shared_ptr<const Secret> secret)
    : m_secret(std::move(secret))
{
}

Result<Identity> Identity::fromMnemonic(QAnyStringView words, KeyType type)
{
    const auto entropy = mnemonicEntropy(words);
    if (!entropy)
        return fail(entropy.error());
    const auto mini = miniSecretOf(*entropy);
    return Identity(std::make_shared<const Secret>(type, mini.part(0, mini.size())));
}

Result<Identity> Identity::fromSeed(QByteArrayView miniSecret, KeyType type)
{
    if (miniSecret.size() != qsizetype(Secret::kSeed)) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("a seed has 32 bytes, this one has %1").arg(miniSecret.size()));
    }
    return Identity(std::make_shared<const Secret>(type, identityBytes(miniSecret)));
}

Identity Identity::generate(KeyType type)
{
    const auto seed = newEntropy(24);
    return Identity(std::make_shared<const Secret>(type, seed.part(0, seed.size())));
}

SecretBytes Identity::newMnemonic(int words)
{
    return mnemonicFor(newEntropy(words));
}

KeyType Identity::type() const
{
    return m_secret->type;
}

QByteArray Identity::publicKey() const
{
    const auto &key = m_secret->publicKey;
    return QByteArray(reinterpret_cast<const char *>(key.data()), qsizetype(key.size()));
}

QString Identity::address() const
{
    return ss58(publicKey());
}

QByteArray Identity::sign(const QByteArray &message) const
{
    QByteArray signature(64, '\0');
    auto *out = identityBuffer(signature);
    const auto text = identityBytes(message);
    if (m_secret->type == KeyType::Ed25519) {
        crypto_sign_ed25519_detached(
            out, nullptr, text.data(), text.size(), m_secret->signing().data());
    } else {
        Sr25519::sign(
            m_secret->signing(), m_secret->publicKey, text, std::span<quint8, 64>(out, 64));
    }
    return signature;
}

QByteArray Identity::typedSignature(const QByteArray &message) const
{
    return char(m_secret->type) + sign(message);
}

SecretBytes Identity::yggdrasilKey() const
{
    Q_ASSERT(m_secret->type == KeyType::Ed25519);
    const auto key = m_secret->signing();
    SecretBytes text(2 * key.size() + 1); // the library puts a zero behind the digits
    sodium_bin2hex(reinterpret_cast<char *>(text.data()), text.size(), key.data(), key.size());
    SecretBytes digits(2 * key.size());
    std::memcpy(digits.data(), text.data(), digits.size());
    return digits;
}

bool verify(KeyType type, const QByteArray &publicKey, const QByteArray &message,
    const QByteArray &signature)
{
    if (publicKey.size() != 32 || signature.size() != 64)
        return false;
    ensureCrypto();
    const auto key = identityBytes(publicKey);
    const auto text = identityBytes(message);
    const auto bytes = identityBytes(signature);
    switch (type) {
    case KeyType::Ed25519:
        // Refuses non-canonical S, non-canonical keys and points of small order.
        return crypto_sign_ed25519_verify_detached(
                   bytes.data(), text.data(), text.size(), key.data())
            == 0;
    case KeyType::Sr25519:
        return Sr25519::verify(key.first<32>(), text, bytes.first<64>());
    }
    return false;
}

bool verifyTyped(
    const QByteArray &publicKey, const QByteArray &message, const QByteArray &signature)
{
    if (signature.size() != 65)
        return false;
    switch (const auto type = KeyType(signature.at(0)); type) {
    case KeyType::Ed25519:
    case KeyType::Sr25519:
        return verify(type, publicKey, message, signature.sliced(1));
    }
    return false;
}

} // namespace zos

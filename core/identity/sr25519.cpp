// SPDX-License-Identifier: Apache-2.0
#include "core/identity/sr25519.h"

#include "core/identity/crypto.h"
#include "core/identity/merlin.h"
#include "core/identity/ristretto.h"

#include <QtCrypto>

#include <sodium.h>

#include <array>
#include <cstring>

namespace zos {

namespace {

using Point = std::array<quint8, 32>;

// The order of the group, little endian: 2^252 + 27742317777372353535851937790883648493.
constexpr Point kGroupOrder { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
    0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 };

// Of public values only: a signature's scalar.
bool isCanonicalScalar(const Point &scalar)
{
    for (std::size_t i = scalar.size(); i-- > 0;) {
        if (scalar[i] != kGroupOrder[i])
            return scalar[i] < kGroupOrder[i];
    }
    return false;
}

// Secret numbers of one calculation, wiped however it ends.
template <std::size_t Size> struct WipedBytes
{
    std::array<quint8, Size> bytes {};
    ~WipedBytes() { sodium_memzero(bytes.data(), bytes.size()); }
};

// k = H(context, message, public key, R) mod L
Point challengeScalar(Sr25519::Key publicKey, std::span<const quint8> message, const Point &r)
{
    static const auto begin = [] {
        MerlinTranscript common("SigningContext");
        common.append("", "substrate");
        return common;
    }();
    auto transcript = begin;
    transcript.append("sign-bytes", message);
    transcript.append("proto-name", "Schnorr-sig");
    transcript.append("sign:pk", publicKey);
    transcript.append("sign:R", r);
    std::array<quint8, 64> wide;
    transcript.challenge("sign:c", wide);
    Point scalar;
    crypto_core_ristretto255_scalar_reduce(scalar.data(), wide.data());
    return scalar;
}

QByteArray viewOf(std::span<const quint8> bytes)
{
    return QByteArray::fromRawData(
        reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size()));
}

} // namespace

void Sr25519::expand(Key miniSecret, std::span<quint8, 64> secret, std::span<quint8, 32> publicKey)
{
    ensureCrypto();
    QCA::SecureArray mini(int(miniSecret.size()));
    std::memcpy(mini.data(), miniSecret.data(), miniSecret.size());
    const auto digest = QCA::Hash(QStringLiteral("sha512")).hash(mini);
    Q_ASSERT(digest.size() == 64);
    std::memcpy(secret.data(), digest.constData(), 64);
    secret[0] &= 0xf8;
    secret[31] &= 0x3f;
    secret[31] |= 0x40;
    // Divided by the cofactor: the whole number shifted right by three bits.
    for (std::size_t i = 0; i < 31; ++i)
        secret[i] = quint8(secret[i] >> 3 | secret[i + 1] << 5);
    secret[31] = quint8(secret[31] >> 3);
    // The result cannot be the identity: the scalar lies between 2^251 and 2^252.
    [[maybe_unused]] const int done
        = crypto_scalarmult_ristretto255_base(publicKey.data(), secret.data());
    Q_ASSERT(done == 0);
}

void Sr25519::sign(std::span<const quint8, 64> secret, Key publicKey,
    std::span<const quint8> message, std::span<quint8, 64> signature)
{
    ensureCrypto();
    // The nonce mixes the key's own nonce seed, fresh randomness and the message: neither a weak
    // random source nor a repeated message alone can reveal the key.
    WipedBytes<64> wide;
    WipedBytes<32> r, product;
    QCA::Hash hash(QStringLiteral("sha512"));
    QCA::SecureArray seed(32);
    std::memcpy(seed.data(), secret.data() + 32, 32);
    hash.update(seed);
    hash.update(QCA::Random::randomArray(32));
    hash.update(viewOf(publicKey));
    hash.update(viewOf(message));
    const auto digest = hash.final();
    Q_ASSERT(digest.size() == 64);
    std::memcpy(wide.bytes.data(), digest.constData(), 64);
    crypto_core_ristretto255_scalar_reduce(r.bytes.data(), wide.bytes.data());

    Point point;
    [[maybe_unused]] const int done
        = crypto_scalarmult_ristretto255_base(point.data(), r.bytes.data());
    Q_ASSERT(done == 0);
    const auto k = challengeScalar(publicKey, message, point);
    crypto_core_ristretto255_scalar_mul(product.bytes.data(), k.data(), secret.data());
    std::memcpy(signature.data(), point.data(), 32);
    crypto_core_ristretto255_scalar_add(
        signature.data() + 32, product.bytes.data(), r.bytes.data());
    signature[63] |= 0x80;
}

bool Sr25519::verify(Key publicKey, std::span<const quint8> message, Signature signature)
{
    ensureCrypto();
    if ((signature[63] & 0x80) == 0)
        return false;
    Point r, s;
    std::memcpy(r.data(), signature.data(), 32);
    std::memcpy(s.data(), signature.data() + 32, 32);
    s[31] &= 0x7f;
    // For the identity as a key everybody knows the secret: no account, whatever others say.
    if (!isCanonicalScalar(s) || sodium_is_zero(publicKey.data(), publicKey.size()) == 1)
        return false;
    return Ristretto::equationHolds(r, s, challengeScalar(publicKey, message, r), publicKey);
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "core/identity/ristretto.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

#include <array>
#include <cstring>

namespace zos::fuzz {

// A key, 64 bytes of a signature and a message.
QByteArrayList seeds()
{
    QByteArrayList all;
    for (const Json &entry : testing::cases(QStringLiteral("rmb-sr25519"))) {
        if (entry.findExact(u"signature"))
            all += QByteArray::fromHex(testing::requestOf(entry, u"public")
                + testing::requestOf(entry, u"signature")
                + testing::requestOf(entry, u"message_hex"));
    }
    return all;
}

void tryInput(QByteArrayView input)
{
    using Bytes = std::array<unsigned char, 32>;
    if (input.size() < 96)
        return;
    Bytes key, r, s, k {};
    std::memcpy(key.data(), input.data(), 32);
    std::memcpy(r.data(), input.data() + 32, 32);
    std::memcpy(s.data(), input.data() + 64, 32);
    std::memcpy(k.data(), input.data() + 96, size_t(std::min<qsizetype>(32, input.size() - 96)));
    s[31] &= 0x0f; // below the order
    k[31] &= 0x0f;

    // The same with libsodium, which overlooks the highest bit of an encoding and reports the
    // identity as a failure.
    const bool isPoint = key[31] < 0x80 && crypto_core_ristretto255_is_valid_point(key.data()) == 1;
    Bytes sB {}, kP {}, expected {};
    if (crypto_scalarmult_ristretto255_base(sB.data(), s.data()) != 0)
        sB.fill(0);
    if (isPoint && crypto_scalarmult_ristretto255(kP.data(), k.data(), key.data()) != 0)
        kP.fill(0);
    expect(crypto_core_ristretto255_sub(expected.data(), sB.data(), kP.data()) == 0,
        "libsodium subtracts its own points");
    expect(Ristretto::equationHolds(expected, s, k, key) == isPoint, "the right side holds");
    expect(Ristretto::equationHolds(r, s, k, key) == (isPoint && r == expected),
        "no other side holds");

    const auto bytes = input.toByteArray();
    const auto message = bytes.sliced(96);
    const auto twice = bytes.sliced(32, 64);
    for (const auto type : { KeyType::Ed25519, KeyType::Sr25519 }) {
        if (verify(type, bytes.first(32), message, twice)) {
            expect(!verify(type, bytes.first(32), QByteArray(message + '\0'), twice),
                "a signature is for one message");
        }
    }
}

} // namespace zos::fuzz

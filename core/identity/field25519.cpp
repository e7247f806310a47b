// SPDX-License-Identifier: Apache-2.0
#include "core/identity/field25519.h"

#include <QtEndian>

namespace zos {

namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr quint64 kLimbMask = (quint64(1) << 51) - 1;

// A root of -1.
constexpr Field25519::Tight kRootOfMinusOne {
    { { 0x61b274a0ea0b0, 0xd5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d } }
};

Wide wideProduct(quint64 a, quint64 b)
{
    return Wide(a) * b;
}

// What is beyond 255 bits comes back 19 times. The terms of a product of Loose numbers leave room:
// r4 has five terms without a factor, so its carry times 19 still fits 64 bits.
Field25519::Tight fieldReduced(Wide r0, Wide r1, Wide r2, Wide r3, Wide r4)
{
    r1 += quint64(r0 >> 51);
    r2 += quint64(r1 >> 51);
    r3 += quint64(r2 >> 51);
    r4 += quint64(r3 >> 51);
    const quint64 low = (quint64(r0) & kLimbMask) + 19 * quint64(r4 >> 51);
    return { { { low & kLimbMask, (quint64(r1) & kLimbMask) + (low >> 51), quint64(r2) & kLimbMask,
        quint64(r3) & kLimbMask, quint64(r4) & kLimbMask } } };
}

} // namespace

std::optional<Field25519::Tight> Field25519::fromBytes(std::span<const quint8, 32> bytes)
{
    std::array<quint64, 4> words;
    for (std::size_t i = 0; i < 4; ++i)
        words[i] = qFromLittleEndian<quint64>(bytes.data() + 8 * i);
    const Tight value { { { words[0] & kLimbMask, (words[0] >> 51 | words[1] << 13) & kLimbMask,
        (words[1] >> 38 | words[2] << 26) & kLimbMask,
        (words[2] >> 25 | words[3] << 39) & kLimbMask, words[3] >> 12 & kLimbMask } } };
    const auto shortest = toBytes(value);
    if (!std::equal(bytes.begin(), bytes.end(), shortest.begin()))
        return std::nullopt;
    return value;
}

std::array<quint8, 32> Field25519::toBytes(const Tight &a)
{
    auto limbs = a.limbs;
    // The value is below 2p, so p goes into it once or not at all: once when 19 more overflow.
    quint64 times = (limbs[0] + 19) >> 51;
    for (std::size_t i = 1; i < 5; ++i)
        times = (limbs[i] + times) >> 51;
    limbs[0] += 19 * times;
    for (std::size_t i = 0; i < 4; ++i) {
        limbs[i + 1] += limbs[i] >> 51;
        limbs[i] &= kLimbMask;
    }
    limbs[4] &= kLimbMask;
    std::array<quint8, 32> bytes;
    qToLittleEndian(limbs[0] | limbs[1] << 51, bytes.data());
    qToLittleEndian(limbs[1] >> 13 | limbs[2] << 38, bytes.data() + 8);
    qToLittleEndian(limbs[2] >> 26 | limbs[3] << 25, bytes.data() + 16);
    qToLittleEndian(limbs[3] >> 39 | limbs[4] << 12, bytes.data() + 24);
    return bytes;
}

Field25519::Tight Field25519::tightened(const Loose &a)
{
    return fieldReduced(a.limbs[0], a.limbs[1], a.limbs[2], a.limbs[3], a.limbs[4]);
}

Field25519::Tight Field25519::multiply(const Loose &a, const Loose &b)
{
    const auto [a0, a1, a2, a3, a4] = a.limbs;
    const auto [b0, b1, b2, b3, b4] = b.limbs;
    const quint64 c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
    const auto m = wideProduct;
    return fieldReduced(m(a0, b0) + m(a1, c4) + m(a2, c3) + m(a3, c2) + m(a4, c1),
        m(a0, b1) + m(a1, b0) + m(a2, c4) + m(a3, c3) + m(a4, c2),
        m(a0, b2) + m(a1, b1) + m(a2, b0) + m(a3, c4) + m(a4, c3),
        m(a0, b3) + m(a1, b2) + m(a2, b1) + m(a3, b0) + m(a4, c4),
        m(a0, b4) + m(a1, b3) + m(a2, b2) + m(a3, b1) + m(a4, b0));
}

Field25519::Tight Field25519::square(const Loose &a)
{
    const auto [a0, a1, a2, a3, a4] = a.limbs;
    const quint64 d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2;
    const quint64 c3 = 19 * a3, c4 = 19 * a4;
    const auto m = wideProduct;
    return fieldReduced(m(a0, a0) + m(d1, c4) + m(d2, c3), m(d0, a1) + m(d2, c4) + m(a3, c3),
        m(d0, a2) + m(a1, a1) + m(2 * a3, c4), m(d0, a3) + m(d1, a2) + m(a4, c4),
        m(d0, a4) + m(d1, a3) + m(a2, a2));
}

Field25519::Tight Field25519::square(const Tight &a, int times)
{
    Tight result = a;
    for (int i = 0; i < times; ++i)
        result = square(result);
    return result;
}

Field25519::Tight Field25519::power22523(const Tight &a)
{
    // a^(2^n - 1) for growing n; the exponent wanted is 2^252 - 3.
    const Tight n1 = a;
    const Tight n2 = multiply(square(n1, 1), n1);
    const Tight n4 = multiply(square(n2, 2), n2);
    const Tight n5 = multiply(square(n4, 1), n1);
    const Tight n10 = multiply(square(n5, 5), n5);
    const Tight n20 = multiply(square(n10, 10), n10);
    const Tight n40 = multiply(square(n20, 20), n20);
    const Tight n50 = multiply(square(n40, 10), n10);
    const Tight n100 = multiply(square(n50, 50), n50);
    const Tight n200 = multiply(square(n100, 100), n100);
    const Tight n250 = multiply(square(n200, 50), n50);
    return multiply(square(n250, 2), n1);
}

std::optional<Field25519::Tight> Field25519::inverseRoot(const Tight &a)
{
    const Tight cube = multiply(square(a), a);
    const Tight seventh = multiply(square(cube), a);
    Tight root = multiply(cube, power22523(seventh));
    // a times its square is 1, or -1 when the root of -1 is missing; anything else has no root.
    const Tight check = multiply(a, square(root));
    if (equal(check, negated(one())))
        root = multiply(root, kRootOfMinusOne);
    else if (!equal(check, one()))
        return std::nullopt;
    return absolute(root);
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/identity/ristretto.h"

#include "core/identity/field25519.h"

#include <QtEndian>

namespace zos {

namespace {

using F = Field25519;

// The curve's d and 2d.
constexpr F::Tight kD {
    { { 0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff } }
};
constexpr F::Tight kTwoD {
    { { 0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff } }
};

constexpr std::array<quint8, 32> kRistrettoBase { 0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71,
    0xa8, 0x84, 0xa9, 0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d,
    0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76 };

// Points of the twisted Edwards curve in the coordinates that suit each step: x = X/Z, y = Y/Z,
// T = XY/Z.
struct ProjectivePoint
{
    F::Tight x = F::zero(), y = F::one(), z = F::one();
};
struct ExtendedPoint
{
    F::Tight x, y, z, t;
};
struct CompletedPoint // ((x : z), (y : t))
{
    F::Loose x, y, z, t;
};
struct CachedPoint // of a table
{
    F::Loose sum, difference; // y + x, y - x
    F::Tight z, t2d;
};

ProjectivePoint projective(const CompletedPoint &p)
{
    return { F::multiply(p.x, p.t), F::multiply(p.y, p.z), F::multiply(p.z, p.t) };
}

ExtendedPoint extended(const CompletedPoint &p)
{
    return { F::multiply(p.x, p.t), F::multiply(p.y, p.z), F::multiply(p.z, p.t),
        F::multiply(p.x, p.y) };
}

CachedPoint cached(const ExtendedPoint &p)
{
    return { F::add(p.y, p.x), F::subtract(p.y, p.x), p.z, F::multiply(p.t, kTwoD) };
}

CompletedPoint doubled(const F::Tight &x, const F::Tight &y, const F::Tight &z)
{
    const auto xx = F::square(x), yy = F::square(y), zz = F::square(z);
    const auto both = F::square(F::add(x, y));
    return { F::subtract(both, yy, xx), F::add(yy, xx), F::subtract(yy, xx),
        F::twicePlusMinus(zz, xx, yy) };
}

CompletedPoint sumOf(const ExtendedPoint &p, const CachedPoint &q)
{
    const auto a = F::multiply(F::add(p.y, p.x), q.sum);
    const auto b = F::multiply(F::subtract(p.y, p.x), q.difference);
    const auto c = F::multiply(q.t2d, p.t);
    const auto zz = F::multiply(p.z, q.z);
    return { F::subtract(a, b), F::add(a, b), F::twicePlus(zz, c), F::twiceMinus(zz, c) };
}

CompletedPoint differenceOf(const ExtendedPoint &p, const CachedPoint &q)
{
    const auto a = F::multiply(F::add(p.y, p.x), q.difference);
    const auto b = F::multiply(F::subtract(p.y, p.x), q.sum);
    const auto c = F::multiply(q.t2d, p.t);
    const auto zz = F::multiply(p.z, q.z);
    return { F::subtract(a, b), F::add(a, b), F::twiceMinus(zz, c), F::twicePlus(zz, c) };
}

// RFC 9496, 4.3.1.
std::optional<ExtendedPoint> decodedPoint(Ristretto::Bytes bytes)
{
    const auto s = F::fromBytes(bytes);
    if (!s || (bytes[0] & 1) != 0)
        return std::nullopt;
    const auto ss = F::square(*s);
    const auto u1 = F::tightened(F::subtract(F::one(), ss));
    const auto u2 = F::tightened(F::add(F::one(), ss));
    const auto u2Squared = F::square(u2);
    const auto v = F::tightened(F::subtract(F::zero(), F::multiply(kD, F::square(u1)), u2Squared));
    const auto root = F::inverseRoot(F::multiply(v, u2Squared));
    if (!root)
        return std::nullopt;
    const auto denominatorX = F::multiply(*root, u2);
    const auto denominatorY = F::multiply(F::multiply(*root, denominatorX), v);
    const auto x = F::absolute(F::multiply(F::add(*s, *s), denominatorX));
    const auto y = F::multiply(u1, denominatorY);
    const auto t = F::multiply(x, y);
    if (F::isNegative(t) || F::isZero(y))
        return std::nullopt;
    return ExtendedPoint { x, y, F::one(), t };
}

// p, 3p, 5p, ...
template <std::size_t Size> std::array<CachedPoint, Size> oddMultiples(const ExtendedPoint &p)
{
    std::array<CachedPoint, Size> table;
    table[0] = cached(p);
    const auto twice = extended(doubled(p.x, p.y, p.z));
    for (std::size_t i = 1; i < Size; ++i)
        table[i] = cached(extended(sumOf(twice, table[i - 1])));
    return table;
}

// A scalar below 2^253 as a sum of digit * 2^position, where digits are odd, smaller than
// 2^(Width - 1) and at least Width positions apart.
template <int Width> std::array<qint8, 256> sparseDigits(Ristretto::Bytes scalar)
{
    std::array<quint64, 5> words {};
    for (std::size_t i = 0; i < 4; ++i)
        words[i] = qFromLittleEndian<quint64>(scalar.data() + 8 * i);
    std::array<qint8, 256> digits {};
    int carry = 0;
    for (unsigned position = 0; position < 256;) {
        const std::size_t word = position / 64;
        const unsigned bit = position % 64;
        const quint64 bits = bit + Width <= 64 ? words[word] >> bit
                                               : words[word] >> bit | words[word + 1] << (64 - bit);
        const int window = carry + int(bits & ((1U << Width) - 1));
        if (window % 2 == 0) {
            ++position;
            continue;
        }
        carry = window >= 1 << (Width - 1) ? 1 : 0;
        digits[position] = qint8(window - (carry << Width));
        position += Width;
    }
    return digits;
}

} // namespace

bool Ristretto::equationHolds(Bytes r, Bytes s, Bytes k, Bytes key)
{
    constexpr int kKeyWidth = 5, kBaseWidth = 8;
    static const auto baseTable
        = oddMultiples<std::size_t(1) << (kBaseWidth - 2)>(*decodedPoint(kRistrettoBase));
    const auto expected = decodedPoint(r);
    if (!expected)
        return false;
    const auto keyPoint = decodedPoint(key);
    if (!keyPoint)
        return false;
    const auto keyTable = oddMultiples<std::size_t(1) << (kKeyWidth - 2)>(*keyPoint);
    const auto keyDigits = sparseDigits<kKeyWidth>(k);
    const auto baseDigits = sparseDigits<kBaseWidth>(s);

    std::size_t position = 256;
    while (position > 0 && keyDigits[position - 1] == 0 && baseDigits[position - 1] == 0)
        --position;
    ProjectivePoint sum;
    while (position-- > 0) {
        auto next = doubled(sum.x, sum.y, sum.z);
        if (const int digit = keyDigits[position]; digit > 0)
            next = differenceOf(extended(next), keyTable[std::size_t(digit) / 2]);
        else if (digit < 0)
            next = sumOf(extended(next), keyTable[std::size_t(-digit) / 2]);
        if (const int digit = baseDigits[position]; digit > 0)
            next = sumOf(extended(next), baseTable[std::size_t(digit) / 2]);
        else if (digit < 0)
            next = differenceOf(extended(next), baseTable[std::size_t(-digit) / 2]);
        sum = projective(next);
    }
    // Equal as elements of the group, whichever of the curve's points stand for them (4.3.3).
    return F::equal(F::multiply(sum.x, expected->y), F::multiply(sum.y, expected->x))
        || F::equal(F::multiply(sum.y, expected->y), F::multiply(sum.x, expected->x));
}

} // namespace zos

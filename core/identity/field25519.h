// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

#include <array>
#include <optional>
#include <span>

namespace zos {

// Integers modulo p = 2^255 - 19 in five limbs of 51 bits, for values that are no secrets: some
// answers take a time that depends on them. The types keep the bounds of the limbs: products are
// Tight, sums and differences of Tight numbers are Loose, only Loose numbers are multiplied.
class Field25519
{
public:
    struct Loose // every limb below 2^54
    {
        std::array<quint64, 5> limbs {};
    };
    struct Tight : Loose // every limb at most 2^51 + 2^13
    {
    };

    static constexpr Tight zero() { return {}; }
    static constexpr Tight one() { return small(1); }
    static constexpr Tight small(quint64 value) { return { { { value, 0, 0, 0, 0 } } }; }

    // 32 bytes, little endian; none when they are not the shortest form (the value is p or more).
    static std::optional<Tight> fromBytes(std::span<const quint8, 32> bytes);
    static std::array<quint8, 32> toBytes(const Tight &a);
    static bool equal(const Tight &a, const Tight &b) { return toBytes(a) == toBytes(b); }
    static bool isZero(const Tight &a) { return equal(a, zero()); }
    static bool isNegative(const Tight &a) { return (toBytes(a)[0] & 1) != 0; }

    static constexpr Loose add(const Tight &a, const Tight &b)
    {
        Loose sum;
        for (std::size_t i = 0; i < 5; ++i)
            sum.limbs[i] = a.limbs[i] + b.limbs[i];
        return sum;
    }
    static constexpr Loose subtract(const Tight &a, const Tight &b) // a - b
    {
        Loose difference;
        for (std::size_t i = 0; i < 5; ++i)
            difference.limbs[i] = a.limbs[i] + kTwice[i] - b.limbs[i];
        return difference;
    }
    static constexpr Loose subtract(const Tight &a, const Tight &b, const Tight &c) // a - b - c
    {
        Loose difference;
        for (std::size_t i = 0; i < 5; ++i)
            difference.limbs[i] = a.limbs[i] + 2 * kTwice[i] - b.limbs[i] - c.limbs[i];
        return difference;
    }
    static constexpr Loose twicePlus(const Tight &a, const Tight &b) // 2a + b
    {
        Loose sum;
        for (std::size_t i = 0; i < 5; ++i)
            sum.limbs[i] = 2 * a.limbs[i] + b.limbs[i];
        return sum;
    }
    static constexpr Loose twiceMinus(const Tight &a, const Tight &b) // 2a - b
    {
        Loose difference;
        for (std::size_t i = 0; i < 5; ++i)
            difference.limbs[i] = 2 * a.limbs[i] + kTwice[i] - b.limbs[i];
        return difference;
    }
    // 2a + b - c
    static constexpr Loose twicePlusMinus(const Tight &a, const Tight &b, const Tight &c)
    {
        Loose sum;
        for (std::size_t i = 0; i < 5; ++i)
            sum.limbs[i] = 2 * a.limbs[i] + b.limbs[i] + kTwice[i] - c.limbs[i];
        return sum;
    }
    static Tight tightened(const Loose &a);
    static Tight negated(const Tight &a) { return tightened(subtract(zero(), a)); }
    static Tight absolute(const Tight &a) { return isNegative(a) ? negated(a) : a; }
    static Tight multiply(const Loose &a, const Loose &b);
    static Tight square(const Loose &a);

    // The non-negative root of 1 / a, none when there is no root.
    static std::optional<Tight> inverseRoot(const Tight &a);

private:
    static Tight square(const Tight &a, int times); // a^(2^times)
    static Tight power22523(const Tight &a); // a^((p - 5) / 8)

    // 2p, so that no limb of a difference gets below zero.
    static constexpr std::array<quint64, 5> kTwice { 0xfffffffffffda, 0xffffffffffffe,
        0xffffffffffffe, 0xffffffffffffe, 0xffffffffffffe };
};

} // namespace zos

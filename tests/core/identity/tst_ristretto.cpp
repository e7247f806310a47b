// SPDX-License-Identifier: Apache-2.0
#include "core/identity/field25519.h"
#include "core/identity/identity.h"
#include "core/identity/ristretto.h"
#include "tests/support/runner.h"

#include <QByteArray>
#include <QRandomGenerator>
#include <QtCrypto>

#include <sodium.h>

using namespace zos;
using F = Field25519;
using Bytes32 = std::array<quint8, 32>;

namespace {

constexpr quint32 kSeed = 20260131; // of all random numbers here

Bytes32 fromHex32(const char *hex)
{
    const auto bytes = QByteArray::fromHex(hex);
    Bytes32 out {};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

QByteArray hexOf32(const Bytes32 &bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), 32).toHex();
}

const Bytes32 kPrime
    = fromHex32("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
const Bytes32 kGroup
    = fromHex32("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

// The number plus a small, possibly negative one.
Bytes32 plus(Bytes32 number, int small)
{
    int carry = small;
    for (auto &byte : number) {
        carry += byte;
        byte = quint8(carry & 0xff);
        carry >>= 8;
    }
    return number;
}

class Randomness
{
public:
    Bytes32 bytes()
    {
        Bytes32 out;
        for (auto &byte : out)
            byte = quint8(m_generator.bounded(256));
        return out;
    }
    Bytes32 scalar()
    {
        std::array<quint8, 64> wide;
        for (auto &byte : wide)
            byte = quint8(m_generator.bounded(256));
        Bytes32 out;
        crypto_core_ristretto255_scalar_reduce(out.data(), wide.data());
        return out;
    }
    Bytes32 point()
    {
        std::array<quint8, 64> wide;
        for (auto &byte : wide)
            byte = quint8(m_generator.bounded(256));
        Bytes32 out;
        crypto_core_ristretto255_from_hash(out.data(), wide.data());
        return out;
    }
    // Every limb anywhere in its range or at a border of it.
    F::Tight tight()
    {
        F::Tight value;
        constexpr quint64 most = (quint64(1) << 51) + (1 << 13);
        for (auto &limb : value.limbs)
            limb = m_generator.bounded(4) == 0 ? most - m_generator.bounded(2U)
                                               : m_generator.generate64() % (most + 1);
        return value;
    }
    F::Loose loose()
    {
        F::Loose value;
        constexpr quint64 most = (quint64(1) << 54) - 1;
        for (auto &limb : value.limbs)
            limb = m_generator.bounded(4) == 0 ? most : m_generator.generate64() & most;
        return value;
    }

private:
    QRandomGenerator m_generator { kSeed };
};

// s * base - k * key as libsodium sees it; it reports the identity as a failure.
Bytes32 bySodium(const Bytes32 &s, const Bytes32 &k, const Bytes32 &key)
{
    Bytes32 sB {}, kP {}, out {};
    if (crypto_scalarmult_ristretto255_base(sB.data(), s.data()) != 0)
        sB.fill(0);
    if (crypto_scalarmult_ristretto255(kP.data(), k.data(), key.data()) != 0)
        kP.fill(0);
    [[maybe_unused]] const int done
        = crypto_core_ristretto255_sub(out.data(), sB.data(), kP.data());
    return out;
}

Bytes32 baseTimes(int factor)
{
    Bytes32 out {};
    if (factor != 0) {
        const auto scalar = plus(Bytes32 {}, factor);
        [[maybe_unused]] const int done
            = crypto_scalarmult_ristretto255_base(out.data(), scalar.data());
    }
    return out;
}

// libsodium 1.0.18 overlooks the highest bit, which no canonical encoding has.
bool isPointToSodium(const Bytes32 &bytes)
{
    return (bytes[31] & 0x80) == 0 && crypto_core_ristretto255_is_valid_point(bytes.data()) == 1;
}

// Decoding alone: 0 * base - 0 * key is the identity for every key that is a point.
bool isPoint(const Bytes32 &key)
{
    return Ristretto::equationHolds(Bytes32 {}, Bytes32 {}, Bytes32 {}, key);
}

QCA::BigInteger bigNumber(const F::Loose &value)
{
    QCA::BigInteger sum(0);
    for (std::size_t i = 5; i-- > 0;) {
        sum *= QCA::BigInteger(QStringLiteral("2251799813685248")); // 2^51
        sum += QCA::BigInteger(QString::number(value.limbs[i]));
    }
    return sum;
}

QCA::BigInteger bigPrime()
{
    auto out = QCA::BigInteger(1);
    for (int i = 0; i < 5; ++i)
        out *= QCA::BigInteger(QStringLiteral("2251799813685248"));
    return out -= QCA::BigInteger(19);
}

QCA::BigInteger bigNumber(const Bytes32 &bytes)
{
    QCA::BigInteger sum(0);
    for (std::size_t i = 32; i-- > 0;) {
        sum *= QCA::BigInteger(256);
        sum += QCA::BigInteger(int(bytes[i]));
    }
    return sum;
}

} // namespace

// Our arithmetic beside other people's: QCA's big numbers and libsodium's ristretto255.
class TestRistretto : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void fieldMatchesBigNumbers()
    {
        const auto prime = bigPrime();
        const auto is = [&prime](const F::Tight &value, QCA::BigInteger expected) {
            expected %= prime;
            if (expected < QCA::BigInteger(0))
                expected += prime;
            return bigNumber(F::toBytes(value)) == expected;
        };
        Randomness random;
        for (int i = 0; i < 300; ++i) {
            const auto a = random.tight(), b = random.tight(), c = random.tight();
            const auto u = random.loose(), v = random.loose();
            const auto A = bigNumber(a), B = bigNumber(b), C = bigNumber(c);
            auto product = bigNumber(u);
            product *= bigNumber(v);
            QVERIFY2(is(F::multiply(u, v), product), qPrintable(QString::number(i)));
            auto square = bigNumber(u);
            square *= bigNumber(u);
            QVERIFY(is(F::square(u), square));
            QVERIFY(is(F::tightened(u), bigNumber(u)));
            QVERIFY(is(a, A));
            auto sum = A;
            sum += B;
            QVERIFY(is(F::tightened(F::add(a, b)), sum));
            auto difference = A;
            difference -= B;
            QVERIFY(is(F::tightened(F::subtract(a, b)), difference));
            difference -= C;
            QVERIFY(is(F::tightened(F::subtract(a, b, c)), difference));
            auto twice = A;
            twice += A;
            auto twicePlus = twice;
            twicePlus += B;
            QVERIFY(is(F::tightened(F::twicePlus(a, b)), twicePlus));
            auto twicePlusMinus = twicePlus;
            twicePlusMinus -= C;
            QVERIFY(is(F::tightened(F::twicePlusMinus(a, b, c)), twicePlusMinus));
            auto twiceMinus = twice;
            twiceMinus -= B;
            QVERIFY(is(F::tightened(F::twiceMinus(a, b)), twiceMinus));
            auto negated = QCA::BigInteger(0);
            negated -= A;
            QVERIFY(is(F::negated(a), negated));
        }
    }

    void fieldBoundsHold()
    {
        const auto tight = [](const F::Tight &value) {
            return std::ranges::all_of(
                value.limbs, [](quint64 limb) { return limb <= (quint64(1) << 51) + (1 << 13); });
        };
        const auto loose = [](const F::Loose &value) {
            return std::ranges::all_of(
                value.limbs, [](quint64 limb) { return limb < quint64(1) << 54; });
        };
        Randomness random;
        F::Tight most;
        most.limbs.fill((quint64(1) << 51) + (1 << 13));
        for (int i = 0; i < 300; ++i) {
            const auto a = random.tight(), b = random.tight();
            const auto u = random.loose(), v = random.loose();
            QVERIFY(tight(F::multiply(u, v)) && tight(F::square(u)) && tight(F::tightened(u)));
            for (const auto &c : { most, F::zero(), random.tight() }) {
                QVERIFY(loose(F::add(a, c)) && loose(F::subtract(a, c))
                    && loose(F::subtract(a, b, c)) && loose(F::subtract(c, most, most)));
                QVERIFY(loose(F::twicePlus(c, most)) && loose(F::twiceMinus(c, a))
                    && loose(F::twicePlusMinus(c, most, a))
                    && loose(F::twicePlusMinus(c, a, most)));
            }
        }
    }

    void fieldHasOneEncoding()
    {
        QVERIFY(F::fromBytes(Bytes32 {}).has_value());
        for (int i = 1; i < 300; ++i) {
            QVERIFY(F::fromBytes(plus(kPrime, -i)).has_value());
            QVERIFY(!F::fromBytes(plus(kPrime, i - 1)).has_value());
        }
        auto high = fromHex32("05");
        high[31] = 0x80;
        QVERIFY(!F::fromBytes(high).has_value());
        Randomness random;
        for (int i = 0; i < 300; ++i) {
            auto bytes = random.bytes();
            bytes[31] &= 0x7f;
            QCOMPARE(hexOf32(F::toBytes(*F::fromBytes(bytes))), hexOf32(bytes));
        }
    }

    void rootsOfInverses()
    {
        Randomness random;
        QVERIFY(!F::inverseRoot(F::zero()).has_value());
        for (int i = 0; i < 200; ++i) {
            const auto x = random.tight();
            const auto square = F::square(x);
            const auto root = F::inverseRoot(square);
            QVERIFY(root.has_value());
            QVERIFY(!F::isNegative(*root));
            QVERIFY(F::equal(F::multiply(F::square(*root), square), F::one()));
            QVERIFY(!F::inverseRoot(F::multiply(square, F::small(2))).has_value()); // 2 has no root
        }
    }

    void decodesWhatLibsodiumDecodes()
    {
        Randomness random;
        int points = 0;
        const auto check = [&points](const Bytes32 &bytes) {
            const bool expected = isPointToSodium(bytes);
            points += expected;
            return isPoint(bytes) == expected;
        };
        for (int i = 0; i < 2000; ++i) {
            auto bytes = random.bytes();
            bytes[31] &= 0x7f;
            if (i % 4 != 0)
                bytes[0] &= 0xfe;
            QVERIFY2(check(bytes), hexOf32(bytes));
        }
        for (int i = 0; i < 300; ++i) {
            for (const auto &bytes :
                { plus(Bytes32 {}, i), plus(kPrime, -i), plus(kPrime, i), random.point() })
                QVERIFY2(check(bytes), hexOf32(bytes));
        }
        QVERIFY(points > 500);
    }
    void refusesFlippedBits()
    {
        // Every other spelling of a point differs somewhere; libsodium says which are points.
        const auto point = baseTimes(5);
        for (std::size_t bit = 0; bit < 256; ++bit) {
            auto bytes = point;
            bytes[bit / 8] = quint8(bytes[bit / 8] ^ (1 << bit % 8));
            QCOMPARE(isPoint(bytes), isPointToSodium(bytes));
        }
    }

    void equationOfRandomNumbers()
    {
        Randomness random;
        for (int i = 0; i < 400; ++i) {
            const auto s = random.scalar(), k = random.scalar();
            const auto key = i % 2 ? random.point() : baseTimes(i);
            const auto r = bySodium(s, k, key);
            QVERIFY2(Ristretto::equationHolds(r, s, k, key), qPrintable(QString::number(i)));
            Bytes32 other;
            QCOMPARE(crypto_core_ristretto255_add(other.data(), r.data(), baseTimes(1).data()), 0);
            QVERIFY(!Ristretto::equationHolds(other, s, k, key));
            QVERIFY(!Ristretto::equationHolds(random.point(), s, k, key));
            QVERIFY(!Ristretto::equationHolds(r, k, s, key));
            Bytes32 negative;
            QCOMPARE(crypto_core_ristretto255_sub(negative.data(), Bytes32 {}.data(), r.data()), 0);
            QVERIFY(!Ristretto::equationHolds(negative, s, k, key));
        }
    }

    void equationOfSpecialNumbers()
    {
        QList<Bytes32> scalars { Bytes32 {}, plus({}, 1), plus({}, 2), plus({}, 3), plus({}, 15),
            plus({}, 16), plus({}, 17), plus({}, 127), plus({}, 128), plus({}, 129), plus({}, 255),
            plus({}, 256), plus(kGroup, -1), plus(kGroup, -2), plus(kGroup, -128),
            fromHex32("0000000000000000000000000000000000000000000000000000000000000010"),
            fromHex32("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f"),
            fromHex32("f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f00f"),
            fromHex32("0080000000000000008000000000000000800000000000000080000000000008"),
            fromHex32("ffffffffffffffff0000000000000000ffffffffffffffff0000000000000000") };
        QList<Bytes32> keys { Bytes32 {}, baseTimes(1), baseTimes(2), baseTimes(3) };
        Randomness random;
        keys.append(random.point());
        for (const auto &key : keys) {
            for (const auto &s : scalars) {
                for (const auto &k : scalars) {
                    const auto r = bySodium(s, k, key);
                    QVERIFY2(Ristretto::equationHolds(r, s, k, key),
                        QByteArray(hexOf32(s) + ' ' + hexOf32(k) + ' ' + hexOf32(key)));
                    Bytes32 other;
                    QCOMPARE(
                        crypto_core_ristretto255_add(other.data(), r.data(), baseTimes(1).data()),
                        0);
                    QVERIFY(!Ristretto::equationHolds(other, s, k, key));
                }
            }
        }
    }

    void nobodySignsForTheIdentity()
    {
        // With the identity as the key, s * base = r satisfies the equation for every message.
        const auto s = plus({}, 7);
        const auto r = baseTimes(7);
        QVERIFY(Ristretto::equationHolds(r, s, plus({}, 1), Bytes32 {}));
        QByteArray signature(reinterpret_cast<const char *>(r.data()), 32);
        signature.append(reinterpret_cast<const char *>(s.data()), 32);
        signature[63] = char(signature[63] | 0x80);
        QVERIFY(!verify(KeyType::Sr25519, QByteArray(32, '\0'), "message", signature));
    }
};

ZOS_TEST(TestRistretto)
#include "tst_ristretto.moc"

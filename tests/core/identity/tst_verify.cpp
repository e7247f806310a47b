// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "core/identity/merlin.h"
#include "core/identity/sr25519.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>

#include <sodium.h>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

QByteArray hexOf(const QJsonValue &value)
{
    return QByteArray::fromHex(value.toString().toLatin1());
}

template <class Bytes> QByteArray bytesOf(const Bytes &bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size()));
}

using Number = std::array<quint8, 32>;

Number numberOf(const QByteArray &bytes)
{
    Number number;
    std::copy_n(bytes.begin(), number.size(), number.begin());
    return number;
}

// Each step of a check as another implementation recorded it.
void followTrace(const QJsonObject &trace, const QByteArray &key, const QByteArray &message,
    const QByteArray &signature)
{
    MerlinTranscript transcript("SigningContext");
    transcript.append("", "substrate");
    transcript.append("sign-bytes", message.toStdString());
    transcript.append("proto-name", "Schnorr-sig");
    QCOMPARE(bytesOf(transcript.strobe().state()), hexOf(trace.value(u"state_after_proto_name"_s)));
    QCOMPARE(transcript.strobe().position(), trace.value(u"pos"_s).toInt());
    QCOMPARE(transcript.strobe().begin(), trace.value(u"pos_begin"_s).toInt());
    const auto r = numberOf(signature.first(32));
    transcript.append("sign:pk", numberOf(key));
    transcript.append("sign:R", r);
    std::array<quint8, 64> wide;
    transcript.challenge("sign:c", wide);
    QCOMPARE(bytesOf(wide), hexOf(trace.value(u"challenge_wide"_s)));
    Number k, sB, kA, difference;
    crypto_core_ristretto255_scalar_reduce(k.data(), wide.data());
    QCOMPARE(bytesOf(k), hexOf(trace.value(u"k"_s)));
    auto s = numberOf(signature.sliced(32));
    s[31] &= 0x7f;
    QCOMPARE(crypto_scalarmult_ristretto255_base(sB.data(), s.data()), 0);
    QCOMPARE(bytesOf(sB), hexOf(trace.value(u"sB"_s)));
    QCOMPARE(crypto_scalarmult_ristretto255(kA.data(), k.data(), numberOf(key).data()), 0);
    QCOMPARE(bytesOf(kA), hexOf(trace.value(u"kA"_s)));
    QCOMPARE(crypto_core_ristretto255_sub(difference.data(), sB.data(), kA.data()), 0);
    QCOMPARE(bytesOf(difference), hexOf(trace.value(u"R_computed"_s)));
}

void casesOfKind(const QString &kind)
{
    QTest::addColumn<QJsonObject>("vector");
    for (const auto &file : testing::vectors(u"rmb-sr25519"_s)) {
        int number = 0;
        for (const auto &entry : file.document.value(u"cases"_s).toArray()) {
            const auto vector = entry.toObject();
            if (vector.value(u"kind"_s).toString() == kind) {
                QTest::addRow("%d %s", number++, qPrintable(vector.value(u"name"_s).toString()))
                    << vector;
            }
        }
    }
}

} // namespace

// Signature checks with recorded and hostile input, and the transcript below sr25519.
class TestVerify : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void permutesLikeKeccak_data() { casesOfKind(u"keccak-f1600"_s); }
    void permutesLikeKeccak()
    {
        QFETCH(QJsonObject, vector);
        std::array<quint8, 200> state {};
        keccakF1600(state);
        QCOMPARE(bytesOf(state), hexOf(vector.value(u"state_hex"_s)));
    }

    void startsLikeStrobe_data() { casesOfKind(u"strobe-init"_s); }
    void startsLikeStrobe()
    {
        QFETCH(QJsonObject, vector);
        const Strobe128 strobe("Merlin v1.0");
        QCOMPARE(bytesOf(strobe.state()), hexOf(vector.value(u"state_hex"_s)));
        QCOMPARE(strobe.position(), vector.value(u"pos"_s).toInt());
        QCOMPARE(strobe.begin(), vector.value(u"pos_begin"_s).toInt());
        QCOMPARE(int(strobe.flags()), vector.value(u"cur_flags"_s).toInt());
    }

    void challengesLikeMerlin_data() { casesOfKind(u"merlin"_s); }
    void challengesLikeMerlin()
    {
        QFETCH(QJsonObject, vector);
        const auto text = [&vector](const QString &name) {
            return vector.value(name).toString().toStdString();
        };
        MerlinTranscript transcript(text(u"protocol"_s));
        transcript.append(text(u"label"_s), text(u"data"_s));
        std::array<quint8, 32> challenge;
        transcript.challenge(text(u"challenge_label"_s), challenge);
        QCOMPARE(bytesOf(challenge), hexOf(vector.value(u"challenge_32"_s)));
    }

    void verifiesSr25519_data() { casesOfKind(u"verify"_s); }
    void verifiesSr25519()
    {
        QFETCH(QJsonObject, vector);
        const auto key = hexOf(vector.value(u"public"_s));
        const auto message = hexOf(vector.value(u"message_hex"_s));
        const auto signature = hexOf(vector.value(u"signature"_s));
        QCOMPARE(
            verify(KeyType::Sr25519, key, message, signature), vector.value(u"valid"_s).toBool());
        if (vector.contains(u"trace"_s))
            followTrace(vector.value(u"trace"_s).toObject(), key, message, signature);
        if (vector.contains(u"mini_secret"_s)) {
            const auto own
                = Identity::fromSeed(hexOf(vector.value(u"mini_secret"_s)), KeyType::Sr25519)
                      .value();
            QCOMPARE(own.publicKey(), key);
            QVERIFY(verify(KeyType::Sr25519, key, message, own.sign(message)));
        }
    }

    void expandsTheMiniSecret_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        for (const auto &file : testing::vectors(u"rmb-identity"_s)) {
            int number = 0;
            for (const auto &entry : file.document.value(u"cases"_s).toArray())
                QTest::addRow("%d", number++) << entry.toObject();
        }
    }
    void expandsTheMiniSecret()
    {
        QFETCH(QJsonObject, vector);
        const auto mini = hexOf(vector.value(u"mini_secret"_s));
        std::array<quint8, 32> seed, publicKey;
        std::copy(mini.begin(), mini.end(), seed.begin());
        std::array<quint8, 64> secret;
        Sr25519::expand(seed, secret, publicKey);
        // The vector has the scalar multiplied back by the cofactor.
        for (std::size_t i = 32; i-- > 1;)
            secret[i] = quint8(secret[i] << 3 | secret[i - 1] >> 5);
        secret[0] = quint8(secret[0] << 3);
        QCOMPARE(bytesOf(secret), hexOf(vector.value(u"sr25519_secret_key_64"_s)));
    }

    void everyFlippedBitSpoilsASignature_data()
    {
        QTest::addColumn<char>("type");
        QTest::newRow("ed25519") << 'e';
        QTest::newRow("sr25519") << 's';
    }
    void everyFlippedBitSpoilsASignature()
    {
        QFETCH(char, type);
        const auto key = Identity::fromSeed(QByteArray(32, '7'), KeyType(type)).value();
        const QByteArray message("the message");
        const auto good = key.sign(message);
        QVERIFY(verify(KeyType(type), key.publicKey(), message, good));
        for (int bit = 0; bit < 512; ++bit) {
            auto bad = good;
            bad[bit / 8] = char(bad[bit / 8] ^ (1 << bit % 8));
            QVERIFY2(!verify(KeyType(type), key.publicKey(), message, bad),
                qPrintable(QString::number(bit)));
        }
    }

    void sr25519NoncesDoNotRepeat()
    {
        const auto key = Identity::generate(KeyType::Sr25519);
        QVERIFY(key.sign("m").first(32) != key.sign("m").first(32));
    }

    void signsMessagesOfEveryLength()
    {
        const auto key = Identity::generate(KeyType::Sr25519);
        for (const int size : { 0, 1, 100, 165, 166, 167, 332, 5000, 1'000'000 }) {
            const QByteArray message(size, 'm');
            QVERIFY(verify(KeyType::Sr25519, key.publicKey(), message, key.sign(message)));
        }
    }

    void refusesWeakEd25519Keys_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::newRow("identity, order 1")
            << QByteArray("0100000000000000000000000000000000000000000000000000000000000000");
        QTest::newRow("order 2") << QByteArray(
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        QTest::newRow("order 4") << QByteArray(
            "0000000000000000000000000000000000000000000000000000000000000000");
        QTest::newRow("order 4, sign")
            << QByteArray("0000000000000000000000000000000000000000000000000000000000000080");
        QTest::newRow("order 8") << QByteArray(
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
        QTest::newRow("order 8, other")
            << QByteArray("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
        QTest::newRow("not canonical, y = p + 1")
            << QByteArray("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        QTest::newRow("not canonical, y = p")
            << QByteArray("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        QTest::newRow("not on the curve")
            << QByteArray("0200000000000000000000000000000000000000000000000000000000000000");
    }
    void refusesWeakEd25519Keys()
    {
        QFETCH(QByteArray, key);
        const auto point = QByteArray::fromHex(key);
        // With such a key, R = identity and S = 0 satisfy the equation for many messages.
        const auto identity = QByteArray(1, '\1') + QByteArray(31, '\0');
        for (int i = 0; i < 16; ++i) {
            const auto message = QByteArray::number(i);
            QVERIFY(!verify(KeyType::Ed25519, point, message, identity + QByteArray(32, '\0')));
            QVERIFY(!verify(KeyType::Ed25519, point, message, point + QByteArray(32, '\0')));
        }
    }

    void refusesEd25519ScalarsBeyondTheOrder()
    {
        const auto order = QByteArray::fromHex(
            "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        const auto key = Identity::fromSeed(QByteArray(32, '7')).value();
        auto signature = key.sign("m");
        int carry = 0;
        for (int i = 0; i < 32; ++i) {
            carry += quint8(signature.at(32 + i)) + quint8(order.at(i));
            signature[32 + i] = char(carry & 0xff);
            carry >>= 8;
        }
        QVERIFY(!verify(KeyType::Ed25519, key.publicKey(), "m", signature));
    }

    void anSr25519KeyHasOneSpelling()
    {
        std::array<quint8, 32> seed {}, key;
        std::array<quint8, 64> secret, signature;
        Sr25519::expand(seed, secret, key);
        const QByteArray message("m");
        const std::span text(reinterpret_cast<const quint8 *>(message.constData()), 1);
        Sr25519::sign(secret, key, text, signature);
        QVERIFY(verify(KeyType::Sr25519, bytesOf(key), message, bytesOf(signature)));
        // Decoders that ignore the highest bit would find the same point.
        key[31] |= 0x80;
        Sr25519::sign(secret, key, text, signature);
        QVERIFY(!verify(KeyType::Sr25519, bytesOf(key), message, bytesOf(signature)));
    }

    void refusesBadSr25519Keys_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::newRow("not canonical")
            << QByteArray("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        QTest::newRow("identity") << QByteArray(64, '0');
        QTest::newRow("all ones") << QByteArray(
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
        QTest::newRow("negative") << QByteArray(
            "0100000000000000000000000000000000000000000000000000000000000000");
        QTest::newRow("no square")
            << QByteArray("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371");
        QTest::newRow("short") << QByteArray("26948d35");
        QTest::newRow("empty") << QByteArray();
    }
    void refusesBadSr25519Keys()
    {
        QFETCH(QByteArray, key);
        const auto signature = Identity::generate(KeyType::Sr25519).sign("m");
        QVERIFY(!verify(KeyType::Sr25519, QByteArray::fromHex(key), "m", signature));
        QVERIFY(!verify(
            KeyType::Sr25519, QByteArray::fromHex(key), "m", QByteArray(63, '\0') + '\x80'));
    }
};

ZOS_TEST(TestVerify)
#include "tst_verify.moc"

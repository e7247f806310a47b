// SPDX-License-Identifier: Apache-2.0
#include "core/identity/endtoend.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QtCrypto>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

QByteArray endHex(const QJsonValue &value)
{
    return QByteArray::fromHex(value.toString().toLatin1());
}

void endToEndCases(const QString &topic)
{
    QTest::addColumn<QJsonObject>("vector");
    for (const auto &file : testing::vectors(topic)) {
        int number = 0;
        for (const auto &entry : file.document.value(u"cases"_s).toArray())
            QTest::addRow("%s %d", qPrintable(file.name), number++) << entry.toObject();
    }
}

Identity identityOf(const QString &secret)
{
    return secret.startsWith(u"0x")
        ? Identity::fromSeed(QByteArray::fromHex(secret.sliced(2).toLatin1())).value()
        : Identity::fromMnemonic(secret).value();
}

// Prime and order of secp256k1.
const auto kFieldPrime
    = QByteArray::fromHex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
const auto kOrder
    = QByteArray::fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

} // namespace

class TestEndToEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void keysOfIdentities_data() { endToEndCases(u"rmb-identity"_s); }
    void keysOfIdentities()
    {
        QFETCH(QJsonObject, vector);
        // The same whichever kind of key signs.
        for (const auto type : { KeyType::Ed25519, KeyType::Sr25519 }) {
            const auto identity
                = Identity::fromSeed(endHex(vector.value(u"mini_secret"_s)), type).value();
            QCOMPARE(
                identity.endToEndKey(), endHex(vector.value(u"secp256k1_public_compressed"_s)));
        }
    }

    void sealedByOthers_data() { endToEndCases(u"rmb-e2e"_s); }
    void sealedByOthers()
    {
        QFETCH(QJsonObject, vector);
        const auto a = identityOf(vector.value(u"a_secret"_s).toString());
        const auto b = identityOf(vector.value(u"b_secret"_s).toString());
        QCOMPARE(a.endToEndKey(), endHex(vector.value(u"a_pk"_s)));
        QCOMPARE(b.endToEndKey(), endHex(vector.value(u"b_pk"_s)));
        const auto ab = EndToEnd::between(a, b.endToEndKey()).value();
        const auto ba = EndToEnd::between(b, a.endToEndKey()).value();
        const auto sealed = endHex(vector.value(u"cipher"_s));
        for (const auto &channel : { ab, ba }) {
            const auto text = channel.open(sealed);
            if (vector.value(u"must_fail"_s).toBool()) {
                QCOMPARE(text.error().code, ErrorCode::Denied);
                continue;
            }
            QCOMPARE(text.value(), vector.value(u"plain_utf8"_s).toString().toUtf8());
        }
        QCOMPARE(Identity::fromSeed(endHex(vector.value(u"a_secp256k1_private"_s)))->endToEndKey(),
            a.endToEndKey());
        QCOMPARE(Identity::fromSeed(endHex(vector.value(u"b_secp256k1_private"_s)))->endToEndKey(),
            b.endToEndKey());
        if (vector.contains(u"nonce"_s))
            QVERIFY(sealed.startsWith(endHex(vector.value(u"nonce"_s))));
        // The recorded key itself opens what we seal.
        const auto own = ab.seal("text");
        QCA::Cipher cipher(u"aes256"_s, QCA::Cipher::GCM, QCA::Cipher::NoPadding, QCA::Decode,
            QCA::SymmetricKey(QCA::SecureArray(endHex(vector.value(u"shared_key"_s)))),
            QCA::InitializationVector(own.first(12)), QCA::AuthTag(QCA::SecureArray(own.last(16))));
        QCOMPARE(cipher.process(own.sliced(12, 4)).toByteArray(), "text");
        QVERIFY(cipher.ok());
    }

    void sealsWhatTheOtherOpens_data()
    {
        QTest::addColumn<qsizetype>("size");
        for (const qsizetype size : { 0, 1, 15, 16, 17, 1000, 3 << 20 })
            QTest::addRow("%lld bytes", qlonglong(size)) << size;
    }
    void sealsWhatTheOtherOpens()
    {
        QFETCH(qsizetype, size);
        const auto a = Identity::generate();
        const auto b = Identity::generate(KeyType::Sr25519);
        const auto ab = EndToEnd::between(a, b.endToEndKey()).value();
        const auto ba = EndToEnd::between(b, a.endToEndKey()).value();
        const QByteArray text(size, 'm');
        const auto sealed = ab.seal(text);
        QCOMPARE(sealed.size(), size + 12 + 16);
        QVERIFY(sealed.first(12) != ab.seal(text).first(12));
        QCOMPARE(ba.open(sealed).value(), text);
        QCOMPARE(ab.open(sealed).value(), text);
        const auto stranger = EndToEnd::between(Identity::generate(), b.endToEndKey()).value();
        QCOMPARE(stranger.open(sealed).error().code, ErrorCode::Denied);
    }

    void everyFlippedBitIsNoticed()
    {
        const auto a = Identity::generate();
        const auto channel = EndToEnd::between(a, Identity::generate().endToEndKey()).value();
        const auto sealed = channel.seal("text");
        for (qsizetype bit = 0; bit < sealed.size() * 8; ++bit) {
            auto bad = sealed;
            bad[bit / 8] = char(bad[bit / 8] ^ (1 << bit % 8));
            QCOMPARE(channel.open(bad).error().code, ErrorCode::Denied);
        }
        for (qsizetype size = 0; size < sealed.size(); ++size)
            QCOMPARE(channel.open(sealed.first(size)).error().code, ErrorCode::Denied);
        QCOMPARE(channel.open(sealed + '\0').error().code, ErrorCode::Denied);
    }

    void refusesKeysThatAreNoPoints_data()
    {
        QTest::addColumn<QByteArray>("key");
        const auto good = Identity::fromSeed(QByteArray(32, '7'))->endToEndKey();
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("short") << good.chopped(1);
        QTest::newRow("long") << good + '\0';
        QTest::newRow("infinity") << QByteArray(1, '\0');
        QTest::newRow("zeros") << QByteArray(33, '\0');
        QTest::newRow("x alone") << good.sliced(1);
        QTest::newRow("uncompressed mark") << '\x04' + good.sliced(1);
        QTest::newRow("hybrid mark") << '\x06' + good.sliced(1);
        QTest::newRow("no mark") << '\0' + good.sliced(1);
        QTest::newRow("x is the prime") << '\x02' + kFieldPrime;
        QTest::newRow("x beyond the prime") << '\x02' + QByteArray(32, '\xff');
        QTest::newRow("x without y") << '\x02' + QByteArray(31, '\0') + '\x05';
        QTest::newRow("uncompressed point")
            << QByteArray::fromHex("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81"
                                   "798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10"
                                   "d4b8");
    }
    void refusesKeysThatAreNoPoints()
    {
        QFETCH(QByteArray, key);
        const auto channel = EndToEnd::between(Identity::generate(), key);
        QVERIFY(!channel.has_value());
        QCOMPARE(channel.error().code, ErrorCode::Invalid);
    }

    void secretsOutsideTheOrderHaveNoKey_data()
    {
        QTest::addColumn<QByteArray>("secret");
        QTest::newRow("zero") << QByteArray(32, '\0');
        QTest::newRow("the order") << kOrder;
        QTest::newRow("all ones") << QByteArray(32, '\xff');
    }
    void secretsOutsideTheOrderHaveNoKey()
    {
        QFETCH(QByteArray, secret);
        const auto identity = Identity::fromSeed(secret).value();
        QVERIFY(identity.endToEndKey().isEmpty());
        const auto channel = EndToEnd::between(identity, Identity::generate().endToEndKey());
        QCOMPARE(channel.error().code, ErrorCode::Invalid);
    }
};

ZOS_TEST(TestEndToEnd)
#include "tst_endtoend.moc"

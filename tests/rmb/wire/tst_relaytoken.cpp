// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "rmb/wire/relaytoken.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kUrl = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray tokenHex(const QJsonObject &object, const QString &name)
{
    return QByteArray::fromHex(object.value(name).toString().toLatin1());
}

QByteArray tokenText(const QByteArray &header, const QByteArray &claims)
{
    return header.toBase64(kUrl) + '.' + claims.toBase64(kUrl) + '.'
        + QByteArray(65, 'e').toBase64(kUrl);
}

} // namespace

class TestRelayToken : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void madeByOthers_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        int row = 0;
        for (const auto &file : testing::vectors(u"rmb-jwt"_s)) {
            for (const auto &value : file.document.value(u"cases"_s).toArray()) {
                const auto vector = value.toObject();
                QTest::addRow("%d %s", row++, qPrintable(vector.value(u"by"_s).toString()))
                    << vector;
            }
        }
    }
    void madeByOthers()
    {
        QFETCH(QJsonObject, vector);
        const auto text = vector.value(u"token"_s).toString().toLatin1();
        const auto token = RelayToken::parse(text);
        QVERIFY2(token, token ? "" : qPrintable(token.error().what));
        const auto claims = Json::parse(vector.value(u"claims"_s).toString().toUtf8()).value();
        QCOMPARE(token->twin.value(), quint32(*claims.findExact(u"sub")->toUnsigned()));
        QCOMPARE(token->issued, *claims.findExact(u"iat")->toUnsigned());
        QCOMPARE(token->expires, *claims.findExact(u"exp")->toUnsigned());
        QCOMPARE(token->session, vector.value(u"session"_s).toString());
        QVERIFY(text.startsWith(QByteArray(token->signedText + '.')));
        const auto key = tokenHex(vector, u"public"_s);
        QCOMPARE(token->verify(key), vector.value(u"signature_valid"_s).toBool());

        // The same claims in our own hand.
        const auto identity = Identity::fromSeed(tokenHex(vector, u"seed"_s),
            vector.value(u"key_type"_s).toString() == u"ed25519" ? KeyType::Ed25519
                                                                 : KeyType::Sr25519);
        const auto own = RelayToken::parse(token->make(*identity)).value();
        QVERIFY(own.verify(key));
        QCOMPARE(own.twin, token->twin);
        QCOMPARE(own.session, token->session);
        QCOMPARE(own.issued, token->issued);
        QCOMPARE(own.expires, token->expires);
    }

    void writesWhatOthersRead()
    {
        RelayToken token;
        token.twin = TwinId(7);
        token.issued = 1700000000;
        token.expires = 1700000060;
        const auto identity = Identity::fromSeed(QByteArray(32, '7')).value();
        auto parts = token.make(identity).split('.');
        QCOMPARE(parts.size(), 3);
        QCOMPARE(QByteArray::fromBase64(parts[0], kUrl), "{\"alg\":\"RS512\",\"typ\":\"JWT\"}");
        QCOMPARE(QByteArray::fromBase64(parts[1], kUrl),
            "{\"sub\":7,\"iat\":1700000000,\"exp\":1700000060}");
        token.session = u"a\"b"_s;
        parts = token.make(identity).split('.');
        QCOMPARE(QByteArray::fromBase64(parts[1], kUrl),
            "{\"sub\":7,\"iat\":1700000000,\"exp\":1700000060,\"sid\":\"a\\\"b\"}");
    }

    void strictReading_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("accepted");
        const QByteArray head("{\"alg\":\"RS512\",\"typ\":\"JWT\"}");
        const QByteArray body("{\"sub\":7,\"iat\":1,\"exp\":2}");
        const QByteArray good = tokenText(head, body);
        const auto claims = [&](const char *name, const char *text, bool accepted) {
            QTest::newRow(name) << tokenText(head, text) << accepted;
        };
        const auto header = [&](const char *name, const char *text, bool accepted) {
            QTest::newRow(name) << tokenText(text, body) << accepted;
        };
        const auto whole = [&](const char *name, const QByteArray &text) {
            QTest::newRow(name) << text << false;
        };
        QTest::newRow("good") << good << true;
        header("spaces and order are free", " { \"typ\" : \"x\" , \"alg\" : \"RS512\" } ", true);
        header("no algorithm", "{}", false);
        header("algorithm none", "{\"alg\":\"none\"}", false);
        header("another algorithm", "{\"alg\":\"EdDSA\"}", false);
        header("algorithm in small letters", "{\"alg\":\"rs512\"}", false);
        header("algorithm is no string", "{\"alg\":[\"RS512\"]}", false);
        header("two algorithms", "{\"alg\":\"RS512\",\"alg\":\"none\"}", false);
        header("header is no object", "[\"RS512\"]", false);
        header("header is empty", "", false);
        claims("more claims", "{\"sub\":7,\"iat\":1,\"exp\":2,\"more\":{\"a\":[]}}", true);
        claims("null session", "{\"sub\":7,\"iat\":1,\"exp\":2,\"sid\":null}", true);
        claims("empty session", "{\"sub\":7,\"iat\":1,\"exp\":2,\"sid\":\"\"}", true);
        claims("session is a number", "{\"sub\":7,\"iat\":1,\"exp\":2,\"sid\":1}", false);
        claims("no twin", "{\"iat\":1,\"exp\":2}", false);
        claims("no start", "{\"sub\":7,\"exp\":2}", false);
        claims("no end", "{\"sub\":7,\"iat\":1}", false);
        claims("null end", "{\"sub\":7,\"iat\":1,\"exp\":null}", false);
        claims("largest numbers",
            "{\"sub\":4294967295,\"iat\":18446744073709551615,\"exp\":18446744073709551615}", true);
        claims("twin beyond 32 bits", "{\"sub\":4294967296,\"iat\":1,\"exp\":2}", false);
        claims("end beyond 64 bits", "{\"sub\":7,\"iat\":1,\"exp\":18446744073709551616}", false);
        claims("negative twin", "{\"sub\":-7,\"iat\":1,\"exp\":2}", false);
        claims("twin as text", "{\"sub\":\"7\",\"iat\":1,\"exp\":2}", false);
        claims("fraction", "{\"sub\":7,\"iat\":1,\"exp\":2.5}", false);
        claims("exponent", "{\"sub\":7,\"iat\":1,\"exp\":2e9}", false);
        claims("two twins", "{\"sub\":7,\"sub\":8,\"iat\":1,\"exp\":2}", false);
        claims("two twins, one escaped", "{\"sub\":7,\"\\u0073ub\":8,\"iat\":1,\"exp\":2}", false);
        claims("claims in another case", "{\"SUB\":7,\"iat\":1,\"exp\":2}", false);
        claims("claims are no object", "7", false);
        QTest::newRow("zero byte behind the claims") << tokenText(head, body + '\0') << false;
        whole("nothing", {});
        whole("dots only", "..");
        whole("one part", "abc");
        whole("two parts", good.first(good.lastIndexOf('.')));
        whole("four parts", good + ".YQ");
        whole("padding", good + "=");
        whole("left-over bits", good.chopped(1) + 'V');
        whole("a space", good + ' ');
        whole("a line end", good + '\n');
        whole("standard alphabet", QByteArray(good).replace(good.size() - 3, 1, "+"));
        whole("a zero byte", good + '\0');
        whole("not ASCII", good + "\xc3\xa4");
        whole("a parameter name in front", "token=" + good);
    }
    void strictReading()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, accepted);
        const auto token = RelayToken::parse(text);
        QVERIFY2(token.has_value() == accepted, token ? "" : qPrintable(token.error().what));
        if (!accepted)
            QCOMPARE(token.error().code, ErrorCode::Invalid);
    }

    void sizes()
    {
        const QByteArray head("{\"alg\":\"RS512\"}");
        const auto claims = [](qsizetype session) -> QByteArray {
            return "{\"sub\":7,\"iat\":1,\"exp\":2,\"sid\":\"" + QByteArray(session, 's') + "\"}";
        };
        QCOMPARE(RelayToken::parse(tokenText(head, claims(256)))->session.size(), 256);
        QVERIFY(!RelayToken::parse(tokenText(head, claims(257))));
        const auto padded = [&](qsizetype spaces) {
            return tokenText(head, "{\"sub\":7,\"iat\":1,\"exp\":2}" + QByteArray(spaces, ' '));
        };
        const qsizetype most = (4096 - padded(0).size()) / 4 * 3;
        QVERIFY(padded(most).size() <= 4096);
        QVERIFY(RelayToken::parse(padded(most)).has_value());
        QVERIFY(padded(most + 6).size() > 4096);
        QCOMPARE(RelayToken::parse(padded(most + 6)).error().code, ErrorCode::Invalid);
    }

    void expiry()
    {
        RelayToken token;
        token.expires = 100;
        QVERIFY(!token.expired(0));
        QVERIFY(!token.expired(100));
        QVERIFY(token.expired(101));
        token.expires = std::numeric_limits<quint64>::max();
        QVERIFY(!token.expired(std::numeric_limits<quint64>::max()));
    }

    void everyFlippedBitSpoilsAToken()
    {
        RelayToken token;
        token.twin = TwinId(7);
        token.issued = 1700000000;
        token.expires = 1700000060;
        token.session = u"s"_s;
        const auto identity = Identity::fromSeed(QByteArray(32, '7')).value();
        const auto text = token.make(identity);
        QVERIFY(RelayToken::parse(text)->verify(identity.publicKey()));
        for (qsizetype at = 0; at < text.size(); ++at) {
            auto bad = text;
            bad[at] = char(bad[at] ^ 1);
            const auto read = RelayToken::parse(bad);
            QVERIFY(!read || !read->verify(identity.publicKey()));
        }
        auto wrongType = *RelayToken::parse(text);
        wrongType.signature[0] = 's';
        QVERIFY(!wrongType.verify(identity.publicKey()));
    }
};
ZOS_TEST(TestRelayToken)
#include "tst_relaytoken.moc"

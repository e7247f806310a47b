// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "rmb/wire/directmessage.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;

namespace {

// The wire text of a member that vectors store as an object: number tokens must not pass a double.
QByteArray rawMember(const Json &entry, QStringView name)
{
    const Json *member = entry.findExact(name);
    if (!member)
        return {};
    return member->isString() ? member->string().toUtf8() : member->raw();
}

QByteArray publicKeyOf(const Json &entry)
{
    return QByteArray::fromHex(entry.findExact(u"public")->string().toLatin1());
}

QByteArray valid()
{
    return "{\"ver\":1,\"uid\":\"9.3\",\"cmd\":\"zos.system.version\",\"exp\":8,\"try\":2,\"dat\":"
           "\"e30=\",\"src\":7,"
           "\"dst\":[9],\"ret\":\"msgbus.system.reply\",\"shm\":\"\",\"now\":1795350271,\"pxy\":"
           "false,\"err\":\"\",\"sig\":\"\"}";
}

} // namespace

class TestDirectMessage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void realMessages_data()
    {
        QTest::addColumn<QByteArray>("entry");
        int row = 0;
        for (const auto &file : testing::vectors(u"rmb-direct"_s)) {
            const auto document = Json::parse(file.text);
            for (const Json &entry : document->findExact(u"cases")->items()) {
                if (entry.findExact(u"kind")->string() == u"message")
                    QTest::addRow("%s message %d", qPrintable(file.name), row++) << entry.raw();
            }
        }
    }
    void realMessages()
    {
        QFETCH(QByteArray, entry);
        const Json json = *Json::parse(entry);
        const QByteArray key = publicKeyOf(json);
        for (const auto &form : { u"go_rmb_json"_s, u"rmb_rs_form"_s, u"message"_s }) {
            const QByteArray text = rawMember(json, form);
            if (text.isEmpty())
                continue;
            const auto message = DirectMessage::decode(text);
            QVERIFY2(message, message ? "" : qPrintable(message.error().what));
            // The rmb-rs form has no pxy and hashes "false"; a message with pxy true differs there.
            QCOMPARE(message->preimage(), json.findExact(u"preimage_utf8")->string().toUtf8());
            QCOMPARE(message->challenge().toHex(),
                json.findExact(u"challenge_md5")->string().toLatin1());
            QVERIFY(message->verify(key));
            const auto again = DirectMessage::decode(message->encode());
            QVERIFY(again.has_value());
            QCOMPARE(again->encode(), message->encode());
            QVERIFY(again->verify(key));
        }
        if (json.findExact(u"key_type")->string() == u"ed25519") {
            auto message = *DirectMessage::decode(rawMember(json, u"message"));
            const QByteArray expected = message.sig;
            const auto identity = Identity::fromSeed(
                QByteArray::fromHex(json.findExact(u"seed")->string().toLatin1()));
            QVERIFY(identity.has_value());
            message.sig.clear();
            message.sign(*identity);
            QCOMPARE(message.sig, expected);
        }
    }

    void tampering_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<bool>("genuine");
        for (const auto &file : testing::vectors(u"rmb-direct"_s)) {
            const auto document = Json::parse(file.text);
            for (const Json &entry : document->findExact(u"cases")->items()) {
                if (entry.findExact(u"kind")->string() == u"tamper")
                    QTest::addRow("%s", qPrintable(entry.findExact(u"name")->string()))
                        << entry.findExact(u"message")->raw() << publicKeyOf(entry)
                        << entry.findExact(u"signature_valid")->boolean();
            }
        }
    }
    void tampering()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, key);
        QFETCH(bool, genuine);
        const auto message = DirectMessage::decode(text);
        QVERIFY(message.has_value());
        QCOMPARE(message->verify(key), genuine);
    }

    void browserClient()
    {
        int seen = 0;
        for (const auto &file : testing::vectors(u"rmb-direct"_s)) {
            const auto document = Json::parse(file.text);
            for (const Json &entry : document->findExact(u"cases")->items()) {
                if (entry.findExact(u"kind")->string() != u"ts-rmb-http-client")
                    continue;
                const auto message
                    = DirectMessage::decode(rawMember(*entry.findExact(u"http"), u"body"));
                QVERIFY(message.has_value());
                QCOMPARE(message->preimage(), entry.findExact(u"preimage_utf8")->string().toUtf8());
                QCOMPARE(message->challenge().toHex(),
                    entry.findExact(u"challenge_md5")->string().toLatin1());
                QCOMPARE(message->verify(publicKeyOf(entry)),
                    entry.findExact(u"signature_valid")->boolean());
                ++seen;
            }
        }
        QVERIFY(seen > 0);
    }

    void bodiesSeenOnTheWire()
    {
        int seen = 0;
        for (const auto &file : testing::vectors(u"rmb-direct-http"_s)) {
            const auto document = Json::parse(file.text);
            for (const Json &entry : document->findExact(u"cases")->items()) {
                const auto message = DirectMessage::decode(rawMember(entry, u"body"));
                QVERIFY(message.has_value());
                const QString account = u"account_of_twin_%1"_s.arg(message->src.value());
                const QByteArray key
                    = QByteArray::fromHex(document->findExact(account)->string().toLatin1());
                QCOMPARE(message->verify(key), entry.findExact(u"signature_valid")->boolean());
                if (const Json *digest = entry.findExact(u"challenge_md5"))
                    QCOMPARE(message->challenge().toHex(), digest->string().toLatin1());
                ++seen;
            }
        }
        QVERIFY(seen > 0);
    }

    void strictReading_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<bool>("accepted");
        const auto row = [](const char *name, const char *from, const char *to, bool accepted) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to) << accepted;
        };
        row("unchanged", "{", "{", true);
        row("unknown key is ignored", "{", "{\"more\":[1,{\"a\":null}],", true);
        row("trailing newline", ":\"\"}", ":\"\"}\n \r\n", true);
        row("trailing bracket", ":\"\"}", ":\"\"}}", false);
        row("zero byte behind", "{", "{", false);
        row("missing exp", "\"exp\":8,", "", true);
        row("missing try", "\"try\":2,", "", true);
        row("missing pxy", "\"pxy\":false,", "", true);
        row("missing err", "\"err\":\"\",", "", true);
        row("missing sig", ",\"sig\":\"\"", "", true);
        row("null err", "\"err\":\"\"", "\"err\":null", true);
        row("null tag", "{", "{\"tag\":null,", true);
        row("null sig", "\"sig\":\"\"", "\"sig\":null", true);
        row("null dat", "\"dat\":\"e30=\"", "\"dat\":null", false);
        row("null exp", "\"exp\":8", "\"exp\":null", false);
        row("null pxy", "\"pxy\":false", "\"pxy\":null", false);
        row("missing ver", "\"ver\":1,", "", false);
        row("ver 2", "\"ver\":1", "\"ver\":2", false);
        row("missing cmd", "\"cmd\":\"zos.system.version\",", "", false);
        row("missing dst", "\"dst\":[9],", "", false);
        row("missing now", "\"now\":1795350271,", "", false);
        row("other case", "\"cmd\"", "\"Cmd\"", false);
        row("other case beside the exact key", "{", "{\"CMD\":\"x\",", true);
        row("duplicate key", "{", "{\"cmd\":\"x\",", false);
        row("duplicate unknown key", "{", "{\"x\":1,\"x\":1,", false);
        row("duplicate written as escape", "{", "{\"c\\u006dd\":\"x\",", false);
        row("number as string", "\"exp\":8", "\"exp\":\"8\"", false);
        row("fraction", "\"exp\":8", "\"exp\":8.0", false);
        row("exponent", "\"now\":1795350271", "\"now\":1e9", false);
        row("negative", "\"try\":2", "\"try\":-2", false);
        row("negative zero", "\"try\":2", "\"try\":-0", false);
        row("leading zero", "\"src\":7", "\"src\":07", false);
        row("src beyond 32 bits", "\"src\":7", "\"src\":4294967296", false);
        row("dst beyond 32 bits", "[9]", "[4294967296]", false);
        row("now beyond 63 bits", "\"now\":1795350271", "\"now\":9223372036854775808", false);
        row("exp beyond 64 bits", "\"exp\":8", "\"exp\":18446744073709551616", false);
        row("dst as number", "[9]", "9", false);
        row("dst of strings", "[9]", "[\"9\"]", false);
        row("dst without end", "[9]", "[9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9]", false);
        row("pxy as number", "\"pxy\":false", "\"pxy\":0", false);
        row("array", "{", "[", false);
    }
    void strictReading()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(bool, accepted);
        QByteArray text = valid();
        const qsizetype at = from.startsWith('{') ? 0 : text.lastIndexOf(from);
        QVERIFY(at >= 0);
        text.replace(at, from.size(), to);
        if (QByteArray(QTest::currentDataTag()).startsWith("zero byte"))
            text = valid() + '\0' + "garbage";
        const auto message = DirectMessage::decode(text);
        QVERIFY2(message.has_value() == accepted, message ? "" : qPrintable(message.error().what));
        if (!accepted)
            QCOMPARE(message.error().code, ErrorCode::Invalid);
    }
    void writesWhatItRead_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        const auto row = [](const char *name, const char *from, const char *to) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to);
        };
        row("signature is no ASCII", "\"sig\":\"\"", "\"sig\":\"\xc3\xa4\"");
        row("payload begins with a byte order mark", "\"dat\":\"e30=\"",
            "\"dat\":\"\xef\xbb\xbf\"");
        row("uid begins with a byte order mark", "\"uid\":\"9.3\"", "\"uid\":\"\xef\xbb\xbf\"");
        row("escapes", "\"shm\":\"\"", "\"shm\":\"\\u0000\\\"\\ud83d\\ude80\"");
    }
    void writesWhatItRead()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QVERIFY(valid().contains(from));
        const auto message = DirectMessage::decode(valid().replace(from, to));
        QVERIFY(message.has_value());
        const auto again = DirectMessage::decode(message->encode());
        QVERIFY(again.has_value());
        QCOMPARE(again->sig, message->sig);
        QCOMPARE(again->shm, message->shm);
        QCOMPARE(again->preimage(), message->preimage());
    }
    void refusesLongNames()
    {
        QByteArray text = valid();
        text.replace("9.3", QByteArray(300, 'x'));
        QVERIFY(!DirectMessage::decode(text));
        for (const QByteArray &garbage : { QByteArray(), QByteArray("nonsense"), QByteArray("{"),
                 QByteArray("null"), QByteArray(5000, '['), QByteArray("\xff\xfe{}") })
            QVERIFY(!DirectMessage::decode(garbage));
    }

    void successIsNullOnTheWire()
    {
        const auto answer = DirectMessage::decode(valid())->reply(1795350272);
        QVERIFY(answer.encode().contains("\"err\":null"));
        QCOMPARE(answer.src, TwinId(9));
        QCOMPARE(answer.dst, QList<TwinId> { TwinId(7) });
        QCOMPARE(answer.uid, u"9.3"_s);
        QCOMPARE(answer.exp, 30);
    }

    void deadlineStaysWhenStampedAgain()
    {
        DirectMessage message;
        message.exp = 100;
        message.stamp(1000);
        QCOMPARE(message.exp, 100);
        message.stamp(1030);
        QCOMPARE(message.exp, 70);
        QCOMPARE(message.now, 1030);
        message.stamp(900); // the clock went back
        QCOMPARE(message.exp, 70);
        message.stamp(10'000);
        QCOMPARE(message.exp, 0);
    }

    void ageAndLifetime_data()
    {
        QTest::addColumn<quint64>("exp");
        QTest::addColumn<quint64>("time");
        QTest::addColumn<bool>("youngEnough");
        QTest::addColumn<bool>("expired");
        QTest::newRow("now") << quint64(8) << quint64(1'000'000) << true << false;
        QTest::newRow("60 s old") << quint64(0) << quint64(1'000'060) << true << false;
        QTest::newRow("61 s old") << quint64(0) << quint64(1'000'061) << false << false;
        QTest::newRow("60 s ahead") << quint64(8) << quint64(999'940) << true << false;
        QTest::newRow("61 s ahead") << quint64(8) << quint64(999'939) << false << false;
        QTest::newRow("last second") << quint64(8) << quint64(1'000'007) << true << false;
        QTest::newRow("expired") << quint64(8) << quint64(1'000'008) << true << true;
        QTest::newRow("largest lifetime")
            << std::numeric_limits<quint64>::max() << quint64(1'000'008) << true << false;
    }
    void ageAndLifetime()
    {
        QFETCH(quint64, exp);
        QFETCH(quint64, time);
        QFETCH(bool, youngEnough);
        QFETCH(bool, expired);
        DirectMessage message;
        message.exp = exp;
        message.now = 1'000'000;
        QCOMPARE(message.checkAge(time).has_value(), youngEnough);
        QCOMPARE(message.expired(time), expired);
        QVERIFY(message.lifetime(time) <= 86'400);
    }

    void recognisesUuids()
    {
        QVERIFY(isUuid(u"532a7b8e-0328-48d0-8a8e-6258b28b9a36"));
        QVERIFY(!isUuid(u"532a7b8e-0328-48d0-8a8e-6258b28b9a3"));
        QVERIFY(!isUuid(u"532a7b8e00328-48d0-8a8e-6258b28b9a36"));
        QVERIFY(!isUuid(u"532a7b8g-0328-48d0-8a8e-6258b28b9a36"));
    }
};
ZOS_TEST(TestDirectMessage)
#include "tst_directmessage.moc"

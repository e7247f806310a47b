// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "core/identity/endtoend.h"
#include "rmb/wire/envelope.h"
#include "rmb/wire/relaytoken.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QCryptographicHash>

#include <rmb/wire/envelope.pb.h>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;

namespace {

constexpr quint64 kNoon = 1'700'000'000;
constexpr quint64 kMost = std::numeric_limits<quint64>::max();

QString textOf(const Json &object, QStringView name)
{
    const Json *member = object.findExact(name);
    return member ? member->string() : QString();
}

QByteArray hexMember(const Json &object, QStringView name)
{
    return QByteArray::fromHex(textOf(object, name).toLatin1());
}

PeerAddress addressMember(const Json &object)
{
    return { TwinId(quint32(*object.findExact(u"twin")->toUnsigned())),
        textOf(object, u"connection") };
}

// An envelope as the vector files describe it.
Envelope described(const Json &json)
{
    Envelope envelope;
    envelope.uid = textOf(json, u"uid");
    envelope.tags = textOf(json, u"tags");
    envelope.timestamp = *json.findExact(u"timestamp")->toUnsigned();
    envelope.expiration = *json.findExact(u"expiration")->toUnsigned();
    if (const Json *source = json.findExact(u"source"))
        envelope.source = addressMember(*source);
    if (const Json *destination = json.findExact(u"destination"))
        envelope.destination = addressMember(*destination);
    if (const Json *request = json.findExact(u"request"))
        envelope.message = RequestPart { textOf(*request, u"command") };
    if (json.findExact(u"response"))
        envelope.message = ResponsePart {};
    if (const Json *error = json.findExact(u"error"))
        envelope.message = ErrorPart { quint32(*error->findExact(u"code")->toUnsigned()),
            textOf(*error, u"message") };
    if (json.findExact(u"ping"))
        envelope.message = PingPart {};
    if (json.findExact(u"pong"))
        envelope.message = PongPart {};
    envelope.schema = textOf(json, u"schema");
    envelope.federation = textOf(json, u"federation");
    if (json.findExact(u"plain_hex"))
        envelope.payloadKind = Envelope::Payload::Plain;
    if (json.findExact(u"cipher_hex"))
        envelope.payloadKind = Envelope::Payload::Cipher;
    envelope.payload = hexMember(json, u"plain_hex") + hexMember(json, u"cipher_hex");
    if (const Json *relays = json.findExact(u"relays")) {
        for (const Json &relay : relays->items())
            envelope.relays += relay.string();
    }
    return envelope;
}

Envelope unsignedCopy(Envelope envelope)
{
    envelope.signature.clear();
    return envelope;
}

Envelope request()
{
    Envelope envelope;
    envelope.uid = u"00000000-0000-4000-8000-000000000001"_s;
    envelope.timestamp = kNoon;
    envelope.expiration = 300;
    envelope.source = PeerAddress { TwinId(7), u"sess1"_s };
    envelope.destination = PeerAddress { TwinId(9), {} };
    envelope.message = RequestPart { u"zos.system.version"_s };
    envelope.schema = u"application/json"_s;
    envelope.payloadKind = Envelope::Payload::Plain;
    envelope.payload = "{\"a\":1}";
    return envelope;
}

// A length-delimited field.
QByteArray field(int number, const QByteArray &bytes)
{
    const auto varint = [](qsizetype value) -> QByteArray {
        QByteArray out;
        for (; value >= 0x80; value >>= 7)
            out += char(value | 0x80);
        return out + char(value);
    };
    return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

} // namespace

class TestEnvelope : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    // Envelopes of other writers: decoded, hashed, verified, and written again without loss.
    void writtenByOthers_data()
    {
        QTest::addColumn<QByteArray>("entry");
        int row = 0;
        for (const auto &file : testing::vectors(u"rmb-envelope"_s)) {
            const auto document = Json::parse(file.text);
            for (const Json &entry : document->findExact(u"cases")->items())
                QTest::addRow("%d %s", row++, qPrintable(textOf(entry, u"name"))) << entry.raw();
        }
    }
    void writtenByOthers()
    {
        QFETCH(QByteArray, entry);
        const Json json = *Json::parse(entry);
        const Envelope expected = described(*json.findExact(u"envelope"));
        const QByteArray key = hexMember(json, u"public");
        const QByteArray digest = hexMember(json, u"challenge_md5");
        QCOMPARE(expected.challenge(), digest);
        QCOMPARE(
            QCryptographicHash::hash(hexMember(json, u"preimage_hex"), QCryptographicHash::Md5),
            expected.challenge());
        int writers = 0;
        for (const auto &writer : { u"wire_by_go"_s, u"wire_by_typescript"_s }) {
            const QByteArray bytes = hexMember(json, writer);
            if (bytes.isEmpty())
                continue;
            ++writers;
            const auto read = Envelope::decode(bytes);
            QVERIFY2(read, read ? "" : qPrintable(read.error().what));
            QCOMPARE(read->signature.size(), 65);
            QCOMPARE(read->challenge(), digest);
            QVERIFY(read->verify(key));
            if (writer == u"wire_by_go")
                QVERIFY(unsignedCopy(*read) == expected);
            QVERIFY(*Envelope::decode(read->encode()) == *read);
        }
        QVERIFY(writers > 0);
        Envelope own = expected;
        own.sign(*Identity::fromSeed(hexMember(json, u"seed"),
            textOf(json, u"key_type") == u"ed25519" ? KeyType::Ed25519 : KeyType::Sr25519));
        QVERIFY(own.verify(key));
        if (textOf(json, u"key_type") == u"ed25519")
            QCOMPARE(own.signature, hexMember(json, u"signature_by_go"));
    }

    // A whole recorded session of two real clients.
    void recordedSession_data()
    {
        QTest::addColumn<QByteArray>("twins");
        QTest::addColumn<QByteArray>("entry");
        int row = 0;
        for (const auto &file : testing::vectors(u"rmb-relay-capture"_s)) {
            const auto document = Json::parse(file.text);
            for (const Json &entry : document->findExact(u"cases")->items())
                QTest::addRow("%d %s", row++, qPrintable(textOf(entry, u"kind")))
                    << document->findExact(u"twins")->raw() << entry.raw();
        }
    }
    void recordedSession()
    {
        QFETCH(QByteArray, twins);
        QFETCH(QByteArray, entry);
        const Json json = *Json::parse(entry);
        const Json accounts = *Json::parse(twins);
        const auto account = [&accounts](TwinId twin) -> const Json & {
            return *accounts.findExact(QString::number(twin.value()));
        };
        if (textOf(json, u"kind") == u"websocket-connect") {
            const auto token
                = RelayToken::parse(textOf(json, u"request_target").sliced(2).toLatin1());
            QVERIFY(token.has_value());
            const Json &claims = *json.findExact(u"claims");
            QCOMPARE(token->twin.value(), quint32(*claims.findExact(u"sub")->toUnsigned()));
            QCOMPARE(token->issued, *claims.findExact(u"iat")->toUnsigned());
            QCOMPARE(token->expires, *claims.findExact(u"exp")->toUnsigned());
            QCOMPARE(token->session, textOf(claims, u"sid"));
            QCOMPARE(token->verify(hexMember(account(token->twin), u"account")),
                json.findExact(u"signature_valid")->boolean());
            return;
        }
        const auto read = Envelope::decode(hexMember(json, u"wire"));
        QVERIFY(read.has_value());
        // The decoder that made the record writes an absent payload and connection as it pleases.
        const Envelope expected = described(*json.findExact(u"decoded"));
        QVERIFY(unsignedCopy(*read) == expected);
        QVERIFY(*Envelope::decode(read->encode()) == *read);
        if (const Json *signature = json.findExact(u"decoded")->findExact(u"signature_hex"))
            QCOMPARE(read->signature.toHex(), signature->string().toLatin1());
        const Json *valid = json.findExact(u"signature_valid");
        if (!valid)
            return;
        const Json &sender = account(read->source->twin);
        QCOMPARE(read->challenge(), hexMember(json, u"challenge_md5"));
        QCOMPARE(read->verify(hexMember(sender, u"account")), valid->boolean());
        QVERIFY(read->checkTime(read->timestamp).has_value());
        const QByteArray plain = textOf(json, u"payload_utf8").toUtf8();
        if (read->payloadKind == Envelope::Payload::Cipher) {
            const Json &receiver = account(read->destination->twin);
            const auto identity = receiver.findExact(u"seed")
                ? Identity::fromSeed(hexMember(receiver, u"seed"))
                : Identity::fromMnemonic(textOf(receiver, u"mnemonic"));
            const auto channel = EndToEnd::between(*identity, hexMember(sender, u"pk"));
            QCOMPARE(channel->open(read->payload).value(), plain);
        } else {
            QCOMPARE(read->payload, plain);
        }
    }

    // Every frame gets libprotobuf's verdict, and the generated code writes what it wrote.
    void hostileBytes_data()
    {
        QTest::addColumn<QByteArray>("entry");
        int row = 0;
        for (const auto &file : testing::vectors(u"wire-envelope-hostile"_s)) {
            const auto document = Json::parse(file.text);
            const auto entries = document->findExact(u"vectors")->items();
            QCOMPARE(quint64(entries.size()), *document->findExact(u"count")->toUnsigned());
            for (const Json &entry : entries)
                QTest::addRow("%d %s", row++, qPrintable(textOf(entry, u"hex").left(40)))
                    << entry.raw();
        }
    }
    void hostileBytes()
    {
        QFETCH(QByteArray, entry);
        const Json json = *Json::parse(entry);
        const QByteArray bytes = hexMember(json, u"hex");
        const bool accepted = json.findExact(u"accepted")->boolean();
        // A copy of exactly that size, so that a sanitizer sees any read beyond it.
        const std::unique_ptr<char[]> exact(new char[size_t(bytes.size())]);
        std::copy(bytes.begin(), bytes.end(), exact.get());
        const auto read = Envelope::decode({ exact.get(), bytes.size() });
        QCOMPARE(read.has_value(), accepted);
        wire::Frame frame;
        QCOMPARE(frame.ParseFromArray(exact.get(), int(bytes.size())), accepted);
        if (!accepted) {
            QCOMPARE(read.error().code, ErrorCode::Invalid);
            return;
        }
        const auto again = frame.SerializeAsString();
        QCOMPARE(QByteArray::fromStdString(again), hexMember(json, u"reencoded"));
        const QStringList kinds { u"none"_s, u"request"_s, u"response"_s, u"error"_s, u"ping"_s,
            u"pong"_s };
        QCOMPARE(kinds.at(qsizetype(read->message.index())), textOf(json, u"message"));
        const QStringList payloads { u"none"_s, u"plain"_s, u"cipher"_s };
        QCOMPARE(payloads.at(qsizetype(read->payloadKind)), textOf(json, u"payload"));
        // Ours drops unknown fields and empty optionals, and nothing else.
        QVERIFY(*Envelope::decode(read->encode()) == *read);
        QVERIFY(*Envelope::decode(QByteArray::fromStdString(again)) == *read);
    }

    void presence_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("same"); // another way to say the same
        QTest::newRow("empty tags") << QByteArray::fromHex("1200") << QByteArray();
        QTest::newRow("empty signature") << QByteArray::fromHex("4a00") << QByteArray();
        QTest::newRow("empty schema") << QByteArray::fromHex("5200") << QByteArray();
        QTest::newRow("empty federation") << QByteArray::fromHex("5a00") << QByteArray();
        QTest::newRow("zero timestamp") << QByteArray::fromHex("1800") << QByteArray();
        QTest::newRow("empty connection")
            << QByteArray::fromHex("2a0408071200") << QByteArray::fromHex("2a020807");
        QTest::newRow("a string twice: the last") << field(1, "a") + field(1, "b") << field(1, "b");
        QTest::newRow("an address in two pieces") << QByteArray::fromHex("2a020807")
                + field(5, field(2, "c")) << field(5, QByteArray::fromHex("0807") + field(2, "c"));
        QTest::newRow("request then response: the last")
            << field(7, field(1, "c")) + field(8, {}) << field(8, {});
        QTest::newRow("response then request: the last")
            << field(8, {}) + field(7, field(1, "c")) << field(7, field(1, "c"));
        QTest::newRow("plain then cipher: the last")
            << field(13, "p") + field(14, "c") << field(14, "c");
        QTest::newRow("plain then empty plain: the last")
            << field(13, "p") + field(13, {}) << field(13, {});
        QTest::newRow("cipher then empty plain: the last")
            << field(14, "c") + field(13, {}) << field(13, {});
        QTest::newRow("unknown fields") << field(99, "x") + field(1, "u") << field(1, "u");
        QTest::newRow("twin of 64 bits is cut like everywhere")
            << QByteArray::fromHex("2a06088780808010") << QByteArray::fromHex("2a020807");
    }
    void presence()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, same);
        const auto one = Envelope::decode(bytes);
        const auto other = Envelope::decode(same);
        QVERIFY(one.has_value());
        QVERIFY(other.has_value());
        QVERIFY(*one == *other);
        QCOMPARE(one->challenge(), other->challenge());
    }
    void payloadKindsDiffer()
    {
        QVERIFY(Envelope::decode({})->payloadKind == Envelope::Payload::None);
        QVERIFY(Envelope::decode(field(13, {}))->payloadKind == Envelope::Payload::Plain);
        QVERIFY(Envelope::decode(field(14, {}))->payloadKind == Envelope::Payload::Cipher);
        QVERIFY(!Envelope::decode({})->source.has_value());
        QVERIFY(Envelope::decode(field(5, {}))->source == PeerAddress {});
    }

    void textIsKeptExactly_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("nothing") << QByteArray() << true;
        QTest::newRow("byte order mark in front") << QByteArray("\xef\xbb\xbf"
                                                                "a")
                                                  << true;
        QTest::newRow("two byte order marks") << QByteArray("\xef\xbb\xbf\xef\xbb\xbf") << true;
        QTest::newRow("zero byte") << QByteArray("a\0b", 3) << true;
        QTest::newRow("astral") << QByteArray("\xf0\x9f\x9a\x80") << true;
        QTest::newRow("no character") << QByteArray("\xef\xbf\xbe\xef\xbf\xbf") << true;
        QTest::newRow("replacement character") << QByteArray("\xef\xbf\xbd") << true;
        QTest::newRow("lone continuation") << QByteArray("\x80") << false;
        QTest::newRow("cut short") << QByteArray("\xe2\x82") << false;
        QTest::newRow("overlong slash") << QByteArray("\xc0\xaf") << false;
        QTest::newRow("overlong zero") << QByteArray("\xc0\x80") << false;
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << false;
        QTest::newRow("beyond Unicode") << QByteArray("\xf4\x90\x80\x80") << false;
        QTest::newRow("never a byte of UTF-8") << QByteArray("\xff\xfe") << false;
    }
    void textIsKeptExactly()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, accepted);
        const auto read = Envelope::decode(field(1, text));
        QCOMPARE(read.has_value(), accepted);
        for (const auto &bytes :
            { field(2, text), field(5, field(2, text)), field(7, field(1, text)),
                field(12, field(2, text)), field(10, text), field(11, text), field(17, text) })
            QCOMPARE(Envelope::decode(bytes).has_value(), accepted);
        // Bytes are bytes.
        QCOMPARE(Envelope::decode(field(13, text))->payload, text);
        QCOMPARE(Envelope::decode(field(9, text))->signature, text);
        if (!accepted)
            return;
        QCOMPARE(read->uid.toUtf8(), text);
        QVERIFY(*Envelope::decode(read->encode()) == *read);
    }

    void bounds_data()
    {
        QTest::addColumn<QByteArray>("most");
        QTest::addColumn<QByteArray>("more");
        const auto row = [](const char *name, qsizetype most, auto make) {
            QTest::newRow(name) << QByteArray(make(QByteArray(most, 'x')))
                                << QByteArray(make(QByteArray(most + 1, 'x')));
        };
        const auto plain = [](int number) {
            return [number](const QByteArray &text) { return field(number, text); };
        };
        row("uid", 256, plain(1));
        row("tags", 1024, plain(2));
        row("source connection", 256,
            [](const QByteArray &text) { return field(5, field(2, text)); });
        row("destination connection", 256,
            [](const QByteArray &text) { return field(6, field(2, text)); });
        row("command", 256, [](const QByteArray &text) { return field(7, field(1, text)); });
        row("error", 65536, [](const QByteArray &text) { return field(12, field(2, text)); });
        row("schema", 256, plain(10));
        row("federation", 1024, plain(11));
        row("signature", 256, plain(9));
        row("one relay", 256, plain(17));
        row("empty relays", 64,
            [](const QByteArray &text) { return field(17, {}).repeated(text.size()); });
        // Tag 17 with all five bytes a tag may have.
        row("relays with long tags", 64, [](const QByteArray &text) {
            return QByteArray::fromHex("8a8180801000").repeated(text.size());
        });
        row("relays between other fields", 64, [](const QByteArray &text) {
            return QByteArray(field(17, {}) + QByteArray::fromHex("1801") + field(99, "x")
                + QByteArray::fromHex("a50600000000") + QByteArray::fromHex("a1060000000000000000")
                + QByteArray::fromHex("a306a406"))
                .repeated(text.size());
        });
        row("envelope", kMaxEnvelope - 5, plain(13));
    }
    void bounds()
    {
        QFETCH(QByteArray, most);
        QFETCH(QByteArray, more);
        const auto taken = Envelope::decode(most);
        QVERIFY2(taken, taken ? "" : qPrintable(taken.error().what));
        const auto refused = Envelope::decode(more);
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().code, ErrorCode::Invalid);
        wire::Frame frame;
        QVERIFY(frame.ParseFromArray(more.constData(), int(more.size())));
    }
    void refusesPartsBeyondTheEnd_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        for (const char *hex : { "0a01", "0affffffff0f", "0affffffffffffffffff01", "6a80808002",
                 "7af0ffffff078a01f0ffff17", "2af0ffffff0712f0ffff17", "9d0600", "990600",
                 "9b060a0a9c06", "1880808080", "88", "8a81808080" })
            QTest::newRow(hex) << QByteArray::fromHex(hex);
    }
    void refusesPartsBeyondTheEnd()
    {
        QFETCH(QByteArray, bytes);
        QCOMPARE(Envelope::decode(bytes).error().code, ErrorCode::Invalid);
        wire::Frame frame;
        QVERIFY(!frame.ParseFromArray(bytes.constData(), int(bytes.size())));
    }
    void relaysInsidePayloadsDoNotCount()
    {
        const QByteArray relays = field(17, {}).repeated(40);
        QVERIFY(Envelope::decode(field(13, relays)).has_value());
        QVERIFY(Envelope::decode(field(99, relays)).has_value());
    }

    void signatures_data()
    {
        QTest::addColumn<char>("type");
        QTest::newRow("ed25519") << 'e';
        QTest::newRow("sr25519") << 's';
    }
    void signatures()
    {
        QFETCH(char, type);
        const auto own = Identity::fromSeed(QByteArray(32, '7'), KeyType(type)).value();
        const auto other = Identity::fromSeed(QByteArray(32, '8'), KeyType(type)).value();
        Envelope envelope = request();
        QVERIFY(!envelope.verify(own.publicKey()));
        envelope.sign(own);
        const auto good = Envelope::decode(envelope.encode()).value();
        QVERIFY(good.verify(own.publicKey()));
        QVERIFY(!good.verify(other.publicKey()));
        QVERIFY(!good.verify({}));
        QVERIFY(!good.verify(own.publicKey() + 'x'));

        auto bad = good;
        bad.signature[0] = type == 'e' ? 's' : 'e';
        QVERIFY(!bad.verify(own.publicKey()));
        const QByteArrayList broken { good.signature.first(63), good.signature.first(64),
            good.signature.sliced(1), good.signature + 'x', QByteArray(65, '\0'),
            QByteArray(65, '\xff') };
        for (const auto &signature : broken) {
            bad.signature = signature;
            QVERIFY(!bad.verify(own.publicKey()));
            QVERIFY(Envelope::decode(bad.encode()).has_value());
        }
    }
    void everyFieldIsSigned_data()
    {
        QTest::addColumn<int>("change");
        for (int i = 0; i < 14; ++i)
            QTest::addRow("change %d", i) << i;
    }
    void everyFieldIsSigned()
    {
        QFETCH(int, change);
        const auto own = Identity::fromSeed(QByteArray(32, '7')).value();
        Envelope envelope = request();
        envelope.sign(own);
        switch (change) {
        case 0:
            envelope.uid += u'x';
            break;
        case 1:
            envelope.tags = u"fail-fast"_s;
            break;
        case 2:
            envelope.timestamp += 1;
            break;
        case 3:
            envelope.expiration += 1;
            break;
        case 4:
            envelope.source->twin = TwinId(8);
            break;
        case 5:
            envelope.source->connection = u"sess2"_s;
            break;
        case 6:
            envelope.destination->twin = TwinId(8);
            break;
        case 7:
            envelope.destination->connection = u"x"_s;
            break;
        case 8:
            envelope.message = RequestPart { u"zos.system.versioN"_s };
            break;
        case 9:
            envelope.message = ErrorPart { 1, u"zos.system.version"_s };
            break;
        case 10:
            envelope.schema.clear();
            break;
        case 11:
            envelope.federation = u"relay"_s;
            break;
        case 12:
            envelope.payload += ' ';
            break;
        default:
            envelope.relays += u"relay"_s;
            break;
        }
        QVERIFY(!envelope.verify(own.publicKey()));
    }

    void stampKeepsTheDeadline_data()
    {
        QTest::addColumn<quint64>("timestamp");
        QTest::addColumn<quint64>("expiration");
        QTest::addColumn<quint64>("left"); // after a stamp at noon
        QTest::newRow("fresh") << quint64(0) << quint64(300) << quint64(300);
        QTest::newRow("fresh, without end") << quint64(0) << kMost << kMost;
        QTest::newRow("now") << kNoon << quint64(300) << quint64(300);
        QTest::newRow("100 s ago") << kNoon - 100 << quint64(300) << quint64(200);
        QTest::newRow("too long ago") << kNoon - 400 << quint64(300) << quint64(0);
        QTest::newRow("at the beginning") << quint64(1) << quint64(300) << quint64(0);
        QTest::newRow("future") << kNoon + 100 << quint64(300) << quint64(300);
        QTest::newRow("far future") << kMost << kMost << kMost;
    }
    void stampKeepsTheDeadline()
    {
        QFETCH(quint64, timestamp);
        QFETCH(quint64, expiration);
        QFETCH(quint64, left);
        Envelope envelope;
        envelope.timestamp = timestamp;
        envelope.expiration = expiration;
        envelope.stamp(kNoon);
        QCOMPARE(envelope.timestamp, kNoon);
        QCOMPARE(envelope.expiration, left);
    }

    void timeGames_data()
    {
        QTest::addColumn<quint64>("timestamp");
        QTest::addColumn<quint64>("expiration");
        QTest::addColumn<bool>("accepted"); // at noon
        QTest::addColumn<bool>("expired");
        QTest::addColumn<quint64>("lifetime");
        const auto row = [](const char *name, quint64 timestamp, quint64 expiration, bool accepted,
                             bool expired, quint64 lifetime) {
            QTest::newRow(name) << timestamp << expiration << accepted << expired << lifetime;
        };
        row("now", kNoon, 300, true, false, 300);
        row("last second", kNoon - 299, 300, true, false, 1);
        row("over", kNoon - 300, 300, false, true, 0);
        row("no lifetime", kNoon, 0, false, true, 0);
        row("no lifetime, 1 s ahead", kNoon + 1, 0, true, false, 0);
        row("rounded up by a client", kNoon + 1, 20, true, false, 20);
        row("60 s ahead", kNoon + 60, 300, true, false, 300);
        row("61 s ahead", kNoon + 61, 300, false, false, 300);
        row("an hour ahead", kNoon + 3600, 300, false, false, 300);
        row("an hour ago", kNoon - 3600, 300, false, true, 0);
        row("an hour ago, long life", kNoon - 3600, 7200, false, true, 0);
        row("59 minutes ago, long life", kNoon - 3540, 7200, true, false, 60);
        row("half an hour and a second", kNoon, 1801, true, false, 1801);
        row("without end", kNoon, kMost, true, false, 3600);
        row("without end, an hour ago", kNoon - 3600, kMost, false, true, 0);
        row("without end, 60 s ahead", kNoon + 60, kMost, true, false, 3600);
        row("no timestamp", 0, 300, false, true, 0);
        row("no timestamp, without end", 0, kMost, false, true, 0);
        row("2^63", quint64(1) << 63, 300, false, false, 300);
        row("2^63, without end", quint64(1) << 63, kMost, false, false, 3600);
        row("2^64 - 1", kMost, 300, false, false, 300);
        row("2^64 - 1, without end", kMost, kMost, false, false, 3600);
    }
    void timeGames()
    {
        QFETCH(quint64, timestamp);
        QFETCH(quint64, expiration);
        QFETCH(bool, accepted);
        QFETCH(bool, expired);
        QFETCH(quint64, lifetime);
        Envelope envelope = request();
        envelope.timestamp = timestamp;
        envelope.expiration = expiration;
        const auto read = Envelope::decode(envelope.encode());
        QCOMPARE(read->timestamp, timestamp);
        QCOMPARE(read->expiration, expiration);
        QCOMPARE(read->checkTime(kNoon).has_value(), accepted);
        QCOMPARE(read->expired(kNoon), expired);
        QCOMPARE(read->lifetime(kNoon), lifetime);
        // Whatever a clock says, a message stamped about now is taken.
        Envelope fresh = request();
        fresh.timestamp = timestamp;
        QVERIFY(fresh.checkTime(timestamp - std::min<quint64>(timestamp, 10)).has_value());
        for (const quint64 time : { quint64(0), quint64(1), quint64(1) << 63, kMost }) {
            (void)read->checkTime(time);
            QVERIFY(read->lifetime(time) <= kMaxLifetime);
        }
    }
};
ZOS_TEST(TestEnvelope)
#include "tst_envelope.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/rmb/direct/http/rawhttp.h"
#include "tests/rmb/relay/server/relaylab.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using testing::eventually;
using testing::peerOf;
using testing::RawHttp;
using testing::RelayClient;
using testing::RelayLab;

namespace {

constexpr auto kUrl = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray handMade(const QByteArray &header, const QByteArray &claims, const Identity &identity)
{
    const QByteArray text = header.toBase64(kUrl) + '.' + claims.toBase64(kUrl);
    return text + '.' + identity.typedSignature(text).toBase64(kUrl);
}

QByteArray upgrade(const QByteArray &target)
{
    return "GET " + target
        + " HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

} // namespace

class TestRelayDoor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void refusesTokens_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        const auto row
            = [](const char *name, const QByteArray &query, int status, const QByteArray &body) {
                  QTest::newRow(name) << query << status << body;
              };
        const Identity seven = RelayLab::identity(7);
        const QByteArray time = QByteArray::number(RelayLab().time());
        const QByteArray later = QByteArray::number(RelayLab().time() + 60);
        const QByteArray good = R"({"sub":7,"iat":)" + time + R"(,"exp":)" + later + '}';
        const QByteArray header = R"({"alg":"RS512","typ":"JWT"})";
        row("no token", "", 400, "missing jwt");
        row("no token behind the mark", "?", 400, "missing jwt");
        row("garbage", "?garbage", 401, "invalid jwt: ");
        row("two dots and nothing", "?..", 401, "invalid jwt: ");
        row("a parameter name in front", "?token=" + handMade(header, good, seven), 401,
            "invalid jwt: ");
        row("an honest algorithm", "?" + handMade(R"({"alg":"EdDSA","typ":"JWT"})", good, seven),
            401, "invalid jwt: ");
        row("no algorithm", "?" + handMade(R"({"alg":"none"})", good, seven), 401, "invalid jwt: ");
        row("expired",
            "?"
                + handMade(header,
                    R"({"sub":7,"iat":1,"exp":)" + QByteArray::number(RelayLab().time() - 1) + '}',
                    seven),
            401, "invalid jwt: ");
        row("no end", "?" + handMade(header, R"({"sub":7,"iat":1})", seven), 401, "invalid jwt: ");
        row("another twin's signature", "?" + handMade(header, good, RelayLab::identity(8)), 401,
            "invalid jwt: ");
        row("a changed claim",
            "?"
                + handMade(header, good, seven)
                    .replace(good.toBase64(kUrl),
                        QByteArray(good).replace(R"("sub":7)", R"("sub":8)").toBase64(kUrl)),
            401, "invalid jwt: ");
        row("the signature's other type",
            "?" + handMade(header, good, RelayLab::identity(7, KeyType::Sr25519)), 401,
            "invalid jwt: ");
        row("an unknown twin",
            "?" + handMade(header, QByteArray(good).replace(R"("sub":7)", R"("sub":77)"), seven),
            401, "twin not found 77");
        row("too long a token", "?" + QByteArray(5'000, 'x'), 401, "invalid jwt: ");
        row("too long a head", "?" + QByteArray(20'000, 'x'), 400, "header exceeds the limit");
    }
    void refusesTokens()
    {
        QFETCH(QByteArray, query);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        RelayLab lab;
        RawHttp client(lab.relay->port());
        client.send(upgrade("/" + query));
        QCOMPARE(client.status(), status);
        QVERIFY2(client.body().startsWith(body), client.body().constData());
        QVERIFY(client.waitClosed());
        QCOMPARE(lab.relay->sessions(), 0);
        QCOMPARE(
            lab.relay->counters().refusedTokens, status == 400 && body != "missing jwt" ? 0 : 1);
    }
    // Who tries token after token is not worked for any more; others are, and he again later.
    void looksAtSoManyTokensOfOneAddress()
    {
        LocalRelayLimits limits;
        limits.tokensAtOnce = 32;
        limits.tokensPerSecond = 4;
        RelayLab lab(limits);
        auto forged = lab.token(7);
        forged[forged.size() - 10] = forged.at(forged.size() - 10) == 'A' ? 'B' : 'A';
        const auto knock = [&lab](const QByteArray &token) {
            RawHttp client(lab.relay->port());
            client.send(upgrade("/?" + token));
            return client.status();
        };
        const auto lookups = lab.ledger.lookups;
        for (int i = 0; i < 4; ++i)
            QCOMPARE(knock(forged), 401);
        const auto asked = lab.ledger.lookups;
        for (int i = 0; i < 10; ++i)
            QCOMPARE(knock(forged), 429);
        QCOMPARE(knock(lab.token(7)), 429);
        QCOMPARE(lab.ledger.lookups, asked);
        QVERIFY(asked > lookups);
        QCOMPARE(lab.relay->counters().tooManyTokens, 11);
        QCOMPARE(lab.relay->counters().refusedTokens, 4);
        RawHttp other(lab.relay->port(), QHostAddress(QHostAddress::LocalHost),
            QHostAddress(QStringLiteral("127.0.0.2")));
        other.send(upgrade("/?" + lab.token(8)));
        QVERIFY(eventually([&] { return lab.relay->sessions() == 1; }));
        lab.clock.advance(std::chrono::seconds(1));
        const RelayClient again(lab, 7);
        QVERIFY(again.isOpen());
    }
    void saysWhenTheLedgerIsAway()
    {
        RelayLab lab;
        lab.ledger.offline = true;
        RawHttp client(lab.relay->port());
        client.send(upgrade("/?" + lab.token(7)));
        QCOMPARE(client.status(), 500);
        QVERIFY(client.body().startsWith("failed to get twin: "));
        QVERIFY(client.waitClosed());
    }
    void upgradesOnAnyPath_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("none") << QString();
        QTest::newRow("root") << QStringLiteral("/");
        QTest::newRow("some path") << QStringLiteral("/api/v1/relay");
        QTest::newRow("metrics") << QStringLiteral("/metrics");
    }
    void upgradesOnAnyPath()
    {
        QFETCH(QString, path);
        RelayLab lab;
        RelayClient client(lab.relay->port(), lab.token(7), path);
        QVERIFY(client.isOpen());
        QVERIFY(client.settle(peerOf(7)));
    }
    void admitsBothKeyTypes_data()
    {
        QTest::addColumn<KeyType>("type");
        QTest::newRow("ed25519") << KeyType::Ed25519;
        QTest::newRow("sr25519") << KeyType::Sr25519;
    }
    void admitsBothKeyTypes()
    {
        QFETCH(KeyType, type);
        RelayLab lab;
        const Identity key = RelayLab::identity(20, type);
        lab.addTwin(20, key);
        RelayToken token;
        token.twin = TwinId(20);
        token.session = QStringLiteral("abc");
        token.issued = lab.time() + 1; // clients round up
        token.expires = lab.time() + 1'000;
        RelayClient client(lab.relay->port(), token.make(key));
        QVERIFY(client.isOpen());
        QVERIFY(client.settle(peerOf(20, QStringLiteral("abc"))));
        QCOMPARE(lab.relay->sessions(), 1);
        QCOMPARE(lab.relay->counters().sessions, 1);
    }
    void admitsTheNullSessionOfRust()
    {
        RelayLab lab;
        const QByteArray claims = R"({"sub":7,"iat":1,"exp":)"
            + QByteArray::number(lab.time() + 300) + R"(,"sid":null})";
        RelayClient client(
            lab.relay->port(), handMade(R"({"alg":"RS512"})", claims, RelayLab::identity(7)));
        QVERIFY(client.isOpen());
        QVERIFY(client.settle(peerOf(7)));
    }
    void seesAChangedKey()
    {
        RelayLab lab;
        RelayClient before(lab, 7);
        QVERIFY(before.isOpen());
        const Identity key = RelayLab::identity(70);
        lab.addTwin(7, key);
        lab.clock.advance(std::chrono::seconds(11));
        RelayToken token;
        token.twin = TwinId(7);
        token.issued = lab.time();
        token.expires = lab.time() + 60;
        RelayClient after(lab.relay->port(), token.make(key));
        QVERIFY(after.isOpen());
    }
    void refusesWhatIsNoHandshake()
    {
        RelayLab lab;
        RawHttp client(lab.relay->port());
        client.send("GET /?" + lab.token(7) + " HTTP/1.1\r\nHost: relay\r\n\r\n");
        QVERIFY(client.waitClosed());
        QCOMPARE(lab.relay->sessions(), 0);
    }
    void refusesOtherMethods_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        const auto row = [](const char *name, const QByteArray &request, int status) {
            QTest::newRow(name) << request << status;
        };
        row("put", "PUT / HTTP/1.1\r\n\r\n", 405);
        row("post elsewhere", "POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405);
        row("post without a length", "POST / HTTP/1.1\r\n\r\n", 411);
        row("post of too much", "POST / HTTP/1.1\r\nContent-Length: 4194305\r\n\r\n", 413);
        row("post of chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
        row("not HTTP", "\x16\x03\x01\r\n\r\n", 400);
    }
    void refusesOtherMethods()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        RelayLab lab;
        RawHttp client(lab.relay->port());
        client.send(request);
        QCOMPARE(client.status(), status);
        QVERIFY(client.waitClosed());
    }
    void tellsItsCounters()
    {
        RelayLab lab;
        RelayClient client(lab, 7);
        RawHttp http(lab.relay->port());
        http.send("GET /metrics HTTP/1.1\r\nHost: relay\r\n\r\n");
        QCOMPARE(http.status(), 200);
        QVERIFY(http.body().contains("relay_sessions 1\n"));
        QVERIFY(http.body().contains("relay_evicted_total 0\n"));
    }

    void takesEnvelopesOfOtherRelays()
    {
        RelayLab lab;
        RelayClient eight(lab, 8);
        const QByteArray bytes = lab.request(peerOf(7), peerOf(8)).encode();
        RawHttp http(lab.relay->port());
        http.post("/", bytes);
        QCOMPARE(http.status(), 202);
        QCOMPARE(http.body(), "");
        QCOMPARE(eight.next(), bytes);
    }
    void answersOtherRelays_data()
    {
        QTest::addColumn<quint32>("to");
        QTest::addColumn<QString>("tags");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("absent: kept") << 9U << QString() << 202 << QByteArray();
        QTest::newRow("absent, in a hurry")
            << 9U << QStringLiteral("x, fail-fast") << 404 << QByteArray("destination offline");
        QTest::newRow("unknown") << 99U << QString() << 404
                                 << QByteArray("unknown twin destination");
        QTest::newRow("nobody") << 0U << QString() << 404
                                << QByteArray("message with missing destination");
    }
    void answersOtherRelays()
    {
        QFETCH(quint32, to);
        QFETCH(QString, tags);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        RelayLab lab;
        auto envelope = lab.request(peerOf(7), peerOf(to));
        envelope.tags = tags;
        RawHttp http(lab.relay->port());
        http.post("/", envelope.encode());
        QCOMPARE(http.status(), status);
        QCOMPARE(http.body(), body);
        if (status == 202) {
            RelayClient nine(lab, 9);
            QCOMPARE(nine.next(), envelope.encode());
        }
    }
    void refusesGarbageOfOtherRelays()
    {
        RelayLab lab;
        RawHttp http(lab.relay->port());
        http.post("/", "\xff\xff\xff\xff");
        QCOMPARE(http.status(), 400);
        RawHttp empty(lab.relay->port());
        empty.post("/", "");
        QCOMPARE(empty.status(), 404); // an envelope to nobody
    }
    void boundsOtherRelays()
    {
        LocalRelayLimits limits;
        limits.messagesPerMinute = 1;
        RelayLab lab(limits);
        const QByteArray bytes = lab.request(peerOf(7), peerOf(8)).encode();
        for (const int status : { 202, 429 }) {
            RawHttp http(lab.relay->port());
            http.post("/", bytes);
            QCOMPARE(http.status(), status);
        }
    }
    void listensOnOneAddressOnly_data()
    {
        QTest::addColumn<QHostAddress>("address");
        QTest::newRow("none") << QHostAddress();
        QTest::newRow("any") << QHostAddress(QHostAddress::Any);
        QTest::newRow("any IPv4") << QHostAddress(QHostAddress::AnyIPv4);
        QTest::newRow("any IPv6") << QHostAddress(QHostAddress::AnyIPv6);
    }
    void listensOnOneAddressOnly()
    {
        QFETCH(QHostAddress, address);
        FakeClock clock;
        testing::TwinsLedger ledger;
        LocalRelay relay(&ledger, &clock);
        const auto started = relay.start(address, 0);
        QVERIFY(!started);
        QCOMPARE(started.error().code, ErrorCode::Invalid);
    }
    void saysWhenThePortIsTaken()
    {
        RelayLab lab;
        LocalRelay second(&lab.ledger, &lab.clock);
        const auto started = second.start(QHostAddress(QHostAddress::LocalHost), lab.relay->port());
        QVERIFY(!started);
        QCOMPARE(started.error().code, ErrorCode::Unavailable);
    }
};

ZOS_TEST(TestRelayDoor)
#include "tst_relaydoor.moc"

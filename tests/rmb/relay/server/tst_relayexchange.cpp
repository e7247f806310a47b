// SPDX-License-Identifier: Apache-2.0
#include "tests/rmb/relay/server/relaylab.h"
#include "tests/support/runner.h"

#include <QSignalSpy>

using namespace zos;
using namespace zos::rmb;
using namespace std::chrono_literals;
using testing::eventually;
using testing::peerOf;
using testing::RelayClient;
using testing::RelayLab;

class TestRelayExchange : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void forwardsTheBytesAsTheyCame()
    {
        RelayLab lab;
        RelayClient seven(lab, 7, QStringLiteral("abc"));
        RelayClient eight(lab, 8);
        // An unknown field and an unusual order: nothing that is decoded and written anew.
        const QByteArray bytes = QByteArray::fromHex("ba3e03616263")
            + lab.request(peerOf(7, QStringLiteral("abc")), peerOf(8)).encode();
        seven.send(bytes);
        QCOMPARE(eight.next(), bytes);
        QCOMPARE(lab.relay->counters().forwarded, 1);
    }
    void carriesTheLargestMessage()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        RelayClient eight(lab, 8);
        auto envelope = lab.request(peerOf(7), peerOf(8));
        envelope.payload = QByteArray(kMaxEnvelope - 4096, 'x');
        seven.send(envelope);
        QCOMPARE(eight.next(), envelope.encode());
    }
    void tellsSessionsApart()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        RelayClient nil(lab, 8);
        RelayClient named(lab, 8, QStringLiteral("abc"));
        const auto toNamed = lab.request(peerOf(7), peerOf(8, QStringLiteral("abc")));
        const auto toNil = lab.request(peerOf(7), peerOf(8));
        seven.send(toNamed);
        seven.send(toNil);
        QCOMPARE(nil.next(), toNil.encode());
        QCOMPARE(named.next(), toNamed.encode());
        QVERIFY(nil.inbox.isEmpty());
    }
    void reachesOneself()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        const auto envelope = lab.request(peerOf(7), peerOf(7));
        seven.send(envelope);
        QCOMPARE(seven.next(), envelope.encode());
    }

    void refuses_data()
    {
        QTest::addColumn<Envelope>("envelope");
        QTest::addColumn<QString>("error");
        const RelayLab lab;
        const auto row = [](const char *name, const Envelope &envelope, const char *error) {
            QTest::newRow(name) << envelope << QString::fromLatin1(error);
        };
        row("another twin as source", lab.request(peerOf(8), peerOf(8)), "message wrong source");
        row("another session as source", lab.request(peerOf(7, QStringLiteral("x")), peerOf(8)),
            "message wrong source");
        auto envelope = lab.request(peerOf(7), peerOf(8));
        envelope.source.reset();
        row("no source", envelope, "message wrong source");
        row("nobody as destination", lab.request(peerOf(7), peerOf(0)),
            "message with missing destination");
        envelope = lab.request(peerOf(7), peerOf(8));
        envelope.destination.reset();
        row("no destination", envelope, "message with missing destination");
        row("an unknown destination", lab.request(peerOf(7), peerOf(88)),
            "unknown twin destination");
        row("a twin without a relay", lab.request(peerOf(7), peerOf(30)),
            "relay info is not set for this twin");
        envelope = lab.request(peerOf(7), peerOf(9));
        envelope.tags = QStringLiteral("fail-fast");
        row("absent and in a hurry", envelope, "destination offline");
        envelope.tags = QStringLiteral("a b,fail-fast,c");
        row("absent and in a hurry, among other tags", envelope, "destination offline");
        envelope = lab.request(peerOf(7), peerOf(9));
        envelope.timestamp -= 300;
        row("absent and over", envelope, "destination offline");
        envelope.expiration = 0;
        row("absent and never alive", envelope, "destination offline");
    }
    void refuses()
    {
        QFETCH(Envelope, envelope);
        QFETCH(QString, error);
        RelayLab lab;
        lab.addTwin(30, RelayLab::identity(30), {});
        RelayClient seven(lab, 7);
        RelayClient eight(lab, 8);
        seven.send(envelope);
        const auto answer = seven.nextEnvelope();
        const auto *part = std::get_if<ErrorPart>(&answer.message);
        QVERIFY(part);
        QCOMPARE(part->message, error);
        QCOMPARE(part->code, 0U);
        QCOMPARE(answer.uid, envelope.uid);
        QVERIFY(!answer.source);
        QVERIFY(answer.signature.isEmpty());
        QCOMPARE(answer.destination.value_or(PeerAddress()), peerOf(7));
        QCOMPARE(answer.timestamp, lab.time());
        QCOMPARE(answer.expiration, 300U);
        QVERIFY(eight.inbox.isEmpty());
        QCOMPARE(lab.relay->counters().answeredErrors, 1);
        QCOMPARE(lab.relay->counters().forwarded, 0);
    }
    void answersErrorsToRequestsOnly()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        auto envelope = lab.request(peerOf(7), peerOf(88));
        const decltype(envelope.message) others[] = { ResponsePart {},
            ErrorPart { 1, QStringLiteral("e") }, std::monostate {}, PongPart {} };
        for (const auto &message : others) {
            envelope.message = message;
            seven.send(envelope);
        }
        QVERIFY(seven.settle(peerOf(7)));
        QVERIFY(eventually([&] { return lab.relay->counters().dropped == 4; }));
        QVERIFY(seven.settle(peerOf(7)));
        QVERIFY(seven.inbox.isEmpty());
        QCOMPARE(lab.relay->counters().answeredErrors, 0);
    }
    void saysWhenTheLedgerIsAway()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        lab.ledger.offline = true;
        seven.send(lab.request(peerOf(7), peerOf(9)));
        QVERIFY(seven.nextError().startsWith(QStringLiteral("failed to get twin")));
    }

    void answersPings()
    {
        RelayLab lab;
        RelayClient seven(lab, 7, QStringLiteral("abc"));
        Envelope ping;
        ping.uid = QStringLiteral("p");
        ping.timestamp = lab.time();
        ping.expiration = 40;
        ping.source = peerOf(7, QStringLiteral("abc"));
        ping.destination = PeerAddress();
        ping.message = PingPart {};
        seven.send(ping);
        const auto pong = seven.nextEnvelope();
        QVERIFY(std::holds_alternative<PongPart>(pong.message));
        QCOMPARE(pong.uid, ping.uid);
        QCOMPARE(pong.destination.value_or(PeerAddress()), *ping.source);
        QCOMPARE(pong.payload, "hello world");
        QCOMPARE(pong.payloadKind, Envelope::Payload::Plain);
    }
    void answersPingsOfTheWire()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        QSignalSpy pongs(&seven.socket, &QWebSocket::pong);
        seven.socket.ping("x");
        QVERIFY(eventually([&] { return !pongs.isEmpty(); }));
    }

    void keepsForWhoIsAway()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        QList<QByteArray> sent;
        for (int i = 0; i < 20; ++i) {
            auto envelope = lab.request(peerOf(7), peerOf(9));
            envelope.uid = QString::number(i);
            sent += envelope.encode();
            seven.send(sent.last());
        }
        QVERIFY(eventually([&] { return lab.relay->counters().queued == 20; }));
        RelayClient nine(lab, 9);
        QVERIFY(eventually([&] { return nine.inbox.size() == 20; }));
        QCOMPARE(nine.inbox, sent);
        RelayClient again(lab, 9);
        QVERIFY(again.settle(peerOf(9)));
        QVERIFY(again.inbox.isEmpty());
        QVERIFY(seven.inbox.isEmpty());
    }
    void keepsNoLongerThanTheLifetime()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        auto envelope = lab.request(peerOf(7), peerOf(9));
        envelope.expiration = 30;
        seven.send(envelope);
        envelope.expiration = 31;
        envelope.uid = QStringLiteral("second");
        seven.send(envelope);
        QVERIFY(eventually([&] { return lab.relay->counters().queued == 2; }));
        lab.clock.advance(30s);
        RelayClient nine(lab, 9);
        QCOMPARE(nine.nextEnvelope().uid, QStringLiteral("second"));
        QVERIFY(nine.settle(peerOf(9)));
        QVERIFY(nine.inbox.isEmpty());
    }
    void keepsSoMany()
    {
        LocalRelayLimits limits;
        limits.queued = 2;
        RelayLab lab(limits);
        RelayClient seven(lab, 7);
        for (int i = 0; i < 3; ++i)
            seven.send(lab.request(peerOf(7), peerOf(9)));
        QCOMPARE(seven.nextError(), QStringLiteral("destination offline and its queue is full"));
        QCOMPARE(lab.relay->counters().queued, 2);
    }

    void boundsTheRate_data()
    {
        QTest::addColumn<int>("messages");
        QTest::addColumn<int>("kilobytes");
        QTest::newRow("messages") << 3 << 1000;
        QTest::newRow("bytes") << 1000 << 31;
    }
    void boundsTheRate()
    {
        QFETCH(int, messages);
        QFETCH(int, kilobytes);
        LocalRelayLimits limits;
        limits.messagesPerMinute = messages;
        limits.bytesPerMinute = kilobytes * 1000;
        RelayLab lab(limits);
        RelayClient seven(lab, 7);
        RelayClient other(lab, 7, QStringLiteral("other"));
        RelayClient eight(lab, 8);
        auto envelope = lab.request(peerOf(7), peerOf(8));
        envelope.payload = QByteArray(10'000, 'x');
        for (int i = 0; i < 4; ++i)
            seven.send(envelope);
        QCOMPARE(seven.nextError(), QStringLiteral("exceeded rate limits, dropping message"));
        QCOMPARE(lab.relay->counters().forwarded, 3);
        // Another session of the twin shares its bound, another twin does not.
        envelope.source = peerOf(7, QStringLiteral("other"));
        other.send(envelope);
        QCOMPARE(other.nextError(), QStringLiteral("exceeded rate limits, dropping message"));
        QVERIFY(eight.settle(peerOf(8)));
        QCOMPARE(eight.inbox.size(), 3);
        lab.clock.advance(1min);
        seven.send(lab.request(peerOf(7), peerOf(8)));
        QVERIFY(eventually([&] { return eight.inbox.size() == 4; }));
    }
    void endsTheSessionOfAFlood()
    {
        LocalRelayLimits limits;
        limits.messagesPerMinute = 2;
        RelayLab lab(limits);
        RelayClient seven(lab, 7);
        for (int i = 0; i < 21; ++i)
            seven.send(lab.request(peerOf(7), peerOf(8)));
        QVERIFY(seven.waitClosed());
        QCOMPARE(seven.socket.closeCode(), QWebSocketProtocol::CloseCodePolicyViolated);
        QVERIFY(lab.relay->counters().answeredErrors <= 18);
        RelayClient eight(lab, 8);
        QVERIFY(eight.settle(peerOf(8)));
    }

    void theNewestSessionWins()
    {
        RelayLab lab;
        RelayClient seven(lab, 7);
        RelayClient first(lab, 8);
        seven.send(lab.request(peerOf(7), peerOf(8)));
        QVERIFY(!first.next().isNull());
        RelayClient second(lab, 8);
        QVERIFY(first.waitClosed());
        QCOMPARE(first.socket.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
        QCOMPARE(lab.relay->counters().evicted, 1);
        for (int i = 0; i < 10; ++i)
            seven.send(lab.request(peerOf(7), peerOf(8)));
        QVERIFY(eventually([&] { return second.inbox.size() == 10; }));
        QVERIFY(first.inbox.isEmpty());
        QCOMPARE(lab.relay->sessions(), 2);
    }
    void boundsTheSessionsOfATwin()
    {
        LocalRelayLimits limits;
        limits.perTwin = 2;
        RelayLab lab(limits);
        RelayClient a(lab, 7, QStringLiteral("a"));
        RelayClient b(lab, 7, QStringLiteral("b"));
        RelayClient eight(lab, 8);
        RelayClient c(lab, 7, QStringLiteral("c"));
        QVERIFY(a.waitClosed());
        QVERIFY(b.settle(peerOf(7, QStringLiteral("b"))));
        QVERIFY(c.settle(peerOf(7, QStringLiteral("c"))));
        QVERIFY(eight.settle(peerOf(8)));
        QVERIFY(b.isOpen() && c.isOpen() && eight.isOpen());
        // Its own newer self does not count twice.
        RelayClient anew(lab, 7, QStringLiteral("c"));
        QVERIFY(c.waitClosed());
        QVERIFY(b.settle(peerOf(7, QStringLiteral("b"))));
        QVERIFY(b.isOpen());
    }
    void endsSilentSessions()
    {
        LocalRelayLimits limits;
        limits.pingEvery = 20ms;
        limits.silence = 400ms;
        RelayLab lab(limits);
        RelayClient seven(lab, 7); // answers pings by itself
        QTcpSocket mute;
        mute.connectToHost(QHostAddress(QHostAddress::LocalHost), lab.relay->port());
        mute.write("GET /?" + lab.token(8)
            + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        QVERIFY(eventually([&] { return lab.relay->sessions() == 2; }));
        QVERIFY(eventually([&] { return lab.relay->sessions() == 1; }));
        QVERIFY(eventually([&] { return mute.state() == QAbstractSocket::UnconnectedState; }));
        QVERIFY(seven.settle(peerOf(7)));
        QVERIFY(seven.isOpen());
    }
    void saysGoodbye()
    {
        auto lab = std::make_unique<RelayLab>();
        RelayClient seven(*lab, 7);
        seven.send(lab->request(peerOf(7), peerOf(9)));
        lab.reset();
        QVERIFY(seven.waitClosed());
        QCOMPARE(seven.socket.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
    }
};

ZOS_TEST(TestRelayExchange)
#include "tst_relayexchange.moc"

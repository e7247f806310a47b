// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/relaylinks.h"
#include "tests/rmb/relay/relaygrid.h"
#include "tests/support/runner.h"

#include <QCryptographicHash>
#include <QTcpServer>
#include <QTcpSocket>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;
using testing::TestRelay;

namespace {

// A server that says what the test wants, byte by byte.
struct RawRelay
{
    RawRelay()
    {
        server.listen(QHostAddress::LocalHost, 0);
        QObject::connect(&server, &QTcpServer::newConnection, &server, [this] {
            while (auto *socket = server.nextPendingConnection()) {
                ++connections;
                QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                    if (!socket->peek(8192).contains("\r\n\r\n") || answered.contains(socket))
                        return;
                    answered.insert(socket);
                    const QByteArray head = socket->readAll();
                    socket->write(answer.isEmpty() ? upgrade(head) : answer);
                });
                QObject::connect(
                    socket, &QTcpSocket::disconnected, socket, &QTcpSocket::deleteLater);
                last = socket;
            }
        });
    }
    static QByteArray upgrade(const QByteArray &head)
    {
        const qsizetype begin = head.toLower().indexOf("sec-websocket-key: ") + 19;
        const QByteArray key = head.sliced(begin, head.indexOf('\r', begin) - begin);
        const QByteArray salted = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: "
            + QCryptographicHash::hash(salted, QCryptographicHash::Sha1).toBase64() + "\r\n\r\n";
    }
    QUrl url() const { return QUrl(u"ws://127.0.0.1:%1"_s.arg(server.serverPort())); }

    QTcpServer server;
    QByteArray answer; // in place of the upgrade; "-" = never
    QSet<QTcpSocket *> answered;
    QPointer<QTcpSocket> last;
    int connections = 0;
};

struct LinkLab
{
    explicit LinkLab(const QUrl &relay, RelayConfig settings = {}, SessionConfig shared = {})
        : session(key, testing::kNodeTwin, &ledger, nullptr, &clock, std::move(shared))
        , config(quick(std::move(settings)))
        , link(&session, config, relay)
    {
        QObject::connect(&link, &RelayLink::received, &link, [this](const QByteArray &frame) {
            frames += frame;
            const auto envelope = Envelope::decode(frame);
            if (envelope && link.isSelfPing(envelope->uid))
                link.selfPingArrived();
        });
        QObject::connect(&link, &RelayLink::changed, &link, [this] { ++changes; });
        link.start();
    }
    ~LinkLab()
    {
        link.stop();
        testing::wait(session.stop());
    }
    static RelayConfig quick(RelayConfig settings)
    {
        settings.firstPause = 5ms;
        settings.lastPause = std::min(settings.lastPause, std::chrono::milliseconds(40));
        return settings;
    }
    bool comesUp()
    {
        return eventually([this] { return link.up(); });
    }

    Identity key = Identity::generate();
    FakeClock clock;
    testing::TwinsLedger ledger;
    Session session;
    RelayConfig config;
    RelayLink link;
    QList<QByteArray> frames;
    int changes = 0;
};

} // namespace

class TestRelayLink : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void showsAFreshTokenEachTime()
    {
        TestRelay relay;
        RelayConfig config;
        config.session = u"cli"_s;
        LinkLab lab(relay.url(), config);
        QVERIFY(lab.comesUp());
        lab.clock.advance(100s);
        relay.evictAll();
        QVERIFY(eventually([&] { return relay.tokens.size() == 2; }));
        for (const auto &token : std::as_const(relay.tokens)) {
            QVERIFY(token.verify(lab.key.publicKey()));
            QCOMPARE(token.twin, testing::kNodeTwin);
            QCOMPARE(token.session, u"cli"_s);
            QCOMPARE(token.expires, token.issued + 60);
        }
        QCOMPARE(relay.tokens.at(1).issued, relay.tokens.at(0).issued + 100);
    }
    void measuresTheWayThroughTheRelay()
    {
        TestRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        QVERIFY(eventually([&] { return lab.changes >= 2; }));
        QCOMPARE(lab.frames.size(), 1);
        const auto ping = Envelope::decode(lab.frames.first());
        QVERIFY(RelayLink::isSelfPing(*ping));
        QVERIFY(ping->verify(lab.key.publicKey()));
        QCOMPARE(lab.link.state().connects, 1);
        QCOMPARE(lab.link.state().trouble, QString());
    }
    void comesBackByItself()
    {
        TestRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        relay.shut();
        QVERIFY(eventually([&] { return !lab.link.up(); }));
        QVERIFY(!lab.link.state().trouble.isEmpty());
        QVERIFY(!lab.link.send("x"));
        relay.open();
        QVERIFY(lab.comesUp());
        QCOMPARE(lab.session.counters().connects, 2);
    }
    void waitsForTheClock()
    {
        bool right = false;
        TestRelay relay;
        SessionConfig shared;
        shared.synchronised = [&right] { return right; };
        LinkLab lab(relay.url(), {}, shared);
        QVERIFY(lab.link.state().trouble.contains(u"clock"));
        right = true;
        QVERIFY(lab.comesUp());
        QCOMPARE(relay.connects, 1);
    }
    void findsADeafSession()
    {
        TestRelay relay;
        RelayConfig config;
        config.selfPingEvery = 20ms;
        config.silence = 60ms;
        LinkLab lab(relay.url(), config);
        QVERIFY(lab.comesUp());
        QVERIFY(eventually([&] { return lab.frames.size() >= 2; }));
        QCOMPARE(lab.session.counters().deafSessions, 0);
        relay.vices.deaf = true; // still answers WebSocket pings
        QVERIFY(eventually([&] { return lab.session.counters().deafSessions == 1; }));
        relay.vices.deaf = false;
        QVERIFY(eventually([&] { return lab.link.up() && lab.link.state().connects >= 2; }));
    }
    void believesARelayThatForgotUs()
    {
        TestRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        lab.link.selfPingRefused();
        QVERIFY(!lab.link.up());
        QVERIFY(eventually([&] { return lab.link.up() && relay.connects == 2; }));
    }
    void dropsTheSilent_data()
    {
        QTest::addColumn<bool>("drip");
        QTest::newRow("nothing at all") << false;
        QTest::newRow("a byte now and then inside a frame") << true;
    }
    void dropsTheSilent()
    {
        QFETCH(bool, drip);
        RawRelay relay; // takes the handshake and answers no ping
        RelayConfig config;
        config.pingEvery = 10ms;
        config.silence = 100ms;
        LinkLab lab(relay.url(), config);
        QVERIFY(lab.comesUp());
        QTimer dripping;
        if (drip) {
            relay.last->write(QByteArray::fromHex("827f0000000000100000")); // 1 MiB is coming
            QObject::connect(&dripping, &QTimer::timeout, &dripping, [&] {
                if (relay.last)
                    relay.last->write("x");
            });
            dripping.start(10ms);
        }
        QVERIFY(eventually([&] { return relay.connections >= 2; }));
        QCOMPARE(lab.frames.size(), 0);
    }
    void reportsRefusals_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("trouble");
        QTest::newRow("token refused")
            << QByteArray("HTTP/1.1 401 Unauthorized\r\nContent-Length: 11\r\n\r\ninvalid jwt")
            << u"401"_s;
        QTest::newRow("no relay there")
            << QByteArray("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") << u"404"_s;
        QTest::newRow("something else") << QByteArray("SSH-2.0-OpenSSH\r\n\r\n") << QString();
    }
    void reportsRefusals()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QString, trouble);
        RawRelay relay;
        relay.answer = answer;
        LinkLab lab(relay.url());
        QVERIFY(eventually([&] { return relay.connections >= 3; }));
        QVERIFY(!lab.link.up());
        QVERIFY2(lab.link.state().trouble.contains(trouble), qPrintable(lab.link.state().trouble));
        QCOMPARE(lab.link.state().connects, 0);
    }
    void givesUpAHandshakeThatNeverEnds()
    {
        RawRelay relay;
        relay.answer = "HTTP/1.1 101 Switching";
        RelayConfig config;
        config.handshake = 30ms;
        LinkLab lab(relay.url(), config);
        QVERIFY(eventually([&] { return relay.connections >= 2; }));
        QVERIFY(lab.link.state().trouble.contains(u"did not answer"));
    }
    // R5: refused before it is kept.
    void refusesOversize_data()
    {
        QTest::addColumn<QByteArray>("head");
        // Binary frame, final, 64-bit length.
        QTest::newRow("frame of 64 MiB") << QByteArray::fromHex("827f0000000004000000");
        QTest::newRow("frame of 2^62 bytes") << QByteArray::fromHex("827f4000000000000000");
        QTest::newRow("frame just over 4 MiB") << QByteArray::fromHex("827f0000000000400001");
    }
    void refusesOversize()
    {
        QFETCH(QByteArray, head);
        RawRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        relay.last->write(head + QByteArray(1000, 'x'));
        QVERIFY(eventually([&] { return relay.connections >= 2; }));
        QCOMPARE(lab.session.counters().oversize, 1);
    }
    void refusesAFragmentedMessageThatNeverEnds()
    {
        RawRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        relay.last->write(QByteArray::fromHex("027e8000") + QByteArray(32768, 'x'));
        for (int i = 0; i < 200 && relay.last; ++i)
            relay.last->write(QByteArray::fromHex("007e8000") + QByteArray(32768, 'x'));
        QVERIFY(eventually([&] { return relay.connections >= 2; }));
        QCOMPARE(lab.session.counters().oversize, 1);
        QCOMPARE(lab.frames.size(), 0);
    }
    void takesNoText()
    {
        TestRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        QVERIFY(relay.injectText(testing::kNodeTwin, u"hello"_s));
        QVERIFY(eventually([&] { return lab.session.counters().malformed == 1; }));
        QVERIFY(lab.link.up());
    }
    // R13 and trap 25: another program with our twin and connection id.
    void leavesATakenSessionAloneForLonger()
    {
        TestRelay relay;
        RelayConfig config;
        config.healthy = 10s;
        LinkLab lab(relay.url(), config);
        QObject::connect(&lab.link, &RelayLink::changed, &relay, [&] {
            if (lab.link.up())
                QTimer::singleShot(0, &relay, [&] { relay.evict(testing::kNodeTwin); });
        });
        QVERIFY(eventually([&] { return lab.session.counters().evictions >= 2; }));
        QVERIFY(lab.link.state().trouble.contains(u"another program"));
        QVERIFY(lab.link.state().connects >= 4);
    }
    void aHealthyLifeForgetsShortOnes()
    {
        TestRelay relay;
        RelayConfig config;
        config.healthy = 0ms;
        LinkLab lab(relay.url(), config);
        for (quint64 i = 1; i <= 6; ++i) {
            QVERIFY(eventually([&] { return lab.link.up() && lab.link.state().connects == i; }));
            relay.evictAll();
            QVERIFY(eventually([&] { return !lab.link.up(); }));
        }
        QCOMPARE(lab.session.counters().evictions, 0);
    }
    void pausesBeginAnewAfterAHealthyLife_data()
    {
        QTest::addColumn<bool>("healthy");
        QTest::newRow("healthy") << true;
        QTest::newRow("too short") << false;
    }
    void pausesBeginAnewAfterAHealthyLife()
    {
        QFETCH(bool, healthy);
        TestRelay relay;
        RelayConfig config;
        config.healthy = healthy ? std::chrono::milliseconds(0) : std::chrono::milliseconds(1h);
        LinkLab lab(relay.url(), config);
        QVERIFY(lab.comesUp());
        QCOMPARE(lab.link.state().pause, 0ms);
        std::vector<std::chrono::milliseconds> pauses;
        QObject::connect(&lab.link, &RelayLink::changed, &relay, [&] {
            if (!lab.link.up())
                pauses.push_back(lab.link.state().pause);
        });
        relay.shut();
        QVERIFY(eventually([&] { return pauses.size() >= 6; }));
        // 5 ms at first, twice as much each time, at most 40 ms; each up to a third shorter.
        std::chrono::milliseconds allowed = 5ms;
        for (const auto pause : pauses) {
            QVERIFY(pause >= allowed * 6 / 10 && pause <= allowed);
            allowed = std::min(allowed * 2, 40ms);
        }
        relay.open();
        QVERIFY(lab.comesUp());
        QCOMPARE(lab.link.state().pause, 0ms);
        pauses.clear();
        relay.evictAll();
        QVERIFY(eventually([&] { return !pauses.empty(); }));
        if (healthy)
            QVERIFY(pauses.front() <= 5ms);
        else
            QVERIFY(pauses.front() >= 20ms);
    }
    // What a node does that names nothing but its relay.
    void pausesUnlessToldOtherwise()
    {
        QSet<qint64> firsts;
        for (int node = 0; node < 200; ++node) {
            auto pauses = RelayLink::pauses(RelayConfig());
            std::chrono::milliseconds allowed = 1s;
            for (int attempt = 0; attempt < 10; ++attempt) {
                const auto pause = pauses.next();
                QVERIFY2(pause >= allowed * 65 / 100 && pause <= allowed,
                    qPrintable(u"%1: %2 ms"_s.arg(attempt).arg(pause.count())));
                if (attempt == 0)
                    firsts += pause.count();
                allowed = std::min(allowed * 2, std::chrono::milliseconds(30s));
            }
            pauses.reset();
            QVERIFY(pauses.next() <= 1s);
        }
        QVERIFY2(firsts.size() > 10, "they all come back together");
    }
    void stopsForGood()
    {
        TestRelay relay;
        LinkLab lab(relay.url());
        QVERIFY(lab.comesUp());
        lab.link.stop();
        QVERIFY(!lab.link.up());
        QVERIFY(eventually([&] { return relay.sessions() == 0; }));
        QCOMPARE(relay.connects, 1);
    }
    void namesOfRelays_data()
    {
        QTest::addColumn<QStringList>("urls");
        QTest::addColumn<QString>("field");
        QTest::newRow("none") << QStringList {} << QString();
        QTest::newRow("one") << QStringList { u"wss://relay.dev.grid.tf"_s }
                             << u"relay.dev.grid.tf"_s;
        QTest::newRow("sorted and once")
            << QStringList { u"wss://b.tf/"_s, u"wss://a.tf:443/path?x=1"_s, u"wss://b.tf"_s }
            << u"a.tf_b.tf"_s;
        QTest::newRow("as the TypeScript client compares it")
            << QStringList { u"ws://127.0.0.1:28080"_s } << u"ws:/127.0.0.1:28080"_s;
        QTest::newRow("other port") << QStringList { u"wss://a.tf:8443/"_s } << u"a.tf:8443"_s;
    }
    void namesOfRelays()
    {
        QFETCH(QStringList, urls);
        QFETCH(QString, field);
        QList<QUrl> relays;
        for (const auto &url : std::as_const(urls))
            relays += QUrl(url);
        QCOMPARE(relayField(relays), field);
        const auto back = relaysOf(field);
        QCOMPARE(relayField(back), field);
        QCOMPARE(back.size(), field.isEmpty() ? 0 : field.count(u'_') + 1);
    }
    void refusesOtherUrls_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *text : { "", "relay.tf", "http://relay.tf", "wss://", "wss://a_b.tf",
                 "wss://user@relay.tf", "wss://relay.tf/path", "wss://relay.tf?x",
                 "wss://relay.tf#x", "wss://a b", "wss://relay.tf:99999" })
            QTest::addRow("\"%s\"", text) << QString::fromLatin1(text);
    }
    void refusesOtherUrls()
    {
        QFETCH(QString, text);
        QVERIFY(!relayUrl(text));
    }
    void ignoresWhatIsNoRelay() { QVERIFY(relaysOf(u"__a b_<nil>_"_s).isEmpty()); }
};
ZOS_TEST(TestRelayLink)
#include "tst_relaylink.moc"

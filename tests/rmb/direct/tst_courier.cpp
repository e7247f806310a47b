// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/courier.h"
#include "rmb/direct/http/httpserver.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Answers what it is told to, in order and then 200.
struct Peer
{
    explicit Peer(QList<std::pair<int, QByteArray>> list)
        : answers(std::move(list))
        , server(
              {}, [](const QByteArray &, const QByteArray &) { return 0; },
              [](const QHostAddress &) { return true; },
              [this](HttpRequest request) { return take(this, std::move(request)); })
    {
        if (!server.start(QHostAddress(QHostAddress::LocalHost), 0))
            qFatal("no server");
    }
    ~Peer() { testing::wait(server.stop()); }
    Route route() const { return { QHostAddress(QHostAddress::LocalHost), server.port() }; }
    static Task<HttpResponse> take(Peer *self, HttpRequest request)
    {
        self->messages += *DirectMessage::decode(request.body);
        if (self->onMessage)
            self->onMessage();
        HttpResponse response;
        if (!self->answers.isEmpty())
            std::tie(response.status, response.body) = self->answers.takeFirst();
        co_return response;
    }

    QList<std::pair<int, QByteArray>> answers;
    QList<DirectMessage> messages;
    std::function<void()> onMessage;
    HttpServer server;
};

struct Carrier
{
    Carrier()
        : courier(key, &clock, quick())
    {
        message.uid = u"uid"_s;
        message.cmd = u"test"_s;
        message.src = TwinId(7);
        message.dst = { TwinId(9) };
        message.ret = u"reply"_s;
        message.now = quint64(clock.seconds().count());
        message.exp = 30;
    }
    static DirectConfig quick()
    {
        DirectConfig config;
        config.firstPause = 1ms;
        return config;
    }
    Result<> deliver(const QList<Route> &routes, int attempts)
    {
        return testing::wait(courier.deliver(message, "/zbus-reply", routes, attempts, {}));
    }

    const Identity key = Identity::generate();
    FakeClock clock;
    DirectMessage message;
    Courier courier;
};

const QByteArray kReceived = "{\"status\":\"error\",\"message\":\"message was received before\"}";

} // namespace

class TestCourier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void readsAddresses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("address");
        QTest::addColumn<int>("port");
        QTest::newRow("IPv6") << u"201:78f6::e86"_s << u"201:78f6::e86"_s << 8051;
        QTest::newRow("IPv4") << u"10.1.2.3"_s << u"10.1.2.3"_s << 8051;
        QTest::newRow("IPv4 with port") << u"10.1.2.3:99"_s << u"10.1.2.3"_s << 99;
        QTest::newRow("IPv6 with port") << u"[201::1]:99"_s << u"201::1"_s << 99;
        QTest::newRow("IPv6 in brackets") << u"[201::1]"_s << u"201::1"_s << 8051;
        QTest::newRow("empty") << QString() << QString() << 0;
        QTest::newRow("name") << u"example.org"_s << QString() << 0;
        QTest::newRow("name with port") << u"example.org:99"_s << QString() << 0;
        QTest::newRow("port zero") << u"10.1.2.3:0"_s << QString() << 0;
        QTest::newRow("port too large") << u"10.1.2.3:65536"_s << QString() << 0;
        QTest::newRow("open bracket") << u"[201::1"_s << QString() << 0;
        QTest::newRow("text behind bracket") << u"[201::1]x:99"_s << QString() << 0;
        QTest::newRow("zone") << u"fe80::1%eth0"_s << QString() << 0;
        QTest::newRow("header injection") << u"201::1\r\nX: y"_s << QString() << 0;
    }
    void readsAddresses()
    {
        QFETCH(QString, text);
        QFETCH(QString, address);
        QFETCH(int, port);
        const auto route = parseRoute(text, 8051);
        QCOMPARE(route.has_value(), !address.isEmpty());
        if (route) {
            QCOMPARE(route->address, QHostAddress(address));
            QCOMPARE(route->port, quint16(port));
        }
    }
    void knowsTheOverlay()
    {
        QVERIFY(isOverlayAddress(QHostAddress(u"200::1"_s)));
        QVERIFY(isOverlayAddress(QHostAddress(u"3ff:ffff::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"400::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"2001:db8::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"2.2.2.2"_s)));
    }
    void neverSendsBehindTheNode()
    {
        const SystemClock clock;
        DirectConfig config;
        const Courier strict(Identity::generate(), &clock, config);
        Twin twin;
        for (const auto &ip :
            { u"127.0.0.1"_s, u"192.168.1.1:80"_s, u"::1"_s, u"fd00::1"_s, u""_s }) {
            twin.ip = ip;
            QVERIFY(strict.routesTo(twin, QHostAddress(u"127.0.0.1"_s)).isEmpty());
        }
        twin.ip = u"301:78f6::1"_s;
        const auto routes = strict.routesTo(twin, QHostAddress(u"201:78f6::e86"_s));
        QCOMPARE(routes.size(), 2); // the ledger's word first, then where the call came from
        QCOMPARE(routes.first().address, QHostAddress(u"301:78f6::1"_s));
        QCOMPARE(strict.routesTo(twin, QHostAddress(u"301:78f6::1"_s)).size(), 1);
    }
    // A ledger without addresses: the operator's own word, after everything else.
    void looksUpTwinsWithoutAnAddress()
    {
        const SystemClock clock;
        DirectConfig config;
        config.peerPort = 99;
        config.addresses = { { TwinId(7), u"[301:78f6::1]:8"_s }, { TwinId(8), u"10.1.2.3"_s } };
        const Courier courier(Identity::generate(), &clock, config);
        Twin twin;
        twin.id = TwinId(7);
        const Route given { QHostAddress(u"301:78f6::1"_s), 8 };
        const Route seen { QHostAddress(u"201:78f6::e86"_s), 99 };
        QCOMPARE(courier.routesTo(twin, {}), QList<Route> { given });
        QCOMPARE(courier.routesTo(twin, seen.address), (QList<Route> { seen, given }));
        twin.ip = u"302::1"_s;
        QCOMPARE(courier.routesTo(twin, {}),
            (QList<Route> { Route { QHostAddress(u"302::1"_s), 99 }, given }));
        twin.ip.clear();
        twin.id = TwinId(8); // not of the overlay: nobody else but the operator may say so
        QCOMPARE(courier.routesTo(twin, {}),
            (QList<Route> { Route { QHostAddress(u"10.1.2.3"_s), 99 } }));
        twin.id = TwinId(9);
        QVERIFY(courier.routesTo(twin, {}).isEmpty());
    }
    void delivers_data()
    {
        using Answers = QList<std::pair<int, QByteArray>>;
        QTest::addColumn<Answers>("answers");
        QTest::addColumn<int>("attempts");
        QTest::addColumn<int>("sent");
        QTest::addColumn<ErrorCode>("outcome"); // Bug = delivered
        const auto good = ErrorCode::Bug;
        QTest::newRow("taken") << Answers {} << 1 << 1 << good;
        QTest::newRow("queued") << Answers { { 202, {} } } << 3 << 1 << good;
        QTest::newRow("at the third") << Answers { { 500, {} }, { 502, {} } } << 3 << 3 << good;
        QTest::newRow("busy to the end")
            << Answers { { 503, {} }, { 503, {} } } << 2 << 2 << ErrorCode::Busy;
        QTest::newRow("refused") << Answers { { 401, {} } } << 5 << 1 << ErrorCode::Denied;
        QTest::newRow("a replay at once")
            << Answers { { 400, kReceived } } << 5 << 1 << ErrorCode::Invalid;
        QTest::newRow("the first one arrived")
            << Answers { { 500, {} }, { 400, kReceived } } << 5 << 2 << good;
    }
    void delivers()
    {
        using Answers = QList<std::pair<int, QByteArray>>;
        QFETCH(Answers, answers);
        QFETCH(int, attempts);
        QFETCH(int, sent);
        QFETCH(ErrorCode, outcome);
        Peer peer(answers);
        Carrier carrier;
        const auto delivered = carrier.deliver({ peer.route() }, attempts);
        QCOMPARE(delivered ? ErrorCode::Bug : delivered.error().code, outcome);
        QCOMPARE(peer.messages.size(), sent);
    }
    // Each attempt is stamped and signed anew; what is over is not sent.
    void livesAsLongAsTheMessage()
    {
        Peer peer({ { 500, {} }, { 500, {} }, { 500, {} } });
        Carrier carrier;
        peer.onMessage = [&carrier] { carrier.clock.advance(12s); };
        const auto delivered = carrier.deliver({ peer.route() }, 5);
        QCOMPARE(delivered.error().code, ErrorCode::Unavailable);
        QCOMPARE(peer.messages.size(), 3);
        for (qsizetype i = 0; i < peer.messages.size(); ++i) {
            const DirectMessage &message = peer.messages.at(i);
            QCOMPARE(message.now, carrier.message.now + quint64(i) * 12);
            QCOMPARE(message.exp, 30 - quint64(i) * 12);
            QVERIFY(message.verify(carrier.key.publicKey()));
        }
    }
    // rmb.md 1.9: the ledger may know a wrong address while the observed one is right.
    void triesEveryAddressInOneAttempt()
    {
        quint16 closed = 0;
        {
            const Peer gone({});
            closed = gone.server.port();
        }
        const Route wrong { QHostAddress(QHostAddress::LocalHost), closed };
        Peer peer({});
        Carrier carrier;
        QVERIFY(carrier.deliver({ wrong, peer.route() }, 1).has_value());
        QVERIFY(carrier.deliver({ peer.route(), wrong }, 1).has_value());
        QCOMPARE(peer.messages.size(), 2);
        // A peer that answers has answered for the twin.
        Peer other({});
        peer.answers = { { 500, {} } };
        QCOMPARE(carrier.deliver({ peer.route(), other.route() }, 1).error().code,
            ErrorCode::Unavailable);
        QCOMPARE(other.messages.size(), 0);
        QCOMPARE(carrier.deliver({ wrong, wrong }, 1).error().code, ErrorCode::Unavailable);
    }
};
ZOS_TEST(TestCourier)
#include "tst_courier.moc"

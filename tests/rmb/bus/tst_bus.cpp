// SPDX-License-Identifier: Apache-2.0
#include "rmb/bus/bus.h"
#include "tests/support/eventually.h"
#include "tests/support/rmb/testrelay.h"
#include "tests/support/runner.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

#include <QTcpServer>
#include <QTcpSocket>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

constexpr TwinId kNode(9);
constexpr TwinId kUser(7);

// A node that serves both ways and a user who may use both.
struct BusLab
{
    BusLab()
    {
        router.add(u"test.echo"_s, [this](Call call) { return echo(this, std::move(call)); });
        ledger.put(kUser.value(), userKey.publicKey());
        node = std::make_unique<Bus>(
            nodeKey, kNode, &ledger, &router, &clock, config(Transport::Any));
        if (!node->start() || !testing::wait(node->listen()))
            qFatal("no node");
        publish(true, true);
    }
    ~BusLab()
    {
        if (user)
            testing::wait(user->stop());
        testing::wait(node->stop());
    }
    BusConfig config(Transport transport)
    {
        BusConfig made;
        auto &direct = made.direct.emplace();
        direct.address = QHostAddress(QHostAddress::LocalHost);
        direct.port = 0;
        direct.onlyOverlaySources = false;
        direct.replyDelay = 1ms;
        direct.firstPause = 1ms;
        made.relay.relays = { relay.url() };
        made.relay.firstPause = 5ms;
        made.relay.lastPause = 40ms;
        made.transport = transport;
        return made;
    }
    // What the node's twin record offers.
    void publish(bool address, bool relayName)
    {
        Twin twin;
        twin.id = kNode;
        twin.account = nodeKey.publicKey();
        twin.pk = nodeKey.endToEndKey();
        if (address)
            twin.ip = u"127.0.0.1:%1"_s.arg(node->directPort());
        if (relayName)
            twin.relay = relayField({ relay.url() });
        ledger.put(twin);
        ledger.announce(kNode.value());
    }
    void startUser(
        Transport transport = Transport::Any, bool listens = true, bool directWhenNeeded = false)
    {
        auto made = config(transport);
        made.direct->addresses = addresses;
        made.directWhenNeeded = directWhenNeeded;
        made.relay.session = u"cli"_s;
        user = std::make_unique<Bus>(userKey, kUser, &ledger, nullptr, &clock, std::move(made));
        if (!user->start())
            qFatal("no user");
        if (listens && !testing::wait(user->listen()))
            qFatal("the user does not listen");
        if (user->directPort() != 0)
            ledger.put(
                kUser.value(), userKey.publicKey(), u"127.0.0.1:%1"_s.arg(user->directPort()));
        ledger.announce(kUser.value());
        if (!testing::wait(user->connected(10s)))
            qFatal("the user finds no relay");
        if (!eventually([this] { return node->relays().first().up; }))
            qFatal("the node finds no relay");
    }
    Answer ask(std::chrono::milliseconds lifetime = 10s)
    {
        return testing::wait(user->call(kNode, u"test.echo"_s, "1", lifetime));
    }
    static Task<Answer> echo(BusLab *self, Call call)
    {
        ++self->executed;
        co_return call.payload;
    }
    qsizetype relayed() { return relay.envelopes().size(); }

    FakeClock clock;
    testing::TwinsLedger ledger;
    testing::TestRelay relay;
    Router router;
    Identity nodeKey = Identity::generate();
    Identity userKey = Identity::generate();
    std::unique_ptr<Bus> node;
    std::unique_ptr<Bus> user;
    QHash<TwinId, QString> addresses; // the user was given
    int executed = 0;
};

} // namespace

class TestBus : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void choosesTheWayTheOtherOffers_data()
    {
        QTest::addColumn<bool>("address");
        QTest::addColumn<bool>("relayName");
        QTest::addColumn<Transport>("transport");
        QTest::addColumn<bool>("relayed");
        QTest::newRow("both: the relay") << true << true << Transport::Any << true;
        QTest::newRow("only an address") << true << false << Transport::Any << false;
        QTest::newRow("only a relay") << false << true << Transport::Any << true;
        QTest::newRow("nothing: perhaps our relay knows")
            << false << false << Transport::Any << true;
        QTest::newRow("both, direct forced") << true << true << Transport::Direct << false;
        QTest::newRow("both, relay forced") << true << true << Transport::Relay << true;
        QTest::newRow("only an address, relay forced") << true << false << Transport::Relay << true;
    }
    void choosesTheWayTheOtherOffers()
    {
        QFETCH(bool, address);
        QFETCH(bool, relayName);
        QFETCH(Transport, transport);
        QFETCH(bool, relayed);
        BusLab lab;
        lab.publish(address, relayName);
        lab.startUser(transport);
        const auto answer = lab.ask();
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(lab.relayed(), relayed ? 2 : 0);
        QCOMPARE(lab.executed, 1);
    }
    void goesDirectlyWhenTheRelayIsGone()
    {
        BusLab lab;
        lab.startUser();
        lab.relay.shut();
        QVERIFY(eventually([&] { return !lab.user->relays().first().up; }));
        QVERIFY(lab.ask().has_value());
        QCOMPARE(lab.executed, 1);
    }
    void goesDirectlyWhenTheRelayCannotDeliver()
    {
        BusLab lab;
        lab.startUser();
        lab.relay.vices.refuseTags = true;
        const auto answer = lab.ask();
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(lab.executed, 1);
        QVERIFY(lab.relay.envelopes().last().tags.contains(u"fail-fast"));
    }
    void goesThroughTheRelayWhenTheAddressIsDead()
    {
        BusLab lab;
        lab.startUser();
        Twin twin;
        twin.id = kNode;
        twin.account = lab.nodeKey.publicKey();
        twin.ip = u"127.0.0.1:1"_s;
        lab.ledger.put(twin);
        lab.ledger.announce(kNode.value());
        const auto answer = lab.ask();
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(lab.relayed(), 2);
    }
    void neverSendsTwiceWhatMayHaveArrived()
    {
        BusLab lab;
        lab.startUser();
        // Takes the request and breaks off: nobody knows whether it was done.
        QTcpServer breaker;
        QVERIFY(breaker.listen(QHostAddress::LocalHost));
        QObject::connect(&breaker, &QTcpServer::newConnection, &breaker, [&] {
            auto *socket = breaker.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] { socket->abort(); });
        });
        Twin twin;
        twin.id = kNode;
        twin.account = lab.nodeKey.publicKey();
        twin.ip = u"127.0.0.1:%1"_s.arg(breaker.serverPort());
        lab.ledger.put(twin);
        lab.ledger.announce(kNode.value());
        const auto answer = lab.ask();
        QCOMPARE(answer.error().code, ErrorCode::Protocol);
        QCOMPARE(lab.relayed(), 0);
        QCOMPARE(lab.executed, 0);
    }
    // The ledger has no address of the node; the user was told it.
    void findsTheNodeByItsOwnMap()
    {
        BusLab lab;
        lab.publish(false, false);
        lab.addresses = { { kNode, u"127.0.0.1:%1"_s.arg(lab.node->directPort()) } };
        lab.startUser();
        const auto relayed = lab.relayed();
        QCOMPARE(lab.ask().value_or("none"), "1");
        QCOMPARE(lab.executed, 1);
        QCOMPARE(lab.relayed(), relayed);
    }
    void saysWhenThereIsNoWay()
    {
        BusLab lab;
        lab.publish(false, false);
        lab.startUser();
        testing::wait(lab.node->stop());
        QVERIFY(eventually([&] { return lab.relay.sessions() == 1; }));
        const auto answer = lab.ask();
        QCOMPARE(answer.error().code, ErrorCode::Unavailable);
        const auto unknown = testing::wait(lab.user->call(TwinId(4000), u"test.echo"_s, "1", 1s));
        QCOMPARE(unknown.error().code, ErrorCode::Unavailable);
    }
    void onlyRelayNeedsNoPort()
    {
        BusLab lab;
        lab.startUser(Transport::Any, false);
        QCOMPARE(lab.user->directPort(), 0);
        QVERIFY(lab.ask().has_value());
    }
    // A client that came by the relay takes the direct way for a node that is not there.
    void listensWhenTheRelayCannotDeliver()
    {
        BusLab lab;
        lab.startUser(Transport::Any, false, true);
        QVERIFY(lab.ask().has_value());
        QCOMPARE(lab.user->directPort(), 0); // no need so far
        QCOMPARE(lab.relayed(), 2);
        lab.relay.vices.refuseTags = true;
        // The node has no address of the user: it answers where the request came from.
        (void)lab.ask(500ms);
        QCOMPARE(lab.executed, 2);
        QVERIFY(lab.user->directPort() != 0);
        lab.ledger.put(
            kUser.value(), lab.userKey.publicKey(), u"127.0.0.1:%1"_s.arg(lab.user->directPort()));
        lab.ledger.announce(kUser.value());
        const auto answer = lab.ask();
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(lab.executed, 3);
    }
    void startsOnceAndStopsOnce()
    {
        BusLab lab;
        QVERIFY(lab.node->start().has_value());
        const auto port = lab.node->directPort();
        QVERIFY(testing::wait(lab.node->listen()).has_value());
        QCOMPARE(lab.node->directPort(), port);
        lab.startUser();
        QVERIFY(lab.ask().has_value());
        testing::wait(lab.node->stop());
        testing::wait(lab.node->stop());
        QCOMPARE(lab.node->directPort(), 0);
    }
};
ZOS_TEST(TestBus)
#include "tst_bus.moc"

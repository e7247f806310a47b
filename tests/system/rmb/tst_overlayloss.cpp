// SPDX-License-Identifier: Apache-2.0
#include "rmb/bus/bus.h"
#include "rmb/yggdrasil/adminsocket.h"
#include "tests/rmb/attack/attackpeer.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/soak.h"
#include "tests/system/rmb/consoleview.h"
#include "tests/system/rmb/overlaymachine.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// How soon the console has to tell, and how long a busy machine may take.
constexpr auto kOnConsole = 10s;
constexpr auto kPatience = 60s;

// This thread in a network name space: what it opens from now on lives there.
bool enterSpace(const QString &path)
{
    const int space = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    const bool entered = space >= 0 && ::setns(space, CLONE_NEWNET) == 0;
    if (space >= 0)
        ::close(space);
    return entered;
}

Task<rmb::Answer> served(rmb::Call)
{
    co_return QByteArray("\"served\"");
}

} // namespace

// R12: a node with both transports and a console. Without the overlay its relay serves, without
// the relay the overlay does; the console tells both; what was lost serves again when it is back.
class TestOverlayLoss : public QObject
{
    Q_OBJECT
    const SystemClock m_clock;
    testing::TwinsLedger m_ledger;
    rmb::Router m_router;
    std::unique_ptr<lab::OverlayPair> m_pair;
    std::unique_ptr<rmb::Bus> m_bus;
    std::unique_ptr<lab::ConsoleView> m_console;

    static QString program() { return QCoreApplication::applicationDirPath() + u"/attack_peer"_s; }
    static QString relayUrl() { return u"ws://10.99.0.2:8052"_s; }
    QString daemonLink() const { return m_pair->folder.filePath(u"daemon"_s); }
    bool startRelay()
    {
        ServiceSpec spec;
        spec.name = u"relay"_s;
        spec.command = { program(), u"relay"_s, u"10.99.0.2"_s, u"8052"_s };
        spec.networkNamespace = lab::spaceOf(m_pair->user.space);
        return testing::wait(m_pair->user.services.start(spec)).has_value();
    }
    bool stopRelay() { return testing::wait(m_pair->user.services.stop(u"relay"_s)).has_value(); }
    // While it is gone no daemon of the node can be started, whoever tries.
    bool allowDaemon(bool allowed) const
    {
        return allowed ? QFile::link(u"/usr/sbin/yggdrasil"_s, daemonLink())
                       : QFile::remove(daemonLink());
    }
    qint64 daemonPid()
    {
        const auto states = testing::wait(m_pair->node.services.list());
        for (const auto &state : *states) {
            if (state.name == u"yggdrasil")
                return state.pid;
        }
        return 0;
    }
    bool startNode()
    {
        testing::fillAttackLedger(m_ledger);
        m_router.add(u"attack.count"_s, served);
        rmb::BusConfig config;
        config.direct.emplace().address = QHostAddress(m_pair->node.address());
        config.relay.relays = { QUrl(relayUrl()) };
        m_bus = std::make_unique<rmb::Bus>(testing::attackKey(testing::kAttackedTwin),
            TwinId(testing::kAttackedTwin), &m_ledger, &m_router, &m_clock, config);
        m_console = std::make_unique<lab::ConsoleView>(m_pair->node.overlay.get(), m_bus.get());
        return m_bus->start() && testing::wait(m_bus->listen()) && m_console->start();
    }
    // What the user's call said, "" when it was answered.
    QByteArray ask(const QStringList &way)
    {
        hw::SystemCommandRunner runner({ { u"attack_peer"_s, program() } });
        hw::Command command;
        command.program = u"attack_peer"_s;
        command.arguments = QStringList { u"ask"_s } + way;
        command.networkNamespace = lab::spaceOf(m_pair->user.space);
        command.deadline = 30s;
        const auto done = testing::wait(runner.run(command));
        if (!done)
            return done.error().what.toUtf8();
        return done->exitCode == 0 ? QByteArray() : "failed: " + done->out + done->err;
    }
    QByteArray askDirect()
    {
        return ask({ u"direct"_s, m_pair->node.address(), m_pair->user.address() });
    }
    QByteArray askRelay() { return ask({ u"relay"_s, relayUrl() }); }
    // "" when the console says so and both ways serve, else what is wrong.
    QByteArray wrong()
    {
        const auto shown = [&] {
            return m_console->state(u"ygg") == u"ok" && m_console->peers() > 0
                && m_console->state(u"rmb") == u"ok";
        };
        if (!eventually(shown, kPatience))
            return "console: " + m_console->text();
        QByteArray last;
        if (!eventually([&] { return (last = askDirect()).isEmpty(); }, kPatience))
            return "direct: " + last;
        if (!eventually([&] { return (last = askRelay()).isEmpty(); }, kPatience))
            return "relay: " + last;
        return {};
    }
    // From now until the console says so.
    template <class Condition> bool consoleTells(Condition condition)
    {
        QElapsedTimer clock;
        clock.start();
        const int before = m_console->documents();
        const bool tells = eventually(condition, kPatience);
        const std::chrono::milliseconds took(clock.elapsed());
        qInfo().noquote() << "ATTACK R12" << QTest::currentTestFunction() << QTest::currentDataTag()
                          << "on the console after ms:" << took.count()
                          << "documents:" << m_console->documents() - before;
        return tells && (!testing::isSoak() || took <= kOnConsole);
    }
    void seeOnlyTheRelayServe()
    {
        QVERIFY(!askDirect().isEmpty());
        const auto trouble = askRelay();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
        QCOMPARE(m_console->state(u"rmb"), u"ok"_s);
        QCOMPARE(m_console->code(u"rmb"), u"rmb.relays"_s);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = lab::OverlayPair::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto().has_value());
        m_pair = std::make_unique<lab::OverlayPair>();
        // The node's daemon and how it is watched are those of the product.
        auto &config = m_pair->node.config;
        config.program = daemonLink();
        config.lookEvery = rmb::YggdrasilConfig().lookEvery;
        QVERIFY(allowDaemon(true));
        QVERIFY(m_pair->make());
        for (auto *machine : { &m_pair->node, &m_pair->user }) {
            const auto started = testing::wait(machine->overlay->start());
            QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().what));
        }
        QVERIFY(startRelay());
        QVERIFY(enterSpace(lab::spaceOf(m_pair->node.space)));
        QVERIFY(startNode());
        QCOMPARE(wrong(), QByteArray());
    }
    void theDaemonIsKilled()
    {
        const qint64 pid = daemonPid();
        QVERIFY(pid > 0);
        QVERIFY(allowDaemon(false));
        QCOMPARE(::kill(static_cast<pid_t>(pid), SIGKILL), 0);
        QVERIFY(consoleTells([&] { return m_console->state(u"ygg") == u"crit"; }));
        QCOMPARE(m_console->peers(), 0);
        seeOnlyTheRelayServe();
        QVERIFY(allowDaemon(true));
        QCOMPARE(wrong(), QByteArray());
        QVERIFY(daemonPid() != pid);
    }
    void allPeersAreDropped()
    {
        auto &user = m_pair->user;
        testing::wait(user.overlay->stop()); // it would add the peer again
        const auto tell = [&](const QString &request) {
            const QJsonObject peer { { u"uri"_s, user.config.peers.first() } };
            return testing::wait(
                rmb::askYggdrasil(user.config.directory + u"/admin.sock"_s, request, peer));
        };
        QVERIFY(tell(u"removepeer"_s));
        QVERIFY(consoleTells([&] { return m_console->state(u"ygg") == u"warn"; }));
        QCOMPARE(m_console->peers(), 0);
        QVERIFY(m_pair->node.overlay->state().running);
        seeOnlyTheRelayServe();
        QVERIFY(tell(u"addpeer"_s));
        QCOMPARE(wrong(), QByteArray());
    }
    // Another daemon in place of the node's: its key is not ours, its address is nobody's.
    void itsKeyIsChanged()
    {
        auto &node = m_pair->node;
        QFile own(node.config.directory + u"/yggdrasil.json"_s);
        QVERIFY(own.open(QIODevice::ReadOnly));
        auto config = QJsonDocument::fromJson(own.readAll()).object();
        config[u"PrivateKey"] = QString::fromLatin1(Identity::generate().yggdrasilKey().view());
        QFile foreign(m_pair->folder.filePath(u"foreign.json"_s));
        QVERIFY(foreign.open(QIODevice::WriteOnly));
        foreign.write(QJsonDocument(config).toJson());
        foreign.close();
        QStringList troubles;
        QObject listener;
        connect(node.overlay.get(), &Overlay::stateChanged, &listener, [&] {
            if (troubles.size() < 100)
                troubles += node.overlay->state().trouble;
        });
        const auto said = [&](const QString &text) { return !troubles.filter(text).isEmpty(); };
        QVERIFY(allowDaemon(false)); // what comes after it stays away
        ServiceSpec spec;
        spec.name = u"yggdrasil"_s;
        spec.command = { u"/usr/sbin/yggdrasil"_s, u"-useconffile"_s, foreign.fileName() };
        spec.networkNamespace = node.config.networkNamespace;
        QVERIFY(testing::wait(node.services.start(spec)).has_value());
        QVERIFY(consoleTells([&] { return m_console->state(u"ygg") == u"crit"; }));
        QVERIFY(eventually([&] { return said(u"instead of "_s + node.address()); }, kPatience));
        QCOMPARE(m_console->peers(), 0);
        seeOnlyTheRelayServe();
        QVERIFY(allowDaemon(true));
        QCOMPARE(wrong(), QByteArray());
        QCOMPARE(node.overlay->state().address, node.address());
    }
    void theRelayIsLost()
    {
        QVERIFY(stopRelay());
        QVERIFY(consoleTells([&] { return m_console->state(u"rmb") == u"warn"; }));
        QCOMPARE(m_console->code(u"rmb"), u"rmb.relays"_s);
        QCOMPARE(m_console->state(u"ygg"), u"ok"_s);
        QVERIFY(!askRelay().isEmpty());
        const auto trouble = askDirect();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
        QVERIFY(startRelay());
        QCOMPARE(wrong(), QByteArray());
    }
    void bothAreLost()
    {
        QVERIFY(stopRelay());
        QVERIFY(allowDaemon(false));
        QCOMPARE(::kill(static_cast<pid_t>(daemonPid()), SIGKILL), 0);
        QVERIFY(consoleTells([&] {
            return m_console->state(u"ygg") == u"crit" && m_console->state(u"rmb") == u"crit";
        }));
        QCOMPARE(m_console->code(u"rmb"), u"rmb.offline"_s);
        QVERIFY(startRelay());
        QVERIFY(allowDaemon(true));
        QCOMPARE(wrong(), QByteArray());
    }
    void cleanupTestCase()
    {
        if (m_console)
            m_console->stop();
        if (m_bus)
            testing::wait(m_bus->stop());
        if (m_pair)
            m_pair->stop();
        m_console.reset();
        m_bus.reset();
        m_pair.reset();
    }
};
ZOS_TEST(TestOverlayLoss)
#include "tst_overlayloss.moc"

// SPDX-License-Identifier: Apache-2.0
#include "rmb/yggdrasil/yggdrasiloverlay.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/system/network/networklab.h"

#include <QFileInfo>
#include <QTemporaryDir>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// A machine of its own: network name space, yggdrasil daemon, room for one program.
struct Machine
{
    Machine(const QString &name, char seed, const QTemporaryDir &folder)
        : space(name)
        , identity(*Identity::fromSeed(QByteArray(32, seed)))
    {
        config.directory = folder.filePath(name);
        config.networkNamespace = lab::spaceOf(name);
        config.multicast = false;
        config.lookEvery = 200ms;
        config.logFile = folder.filePath(name + u".log");
    }
    void open() { overlay = std::make_unique<YggdrasilOverlay>(identity, &services, config); }
    bool connected() const
    {
        const auto peers = overlay->state().peers;
        return overlay->state().running && std::ranges::any_of(peers, &OverlayPeer::up);
    }
    QString address() const { return yggdrasilAddress(identity.publicKey()); }

    QString space;
    Identity identity;
    lab::ChildServices services;
    YggdrasilConfig config;
    std::unique_ptr<YggdrasilOverlay> overlay;
};

QString busProgram()
{
    return QCoreApplication::applicationDirPath() + u"/bench_rmb";
}

} // namespace

// Two machines joined by one cable, each with a real daemon; the functions build on each other.
class TestOverlayBus : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder;
    std::unique_ptr<Machine> m_node;
    std::unique_ptr<Machine> m_user;

    // One call each way between two bus peers; what they printed when it fails.
    QByteArray askEachOther()
    {
        hw::SystemCommandRunner runner({ { u"bench_rmb"_s, busProgram() } });
        hw::Command command;
        command.program = u"bench_rmb"_s;
        command.arguments = { u"ask"_s, m_user->address(), u"8051"_s, m_node->address() };
        command.networkNamespace = lab::spaceOf(m_user->space);
        command.deadline = 60s;
        const auto done = testing::wait(runner.run(command));
        if (!done)
            return done.error().what.toUtf8();
        return done->exitCode == 0 ? QByteArray() : done->out + done->err;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!lab::isIsolated())
            QSKIP("needs root in a network name space of its own (tests/support/isolated)");
        if (!QFileInfo::exists(u"/usr/sbin/yggdrasil"_s) || !QFileInfo::exists(u"/dev/net/tun"_s))
            QSKIP("needs yggdrasil and /dev/net/tun");
        QVERIFY(initCrypto().has_value());
        QVERIFY(lab::batch({},
            "netns add bus-node\nnetns add bus-user\n"
            "link add name v0 netns bus-node type veth peer name v0 netns bus-user\n"));
        for (const auto &[space, number] :
            { std::pair("bus-node"_L1, "1"), std::pair("bus-user"_L1, "2") }) {
            QVERIFY(lab::batch(space,
                QByteArray("link set lo up\naddr add 10.99.0.") + number
                    + "/24 dev v0\nlink set v0 up\n"));
        }
        m_node = std::make_unique<Machine>(u"bus-node"_s, 'n', m_folder);
        m_user = std::make_unique<Machine>(u"bus-user"_s, 'u', m_folder);
        m_node->config.listen = { u"tcp://10.99.0.1:9943"_s };
        m_user->config.peers = { u"tcp://10.99.0.1:9943"_s };
        m_node->open();
        m_user->open();
    }
    void daemonsComeUpWithOurAddresses()
    {
        for (auto *machine : { m_node.get(), m_user.get() }) {
            const auto started = testing::wait(machine->overlay->start());
            QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().what));
            QCOMPARE(machine->overlay->state().address, machine->address());
        }
        QVERIFY(eventually([&] { return m_node->connected() && m_user->connected(); }, 30s));
        const auto peers = m_user->overlay->state().peers;
        QVERIFY(eventually(
            [&] {
                const auto now = m_user->overlay->state().peers;
                return std::ranges::any_of(now,
                    [](const OverlayPeer &peer) { return peer.latency && *peer.latency < 5s; });
            },
            30s));
    }
    void callsGoBothWays()
    {
        ServiceSpec serving;
        serving.name = u"bus"_s;
        // Its input must stay open: the bus ends with it.
        serving.command = { u"/bin/sh"_s, u"-c"_s,
            u"sleep 1000 | exec %1 serve %2 8051 %3"_s.arg(
                busProgram(), m_node->address(), m_user->address()) };
        serving.networkNamespace = lab::spaceOf(m_node->space);
        QVERIFY(testing::wait(m_node->services.start(serving)).has_value());
        const auto trouble = askEachOther();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
    }
    void aKilledDaemonComesBack()
    {
        const auto pidOf = [&] {
            const auto states = testing::wait(m_node->services.list());
            for (const auto &state : *states) {
                if (state.name == u"yggdrasil")
                    return state.pid;
            }
            return qint64(0);
        };
        const qint64 before = pidOf();
        QVERIFY(before > 0);
        QCOMPARE(::kill(static_cast<pid_t>(before), SIGKILL), 0);
        QVERIFY(eventually([&] { return !m_node->overlay->state().running; }, 30s));
        QVERIFY(!m_node->overlay->state().trouble.isEmpty());
        QVERIFY(eventually([&] { return m_node->connected() && m_user->connected(); }, 60s));
        QVERIFY(pidOf() != before);
        const auto trouble = askEachOther();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
    }
    void cleanupTestCase()
    {
        for (auto *machine : { m_node.get(), m_user.get() }) {
            if (machine)
                testing::wait(machine->overlay->stop());
        }
        m_node.reset();
        m_user.reset();
    }
};
ZOS_TEST(TestOverlayBus)
#include "tst_overlaybus.moc"

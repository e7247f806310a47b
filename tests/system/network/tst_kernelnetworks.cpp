// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/kernelnetworks.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/system/network/networklab.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QUdpSocket>

using namespace zos;
using namespace zos::hw;
using namespace Qt::StringLiterals;
using lab::batch;
using lab::neverReaches;
using lab::reaches;
using testing::wait;

namespace {

constexpr int kPatience = 20000; // ms

// The node's name space is the test's own: bridge zos with one cable to "inet" (a router that is
// also the management LAN, with 192.0.2.1 behind it) and one to "laptop".
const auto kNodeKey = u"4DwTbGRWECH8oqcTXdoWXGOaWWC952QKbFE1fMzBNmA="_s;
const auto kLaptopKey = u"AAlOqUK08+hLr8bdDl5knGiBHHGbY/cWnFObywwe5X0="_s;
const auto kOtherKey = u"2Nl0XeSvv61ojZhdibflGu9JiexCX5Olue6K3UnD6Hk="_s;

IpNet net(const QString &text)
{
    return *IpNet::parse(text);
}

WireguardPeer peerOf(const QString &privateKey, const QString &subnet, const QString &inside)
{
    WireguardPeer peer;
    peer.subnet = net(subnet);
    peer.publicKey = *wireguardPublicKey(privateKey);
    peer.allowedIps = { net(subnet), net(inside) };
    return peer;
}

NetworkPlan planOf(quint32 twin, quint16 port)
{
    Network data;
    data.ipRange = net(u"10.20.0.0/16"_s);
    data.subnet = net(u"10.20.2.0/24"_s);
    data.wireguardPrivateKey = kNodeKey;
    data.wireguardListenPort = port;
    data.peers = { peerOf(kLaptopKey, u"10.20.4.0/24"_s, u"100.64.20.4/32"_s) };
    const auto plan = planNetwork(TwinId(twin), u"net", data);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().what));
    return *plan;
}

bool makeOutside()
{
    return batch({},
               "netns add inet\n"
               "netns add laptop\n"
               "link add zos type bridge\n"
               "link set zos up\n"
               "addr add 192.168.77.2/24 dev zos\n"
               "link add up0 type veth peer name eth0 netns inet\n"
               "link set up0 master zos up\n"
               "link add up1 type veth peer name eth0 netns laptop\n"
               "link set up1 master zos up\n"
               "route add default via 192.168.77.1\n")
        && batch(u"inet"_s,
            "link set lo up\n"
            "addr add 192.0.2.1/32 dev lo\n"
            "addr add 192.168.77.1/24 dev eth0\n"
            "link set eth0 up\n")
        && batch(u"laptop"_s,
            "link set lo up\n"
            "addr add 192.168.77.50/24 dev eth0\n"
            "link set eth0 up\n");
}

// A machine: a name space on the network's bridge.
bool makeGuest(const QString &name, const NetworkPlan &plan, const QString &address)
{
    const auto text = u"netns add %1\n"
                      "link add p%1 type veth peer name eth0 netns %1\n"
                      "link set p%1 master %2 up\n"_s.arg(name, plan.names.bridge);
    const auto inside = u"link set lo up\n"
                        "addr add %1/24 dev eth0\n"
                        "link set eth0 up\n"
                        "route add default via %2\n"_s.arg(address, plan.gateway.text());
    return batch({}, text.toLatin1()) && batch(name, inside.toLatin1());
}

} // namespace

class TestKernelNetworks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (!lab::isIsolated())
            QSKIP("needs root in a network name space of its own (tests/support/isolated)");
        QVERIFY(makeOutside());
        m_networks = makeNetworks();
        const auto started = wait(m_networks->start());
        QVERIFY2(started, started ? "" : qPrintable(started.error().what));
        m_before = lab::everything();
    }

    void startsTwiceWithoutCommands()
    {
        m_runner.lines.clear();
        QVERIFY(wait(m_networks->start()));
        QCOMPARE(m_runner.lines, QStringList());
    }

    void buildsNetworks()
    {
        for (const auto &plan : { m_a, m_b }) {
            QElapsedTimer clock;
            clock.start();
            const auto done = wait(m_networks->apply(plan));
            QVERIFY2(done, done ? "" : qPrintable(done.error().what));
            qInfo("network built in %lld ms", clock.elapsed());
        }
        QVERIFY(makeGuest(u"ga"_s, m_a, u"10.20.2.5"_s));
        QVERIFY(makeGuest(u"gb"_s, m_b, u"10.20.2.6"_s));
        auto ids = *wait(m_networks->list());
        QCOMPARE(
            QSet<QString>(ids.begin(), ids.end()), QSet<QString>({ m_a.names.id, m_b.names.id }));
        QVERIFY(m_networks->wireguardPorts().contains(3011));
        QVERIFY(m_networks->wireguardPorts().contains(9944));
    }

    void unchangedNetworkCostsNothing()
    {
        m_runner.lines.clear();
        QVERIFY(wait(m_networks->apply(m_a)));
        QCOMPARE(m_runner.lines, QStringList());
    }

    void guestReaches_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char *name, const char *from, const QString &to, bool expected) {
            QTest::newRow(name) << QString::fromLatin1(from) << to << expected;
        };
        row("gateway", "ga", u"10.20.2.1"_s, true);
        row("internet", "ga", u"192.0.2.1"_s, true);
        row("internet of the other tenant", "gb", u"192.0.2.1"_s, true);
        row("management LAN", "ga", u"192.168.77.1"_s, false);
        row("another machine of the LAN", "ga", u"192.168.77.50"_s, false);
        row("the node itself", "ga", u"192.168.77.2"_s, false);
        row("the node's end of the way out", "ga", u"100.126.0.1"_s, false);
        row("router of all networks", "ga", u"100.127.0.1"_s, false);
        row("guest of the other tenant", "ga", u"10.20.2.6"_s, false);
        row("uplink of the other tenant", "ga", u"100.127.0.3"_s, false);
        row("uplink of the other tenant, IPv6", "n-", u"fd00::3"_s, false);
    }
    void guestReaches()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(bool, expected);
        if (from == u"n-"_s)
            from = m_a.names.nameSpace; // guests without IPv6: ask from the router itself
        QVERIFY(expected ? reaches(from, to) : neverReaches(from, to));
    }

    void outsideDoesNotReachTenants()
    {
        QVERIFY(batch(u"laptop"_s,
            "route add 100.127.0.0/16 via 192.168.77.2\n"
            "route add 10.20.2.0/24 via 192.168.77.2\n"));
        QVERIFY(neverReaches(u"laptop"_s, u"100.127.0.2"_s));
        QVERIFY(neverReaches(u"laptop"_s, u"10.20.2.5"_s));
        QVERIFY(batch(u"laptop"_s, "route del 10.20.2.0/24\n"));
    }

    void laptopReachesGuestOverWireguard()
    {
        ServiceSpec spec;
        spec.name = u"laptop"_s;
        spec.command = { u"/usr/bin/wireguard-go"_s, u"-f"_s, u"wg0"_s };
        spec.networkNamespace = lab::spaceOf(u"laptop"_s);
        QVERIFY(wait(m_services.start(spec)));
        QVERIFY(
            QTest::qWaitFor([] { return QFile::exists(u"/run/wireguard/wg0.sock"_s); }, kPatience));
        QVERIFY(dialIn());
        QVERIFY(batch(u"laptop"_s,
            "addr add 100.64.20.4/32 dev wg0\n"
            "link set wg0 mtu 1420 up\n"
            "route add 10.20.0.0/16 dev wg0\n"));
        QElapsedTimer clock;
        clock.start();
        QVERIFY(reaches(u"laptop"_s, u"10.20.2.5"_s));
        qInfo("first answer over WireGuard after %lld ms", clock.elapsed());
        QVERIFY(reaches(u"ga"_s, u"100.64.20.4"_s)); // and back
        QVERIFY(neverReaches(u"laptop"_s, u"10.20.2.6"_s)); // the other tenant's
    }

    void changesPeersWithoutLoss()
    {
        Command ping;
        ping.program = u"ping"_s;
        ping.arguments = { u"-n"_s, u"-q"_s, u"-c"_s, u"60"_s, u"-i"_s, u"0.02"_s, u"10.20.2.5"_s };
        ping.networkNamespace = lab::spaceOf(u"laptop"_s);
        auto pinging = m_runner.run(ping);
        for (int round = 0; round < 4; ++round) {
            auto plan = m_a;
            if (round % 2 == 0)
                plan.peers.append(peerOf(kOtherKey, u"10.20.5.0/24"_s, u"100.64.20.5/32"_s));
            m_runner.lines.clear();
            QElapsedTimer clock;
            clock.start();
            QVERIFY(wait(m_networks->apply(plan)));
            qInfo("peers changed in %lld ms", clock.elapsed());
            QCOMPARE(m_runner.lines,
                QStringList { u"wg syncconf "_s + m_a.names.wireguard + u" /dev/stdin"_s });
        }
        const auto done = wait(std::move(pinging));
        QVERIFY(done);
        QVERIFY2(done->out.contains(" 0% packet loss"), done->out.constData());
    }

    void refusesTakenPorts()
    {
        const auto refused = [this](quint16 port) {
            const auto before = lab::everything();
            const auto done = wait(m_networks->apply(planOf(3, port)));
            QVERIFY(!done);
            QCOMPARE(done.error().code, ErrorCode::Exists);
            QCOMPARE(done.error().what,
                u"wireguard listen port already in use, pick another one: port %1 is already in the set"_s
                    .arg(port));
            QCOMPARE(lab::everything(), before);
        };
        refused(3011); // another network's
        refused(9944); // the node's own
        QUdpSocket foreign;
        QVERIFY(foreign.bind(QHostAddress::AnyIPv4, 0));
        refused(foreign.localPort());
    }

    void movesToAnotherPort()
    {
        const auto plan = planOf(2, 3099);
        QVERIFY(wait(m_networks->apply(plan)));
        QVERIFY(m_networks->wireguardPorts().contains(3099));
        QVERIFY(m_networks->wireguardPorts().contains(3012)); // for peers that are told later
        QVERIFY(!wait(m_networks->apply(planOf(3, 3012))));
        QVERIFY(wait(m_networks->apply(m_b)));
        QVERIFY(m_networks->wireguardPorts().contains(3099));
    }

    // Some clients draw a new port for each node with every update and tell one after the other.
    void peersThatAreNotToldYetNoticeNothing()
    {
        const auto pinging = [this](const QString &space, const QString &address) {
            Command ping;
            ping.program = u"ping"_s;
            ping.arguments = { u"-n"_s, u"-q"_s, u"-c"_s, u"80"_s, u"-i"_s, u"0.02"_s, address };
            ping.networkNamespace = lab::spaceOf(space);
            return m_runner.run(ping);
        };
        QVERIFY(dialIn());
        QVERIFY(reaches(u"laptop"_s, u"10.20.2.5"_s));
        // Only the port that answers is open on the laptop's side, as behind a NAT.
        const auto nat = [](const QByteArray &port) -> QByteArray {
            return "flush ruleset\ntable ip nat {\n  chain in {\n"
                   "    type filter hook prerouting priority -400;\n"
                   "    ip saddr 192.168.77.2 udp sport != "
                + port + " drop\n  }\n}\n";
        };
        QCOMPARE(lab::run(u"laptop"_s, u"nft"_s, { u"-f"_s, u"-"_s }, nat("3011")), 0);
        auto out = pinging(u"laptop"_s, u"10.20.2.5"_s);
        auto in = pinging(u"ga"_s, u"100.64.20.4"_s);
        for (const int port : { 3051, 3052, 3053 }) {
            auto plan = m_a;
            plan.listenPort = quint16(port);
            const auto done = wait(m_networks->apply(plan));
            QVERIFY2(done, done ? "" : qPrintable(done.error().what));
        }
        // Usually none is lost. Between the change of the port and the rules that follow it lie a
        // few milliseconds, more on a busy machine; without a grace nothing comes back.
        for (auto *task : { &out, &in }) {
            const auto done = wait(std::move(*task));
            QVERIFY(done);
            static const QRegularExpression received(u"(\\d+) received"_s);
            const auto match = received.match(QString::fromUtf8(done->out));
            QVERIFY2(match.captured(1).toInt() >= 76, done->out.constData());
        }
        // Told at last, it uses the new one, and is answered from there.
        QCOMPARE(lab::run(u"laptop"_s, u"nft"_s, { u"-f"_s, u"-"_s }, nat("3053")), 0);
        QVERIFY(dialIn(3053));
        QVERIFY(reaches(u"laptop"_s, u"10.20.2.5"_s));
        QVERIFY(reaches(u"ga"_s, u"100.64.20.4"_s));
        QCOMPARE(lab::run(u"laptop"_s, u"nft"_s, { u"flush"_s, u"ruleset"_s }), 0);
        QVERIFY(wait(m_networks->apply(m_a)));
        QVERIFY(dialIn());
        QVERIFY(reaches(u"laptop"_s, u"10.20.2.5"_s));
    }

    void aGraceEnds()
    {
        const auto tables = [] { return lab::everything().filter(u"zos-grace-"_s); };
        QCOMPARE(tables().size(), 2); // of a and of b
        QVERIFY(m_networks->wireguardPorts().contains(3099));
        m_networks = makeNetworks(std::chrono::milliseconds(1)); // ... from now on
        QVERIFY(wait(m_networks->start()));
        QVERIFY(m_networks->wireguardPorts().contains(3099)); // this one has its time still
        auto plan = m_b;
        plan.listenPort = 3098;
        QVERIFY(wait(m_networks->apply(plan)));
        QVERIFY(wait(m_networks->apply(m_b)));
        QVERIFY(testing::eventually([&] {
            return wait(m_networks->list()) && !m_networks->wireguardPorts().contains(3098);
        }));
        QVERIFY(m_networks->wireguardPorts().contains(3099));
        QVERIFY(wait(m_networks->apply(planOf(3, 3098)))); // free for others
        QVERIFY(wait(m_networks->remove(planOf(3, 3098).names.id)));
        QVERIFY(wait(m_networks->remove(m_b.names.id)));
        QVERIFY(!m_networks->wireguardPorts().contains(3099));
        QCOMPARE(tables().size(), 1);
        m_networks = makeNetworks();
        QVERIFY(wait(m_networks->start()));
        QVERIFY(wait(m_networks->apply(m_b)));
        QVERIFY(batch({}, "link set pgb master " + m_b.names.bridge.toLatin1() + '\n'));
    }

    void plugsTaps()
    {
        const auto tap = u"t-WzRR98bG67Ndi"_s;
        QVERIFY(wait(m_networks->addTap(tap, m_a.names.bridge)));
        m_runner.lines.clear();
        QVERIFY(wait(m_networks->addTap(tap, m_a.names.bridge)));
        QCOMPARE(m_runner.lines, QStringList());
        QCOMPARE(*wait(m_networks->taps()), QStringList { tap });
        const auto links = *dumpLinks();
        QCOMPARE(links.value(tap).master, links.value(m_a.names.bridge).index);
        QVERIFY(links.value(tap).up);
        QFile quiet(u"/proc/sys/net/ipv6/conf/%1/disable_ipv6"_s.arg(tap));
        QVERIFY(quiet.open(QIODevice::ReadOnly));
        QCOMPARE(quiet.readAll().trimmed(), QByteArray("1"));
        QVERIFY(wait(m_networks->removeTap(tap)));
        QVERIFY(wait(m_networks->removeTap(tap)));
        QCOMPARE(*wait(m_networks->taps()), QStringList());
        QVERIFY(!wait(m_networks->addTap(u"eth0"_s, m_a.names.bridge)));
        QVERIFY(!wait(m_networks->removeTap(u"zos"_s)));
        const auto missing = wait(m_networks->addTap(tap, u"b-WzRR98bG67Ndi"_s));
        QVERIFY(!missing);
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
    }

    void newProcessAdopts()
    {
        m_networks = makeNetworks();
        m_runner.lines.clear();
        QVERIFY(wait(m_networks->start()));
        QVERIFY(wait(m_networks->apply(m_a)));
        QVERIFY(wait(m_networks->apply(m_b)));
        QCOMPARE(m_runner.lines, QStringList());
        QVERIFY(m_networks->wireguardPorts().contains(3011));
        QVERIFY(reaches(u"laptop"_s, u"10.20.2.5"_s));
        const auto taken = wait(m_networks->apply(planOf(3, 3011)));
        QVERIFY(!taken);
    }

    void mendsWhatWasBroken_data()
    {
        QTest::addColumn<QString>("space");
        QTest::addColumn<QString>("line");
        const auto n = planOf(1, 3011).names;
        QTest::newRow("uplink cable") << QString() << u"link del "_s + n.uplinkPort;
        QTest::newRow("LAN cable") << n.nameSpace << u"link del "_s + n.nameSpace;
        QTest::newRow("bridge") << QString() << u"link del "_s + n.bridge;
        QTest::newRow("WireGuard device") << n.nameSpace << u"link del "_s + n.wireguard;
        QTest::newRow("name space") << QString() << u"netns del "_s + n.nameSpace;
        QTest::newRow("unplugged") << QString() << u"link set "_s + n.lanPort + u" nomaster"_s;
        QTest::newRow("down") << n.nameSpace << u"link set public down"_s;
    }
    void mendsWhatWasBroken()
    {
        QFETCH(QString, space);
        QFETCH(QString, line);
        QVERIFY(batch(space, line.toLatin1() + '\n'));
        const auto done = wait(m_networks->apply(m_a));
        QVERIFY2(done, done ? "" : qPrintable(done.error().what));
        if (line.contains(u" b-"_s)) // its guests' cables are not the network's to plug in
            QVERIFY(batch({}, "link set pga master " + m_a.names.bridge.toLatin1() + '\n'));
        QVERIFY(reaches(u"ga"_s, u"192.0.2.1"_s));
        QVERIFY(dialIn()); // by itself a laptop notices a dead session after 15 s only
        QVERIFY(reaches(u"laptop"_s, u"10.20.2.5"_s));
        m_runner.lines.clear();
        QVERIFY(wait(m_networks->apply(m_a)));
        QCOMPARE(m_runner.lines, QStringList());
    }

    void readsTheUplink()
    {
        const auto addresses = wait(m_networks->addresses());
        QVERIFY(addresses);
        QCOMPARE(addresses->zos, QStringList { u"192.168.77.2"_s });
        const auto facts = wait(m_networks->uplink());
        QVERIFY(facts);
        QCOMPARE(facts->bridge, u"zos"_s);
        QCOMPARE(facts->bridgeAddresses, QStringList { u"192.168.77.2/24"_s });
        QCOMPARE(facts->gateway4, u"192.168.77.1"_s);
        QStringList nics;
        for (const auto &nic : facts->nics) {
            nics.append(nic.name);
            QCOMPARE(nic.roles, QStringList { u"zos"_s });
            QVERIFY(nic.carrier);
            QVERIFY(nic.rxBytes > 0);
            QCOMPARE(nic.driver, u"veth"_s);
        }
        nics.sort();
        QCOMPARE(nics, QStringList({ u"up0"_s, u"up1"_s }));
    }

    void aDeviceThatGoesAsItComesIsMadeAgain()
    {
        const auto plan = planOf(99, 19999);
        const auto name = plan.names.wireguard;
        int moves = 0;
        m_runner.before = [&](const QString &line) {
            if (line.contains(name + u" netns ") && ++moves == 1)
                (void)batch({}, "link del dev " + name.toLatin1() + '\n');
        };
        const auto done = wait(m_networks->apply(plan));
        m_runner.before = {};
        QVERIFY2(done, done ? "" : qPrintable(done.error().what));
        QVERIFY(wait(m_networks->state(plan.names.id))->wireguard);
        QVERIFY(wait(m_networks->remove(plan.names.id)));
    }

    void buildsManySideBySide()
    {
        constexpr int count = 12;
        QElapsedTimer clock;
        clock.start();
        std::vector<Task<Result<>>> tasks;
        for (quint32 i = 0; i < count; ++i)
            tasks.push_back(m_networks->apply(planOf(100 + i, quint16(20000 + i))));
        QStringList troubles;
        for (auto &task : tasks) {
            if (const auto done = wait(std::move(task)); !done)
                troubles.append(done.error().what);
        }
        QCOMPARE(troubles.join(u"\n"_s), QString());
        qInfo("%d networks side by side: %lld ms each", count, clock.elapsed() / count);
        clock.restart();
        std::vector<Task<Result<>>> removals;
        for (quint32 i = 0; i < count; ++i)
            removals.push_back(m_networks->remove(networkId(TwinId(100 + i), u"net")));
        for (auto &task : removals)
            QVERIFY(wait(std::move(task)));
        qInfo("removed: %lld ms each", clock.elapsed() / count);
    }

    void removalLeavesNothing()
    {
        QVERIFY(batch({}, "netns del ga\nnetns del gb\n"));
        QVERIFY(wait(m_services.stop(u"laptop"_s)));
        for (const auto &plan : { m_a, m_b }) {
            QElapsedTimer clock;
            clock.start();
            const auto done = wait(m_networks->remove(plan.names.id));
            QVERIFY2(done, done ? "" : qPrintable(done.error().what));
            qInfo("network removed in %lld ms", clock.elapsed());
            QVERIFY(wait(m_networks->remove(plan.names.id))); // absent is success
        }
        QCOMPARE(lab::everything(), m_before);
        QCOMPARE(*wait(m_networks->list()), QStringList());
        QVERIFY(wait(m_services.list())->isEmpty());
        QVERIFY(!m_networks->wireguardPorts().contains(3011));
        QVERIFY(QDir(m_dir.path()).entryList({ u"*.json"_s }).isEmpty());
        QVERIFY(!wait(m_networks->remove(u"../etc"_s)));
    }

private:
    // The laptop starts a new session with the node.
    bool dialIn(quint16 port = 3011)
    {
        auto text = userWireguardConfig(
            m_a, kLaptopKey, net(u"10.20.4.0/24"_s), u"192.168.77.2:%1"_s.arg(port));
        text.replace("Address = 100.64.20.4/32\n", "");
        return lab::run(u"laptop"_s, u"wg"_s, { u"setconf"_s, u"wg0"_s, u"/dev/stdin"_s }, text)
            == 0;
    }
    std::unique_ptr<KernelNetworks> makeNetworks(
        std::chrono::milliseconds portGrace = std::chrono::minutes(15))
    {
        KernelNetworks::Config config;
        config.portGrace = portGrace;
        config.runDir = m_dir.path();
        return std::make_unique<KernelNetworks>(config, &m_runner, &m_services);
    }

    QTemporaryDir m_dir;
    lab::CountingRunner m_runner;
    lab::ChildServices m_services;
    std::unique_ptr<KernelNetworks> m_networks;
    NetworkPlan m_a = planOf(1, 3011);
    NetworkPlan m_b = planOf(2, 3012);
    QStringList m_before;
};

ZOS_TEST(TestKernelNetworks)
#include "tst_kernelnetworks.moc"

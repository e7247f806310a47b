// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/kernelnetworks.h"
#include "hardware/process/fakecommandrunner.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QTemporaryDir>

using namespace zos;
using namespace zos::hw;
using namespace Qt::StringLiterals;
using testing::wait;

namespace {

// A kernel that is just a table of links; the scripts the runner gets are played into it.
class TableSpace final : public NetSpace
{
public:
    Task<Result<LinkMap>> links(QString nameSpace) override
    {
        if (!nameSpace.isEmpty() && !spaces.contains(nameSpace))
            co_return fail(ErrorCode::NotFound, u"none"_s);
        co_return spaces.value(nameSpace);
    }
    Task<Result<QList<InterfaceAddress>>> addresses(QString nameSpace) override
    {
        co_return addressLists.value(nameSpace);
    }
    Task<Result<>> configure(QString, QList<Sysctl>, QByteArray rules) override
    {
        if (rules.isEmpty())
            co_return Result<>();
        ++rulesLoaded;
        lastRules = rules;
        if (refuseRules)
            co_return fail(ErrorCode::Io, u"nftables refused the rule set"_s);
        co_return Result<>();
    }
    Task<Result<QSet<quint16>>> udpPorts(QString) override { co_return bound; }
    Task<Result<int>> endProcesses(QString) override { co_return 0; }
    QStringList names() const override
    {
        QStringList all;
        for (const auto &path : spaces.keys())
            if (!path.isEmpty())
                all.append(path.section(u'/', -1));
        return all;
    }

    void play(const QString &here, const QByteArray &script)
    {
        for (const auto &line : script.split('\n'))
            playLine(here, QString::fromLatin1(line).split(u' '));
    }
    QHash<QString, LinkMap> spaces { { QString(), {} } };
    QHash<QString, QList<InterfaceAddress>> addressLists;
    QSet<quint16> bound;
    int rulesLoaded = 0;
    QByteArray lastRules;
    bool refuseRules = false;

private:
    static QString path(const QString &name) { return u"/run/netns/"_s + name; }
    void put(const QString &space, const QString &name, const QString &kind)
    {
        LinkInfo link;
        link.index = ++m_index;
        link.kind = kind;
        spaces[space].insert(name, link);
    }
    void playLine(const QString &here, const QStringList &words)
    {
        const auto after
            = [&](const QString &word) { return words.value(words.lastIndexOf(word) + 1); };
        const auto name = after(u"name"_s);
        auto &links = spaces[here];
        if (words.mid(0, 2) == QStringList { u"netns"_s, u"add"_s }) {
            spaces.insert(path(words[2]), {});
        } else if (words.mid(0, 2) == QStringList { u"netns"_s, u"del"_s }) {
            spaces.remove(path(words[2]));
        } else if (words.mid(0, 2) == QStringList { u"link"_s, u"add"_s }) {
            put(here, words[3], words.contains(u"veth"_s) ? u"veth"_s : after(u"type"_s));
            if (words.contains(u"veth"_s))
                put(path(after(u"netns"_s)), name, u"veth"_s);
        } else if (words.mid(0, 2) == QStringList { u"link"_s, u"del"_s }) {
            links.remove(words.last());
        } else if (words.mid(0, 2) == QStringList { u"link"_s, u"set"_s }
            && words.contains(u"netns"_s)) {
            spaces[path(words.last())].insert(words[3], links.take(words[3]));
        } else if (words.mid(0, 2) == QStringList { u"link"_s, u"set"_s }) {
            auto &link = links[words[3]];
            link.up = link.up || words.contains(u"up"_s);
            if (words.contains(u"master"_s))
                link.master = links.value(after(u"master"_s)).index;
        } else if (words.mid(0, 2) == QStringList { u"addr"_s, u"add"_s }
            || words.mid(0, 2) == QStringList { u"addr"_s, u"replace"_s }) {
            addressLists[here].append(
                { words[4], words[2].section(u'/', 0, 0), words[2].section(u'/', 1).toInt() });
        } else if (words.mid(0, 2) == QStringList { u"addr"_s, u"del"_s }) {
            addressLists[here].removeIf([&](const InterfaceAddress &one) {
                return one.interface == words[4] && one.address == words[2].section(u'/', 0, 0);
            });
        }
    }
    int m_index = 0;
};

// The kernel has WireGuard in these tests: nothing is ever started.
class NoServices final : public Services
{
public:
    Task<Result<>> start(ServiceSpec spec) override
    {
        co_return fail(ErrorCode::Bug, u"nobody should start "_s + spec.name);
    }
    Task<Result<>> stop(QString) override { co_return Result<>(); }
    Task<Result<QList<ServiceState>>> list() override { co_return QList<ServiceState>(); }
};

NetworkPlan samplePlan()
{
    NetworkPlan plan;
    plan.twin = TwinId(1);
    plan.name = u"net"_s;
    plan.names = networkNames(networkId(plan.twin, plan.name));
    plan.range = *IpNet::parse(u"10.20.0.0/16");
    plan.subnet = *IpNet::parse(u"10.20.2.0/24");
    plan.gateway = *IpAddress::parse(u"10.20.2.1");
    plan.gateway6 = networkAddress6(plan.names.id, plan.gateway);
    plan.wireguardAddress = *IpNet::parse(u"100.64.20.2/16");
    plan.privateKey = u"4DwTbGRWECH8oqcTXdoWXGOaWWC952QKbFE1fMzBNmA="_s;
    plan.listenPort = 3011;
    WireguardPeer peer;
    peer.subnet = *IpNet::parse(u"10.20.3.0/24");
    peer.publicKey = u"QVe3bgezr1UH8Yej/WAuFE5gauVSdbFZfq9XwvLn+Vo="_s;
    peer.allowedIps = { peer.subnet };
    peer.endpoint = u"192.0.2.7:3011"_s;
    plan.peers = { peer };
    return plan;
}

} // namespace

class TestKernelNetworksDiff : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_space = std::make_unique<TableSpace>();
        m_runner = std::make_unique<FakeCommandRunner>();
        m_runner->on(u"ip"_s, [this](const Command &command) { return answerIp(command); });
        m_runner->on(u"wg syncconf"_s, [this](const Command &command) -> Result<CommandOutput> {
            m_synced.append(command.input);
            CommandOutput output;
            output.exitCode = m_refuseWireguard ? 1 : 0;
            return output;
        });
        m_runner->on(u"wg show"_s, [](const Command &) -> Result<CommandOutput> {
            CommandOutput output;
            output.out = "QVe3bgezr1UH8Yej/WAuFE5gauVSdbFZfq9XwvLn+Vo=\t192.0.2.7:3011\n"
                         "2Nl0XeSvv61ojZhdibflGu9JiexCX5Olue6K3UnD6Hk=\t[2001:db8::7]:900\n"
                         "AAlOqUK08+hLr8bdDl5knGiBHHGbY/cWnFObywwe5X0=\t(none)\n";
            return output;
        });
        m_synced.clear();
        m_refuseWireguard = false;
        m_networks = makeNetworks();
        QVERIFY(wait(m_networks->start()));
    }

    void baseTwiceIsNothing()
    {
        m_runner->clear();
        const auto loaded = m_space->rulesLoaded;
        QVERIFY(wait(makeNetworks()->start()));
        QCOMPARE(m_runner->lines(), QStringList());
        QCOMPARE(m_space->rulesLoaded, loaded);
    }

    void sameNetworkTwiceIsNothing()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        m_runner->clear();
        const auto loaded = m_space->rulesLoaded;
        QVERIFY(wait(m_networks->apply(samplePlan())));
        const auto next = makeNetworks(); // a restarted node
        QVERIFY(wait(next->start()));
        QVERIFY(wait(next->apply(samplePlan())));
        QCOMPARE(m_runner->lines(), QStringList());
        QCOMPARE(m_space->rulesLoaded, loaded);
    }

    void newPeerIsOneCommandAndKeepsRoamingEndpoints()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        QVERIFY(m_synced.last().contains("Endpoint = 192.0.2.7:3011"));
        auto plan = samplePlan();
        auto peer = plan.peers[0];
        peer.publicKey = u"XyLXaw6F7E4Y/VamwMkWf15SG7y2EtzDQTuvCpVgBjc="_s;
        peer.endpoint = u"192.0.2.8:3011"_s;
        plan.peers.append(peer);
        m_runner->clear();
        const auto next = makeNetworks(); // also after a restart
        QVERIFY(wait(next->start()));
        QVERIFY(wait(next->apply(plan)));
        QCOMPARE(m_runner->lines(), QStringList { u"wg syncconf w-Vp6mnP5Nd8BVD /dev/stdin"_s });
        QVERIFY(!m_synced.last().contains("192.0.2.7"));
        QVERIFY(m_synced.last().contains("Endpoint = 192.0.2.8:3011"));
    }

    void anotherSubnetReplacesAddresses()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        auto plan = samplePlan();
        plan.range = *IpNet::parse(u"10.30.0.0/16");
        plan.subnet = *IpNet::parse(u"10.30.9.0/24");
        plan.gateway = *IpAddress::parse(u"10.30.9.1");
        plan.gateway6 = networkAddress6(plan.names.id, plan.gateway);
        plan.wireguardAddress = *IpNet::parse(u"100.64.30.9/16");
        m_runner->clear();
        QVERIFY(wait(m_networks->apply(plan)));
        QCOMPARE(m_runner->commands().size(), 1);
        const auto script = m_runner->commands().first().input;
        QVERIFY(script.contains("addr del 10.20.2.1/24 dev n-Vp6mnP5Nd8BVD\n"));
        QVERIFY(script.contains("addr del 100.64.20.2/16 dev w-Vp6mnP5Nd8BVD\n"));
        QVERIFY(script.contains("addr add 10.30.9.1/24 dev n-Vp6mnP5Nd8BVD\n"));
        QVERIFY(script.contains("addr add 100.64.30.9/16 dev w-Vp6mnP5Nd8BVD\n"));
        QVERIFY(script.contains("route flush exact 10.20.0.0/16 dev w-Vp6mnP5Nd8BVD\n"));
        QVERIFY(script.contains("route replace 10.30.0.0/16 dev w-Vp6mnP5Nd8BVD\n"));
        QVERIFY(!script.contains("100.127.0.2")); // the uplink is left alone
    }

    void failedCreationLeavesNothing()
    {
        const auto before = m_space->spaces.value(QString()).keys();
        m_refuseWireguard = true;
        const auto done = wait(m_networks->apply(samplePlan()));
        QVERIFY(!done);
        QCOMPARE(done.error().code, ErrorCode::Io);
        QCOMPARE(QSet<QString>(before.begin(), before.end()), [this] {
            const auto keys = m_space->spaces.value(QString()).keys();
            return QSet<QString>(keys.begin(), keys.end());
        }());
        QCOMPARE(*wait(m_networks->list()), QStringList());
        QVERIFY(!m_networks->wireguardPorts().contains(3011));
        m_refuseWireguard = false;
        QVERIFY(wait(m_networks->apply(samplePlan())));
    }

    void failedChangeGoesBack()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        auto plan = samplePlan();
        plan.listenPort = 3012;
        int calls = 0;
        m_runner->on(u"wg syncconf"_s, [&](const Command &command) -> Result<CommandOutput> {
            m_synced.append(command.input);
            CommandOutput output;
            output.exitCode = calls++ == 0 ? 1 : 0; // the change fails, the way back works
            return output;
        });
        QVERIFY(!wait(m_networks->apply(plan)));
        QVERIFY(m_synced.last().contains("ListenPort = 3011"));
        QVERIFY(m_networks->wireguardPorts().contains(3011));
        QVERIFY(!m_networks->wireguardPorts().contains(3012));
        m_runner->clear();
        QVERIFY(wait(m_networks->apply(samplePlan())));
        QCOMPARE(m_runner->lines(), QStringList());
    }

    // Where its peers were seen is known to the former port's rules, and the rules are gone with
    // their last port.
    void aFormerPortAnswersForAWhile()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        auto plan = samplePlan();
        plan.listenPort = 3012;
        QVERIFY(wait(m_networks->apply(plan)));
        const QByteArray table = "inet zos-grace-" + plan.names.id.toLatin1();
        const QByteArray element = "add element " + table + " ip-3011 { 192.0.2.7 . 3011 }\n";
        QVERIFY(m_space->lastRules.contains(element));
        QVERIFY(m_space->lastRules.contains(" ip6-3011 { 2001:db8::7 . 900 }\n"));
        QVERIFY(
            m_space->lastRules.contains("udp dport 3011 fib daddr type local udp dport set 3012"));
        QVERIFY(m_networks->wireguardPorts().contains(3011));
        plan.privateKey = u"AAlOqUK08+hLr8bdDl5knGiBHHGbY/cWnFObywwe5X0="_s;
        plan.listenPort = 3013; // nobody can talk to it before he is told the new key
        QVERIFY(wait(m_networks->apply(plan)));
        const QByteArray end = "delete table " + table + '\n';
        QVERIFY(m_space->lastRules.endsWith(end));
        QVERIFY(!m_networks->wireguardPorts().contains(3011));
        QVERIFY(!m_networks->wireguardPorts().contains(3012));
    }

    void aKernelThatCannotKeepThePortChangesIt()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        auto plan = samplePlan();
        plan.listenPort = 3012;
        m_space->refuseRules = true;
        QVERIFY(wait(m_networks->apply(plan)));
        QVERIFY(m_synced.last().contains("ListenPort = 3012"));
        QVERIFY(m_networks->wireguardPorts().contains(3012));
        QVERIFY(!m_networks->wireguardPorts().contains(3011));
    }

    void rulesThatDoNotLoadStopBeforeTheUplinkIsUp()
    {
        m_space->refuseRules = true;
        m_runner->clear();
        QVERIFY(!wait(m_networks->apply(samplePlan())));
        for (const auto &command : m_runner->commands())
            QVERIFY(!command.input.contains("dev public up"));
    }

    void removalIsRefusedWhileAMachineRuns()
    {
        const auto plan = samplePlan();
        QVERIFY(wait(m_networks->apply(plan)));
        QVERIFY(wait(m_networks->addTap(u"t-WzRR98bG67Ndi"_s, plan.names.bridge)));
        auto &tap = m_space->spaces[QString()][u"t-WzRR98bG67Ndi"_s];
        tap.kind = u"tun"_s;
        tap.carrier = true;
        const auto done = wait(m_networks->remove(plan.names.id));
        QVERIFY(!done);
        QCOMPARE(done.error().code, ErrorCode::Busy);
        tap.carrier = false;
        QVERIFY(wait(m_networks->remove(plan.names.id)));
    }

    void noKeyLeavesThePipe()
    {
        QVERIFY(wait(m_networks->apply(samplePlan())));
        const auto secret = samplePlan().privateKey;
        for (const auto &line : m_runner->lines())
            QVERIFY(!line.contains(secret));
        for (const auto &name : QDir(m_dir->path()).entryList(QDir::Files)) {
            QFile file(m_dir->path() + u'/' + name);
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY(!file.readAll().contains(secret.toLatin1()));
        }
    }

private:
    Result<CommandOutput> answerIp(const Command &command)
    {
        if (command.arguments.contains(u"-batch"_s))
            m_space->play(command.networkNamespace, command.input);
        else
            m_space->play(command.networkNamespace, command.arguments.join(u' ').toLatin1());
        return CommandOutput {};
    }
    std::unique_ptr<KernelNetworks> makeNetworks()
    {
        KernelNetworks::Config config;
        config.runDir = m_dir->path();
        return std::make_unique<KernelNetworks>(config, m_runner.get(), &m_services, m_space.get());
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<TableSpace> m_space;
    std::unique_ptr<FakeCommandRunner> m_runner;
    NoServices m_services;
    std::unique_ptr<KernelNetworks> m_networks;
    QByteArrayList m_synced;
    bool m_refuseWireguard = false;
};

ZOS_TEST(TestKernelNetworksDiff)
#include "tst_kernelnetworksdiff.moc"

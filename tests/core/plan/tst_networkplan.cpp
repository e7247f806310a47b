// SPDX-License-Identifier: Apache-2.0
#include "core/plan/networkplan.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

const auto kOwnKey = u"4DwTbGRWECH8oqcTXdoWXGOaWWC952QKbFE1fMzBNmA="_s;
const auto kPeerKey = u"QVe3bgezr1UH8Yej/WAuFE5gauVSdbFZfq9XwvLn+Vo="_s;

IpNet net(const QString &text)
{
    return IpNet::parse(text).value_or(IpNet());
}
IpAddress ip(const QString &text)
{
    return IpAddress::parse(text).value_or(IpAddress());
}

Network networkOf(const QJsonObject &json)
{
    Network data;
    data.ipRange = net(json[u"ip_range"_s].toString());
    data.subnet = net(json[u"subnet"_s].toString());
    data.wireguardPrivateKey = json[u"wireguard_private_key"_s].toString();
    data.wireguardListenPort = static_cast<quint16>(json[u"wireguard_listen_port"_s].toInt());
    for (const auto &value : json[u"peers"_s].toArray()) {
        WireguardPeer peer;
        peer.subnet = net(value[u"subnet"_s].toString());
        peer.publicKey = value[u"wireguard_public_key"_s].toString();
        peer.endpoint = value[u"endpoint"_s].toString();
        for (const auto &allowed : value[u"allowed_ips"_s].toArray())
            peer.allowedIps.append(net(allowed.toString()));
        data.peers.append(peer);
    }
    return data;
}

Network sampleData()
{
    Network data;
    data.ipRange = net(u"10.20.0.0/16"_s);
    data.subnet = net(u"10.20.2.0/24"_s);
    data.wireguardPrivateKey = kOwnKey;
    data.wireguardListenPort = 3011;
    WireguardPeer peer;
    peer.subnet = net(u"10.20.3.0/24"_s);
    peer.publicKey = kPeerKey;
    peer.endpoint = u"185.206.122.31:4012"_s;
    peer.allowedIps = { net(u"10.20.3.0/24"_s), net(u"100.64.20.3/32"_s) };
    data.peers = { peer };
    return data;
}

QJsonArray vectorCases(const QString &section)
{
    QJsonArray all;
    for (const auto &file : testing::vectors(u"network"_s))
        for (const auto &one : file.document[u"sections"_s][section][u"cases"_s].toArray())
            all.append(one);
    return all;
}

using Change = std::function<void(Network *)>;

} // namespace

class TestNetworkPlan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void derivesAddresses_data()
    {
        QTest::addColumn<QJsonObject>("object");
        const auto cases = vectorCases(u"private_addresses"_s);
        for (qsizetype i = 0; i < cases.size(); ++i)
            QTest::addRow("%lld", qlonglong(i)) << cases[i].toObject();
    }
    void derivesAddresses()
    {
        QFETCH(QJsonObject, object);
        const auto id = object[u"net_id"_s].toString();
        const auto address = ip(object[u"ipv4"_s].toString());
        QCOMPARE(networkAddress6(id, address) + u"/64"_s, object[u"ipv6"_s].toString());
        auto data = sampleData();
        data.subnet = net(object[u"subnet"_s].toString());
        data.ipRange = IpNet(data.subnet.network(), 16);
        data.ipRange = IpNet(data.ipRange.network(), 16);
        data.peers.clear();
        const auto plan = planNetwork(TwinId(1), u"net", data);
        QVERIFY2(plan, plan ? "" : qPrintable(plan.error().what));
        QCOMPARE(plan->wireguardAddress.text(), object[u"wg_ip_node"_s].toString());
        const auto gateway = networkAddress6(id, plan->gateway);
        QCOMPARE(gateway, object[u"gateway6"_s].toString());
    }

    void derivesPublicKeys_data()
    {
        QTest::addColumn<QJsonObject>("object");
        const auto cases = vectorCases(u"wireguard_keys"_s);
        for (qsizetype i = 0; i < cases.size(); ++i)
            QTest::addRow("%lld", qlonglong(i)) << cases[i].toObject();
    }
    void derivesPublicKeys()
    {
        QFETCH(QJsonObject, object);
        const auto key = wireguardPublicKey(object[u"private"_s].toString());
        QVERIFY2(key, key ? "" : qPrintable(key.error().what));
        QCOMPARE(*key, object[u"public"_s].toString());
    }

    void plansClientNetworks_data()
    {
        QTest::addColumn<QJsonObject>("object");
        for (const auto &one : vectorCases(u"sdk_networks"_s))
            QTest::newRow(one[u"title"_s].toString().toUtf8().constData()) << one.toObject();
    }
    void plansClientNetworks()
    {
        QFETCH(QJsonObject, object);
        const auto nodes = object[u"workload_data"_s].toObject();
        QVERIFY(!nodes.isEmpty());
        QHash<QString, NetworkPlan> plans;
        for (auto node = nodes.begin(); node != nodes.end(); ++node) {
            const auto plan = planNetwork(TwinId(7), u"net", networkOf(node.value().toObject()));
            QVERIFY2(plan, plan ? "" : qPrintable(plan.error().what));
            plans.insert(node.key(), *plan);
            const auto config = wireguardConfig(*plan);
            QCOMPARE(config.count("[Peer]"), plan->peers.size());
            QCOMPARE(config.count("PersistentKeepalive = 20\n"), plan->peers.size());
        }
        const auto expected = object[u"wireguard_config"_s].toString();
        if (expected.isEmpty())
            return;
        const auto user = object[u"user_accesses"_s][0].toObject();
        const auto endpoint = expected.sliced(expected.indexOf(u"Endpoint = "_s) + 11);
        const auto hub = plans.value(QString::number(user[u"node_id"_s].toInt()));
        const auto text = userWireguardConfig(
            hub, user[u"private_key"_s].toString(), net(user[u"subnet"_s].toString()), endpoint);
        QCOMPARE(QString::fromUtf8(text).trimmed(), expected.trimmed());
    }

    void refuses_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char *name, Change change, const QString &reason) {
            QTest::newRow(name) << change << reason;
        };
        row(
            "subnet outside", [](Network *n) { n->subnet = net(u"10.21.2.0/24"_s); },
            u"not inside ip_range"_s);
        row(
            "subnet too large",
            [](Network *n) {
                n->ipRange = net(u"10.0.0.0/8"_s);
                n->subnet = net(u"10.20.0.0/15"_s);
            },
            u"/16 to /29"_s);
        row(
            "subnet too small", [](Network *n) { n->subnet = net(u"10.20.2.0/30"_s); },
            u"/16 to /29"_s);
        row(
            "no gateway", [](Network *n) { n->subnet = net(u"10.20.2.128/25"_s); },
            u"its gateway"_s);
        row(
            "carrier grade",
            [](Network *n) {
                n->ipRange = net(u"100.65.0.0/16"_s);
                n->subnet = net(u"100.65.2.0/24"_s);
            },
            u"100.64.0.0/10"_s);
        row("everything", [](Network *n) { n->ipRange = net(u"0.0.0.0/0"_s); }, u"too large"_s);
        row(
            "loopback",
            [](Network *n) {
                n->ipRange = net(u"127.0.0.0/8"_s);
                n->subnet = net(u"127.0.2.0/24"_s);
            },
            u"no network can use"_s);
        row(
            "IPv6 range", [](Network *n) { n->ipRange = net(u"fd00::/16"_s); },
            u"not an IPv4 network"_s);
        row(
            "IPv6 subnet", [](Network *n) { n->subnet = net(u"fd00::/64"_s); },
            u"not an IPv4 network"_s);
        row(
            "own key garbage", [](Network *n) { n->wireguardPrivateKey = u"abc"_s; },
            u"wireguard_private_key"_s);
        row(
            "own key short", [](Network *n) { n->wireguardPrivateKey = u"YWJj"_s; },
            u"wireguard_private_key"_s);
        row("peer key garbage", [](Network *n) { n->peers[0].publicKey = u"?"_s; }, u"peer key"_s);
        row(
            "peer twice",
            [](Network *n) {
                n->peers.append(n->peers[0]);
                n->peers[1].subnet = net(u"10.20.4.0/24"_s);
            },
            u"used twice"_s);
        row(
            "own key as peer",
            [](Network *n) { n->peers[0].publicKey = *wireguardPublicKey(kOwnKey); },
            u"this node's own"_s);
        row(
            "peer subnet overlaps own",
            [](Network *n) { n->peers[0].subnet = net(u"10.20.2.128/25"_s); },
            u"overlaps subnet 10.20.2.0/24"_s);
        row(
            "allowed ip outside",
            [](Network *n) { n->peers[0].allowedIps.append(net(u"0.0.0.0/0"_s)); },
            u"allowed_ips 0.0.0.0/0"_s);
        row("port 0", [](Network *n) { n->wireguardListenPort = 0; }, u"wireguard_listen_port 0"_s);
        row(
            "port privileged", [](Network *n) { n->wireguardListenPort = 443; },
            u"wireguard_listen_port 443"_s);
        row(
            "endpoint name", [](Network *n) { n->peers[0].endpoint = u"node.example:1"_s; },
            u"neither ip:port"_s);
        row(
            "endpoint without port", [](Network *n) { n->peers[0].endpoint = u"1.2.3.4"_s; },
            u"no port"_s);
        row(
            "endpoint port 0", [](Network *n) { n->peers[0].endpoint = u"1.2.3.4:0"_s; },
            u"1 to 65535"_s);
        row(
            "endpoint port large", [](Network *n) { n->peers[0].endpoint = u"1.2.3.4:65536"_s; },
            u"1 to 65535"_s);
        row(
            "endpoint without brackets",
            [](Network *n) { n->peers[0].endpoint = u"2001:db8::1:80"_s; }, u"neither ip:port"_s);
        row(
            "endpoint injects a line",
            [](Network *n) { n->peers[0].endpoint = u"1.2.3.4:1\nPostUp=x"_s; }, u"1 to 65535"_s);
        row(
            "mycelium", [](Network *n) { n->mycelium = MyceliumData {}; },
            u"mycelium is not available"_s);
    }
    void refuses()
    {
        QFETCH(Change, change);
        QFETCH(QString, reason);
        auto data = sampleData();
        QVERIFY(planNetwork(TwinId(7), u"net", data));
        change(&data);
        const auto plan = planNetwork(TwinId(7), u"net", data);
        QVERIFY(!plan);
        QCOMPARE(plan.error().code, ErrorCode::Invalid);
        QVERIFY2(plan.error().what.contains(reason), qPrintable(plan.error().what));
    }

    void acceptsPeerThatListsTheLocalSubnet()
    {
        auto data = sampleData();
        data.peers[0].allowedIps.append(net(u"10.20.2.0/24"_s));
        data.peers[0].allowedIps.append(net(u"100.64.0.0/16"_s));
        data.peers[0].endpoint = u"[2001:db8::1]:3011"_s;
        QVERIFY(planNetwork(TwinId(7), u"net", data));
    }

    void updateOmitsKnownEndpoints()
    {
        const auto plan = *planNetwork(TwinId(7), u"net", sampleData());
        QVERIFY(wireguardConfig(plan).contains("Endpoint = 185.206.122.31:4012\n"));
        QVERIFY(!wireguardUpdate(plan, { { kPeerKey, u"185.206.122.31:4012"_s } })
                .contains("Endpoint"));
        QVERIFY(
            wireguardUpdate(plan, { { kPeerKey, u"185.206.122.31:1"_s } }).contains("Endpoint"));
    }

    void digestSeesEveryField()
    {
        const auto plan = *planNetwork(TwinId(7), u"net", sampleData());
        QCOMPARE(networkDigest(plan), networkDigest(*planNetwork(TwinId(7), u"net", sampleData())));
        QSet<QByteArray> digests { networkDigest(plan) };
        const QList<std::function<void(NetworkPlan *)>> changes {
            [](NetworkPlan *p) { p->listenPort = 3012; },
            [](NetworkPlan *p) { p->privateKey = kPeerKey; },
            [](NetworkPlan *p) { p->subnet = net(u"10.20.9.0/24"_s); },
            [](NetworkPlan *p) { p->range = net(u"10.0.0.0/8"_s); },
            [](NetworkPlan *p) { p->peers.clear(); },
            [](NetworkPlan *p) { p->peers[0].endpoint.clear(); },
            [](NetworkPlan *p) { p->peers[0].publicKey = kOwnKey; },
            [](NetworkPlan *p) { p->peers[0].allowedIps.removeLast(); },
        };
        for (const auto &change : changes) {
            auto other = plan;
            change(&other);
            digests.insert(networkDigest(other));
        }
        QCOMPARE(digests.size(), changes.size() + 1);
    }

    void plansPrivateNic()
    {
        const auto plan = *planNetwork(TwinId(1), u"net", sampleData());
        const QStringList dns { u"8.8.8.8"_s };
        const auto nic = planPrivateNic(u"1-31951-vm0", plan, ip(u"10.20.2.5"_s), dns);
        QVERIFY(nic);
        QCOMPARE(nic->tap, u"t-WzRR98bG67Ndi"_s); // of the vectors
        QCOMPARE(nic->mac, u"7e:7c:d8:40:a5:50"_s);
        QCOMPARE(nic->bridge, u"b-Vp6mnP5Nd8BVD"_s);
        QCOMPARE(nic->addresses, QStringList({ u"10.20.2.5/24"_s, u"fd56:7036:6d6e:2::5/64"_s }));
        QStringList routes;
        for (const auto &route : nic->routes)
            routes.append(route.to.text() + u' ' + route.via);
        QCOMPARE(routes,
            QStringList({ u"10.20.0.0/16 10.20.2.1"_s, u"100.64.0.0/16 10.20.2.1"_s,
                u"0.0.0.0/0 10.20.2.1"_s, u"::/0 fd56:7036:6d6e:2::1"_s }));
        QCOMPARE(nic->dns, dns);
    }

    void refusesBadMachineAddress_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("reason");
        QTest::newRow("none") << QString() << u"invalid IP"_s;
        QTest::newRow("IPv6") << u"fd00::5"_s << u"invalid IP"_s;
        QTest::newRow("elsewhere")
            << u"10.20.3.5"_s << u"IP 10.20.3.5 is not part of local nr subnet 10.20.2.0/24"_s;
        QTest::newRow("gateway") << u"10.20.2.1"_s << u"ip 10.20.2.1 is reserved"_s;
        QTest::newRow("network") << u"10.20.2.0"_s << u"ip 10.20.2.0 is reserved"_s;
        QTest::newRow("broadcast") << u"10.20.2.255"_s << u"ip 10.20.2.255 is reserved"_s;
    }
    void refusesBadMachineAddress()
    {
        QFETCH(QString, address);
        QFETCH(QString, reason);
        const auto plan = *planNetwork(TwinId(1), u"net", sampleData());
        const auto nic = planPrivateNic(u"1-1-vm", plan, ip(address), {});
        QVERIFY(!nic);
        QCOMPARE(nic.error().what, reason);
    }
};

ZOS_TEST(TestNetworkPlan)
#include "tst_networkplan.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/networkscontract.h"

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {
const auto kTap = u"t-WzRR98bG67Ndi"_s;
} // namespace

NetworkPlan NetworksContract::plan(quint32 twin, quint16 port, const QString &subnet)
{
    Network data;
    data.ipRange = *IpNet::parse(u"10.20.0.0/16");
    data.subnet = *IpNet::parse(subnet.isEmpty() ? u"10.20.2.0/24"_s : subnet);
    data.wireguardPrivateKey = u"4DwTbGRWECH8oqcTXdoWXGOaWWC952QKbFE1fMzBNmA="_s;
    data.wireguardListenPort = 1024;
    auto made = planNetwork(TwinId(twin), u"net", data);
    if (!made)
        qFatal("%s", qPrintable(made.error().what));
    made->listenPort = port; // the planner knows ports of its own that it refuses
    return std::move(*made);
}

QStringList NetworksContract::ids()
{
    auto all = wait(networks().list()).value_or(QStringList { u"cannot be listed"_s });
    all.sort();
    return all;
}

void NetworksContract::cleanup()
{
    for (const auto &tap : wait(networks().taps()).value_or(QStringList()))
        ZOS_WORKS(networks().removeTap(tap));
    for (const auto &id : ids())
        ZOS_WORKS(networks().remove(id));
    QCOMPARE(ids(), QStringList());
    auto ports = networks().wireguardPorts();
    std::ranges::sort(ports);
    QCOMPARE(ports, QList<quint16>(kNodePorts.begin(), kNodePorts.end()));
}

void NetworksContract::startingTwiceChangesNothing()
{
    ZOS_WORKS(networks().apply(plan(1, 3011)));
    ZOS_WORKS(networks().start());
    QCOMPARE(ids(), QStringList { plan(1, 3011).names.id });
    QVERIFY(networks().wireguardPorts().contains(3011));
}

void NetworksContract::aNetworkIsMadeChangedAndRemoved()
{
    const auto id = plan(1, 3011).names.id;
    ZOS_WORKS(networks().apply(plan(1, 3011)));
    QCOMPARE(ids(), QStringList { id });
    QVERIFY(networks().wireguardPorts().contains(3011));
    ZOS_WORKS(networks().apply(plan(1, 3011))); // again: nothing to do
    ZOS_WORKS(networks().apply(plan(1, 3011, u"10.20.3.0/24"_s)));
    ZOS_WORKS(networks().apply(plan(1, 3099)));
    QCOMPARE(ids(), QStringList { id });
    QVERIFY(networks().wireguardPorts().contains(3099));
    ZOS_WORKS(networks().remove(id));
    QCOMPARE(ids(), QStringList());
    QVERIFY(!networks().wireguardPorts().contains(3099));
    ZOS_WORKS(networks().remove(id)); // absent is success
    ZOS_WORKS(networks().apply(plan(2, 3099))); // the port is free again
}

void NetworksContract::takenPortsAreRefused_data()
{
    QTest::addColumn<int>("port");
    QTest::newRow("of another network") << 3011;
    for (const auto port : kNodePorts)
        QTest::newRow(qPrintable(u"of the node: %1"_s.arg(port))) << int(port);
}

void NetworksContract::takenPortsAreRefused()
{
    QFETCH(int, port);
    ZOS_WORKS(networks().apply(plan(1, 3011)));
    QCOMPARE(refusal(networks().apply(plan(2, quint16(port))), ErrorCode::Exists),
        u"wireguard listen port already in use, pick another one: port %1 is already in the set"_s
            .arg(port));
    QCOMPARE(ids(), QStringList { plan(1, 3011).names.id });
}

void NetworksContract::aFailedChangeKeepsTheOldOne()
{
    ZOS_WORKS(networks().apply(plan(1, 3011)));
    ZOS_WORKS(networks().apply(plan(2, 3012)));
    ZOS_REFUSED(networks().apply(plan(2, 3011)), ErrorCode::Exists);
    QVERIFY(networks().wireguardPorts().contains(3012));
    ZOS_REFUSED(networks().apply(plan(3, 3012)), ErrorCode::Exists); // it is still 2's
}

void NetworksContract::tapsComeAndGo()
{
    const auto first = plan(1, 3011);
    const auto second = plan(2, 3012);
    ZOS_REFUSED(networks().addTap(kTap, first.names.bridge), ErrorCode::NotFound);
    QCOMPARE(*wait(networks().taps()), QStringList());
    ZOS_WORKS(networks().apply(first));
    ZOS_WORKS(networks().apply(second));
    ZOS_WORKS(networks().addTap(kTap, first.names.bridge));
    ZOS_WORKS(networks().addTap(kTap, first.names.bridge));
    ZOS_WORKS(networks().addTap(kTap, second.names.bridge)); // moved
    QCOMPARE(*wait(networks().taps()), QStringList { kTap });
    ZOS_WORKS(networks().remove(second.names.id)); // nothing runs on it
    QCOMPARE(*wait(networks().taps()), QStringList { kTap });
    ZOS_WORKS(networks().removeTap(kTap));
    QCOMPARE(*wait(networks().taps()), QStringList());
    ZOS_WORKS(networks().removeTap(kTap)); // absent is success
}

void NetworksContract::namesAreChecked_data()
{
    QTest::addColumn<QString>("name");
    for (const auto *name : { "", "x", "../etc", "zos", "lo", "WzRR98bG67Nd", "WzRR98bG67Ndii",
             "WzRR98bG67Nd0", "WzRR98bG67N/i", "WzRR98bG67Nd " })
        QTest::newRow(name) << QString::fromLatin1(name);
}

void NetworksContract::namesAreChecked()
{
    QFETCH(QString, name);
    auto wrong = plan(1, 3011);
    wrong.names = networkNames(name);
    ZOS_REFUSED(networks().apply(wrong), ErrorCode::Invalid);
    ZOS_REFUSED(networks().remove(name), ErrorCode::Invalid);
    ZOS_REFUSED(networks().state(name), ErrorCode::Invalid);
    ZOS_REFUSED(networks().addTap(name, u"b-WzRR98bG67Ndi"_s), ErrorCode::Invalid);
    ZOS_REFUSED(networks().addTap(u"t-"_s + name, u"b-WzRR98bG67Ndi"_s), ErrorCode::Invalid);
    ZOS_REFUSED(networks().addTap(kTap, name), ErrorCode::Invalid);
    ZOS_REFUSED(networks().removeTap(name), ErrorCode::Invalid);
    QCOMPARE(ids(), QStringList());
}

void NetworksContract::aNetworkInUseIsBusy()
{
    const auto network = plan(1, 3011);
    ZOS_WORKS(networks().apply(network));
    ZOS_WORKS(networks().addTap(kTap, network.names.bridge));
    plugIn(kTap);
    ZOS_REFUSED(networks().remove(network.names.id), ErrorCode::Busy);
    QCOMPARE(ids(), QStringList { network.names.id });
    ZOS_WORKS(networks().apply(plan(1, 3099))); // it can be changed
    unplug(kTap);
    ZOS_WORKS(networks().remove(network.names.id));
    QCOMPARE(ids(), QStringList());
}

QString NetworksContract::seen(const QString &id)
{
    const auto state = wait(networks().state(id));
    if (!state)
        return state.error().what;
    QStringList words = state->taps;
    for (const auto &[is, word] : { std::pair(state->bridge, u"bridge"_s),
             std::pair(state->bridgeUp, u"up"_s), std::pair(state->gateway, u"gateway"_s),
             std::pair(state->wireguard, u"wireguard"_s) }) {
        if (is)
            words += word;
    }
    return words.join(u' ');
}

void NetworksContract::itsStateIsSeen_data()
{
    QTest::addColumn<bool>("gone");
    QTest::addColumn<QString>("then");
    QTest::newRow("its bridge is down") << false << kTap + u" bridge gateway wireguard"_s;
    QTest::newRow("its bridge is gone") << true << u"wireguard"_s;
}

// What somebody else did to it is seen, and the next apply() mends it.
void NetworksContract::itsStateIsSeen()
{
    QFETCH(bool, gone);
    QFETCH(QString, then);
    const auto whole = u"bridge up gateway wireguard"_s;
    const auto network = plan(1, 3011);
    QCOMPARE(seen(network.names.id), QString());
    ZOS_WORKS(networks().apply(network));
    ZOS_WORKS(networks().apply(plan(2, 3012)));
    QCOMPARE(seen(network.names.id), whole);
    ZOS_WORKS(networks().addTap(kTap, network.names.bridge));
    QCOMPARE(seen(network.names.id), QString(kTap + u' ' + whole));
    QCOMPARE(seen(plan(2, 3012).names.id), whole);

    gone ? loseBridge(network.names.bridge) : stopBridge(network.names.bridge);
    QCOMPARE(seen(network.names.id), then);
    QCOMPARE(seen(plan(2, 3012).names.id), whole);
    if (gone)
        ZOS_REFUSED(networks().addTap(kTap, network.names.bridge), ErrorCode::NotFound);
    ZOS_WORKS(networks().apply(network));
    ZOS_WORKS(networks().addTap(kTap, network.names.bridge));
    QCOMPARE(seen(network.names.id), QString(kTap + u' ' + whole));

    ZOS_WORKS(networks().remove(network.names.id));
    QCOMPARE(seen(network.names.id), QString());
    ZOS_WORKS(networks().apply(network)); // another one: nothing is plugged in
    QCOMPARE(seen(network.names.id), whole);
}

void NetworksContract::everythingIsFoundAgain()
{
    const auto network = plan(1, 3011);
    ZOS_WORKS(networks().apply(network));
    ZOS_WORKS(networks().addTap(kTap, network.names.bridge));
    restart();
    QCOMPARE(ids(), QStringList { network.names.id });
    QCOMPARE(*wait(networks().taps()), QStringList { kTap });
    QVERIFY(networks().wireguardPorts().contains(3011));
    ZOS_REFUSED(networks().apply(plan(2, 3011)), ErrorCode::Exists);
    ZOS_WORKS(networks().apply(network));
    ZOS_WORKS(networks().addTap(kTap, network.names.bridge));
}

void NetworksContract::callsAboutOneNetworkTakeTurns()
{
    const auto id = plan(1, 3011).names.id;
    auto made = networks().apply(plan(1, 3011));
    auto other = networks().apply(plan(2, 3011)); // one of them is too late
    auto changed = networks().apply(plan(1, 3099));
    auto gone = networks().remove(id);
    const auto first = wait(std::move(made));
    const auto second = wait(std::move(other));
    QVERIFY(first || first.error().code == ErrorCode::Exists);
    QVERIFY(second || second.error().code == ErrorCode::Exists);
    QVERIFY(first || second);
    ZOS_WORKS(std::move(changed));
    ZOS_WORKS(std::move(gone));
    QVERIFY(!ids().contains(id));
}

void NetworksContract::theUplinkIsDescribed()
{
    const auto facts = wait(networks().uplink());
    QVERIFY2(facts, facts ? "" : qPrintable(facts.error().what));
    QVERIFY(!facts->bridge.isEmpty());
    QVERIFY(!facts->bridgeAddresses.isEmpty());
    for (const auto &address : facts->bridgeAddresses)
        QVERIFY(IpNet::parse(address));
    QVERIFY(!facts->nics.isEmpty());
    for (const auto &nic : facts->nics) {
        QVERIFY(!nic.name.isEmpty() && !nic.mac.isEmpty());
        for (const auto &role : nic.roles)
            QVERIFY(
                (QStringList { u"zos"_s, u"public"_s, u"member"_s, u"spare"_s }).contains(role));
    }
    const auto addresses = wait(networks().addresses());
    QVERIFY2(addresses, addresses ? "" : qPrintable(addresses.error().what));
    QVERIFY(!addresses->zos.isEmpty());
    for (const auto &address : addresses->zos)
        QVERIFY(IpAddress::parse(address)); // without prefix length
}

} // namespace zos::testing

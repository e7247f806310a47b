// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/networkscript.h"

#include <QHostAddress>

#include <algorithm>

namespace zos::hw {

namespace {

class ScriptText
{
public:
    void line(const QString &text) { m_text += text.toLatin1() + '\n'; }
    QByteArray text() const { return m_text; }

private:
    QByteArray m_text;
};

bool isPlugged(const LinkMap &links, const QString &port, const QString &bridge)
{
    const auto link = links.constFind(port);
    const auto master = links.constFind(bridge);
    return link != links.constEnd() && master != links.constEnd() && link->master == master->index
        && link->up && master->up;
}

bool isUp(const LinkMap &links, const QString &name)
{
    return links.value(name).up;
}

// Host end and inner end of both cables.
QList<std::pair<QString, QString>> cablesOf(const NetworkNames &names)
{
    return { { names.lanPort, names.nameSpace }, { names.uplinkPort, QStringLiteral("public") } };
}

bool isWholeCable(const NetworkView &view, const QString &port, const QString &inner)
{
    return view.host.contains(port) && view.inner.contains(inner);
}

struct WantedAddress
{
    QString interface;
    QString address;
    int prefix;
};

QList<WantedAddress> wantedAddresses(const NetworkPlan &plan, quint32 dmz)
{
    const auto &lan = plan.names.nameSpace;
    const auto uplink = QStringLiteral("public");
    return {
        { lan, plan.gateway.text(), plan.subnet.prefix() },
        { lan, plan.gateway6, 64 },
        { lan, QStringLiteral("fe80::1"), 64 },
        { uplink, IpAddress::fromV4(dmz).text(), 16 },
        { uplink, dmzAddress6(dmz), 64 },
        { plan.names.wireguard, plan.wireguardAddress.address().text(),
            plan.wireguardAddress.prefix() },
    };
}

bool matches(const WantedAddress &wanted, const InterfaceAddress &present)
{
    return wanted.interface == present.interface && wanted.address == present.address
        && wanted.prefix == present.prefix;
}

} // namespace

QString dmzAddress6(quint32 dmz)
{
    return QStringLiteral("fd00::") + QString::number(dmz & 0xffff, 16);
}

bool hasWireguard(const NetworkNames &names, const NetworkView &view)
{
    return view.inner.contains(names.wireguard);
}

bool hasHostParts(const NetworkNames &names, const NetworkView &view)
{
    return view.nameSpace && isPlugged(view.host, names.lanPort, names.bridge)
        && isPlugged(view.host, names.uplinkPort, kDmzBridge)
        && view.inner.contains(names.nameSpace) && view.inner.contains(QStringLiteral("public"));
}

bool isIntact(const NetworkNames &names, const NetworkView &view)
{
    return hasHostParts(names, view) && isUp(view.inner, names.nameSpace)
        && isUp(view.inner, QStringLiteral("public")) && isUp(view.inner, names.wireguard);
}

bool isEmpty(const NetworkNames &names, const NetworkView &view)
{
    for (const auto &name : { names.bridge, names.lanPort, names.uplinkPort, names.wireguard })
        if (view.host.contains(name))
            return false;
    return !view.nameSpace && !view.nameLeft;
}

NetworkState stateOf(const NetworkNames &names, const NetworkView &view)
{
    const auto bridge = view.host.value(names.bridge);
    NetworkState state;
    state.bridge = bridge.kind == QLatin1StringView("bridge");
    state.bridgeUp = state.bridge && bridge.up;
    const auto lan = view.host.value(names.lanPort);
    state.gateway
        = state.bridge && lan.master == bridge.index && lan.up && isUp(view.inner, names.nameSpace);
    state.wireguard = isUp(view.inner, names.wireguard);
    if (state.bridge) {
        for (const auto &[name, link] : view.host.asKeyValueRange())
            if (link.master == bridge.index && link.up && isOwnName(name, u"t-"))
                state.taps += name;
    }
    state.taps.sort();
    return state;
}

QByteArray leftoverScript(const NetworkNames &names, const NetworkView &view)
{
    ScriptText script;
    for (const auto &[port, inner] : cablesOf(names))
        if (view.host.contains(port) && !isWholeCable(view, port, inner))
            script.line(QStringLiteral("link del dev ") + port);
    if (!view.nameSpace && view.nameLeft)
        script.line(QStringLiteral("netns del ") + names.nameSpace);
    return script.text();
}

QByteArray hostScript(const NetworkNames &names, const NetworkView &view)
{
    ScriptText script;
    if (!view.nameSpace)
        script.line(QStringLiteral("netns add ") + names.nameSpace);
    // The address is pinned, or a bridge takes over the lowest one of its ports.
    if (!view.host.contains(names.bridge))
        script.line(QStringLiteral("link add name %1 address %2 mtu %3 type bridge")
                .arg(names.bridge, macFrom(names.bridge.toLatin1()))
                .arg(kNetworkMtu));
    script.line(QStringLiteral("link set dev %1 up").arg(names.bridge));
    for (const auto &[port, inner] : cablesOf(names))
        if (!isWholeCable(view, port, inner))
            script.line(QStringLiteral("link add name %1 mtu %2 type veth peer name %3 mtu %2 "
                                       "address %4 netns %5")
                    .arg(port)
                    .arg(kNetworkMtu)
                    .arg(inner, macFrom((port + u'-').toLatin1()), names.nameSpace));
    script.line(QStringLiteral("link set dev %1 master %2 up").arg(names.lanPort, names.bridge));
    script.line(QStringLiteral("link set dev %1 master %2 up").arg(names.uplinkPort, kDmzBridge));
    script.line(
        QStringLiteral("link set dev %1 type bridge_slave isolated on").arg(names.uplinkPort));
    return script.text();
}

QByteArray insideScript(const NetworkPlan &plan, quint32 dmz,
    const QList<InterfaceAddress> &present, const QString &formerRange)
{
    const auto wanted = wantedAddresses(plan, dmz);
    const auto &wg = plan.names.wireguard;
    ScriptText script;
    script.line(QStringLiteral("link set dev lo up"));
    script.line(QStringLiteral("link set dev %1 mtu %2").arg(wg).arg(kWireguardMtu));
    if (!formerRange.isEmpty() && formerRange != plan.range.text())
        script.line(QStringLiteral("route flush exact %1 dev %2").arg(formerRange, wg));
    // Removal first: an address added beside one of the same net goes away together with it.
    for (const auto &other : present) {
        const bool ours = std::ranges::any_of(
            wanted, [&](const WantedAddress &one) { return one.interface == other.interface; });
        const bool keep = other.address.startsWith(QStringLiteral("fe80:"))
            || std::ranges::any_of(
                wanted, [&](const WantedAddress &one) { return matches(one, other); });
        if (ours && !keep)
            script.line(QStringLiteral("addr del %1/%2 dev %3")
                    .arg(other.address)
                    .arg(other.prefix)
                    .arg(other.interface));
    }
    for (const auto &one : wanted) {
        const bool there = std::ranges::any_of(
            present, [&](const InterfaceAddress &other) { return matches(one, other); });
        if (!there)
            script.line(QStringLiteral("addr add %1/%2 dev %3%4")
                    .arg(one.address)
                    .arg(one.prefix)
                    .arg(one.interface,
                        one.address.contains(u':') ? QStringLiteral(" nodad") : QString()));
    }
    script.line(QStringLiteral("link set dev %1 up").arg(plan.names.nameSpace));
    script.line(QStringLiteral("link set dev public up"));
    script.line(QStringLiteral("link set dev %1 up").arg(wg));
    script.line(QStringLiteral("route replace default via 100.127.0.1 dev public"));
    script.line(QStringLiteral("route replace default via fe80::1 dev public"));
    // One route for the whole range; the more specific subnet of the LAN wins (network.md 3.2).
    if (plan.range.prefix() != plan.subnet.prefix())
        script.line(QStringLiteral("route replace %1 dev %2").arg(plan.range.text(), wg));
    return script.text();
}

QByteArray removalScript(const NetworkNames &names, const NetworkView &view)
{
    ScriptText script;
    for (const auto &name : { names.wireguard, names.uplinkPort, names.lanPort, names.bridge })
        if (view.host.contains(name))
            script.line(QStringLiteral("link del dev ") + name);
    if (view.nameSpace || view.nameLeft)
        script.line(QStringLiteral("netns del ") + names.nameSpace);
    return script.text();
}

QByteArray tapScript(const QString &tap, const QString &bridge, bool create)
{
    ScriptText script;
    if (create)
        script.line(QStringLiteral("tuntap add dev %1 mode tap user 0").arg(tap));
    script.line(QStringLiteral("link set dev %1 mtu %2 promisc on").arg(tap).arg(kNetworkMtu));
    script.line(QStringLiteral("link set dev %1 master %2 up").arg(tap, bridge));
    return script.text();
}

QList<Sysctl> insideSettings()
{
    return {
        { QStringLiteral("ipv4/ip_forward"), "1" },
        { QStringLiteral("ipv6/conf/all/forwarding"), "1", true },
        { QStringLiteral("ipv6/conf/all/accept_ra"), "0", true },
    };
}

QList<Sysctl> quietPort(const QString &link)
{
    return { { QStringLiteral("ipv6/conf/%1/disable_ipv6").arg(link), "1", true } };
}

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/networkbase.h"

#include "hardware/network/ipcommand.h"
#include "hardware/network/networkscript.h"

#include <QCryptographicHash>
#include <QFile>
#include <QHostAddress>
#include <QSaveFile>

#include <algorithm>

namespace zos::hw {

namespace {

// Ends of the two cables: in the node's name space and inside ndmz.
constexpr QLatin1StringView kRouterPort("ndmz-nrs"); // in br-ndmz
constexpr QLatin1StringView kRouterInner("tonrs");
constexpr QLatin1StringView kWayOut("ndmz-up"); // routed
constexpr QLatin1StringView kWayOutInner("npub4");

struct BaseView
{
    LinkMap host;
    LinkMap inner;
    QList<InterfaceAddress> hostAddresses;
    QList<InterfaceAddress> innerAddresses;
    bool nameSpace = false;
    bool nameLeft = false;
};

bool hasBaseAddress(
    const QList<InterfaceAddress> &list, QLatin1StringView interface, QLatin1StringView address)
{
    return std::ranges::any_of(list, [&](const InterfaceAddress &one) {
        return one.interface == interface && one.address == address;
    });
}

bool isBaseComplete(const BaseView &view)
{
    const auto up = [](const LinkMap &links, QLatin1StringView name) {
        return links.value(QString(name)).up;
    };
    const auto bridge = view.host.value(kDmzBridge);
    return view.nameSpace && bridge.up && up(view.host, kRouterPort) && up(view.host, kWayOut)
        && view.host.value(QString(kRouterPort)).master == bridge.index
        && up(view.inner, kRouterInner) && up(view.inner, kWayOutInner)
        && hasBaseAddress(view.hostAddresses, kWayOut, QLatin1StringView("100.126.0.1"))
        && hasBaseAddress(view.innerAddresses, kRouterInner, QLatin1StringView("100.127.0.1"))
        && hasBaseAddress(view.innerAddresses, kWayOutInner, QLatin1StringView("100.126.0.2"));
}

// Half cables and a dead name; what a vanished name space held may disappear at any moment.
QByteArray baseLeftoverScript(const BaseView &view)
{
    QByteArray text;
    for (const auto &[port, inner] :
        { std::pair { kRouterPort, kRouterInner }, { kWayOut, kWayOutInner } })
        if (view.host.contains(QString(port)) && !view.inner.contains(QString(inner)))
            text += "link del dev " + QByteArray(port.data()) + '\n';
    if (!view.nameSpace && view.nameLeft)
        text += "netns del ndmz\n";
    return text;
}

QByteArray baseHostScript(const BaseView &view)
{
    QByteArray text;
    if (!view.nameSpace)
        text += "netns add ndmz\n";
    if (!view.host.contains(kDmzBridge))
        text += "link add name br-ndmz address " + macFrom("br-ndmz").toLatin1()
            + " mtu 1500 type bridge\n";
    text += "link set dev br-ndmz up\n";
    const auto cable = [&](QLatin1StringView port, QLatin1StringView inner) {
        if (view.host.contains(QString(port)) && view.inner.contains(QString(inner)))
            return;
        text += "link add name " + QByteArray(port.data()) + " mtu 1500 type veth peer name "
            + QByteArray(inner.data()) + " mtu 1500 netns ndmz\n";
    };
    cable(kRouterPort, kRouterInner);
    cable(kWayOut, kWayOutInner);
    text += "link set dev ndmz-nrs master br-ndmz up\n"
            "addr replace 100.126.0.1/30 dev ndmz-up\n"
            "link set dev ndmz-up up\n"
            "route replace 100.127.0.0/16 via 100.126.0.2 dev ndmz-up\n";
    return text;
}

QByteArray baseInsideScript()
{
    return "link set dev lo up\n"
           "addr replace 100.127.0.1/16 dev tonrs\n"
           "addr replace fe80::1/64 dev tonrs nodad\n"
           "addr replace fd00::1/64 dev tonrs nodad\n"
           "link set dev tonrs up\n"
           "addr replace 100.126.0.2/30 dev npub4\n"
           "link set dev npub4 up\n"
           "route replace default via 100.126.0.1 dev npub4\n";
}

QList<Sysctl> baseHostSettings()
{
    QList<Sysctl> settings { { QStringLiteral("ipv4/ip_forward"), "1" } };
    // With these on, frames between two ports of a bridge would pass the node's own firewall.
    for (const auto *kind : { "ip", "ip6", "arp" })
        settings.append(
            { QStringLiteral("bridge/bridge-nf-call-%1tables").arg(QLatin1StringView(kind)), "0",
                true });
    for (const auto &link : { kDmzBridge, QString(kRouterPort), QString(kWayOut) })
        settings += quietPort(link);
    return settings;
}

QString prefixOf(const InterfaceAddress &address)
{
    const auto net = IpAddress::parse(address.address);
    if (!net)
        return {};
    const auto whole = IpNet(*net, address.prefix);
    return QStringLiteral("%1/%2").arg(whole.network().text()).arg(address.prefix);
}

Task<Result<BaseView>> lookAtBase(NetSpace *space, QString nameSpace)
{
    BaseView view;
    const auto host = co_await space->links(QString());
    if (!host)
        co_return fail(host.error());
    const auto hostAddresses = co_await space->addresses(QString());
    if (!hostAddresses)
        co_return fail(hostAddresses.error());
    view.host = *host;
    view.hostAddresses = *hostAddresses;
    view.nameLeft = space->names().contains(QStringLiteral("ndmz"));
    const auto inner = co_await space->links(nameSpace);
    if (!inner && inner.error().code != ErrorCode::NotFound)
        co_return fail(inner.error());
    view.nameSpace = inner.has_value();
    if (inner) {
        const auto innerAddresses = co_await space->addresses(nameSpace);
        if (!innerAddresses)
            co_return fail(innerAddresses.error());
        view.inner = *inner;
        view.innerAddresses = *innerAddresses;
    }
    co_return view;
}

} // namespace

NetworkBase::NetworkBase(
    CommandRunner *runner, NetSpace *space, QString uplinkBridge, QString runDir, QString namesDir)
    : m_runner(runner)
    , m_space(space)
    , m_uplinkBridge(std::move(uplinkBridge))
    , m_digestFile(std::move(runDir) + QStringLiteral("/base.digest"))
    , m_nameSpace(std::move(namesDir) + QStringLiteral("/ndmz"))
{
}

QByteArray NetworkBase::hostRules() const
{
    const auto bridge = m_uplinkBridge.toLatin1();
    return "table inet zos_networks\n"
           "delete table inet zos_networks\n"
           "table inet zos_networks {\n"
           "  chain input {\n"
           "    type filter hook input priority filter; policy accept;\n"
           "    iifname != \"ndmz-up\" accept\n"
           "    ct state vmap { established : accept, related : accept, invalid : drop }\n"
           "    counter drop\n"
           "  }\n"
           "  chain forward {\n"
           "    type filter hook forward priority filter; policy drop;\n"
           "    ct state vmap { established : accept, related : accept, invalid : drop }\n"
           "    iifname \"ndmz-up\" oifname \""
        + bridge
        + "\" accept\n"
          "    counter\n"
          "  }\n"
          "  chain postrouting {\n"
          "    type nat hook postrouting priority srcnat; policy accept;\n"
          "    ip saddr { 100.126.0.0/30, 100.127.0.0/16 } oifname \""
        + bridge
        + "\" masquerade fully-random\n"
          "  }\n"
          "}\n";
}

QByteArray NetworkBase::dmzRules(const QStringList &own4, const QStringList &own6) const
{
    QStringList lan4 { QStringLiteral("10.0.0.0/8"), QStringLiteral("172.16.0.0/12"),
        QStringLiteral("192.168.0.0/16"), QStringLiteral("100.64.0.0/10"),
        QStringLiteral("169.254.0.0/16") };
    QStringList lan6 { QStringLiteral("fc00::/7"), QStringLiteral("fe80::/10") };
    lan4 += own4;
    lan6 += own6;
    return "flush ruleset\n"
           "table inet zos {\n"
           "  set lan4 {\n    type ipv4_addr; flags interval; auto-merge;\n    elements = { "
        + lan4.join(QStringLiteral(", ")).toLatin1()
        + " }\n  }\n"
          "  set lan6 {\n    type ipv6_addr; flags interval; auto-merge;\n    elements = { "
        + lan6.join(QStringLiteral(", ")).toLatin1()
        + " }\n  }\n"
          "  chain state {\n"
          "    ct state vmap { established : accept, related : accept, invalid : drop }\n"
          "  }\n"
          "  chain input {\n"
          "    type filter hook input priority filter; policy accept;\n"
          "    jump state\n"
          "    ip6 daddr { ff02::/64, fe80::/64 } accept\n"
          "    meta l4proto ipv6-icmp accept\n"
          "    iifname { \"npub4\", \"tonrs\" } counter drop\n"
          "  }\n"
          "  chain forward {\n"
          "    type filter hook forward priority filter; policy accept;\n"
          "    jump state\n"
          "    iifname \"tonrs\" ip daddr @lan4 counter reject with icmpx admin-prohibited\n"
          "    iifname \"tonrs\" ip6 daddr @lan6 counter reject with icmpx admin-prohibited\n"
          "    iifname \"npub4\" counter drop\n"
          "  }\n"
          "}\n";
}

Task<Result<>> NetworkBase::start()
{
    auto done = co_await build();
    if (!done)
        co_return fail(done.error().wrapped(QStringLiteral("base network")));
    co_return done;
}

Task<Result<>> NetworkBase::build()
{
    const auto view = co_await lookAtBase(m_space, m_nameSpace);
    if (!view)
        co_return fail(view.error());
    QStringList own4;
    QStringList own6;
    for (const auto &address : view->hostAddresses)
        if (address.interface == m_uplinkBridge)
            (address.address.contains(u':') ? own6 : own4).append(prefixOf(address));
    own4.sort();
    own6.sort();
    const auto host = hostRules();
    const auto dmz = dmzRules(own4, own6);
    const QByteArray both = host + dmz;
    const auto digest = QCryptographicHash::hash(both, QCryptographicHash::Sha256).toHex();
    QByteArray loaded;
    if (QFile file(m_digestFile); file.open(QIODevice::ReadOnly))
        loaded = file.read(256);
    const bool complete = isBaseComplete(*view);
    if (complete && loaded == digest)
        co_return Result<>();

    if (const auto leftovers = baseLeftoverScript(*view); !leftovers.isEmpty()) {
        const auto command = ipForcedBatch(leftovers);
        const auto gone = co_await m_runner->run(command);
        if (!gone)
            co_return fail(gone.error());
    }
    if (!complete) {
        const auto command = ipBatch(baseHostScript(*view));
        const auto made = co_await runBatch(m_runner, command);
        if (!made)
            co_return fail(made.error().wrapped(QStringLiteral("make links")));
    }
    const auto hostDone = co_await m_space->configure(QString(), baseHostSettings(), host);
    if (!hostDone)
        co_return hostDone;
    auto settings = insideSettings();
    settings += quietPort(QString(kWayOutInner));
    const auto dmzDone = co_await m_space->configure(m_nameSpace, settings, dmz);
    if (!dmzDone)
        co_return dmzDone;
    if (!complete) {
        const auto command = ipBatch(baseInsideScript(), m_nameSpace);
        const auto made = co_await runBatch(m_runner, command);
        if (!made)
            co_return fail(made.error().wrapped(QStringLiteral("set addresses of ndmz")));
    }
    QSaveFile file(m_digestFile);
    if (!file.open(QIODevice::WriteOnly) || file.write(digest) < 0 || !file.commit())
        co_return fail(
            ErrorCode::Io, QStringLiteral("write %1: %2").arg(m_digestFile, file.errorString()));
    co_return Result<>();
}

} // namespace zos::hw

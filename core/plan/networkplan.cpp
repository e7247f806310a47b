// SPDX-License-Identifier: Apache-2.0
#include "core/plan/networkplan.h"

#include "core/base/encoding.h"

#include <QCryptographicHash>
#include <QSet>

namespace zos {

namespace {

constexpr qsizetype kMaxPeers = 1024;
constexpr qsizetype kMaxAllowedIps = 8192; // of all peers together
constexpr qsizetype kKeyLength = 32;
constexpr quint32 kWireguardNet = 0x64400000; // 100.64.0.0

IpNet carrierGradeNet()
{
    return { IpAddress::fromV4(kWireguardNet), 10 };
}
IpNet wireguardNet()
{
    return { IpAddress::fromV4(kWireguardNet), 16 };
}

std::unexpected<Error> refuseNetwork(const QString &why)
{
    return fail(ErrorCode::Invalid, why);
}

// Ranges that can never be a private network: this host, loopback, link-local, multicast and above.
bool isSpecialNet(const IpNet &net)
{
    for (const auto &[base, prefix] : { std::pair { 0x00000000U, 8 }, { 0x7f000000U, 8 },
             { 0xa9fe0000U, 16 }, { 0xe0000000U, 3 } })
        if (net.overlaps(IpNet(IpAddress::fromV4(base), prefix)))
            return true;
    return false;
}

Result<> checkRanges(const Network &data)
{
    const auto &range = data.ipRange;
    const auto &subnet = data.subnet;
    if (range.isAbsent() || !range.address().isV4())
        return refuseNetwork(
            QStringLiteral("ip_range %1 is not an IPv4 network").arg(range.text()));
    if (subnet.isAbsent() || !subnet.address().isV4())
        return refuseNetwork(QStringLiteral("subnet %1 is not an IPv4 network").arg(subnet.text()));
    if (range.prefix() < 8)
        return refuseNetwork(
            QStringLiteral("ip_range %1 is too large, at most /8").arg(range.text()));
    if (subnet.prefix() < 16 || subnet.prefix() > 29)
        return refuseNetwork(
            QStringLiteral("subnet %1 must have a prefix from /16 to /29").arg(subnet.text()));
    if (!range.contains(subnet))
        return refuseNetwork(
            QStringLiteral("subnet %1 is not inside ip_range %2").arg(subnet.text(), range.text()));
    if (range.overlaps(carrierGradeNet()))
        return refuseNetwork(
            QStringLiteral("ip_range %1 overlaps 100.64.0.0/10, which carries WireGuard addresses")
                .arg(range.text()));
    if (isSpecialNet(range))
        return refuseNetwork(
            QStringLiteral("ip_range %1 holds addresses no network can use").arg(range.text()));
    return {};
}

Result<> checkEndpoint(const QString &endpoint)
{
    if (endpoint.isEmpty())
        return {};
    const auto refuse = [&](QStringView why) {
        return refuseNetwork(QStringLiteral("peer endpoint '%1' %2").arg(endpoint.left(128), why));
    };
    const auto colon = endpoint.lastIndexOf(u':');
    if (colon < 0)
        return refuse(u"has no port");
    auto host = QStringView(endpoint).first(colon);
    const bool bracketed = host.startsWith(u'[') && host.endsWith(u']') && host.size() > 2;
    if (bracketed)
        host = host.sliced(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    if (!address || host.contains(u':') != bracketed)
        return refuse(u"is neither ip:port nor [ip6]:port");
    const auto port = QStringView(endpoint).sliced(colon + 1);
    bool number = !port.isEmpty() && port.size() <= 5;
    for (const auto digit : port)
        number = number && digit >= u'0' && digit <= u'9';
    if (const auto value = number ? port.toUInt() : 0; value == 0 || value > 65535)
        return refuse(u"has no port from 1 to 65535");
    return {};
}

// The canonical base64 form: wg refuses others that decode to the same bytes.
Result<QString> canonicalKey(const QString &text, const QString &what)
{
    const auto bytes = strictBase64(text.toUtf8());
    if (!bytes || bytes->size() != kKeyLength)
        return refuseNetwork(QStringLiteral("%1 is not the base64 form of 32 bytes").arg(what));
    return QString::fromLatin1(bytes->toBase64());
}

Result<> checkAllowedIps(const WireguardPeer &peer, const IpNet &range)
{
    for (const auto &net : peer.allowedIps)
        if (!range.contains(net) && !wireguardNet().contains(net))
            return refuseNetwork(
                QStringLiteral("allowed_ips %1 is outside ip_range %2 and 100.64.0.0/16")
                    .arg(net.text(), range.text()));
    return {};
}

struct PeersSoFar
{
    QSet<QString> keys;
    QList<IpNet> subnets;
    qsizetype allowedIps = 0;
};

Result<WireguardPeer> checkPeer(const WireguardPeer &given, const IpNet &range, PeersSoFar *seen)
{
    auto peer = given;
    const auto key = canonicalKey(given.publicKey, QStringLiteral("peer key"));
    if (!key)
        return fail(key.error());
    peer.publicKey = *key;
    if (seen->keys.contains(*key))
        return refuseNetwork(
            QStringLiteral("peer key %1 is used twice or is this node's own").arg(*key));
    seen->keys.insert(*key);
    for (const auto &other : seen->subnets)
        if (given.subnet.overlaps(other))
            return refuseNetwork(QStringLiteral("peer subnet %1 overlaps subnet %2")
                    .arg(given.subnet.text(), other.text()));
    seen->subnets.append(given.subnet);
    seen->allowedIps += given.allowedIps.size();
    if (seen->allowedIps > kMaxAllowedIps)
        return fail(ErrorCode::Limit,
            QStringLiteral("a network can have %1 allowed_ips in all").arg(kMaxAllowedIps));
    if (const auto ok = checkAllowedIps(given, range); !ok)
        return fail(ok.error());
    if (const auto ok = checkEndpoint(given.endpoint); !ok)
        return fail(ok.error());
    return peer;
}

} // namespace

Result<NetworkPlan> planNetwork(TwinId twin, QStringView name, const Network &data)
{
    if (data.mycelium)
        return fail(ErrorCode::Invalid,
            QStringLiteral("mycelium is not available on this node, leave it out of the network"));
    if (const auto ok = checkRanges(data); !ok)
        return fail(ok.error());
    if (data.wireguardListenPort < 1024)
        return refuseNetwork(QStringLiteral("wireguard_listen_port %1 is not from 1024 to 65535")
                .arg(data.wireguardListenPort));
    const auto key
        = canonicalKey(data.wireguardPrivateKey, QStringLiteral("wireguard_private_key"));
    if (!key)
        return fail(key.error());
    const auto own = wireguardPublicKey(*key);
    if (!own)
        return fail(own.error());
    if (data.peers.size() > kMaxPeers)
        return fail(ErrorCode::Limit, QStringLiteral("a network can have %1 peers").arg(kMaxPeers));

    const auto base = data.subnet.network().v4();
    NetworkPlan plan;
    plan.twin = twin;
    plan.name = name.toString();
    plan.names = networkNames(networkId(twin, name));
    plan.range = IpNet(data.ipRange.network(), data.ipRange.prefix());
    plan.subnet = IpNet(data.subnet.network(), data.subnet.prefix());
    plan.gateway = IpAddress::fromV4((base & 0xffffff00U) | 1);
    if (!plan.subnet.contains(plan.gateway))
        return refuseNetwork(QStringLiteral("subnet %1 does not hold its gateway %2")
                .arg(plan.subnet.text(), plan.gateway.text()));
    plan.gateway6 = networkAddress6(plan.names.id, plan.gateway);
    plan.wireguardAddress = IpNet(IpAddress::fromV4(kWireguardNet | ((base >> 8) & 0xffff)), 16);
    plan.privateKey = *key;
    plan.listenPort = data.wireguardListenPort;

    PeersSoFar seen { { *own }, { plan.subnet } };
    for (const auto &given : data.peers) {
        auto peer = checkPeer(given, plan.range, &seen);
        if (!peer)
            return fail(peer.error());
        plan.peers.append(std::move(*peer));
    }
    return plan;
}

QByteArray networkFirewall(const NetworkPlan &)
{
    // The same for every network on purpose: the names inside the name space do not depend on it.
    return QByteArrayLiteral(
        "flush ruleset\n"
        "table inet zos {\n"
        "  chain state {\n"
        "    ct state vmap { established : accept, related : accept, invalid : drop }\n"
        "  }\n"
        "  chain input {\n"
        "    type filter hook input priority filter; policy accept;\n"
        "    jump state\n"
        "    meta l4proto ipv6-icmp accept\n"
        "    iifname \"public\" counter drop\n"
        "  }\n"
        "  chain forward {\n"
        "    type filter hook forward priority filter; policy accept;\n"
        "    tcp flags syn tcp option maxseg size set rt mtu\n"
        "    jump state\n"
        "    iifname \"public\" counter drop\n"
        "    iifname \"n-*\" oifname \"public\" tcp dport 25 counter reject with icmpx "
        "admin-prohibited\n"
        "  }\n"
        "  chain postrouting {\n"
        "    type nat hook postrouting priority srcnat; policy accept;\n"
        "    oifname \"public\" masquerade fully-random\n"
        "  }\n"
        "}\n");
}

QByteArray networkDigest(const NetworkPlan &plan)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    const auto add = [&hash](const QString &field) {
        const auto bytes = field.toUtf8();
        hash.addData(QByteArray(QByteArray::number(bytes.size()) + ':' + bytes)); // unambiguous
    };
    for (const auto &field : { plan.twin.text(), plan.name, plan.names.id, plan.range.text(),
             plan.subnet.text(), plan.gateway.text(), plan.gateway6, plan.wireguardAddress.text(),
             plan.privateKey, QString::number(plan.listenPort) })
        add(field);
    for (const auto &peer : plan.peers) {
        add(QStringLiteral("peer"));
        add(peer.subnet.text());
        add(peer.publicKey);
        add(peer.endpoint);
        for (const auto &net : peer.allowedIps)
            add(net.text());
    }
    return hash.result().toHex();
}

} // namespace zos

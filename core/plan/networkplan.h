// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/network.h"

#include <QHash>
#include <QList>
#include <QString>

namespace zos {

// "X-" + 13 characters: all names of one user network, derived from twin and name.
struct NetworkNames
{
    QString id; // N: first 13 characters of base58(md5("<twin>:<name>"))
    QString nameSpace; // n-N, also the LAN interface inside it
    QString bridge; // b-N
    QString wireguard; // w-N
    QString lanPort; // v-N, host end of the LAN veth, in b-N
    QString uplinkPort; // u-N, host end of the uplink veth, in br-ndmz
};
QString networkId(TwinId twin, QStringView networkName);
NetworkNames networkNames(const QString &networkId);

// First 13 characters of base58(md5("<workload id>:<suffix>")).
QString deviceId(QStringView workloadId, QStringView suffix);
QString tapName(QStringView workloadId, QStringView networkName); // t-<device id>
// Exactly 13 characters of the base58 alphabet: only such names are ours.
bool isNetworkId(QStringView text);
// "t-" and an id, "b-" and an id.
bool isOwnName(QStringView name, QStringView prefix);
// Unicast, locally administered MAC derived from bytes (network.md section 1).
QString macFrom(const QByteArray &bytes);

// What one user network must look like on this node: a pure value, compared by digest.
struct NetworkPlan
{
    TwinId twin;
    QString name;
    NetworkNames names;
    IpNet range;
    IpNet subnet;
    IpAddress gateway; // subnet with last octet 1
    QString gateway6; // ULA fdAA:BBCC:DDEE:x::1
    IpNet wireguardAddress; // 100.64.b.c/16
    QString privateKey; // base64, secret
    quint16 listenPort = 0;
    QList<WireguardPeer> peers;
};

// Checks of network.md 3.1 "additionally refuses" included (subnet inside range, keys, overlaps
// ...).
Result<NetworkPlan> planNetwork(TwinId twin, QStringView name, const Network &data);
// WireGuard public key (base64) of a private one; unclamped keys are accepted. Invalid.
Result<QString> wireguardPublicKey(QStringView privateKey);
QByteArray wireguardConfig(const NetworkPlan &plan); // text for wg syncconf; holds the private key
// The same for a device that already runs: endpoints that were configured before (public key ->
// endpoint) are left out, because sending one again throws away where a roaming peer is now.
QByteArray wireguardUpdate(const NetworkPlan &plan, const QHash<QString, QString> &configured);
QByteArray networkFirewall(const NetworkPlan &plan); // nft text of the name space
// SHA-256 (hex) of everything in the plan: equal digests, equal networks.
QByteArray networkDigest(const NetworkPlan &plan);
// The address a machine with this IPv4 has inside the network's own IPv6 prefix.
QString networkAddress6(const QString &networkId, const IpAddress &ip);

struct RoutePlan
{
    IpNet to;
    QString via; // address, or "" for on-link
};

// A machine's network card as the guest and the host see it.
struct NicPlan
{
    QString name; // eth0 inside the guest
    QString tap; // t-U on the host
    QString bridge; // b-N
    QString mac; // of the guest
    QStringList addresses; // CIDR, v4 then v6
    QList<RoutePlan> routes; // default routes included, to = 0.0.0.0/0 or ::/0
    QStringList dns;
};
// The private interface. Errors: "IP <ip> is not part of local nr subnet <net>", "ip <ip> is
// reserved", "invalid IP".
Result<NicPlan> planPrivateNic(QStringView workloadId, const NetworkPlan &network,
    const IpAddress &ip, const QStringList &dns);

// Text of a wg-quick file for a user's own machine that joins the network through this node.
QByteArray userWireguardConfig(const NetworkPlan &network, const QString &userPrivateKey,
    const IpNet &userSubnet, const QString &endpoint);

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/networks.h"
#include "hardware/network/netspace.h"

namespace zos::hw {

// Pure text makers: what is there and what is wanted in, lines for "ip -batch -" out.

inline const QString kDmzBridge = QStringLiteral("br-ndmz");
constexpr int kNetworkMtu = 1500;
constexpr int kWireguardMtu = 1420;

struct NetworkView
{
    bool nameSpace = false; // usable
    bool nameLeft = false; // a name below /run/netns exists, usable or not
    LinkMap host;
    LinkMap inner;
};

bool hasWireguard(const NetworkNames &names, const NetworkView &view); // in its place
// All links exist, are plugged in where they belong and are up.
bool isIntact(const NetworkNames &names, const NetworkView &view);
bool isEmpty(const NetworkNames &names, const NetworkView &view); // nothing of it exists
bool hasHostParts(const NetworkNames &names, const NetworkView &view);
NetworkState stateOf(const NetworkNames &names, const NetworkView &view);

// Removes half cables and dead names before hostScript(); for "ip -force -batch -", because what a
// vanished name space held disappears by itself at any moment. Empty when there is nothing.
QByteArray leftoverScript(const NetworkNames &names, const NetworkView &view);
// Makes what is missing of name space, bridge and cables. In the host's name space.
QByteArray hostScript(const NetworkNames &names, const NetworkView &view);
// Addresses, routes, links up. In the network's name space; `dmz` is its uplink address,
// `present` what is configured, `formerRange` the range routed before ("" = none).
QByteArray insideScript(const NetworkPlan &plan, quint32 dmz,
    const QList<InterfaceAddress> &present, const QString &formerRange);
// Removes whatever exists; for "ip -force -batch -". In the host's name space.
QByteArray removalScript(const NetworkNames &names, const NetworkView &view);
QByteArray tapScript(const QString &tap, const QString &bridge, bool create);

QList<Sysctl> insideSettings();
QList<Sysctl> quietPort(const QString &link); // no IPv6 on it
QString dmzAddress6(quint32 dmz); // fd00::XXYY

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/plan/networkplan.h"

#include <QList>
#include <QObject>

#include <array>

namespace zos {

struct NodeAddresses
{
    QStringList zos; // of the management bridge, without prefix length
    QStringList yggdrasil;
    bool publicIpv6 = false;
};

struct NicFacts
{
    QString name;
    QString mac;
    QString driver;
    bool carrier = false;
    std::optional<int> speedMbps;
    QStringList addresses; // with prefix length
    QStringList roles; // zos public member spare
    quint64 rxBytes = 0;
    quint64 txBytes = 0;
    quint64 errors = 0;
};

struct UplinkFacts
{
    QList<NicFacts> nics;
    QString bridge; // zos
    QStringList bridgeAddresses;
    QString gateway4;
    QString gateway6;
    QStringList dns;
};

// What there is of a network at this moment, whoever changed it last.
struct NetworkState
{
    bool bridge = false; // exists
    bool bridgeUp = false;
    bool gateway = false; // the cable from the bridge to the gateway: plugged in, up at both ends
    bool wireguard = false; // its device is where it belongs, and up
    QStringList taps; // of machines, plugged into the bridge and up, sorted

    QStringList missing(const QStringList &wanted) const; // of those taps
    // Why it does not serve the machines with those taps, empty when it does. Of several causes one
    // that explains the others.
    QString trouble(const QStringList &wanted) const;
};

// UDP ports of the node's own services, taken whatever networks there are.
inline constexpr std::array<quint16, 8> kNodePorts { 80, 300, 443, 8082, 9651, 9943, 9944, 9945 };

// User networks (private network of one twin on this node) and the node's own base network.
// Kernel objects are the only state: everything survives a restart of the node's process. Every
// call is idempotent; names that the planner cannot have made are Invalid.
class Networks
{
public:
    virtual ~Networks() = default;
    // Brings the base up: br-ndmz, the ndmz name space and its way out through the given uplink.
    virtual Task<Result<>> start() = 0;
    // Creates the network or changes it to the plan without interrupting what is unchanged. A
    // WireGuard port that it leaves stays its own for some time, for peers that are told later.
    // Exists: "wireguard listen port already in use, pick another one: port <p> is already in the
    // set".
    virtual Task<Result<>> apply(NetworkPlan plan) = 0;
    // Absent is success. Busy while a machine that runs is plugged in.
    virtual Task<Result<>> remove(QString networkId) = 0;
    virtual Task<Result<QStringList>> list()
        = 0; // ids of networks that exist, half-built ones included
    // Of one that does not exist, nothing. While it is changed it is seen as it is just then.
    virtual Task<Result<NetworkState>> state(QString networkId) = 0;

    // The tap of a machine's private interface, plugged into the network's bridge. NotFound when
    // that does not exist. A tap may outlive its network.
    virtual Task<Result<>> addTap(QString tap, QString bridge) = 0;
    virtual Task<Result<>> removeTap(QString tap) = 0; // absent is success
    virtual Task<Result<QStringList>> taps() = 0;

    // In use by networks, those just left included, plus the node's own.
    virtual QList<quint16> wireguardPorts() const = 0;
    virtual Task<Result<NodeAddresses>> addresses() = 0;
    virtual Task<Result<UplinkFacts>> uplink() = 0;
};

} // namespace zos

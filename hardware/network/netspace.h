// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QHash>
#include <QSet>
#include <QStringList>

namespace zos::hw {

struct LinkInfo
{
    int index = 0;
    int master = 0; // index of the bridge it is plugged into
    QString kind; // bridge veth tun wireguard, empty for hardware
    bool up = false;
    bool carrier = false;
};
using LinkMap = QHash<QString, LinkInfo>; // by name

struct InterfaceAddress
{
    QString interface;
    QString address; // without prefix length
    int prefix = 0;
};

struct Sysctl
{
    QString path; // below /proc/sys/net
    QByteArray value;
    bool optional = false; // the kernel may lack it
};

// What has to happen inside a network namespace without a program of its own: looking, kernel
// settings, firewall. A namespace is a path such as /run/netns/n-XYZ; "" is the node's own.
class NetSpace
{
public:
    virtual ~NetSpace() = default;
    // Errors of all: NotFound when there is no such namespace, Io.
    virtual Task<Result<LinkMap>> links(QString nameSpace) = 0;
    virtual Task<Result<QList<InterfaceAddress>>> addresses(QString nameSpace) = 0;
    // Settings first, then the rule set (text for nft, one transaction; empty = none).
    virtual Task<Result<>> configure(QString nameSpace, QList<Sysctl> settings, QByteArray rules)
        = 0;
    virtual Task<Result<QSet<quint16>>> udpPorts(QString nameSpace) = 0;
    // Ends every process that lives in the namespace and says how many there were.
    virtual Task<Result<int>> endProcesses(QString nameSpace) = 0;
    // Names below /run/netns.
    virtual QStringList names() const = 0;
};

} // namespace zos::hw

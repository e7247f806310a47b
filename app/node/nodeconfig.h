// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"
#include "core/ports/inventory.h"

#include <QHash>
#include <QHostAddress>
#include <QMap>
#include <QStringList>
#include <QUrl>

namespace zos::app {

// What the node was given: farm and network, and on a shared machine the exact devices and bridge.
// File: one JSON object, members named as below in snake_case; unknown members are refused so that
// a typing mistake never becomes a default.
struct NodeConfig
{
    // The two things a farmer says.
    FarmId farm;
    QString network = QStringLiteral("local");

    QString ledger; // local network: SQLite file of the ledger
    QString stateDir; // durable: identity, store, last registration
    QString runDir = QStringLiteral("/run/zos");
    // Takes workloads although the state is in memory and gone after a restart; default: on the
    // network `local` only.
    std::optional<bool> allowVolatileState;
    QString cacheDir; // images
    QString logDir;
    QString supervisor = QStringLiteral("/run/zos/supervisor.sock");

    QStringList devices; // block devices the node may use, nothing else is touched
    QMap<QString, DiskKind> pins; // kind by device where the disk cannot tell (loop devices)
    Bytes minDevice = 8_GiB;
    QString mountRoot = QStringLiteral("/mnt");

    QString bridge = QStringLiteral("zos"); // management bridge: read, never changed
    QStringList dns = { QStringLiteral("8.8.8.8"), QStringLiteral("1.1.1.1"),
        QStringLiteral("2001:4860:4860::8888") };

    QStringList yggdrasilListen
        = { QStringLiteral("tcp://[::]:9943"), QStringLiteral("tls://[::]:9944") };
    QStringList yggdrasilPeers;
    bool yggdrasilMulticast = true;

    quint16 rmbPort = 8051;
    QHostAddress rmbAddress; // null = the own yggdrasil address
    // Of twins this node calls or answers directly whose ledger record has no address: "200::1" or
    // "[200::1]:8051" by twin id.
    QHash<TwinId, QString> twinAddresses;
    QList<QUrl> relays; // of the message bus, wss://NAME; the own local relay comes on top
    // "ADDRESS:PORT" of a relay for clients of the current generation, network `local` only.
    QHostAddress localRelayAddress; // null = none
    quint16 localRelayPort = 0;

    // Service that tells whether a twin's person is verified; "off" = nobody is asked for it.
    // Empty: the network's own, none on `local`.
    QString kycUrl;

    QList<TwinId> adminTwins; // may call zos.debug.*

    QString guestKernel; // vmlinux of container machines
    QString guestInitramfs;
    bool manageLibvirt
        = false; // start libvirtd with our own configuration (machines without systemd)

    QString language = QStringLiteral("en"); // of the console
    std::optional<Bytes> reservedMemory; // kept for the node itself; default max(10 %, 2 GiB)

    QString fakeMachine; // JSON description: simulated hardware, no root needed
    QString fakeDisks; // file that keeps what is on its disks; empty = they start empty

    std::optional<QUrl> verificationService() const; // nothing: switched off
    QList<QUrl> busRelays() const; // all the node connects to, its own one among them

    static Result<NodeConfig> load(const QString &path);
};

} // namespace zos::app

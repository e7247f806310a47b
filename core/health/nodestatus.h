// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"

#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QString>

#include <memory>
#include <optional>

namespace zos {

// One immutable snapshot of the node, read by console, API and reports alike. Field names, units
// and limits are those of the status document "zos.console/1"; what is not a member here can never
// be shown (an allow-list, no tenant secrets).
struct NodeStatus
{
    enum class Phase {
        Booting,
        Unconfigured,
        Registering,
        Running,
        Updating,
        DegradedBoot,
        ShuttingDown,
        Failed
    };
    enum class Level { Ok, Warn, Crit };

    struct Node
    {
        std::optional<quint32> id;
        std::optional<quint32> twinId;
        QString account, hostname, version, kernel, arch;
        quint64 uptimeSeconds = 0;
        QString vendor, product, cpuModel;
        quint32 cpuThreads = 0;
        QString virtualized; // empty = bare metal
        bool secureBoot = false;
        bool kvm = false;
        QString registrationState = QStringLiteral("pending");
        QString registrationCode;
    };
    struct FarmInfo
    {
        std::optional<quint32> id;
        QString name; // untrusted
        QString state = QStringLiteral("unset"); // unset checking ok not_found unknown
    };
    struct Amount
    {
        quint64 total = 0, system = 0, reserved = 0;
        std::optional<quint64> used;
    };
    struct Connection
    {
        QString id, state, code;
        QJsonObject params;
        std::optional<int> latencyMs;
        std::optional<qint64> sinceMs;
    };
    struct Nic
    {
        QString name, mac, driver, state;
        bool carrier = false;
        std::optional<int> speedMbps;
        QStringList roles, addresses;
        std::optional<double> rxBps, txBps;
        quint64 errors = 0;
    };
    struct Disk
    {
        QString name, model, serial, kind, bus, state;
        quint64 size = 0;
        QString pool; // first 8 characters
        QString role; // pool boot config ignored
        QStringList codes;
    };
    struct Pool
    {
        QString id, kind, role, state;
        quint64 total = 0, reserved = 0, used = 0;
        QStringList disks;
    };
    struct WorkloadRow
    {
        QString key; // <contract>-<index>
        QString type, state, code, message;
        quint64 contractId = 0;
        quint32 twinId = 0;
        quint64 cru = 0, mru = 0, sru = 0, hru = 0;
        std::optional<qint64> createdMs = {};
        bool troubled = false; // okay on paper, not in fact: message says why
    };
    struct Alert
    {
        QString key, code, ref, severity; // info warn crit
        qint64 sinceMs = 0;
        QJsonObject params;
        int count = 1;
    };
    struct LogLine
    {
        quint64 seq = 0;
        qint64 timeMs = 0;
        QString level, unit, message;
    };
    struct BootStep
    {
        QString id, state, code;
        QJsonObject params;
        std::optional<qint64> startedMs;
    };

    Phase phase = Phase::Booting;
    Node node;
    FarmInfo farm;
    QString network = QStringLiteral("unknown"); // production testing qa development local
    QString runmode;
    Amount cru, mru, sru, hru, ipv4;
    std::optional<double> cpuBusy, load1, memoryBusy;
    QList<Connection> connections;
    QList<std::pair<QString, quint64>> busCounters; // of the message bus
    QList<Nic> nics;
    QString bridge;
    QStringList bridgeAddresses;
    QString gateway4, gateway6;
    QStringList dns;
    QString yggAddress, yggSubnet;
    int yggPeers = 0; // that are up
    struct OverlayPeerRow
    {
        QString uri; // without options: they may hold a password
        bool up = false;
        std::optional<int> latencyMs;
    };
    QList<OverlayPeerRow> overlayPeers; // all of them
    int wireguardPorts = 0;
    QList<Disk> disks;
    QList<Pool> pools;
    int deployments = 0;
    QList<WorkloadRow> workloads; // worst first
    QList<Alert> alerts; // worst first
    QList<LogLine> log; // newest last
    int bootStep = 0;
    int bootAttempt = 1;
    QList<BootStep> bootSteps;
    bool timeSynced = true;
    QString timeZone = QStringLiteral("UTC");
    int utcOffsetSeconds = 0;
    QString nodePage; // https URL, empty = no code
    QString helpPage
        = QStringLiteral("https://manual.grid.tf/farmers"); // shown when no farm is set
    QString language = QStringLiteral("en");
    bool rotate = true;

    Level level() const; // worst open alert
    int warnings() const;
    int criticals() const;
    // The document without seq and times; those belong to the publisher. Strings and lists are cut
    // to the limits of the format and figures rounded, so that noise costs nobody a frame.
    QJsonObject toJson() const;
};

using NodeStatusPtr = std::shared_ptr<const NodeStatus>;

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/node/bootprogress.h"
#include "app/node/nodeconfig.h"
#include "app/node/registration.h"
#include "core/base/clock.h"
#include "core/health/alertbook.h"
#include "core/health/nodestatus.h"
#include "core/ports/machines.h"
#include "core/ports/networks.h"
#include "core/ports/overlay.h"
#include "core/ports/volumes.h"
#include "core/provision/engine.h"
#include "rmb/bus/bus.h"

#include <QObject>
#include <QTimer>

namespace zos::app {

// Where the numbers of the status come from. Parts that do not exist yet are null.
struct StatusSources
{
    const NodeConfig *config = nullptr;
    const Clock *clock = nullptr;
    BootProgress *boot = nullptr;
    Inventory *inventory = nullptr;
    Volumes *volumes = nullptr;
    Networks *networks = nullptr;
    Machines *machines = nullptr;
    Overlay *overlay = nullptr;
    Ledger *ledger = nullptr;
    Engine *engine = nullptr;
    QString account;
};

// Builds one immutable NodeStatus from all parts, at most twice a second and at least every two
// seconds, and opens and closes the alerts that follow from it.
class StatusCollector : public QObject
{
    Q_OBJECT
public:
    explicit StatusCollector(StatusSources sources, QObject *parent = nullptr);
    void start();
    Task<void> stop();

    void setEngine(Engine *engine); // made late: it needs the node's id
    void setHost(const HostFacts &host, const QList<DiskFacts> &disks);
    void setRegistration(const std::optional<Registration> &registration, const QString &state);
    void setBus(rmb::Bus *bus); // made late, ends before this
    void setShuttingDown();
    void setVolatileState(bool isVolatile); // what is accepted would be lost: nothing is

Q_SIGNALS:
    void status(const zos::NodeStatusPtr &status);

private:
    void request(); // coalesces bursts of changes
    Task<void> collect();
    void describeMachine(NodeStatus &status) const;
    void describeStorage(NodeStatus &status) const;
    void describeNetwork(NodeStatus &status) const;
    void describeConnections(NodeStatus &status);
    void describeBus(NodeStatus &status);
    void describeConnection(NodeStatus &status, const QString &id, const QString &state,
        const QString &code, const QJsonObject &params = {}, std::optional<int> latency = {});
    void describeWorkloads(NodeStatus &status) const;
    void raiseAlerts(NodeStatus &status);

    StatusSources m_sources;
    AlertBook m_alerts;
    TaskScope m_tasks;
    QTimer m_beat;
    QTimer m_soon;
    bool m_collecting = false;
    bool m_again = false;
    rmb::Bus *m_bus = nullptr;
    bool m_volatileState = false;
    bool m_shuttingDown = false;

    HostFacts m_host;
    QList<DiskFacts> m_disks;
    LoadFacts m_load;
    UplinkFacts m_uplink;
    NodeAddresses m_addresses;
    std::optional<LedgerHead> m_head;
    std::optional<int> m_ledgerLatencyMs;
    std::optional<Registration> m_registration;
    QString m_registrationState = QStringLiteral("pending");
    QHash<QString, std::pair<QString, qint64>> m_connectionSince; // id -> state, since
};

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#include "app/node/statuscollector.h"

#include "app/node/logring.h"

#include <QElapsedTimer>
#include <QUrl>

namespace zos::app {

namespace {
constexpr std::chrono::milliseconds kBeat { 2000 };
constexpr std::chrono::milliseconds kSoon { 500 };
} // namespace

StatusCollector::StatusCollector(StatusSources sources, QObject *parent)
    : QObject(parent)
    , m_sources(std::move(sources))
    , m_alerts(*m_sources.clock)
{
    m_beat.setInterval(kBeat);
    m_soon.setInterval(kSoon);
    m_soon.setSingleShot(true);
    connect(&m_beat, &QTimer::timeout, this, &StatusCollector::request);
    connect(&m_soon, &QTimer::timeout, this, [this] {
        if (m_collecting)
            m_again = true;
        else
            m_tasks.spawn(collect());
    });
    connect(m_sources.boot, &BootProgress::changed, this, &StatusCollector::request);
    if (m_sources.overlay)
        connect(m_sources.overlay, &Overlay::stateChanged, this, &StatusCollector::request);
    if (m_sources.machines)
        connect(m_sources.machines, &Machines::connectionChanged, this, &StatusCollector::request);
}

void StatusCollector::start()
{
    m_beat.start();
    request();
}

Task<void> StatusCollector::stop()
{
    m_beat.stop();
    m_soon.stop();
    co_await m_tasks.finish();
}

void StatusCollector::setEngine(Engine *engine)
{
    m_sources.engine = engine;
    if (engine)
        connect(engine, &Engine::changed, this, &StatusCollector::request);
}

void StatusCollector::setHost(const HostFacts &host, const QList<DiskFacts> &disks)
{
    m_host = host;
    m_disks = disks;
    request();
}

void StatusCollector::setRegistration(
    const std::optional<Registration> &registration, const QString &state)
{
    m_registration = registration;
    m_registrationState = state;
    request();
}

void StatusCollector::setBus(rmb::Bus *bus)
{
    m_bus = bus;
    connect(bus, &rmb::Bus::linksChanged, this, &StatusCollector::request);
    request();
}

void StatusCollector::setVolatileState(bool isVolatile)
{
    m_volatileState = isVolatile;
    request();
}

void StatusCollector::setShuttingDown()
{
    m_shuttingDown = true;
    request();
}

void StatusCollector::request()
{
    if (!m_soon.isActive())
        m_soon.start();
}

Task<void> StatusCollector::collect()
{
    m_collecting = true;
    if (m_sources.inventory) {
        if (auto load = co_await m_sources.inventory->load())
            m_load = *load;
    }
    if (m_sources.networks) {
        if (auto uplink = co_await m_sources.networks->uplink())
            m_uplink = std::move(*uplink);
        if (auto addresses = co_await m_sources.networks->addresses())
            m_addresses = std::move(*addresses);
    }
    if (m_sources.ledger) {
        QElapsedTimer timer;
        timer.start();
        auto head = co_await m_sources.ledger->head();
        m_head.reset();
        m_ledgerLatencyMs.reset();
        if (head) {
            m_head = *head;
            m_ledgerLatencyMs = static_cast<int>(timer.elapsed());
        }
    }

    auto status = std::make_shared<NodeStatus>();
    describeMachine(*status);
    describeStorage(*status);
    describeNetwork(*status);
    describeConnections(*status);
    describeWorkloads(*status);
    m_sources.boot->describe(*status);
    status->log = recentLogLines();
    raiseAlerts(*status);
    m_collecting = false;
    Q_EMIT this->status(status);
    if (std::exchange(m_again, false))
        request();
}

void StatusCollector::describeMachine(NodeStatus &status) const
{
    using Phase = NodeStatus::Phase;
    if (m_shuttingDown)
        status.phase = Phase::ShuttingDown;
    else if (m_sources.boot->complete())
        status.phase = Phase::Running;
    else
        status.phase = m_registrationState == u"in_progress" ? Phase::Registering : Phase::Booting;

    auto &node = status.node;
    node.account = m_sources.account;
    node.hostname = m_host.hostname;
    node.version = QStringLiteral(ZOS_VERSION);
    node.kernel = m_host.kernel;
    node.arch = m_host.arch;
    node.uptimeSeconds = m_load.uptimeSeconds;
    node.vendor = m_host.vendor;
    node.product = m_host.product;
    node.cpuModel = m_host.cpu.model;
    node.cpuThreads = m_host.cpu.threads;
    node.virtualized = m_host.virtualised;
    node.secureBoot = m_host.secureBoot;
    node.kvm = m_sources.machines && m_sources.machines->virtualisation().kvm;
    node.registrationState = m_registrationState;
    if (m_registration) {
        node.id = m_registration->node.value();
        node.twinId = m_registration->twin.value();
        status.farm.name = m_registration->farmName;
        status.farm.state = QStringLiteral("ok");
    } else {
        status.farm.state = QStringLiteral("checking");
    }
    status.farm.id = m_sources.config->farm.value();
    status.network = m_sources.config->network;
    status.runmode = m_sources.config->network;
    status.language = m_sources.config->language;

    status.cpuBusy = m_load.cpu;
    status.load1 = m_load.load1;
    if (const auto total = m_load.memory.total.count(); total > 0)
        status.memoryBusy = 1.0 - double(m_load.memory.available.count()) / double(total);
}

void StatusCollector::describeStorage(NodeStatus &status) const
{
    const auto pools = m_sources.volumes ? m_sources.volumes->pools() : QList<PoolFacts> {};
    for (const auto &disk : m_disks) {
        NodeStatus::Disk row;
        row.name = disk.name;
        row.model = disk.model;
        row.serial = disk.serial;
        row.kind = kindName(disk.kind);
        row.bus = disk.bus;
        row.size = disk.size.count();
        row.state = QStringLiteral("ok");
        row.role = disk.decision == DiskFacts::Decision::Skip ? QStringLiteral("ignored")
                                                              : QStringLiteral("pool");
        const auto pool = std::ranges::find(pools, disk.path, &PoolFacts::device);
        if (pool != pools.end()) {
            row.pool = pool->id.left(8);
            row.kind = kindName(pool->kind);
        }
        status.disks += row;
    }
    for (const auto &pool : pools) {
        NodeStatus::Pool row;
        row.id = pool.id.left(8);
        row.kind = kindName(pool.kind);
        row.role = pool.kind == DiskKind::Hdd ? QStringLiteral("zdb") : QStringLiteral("vm");
        row.state = pool.healthy ? QStringLiteral("ok") : QStringLiteral("crit");
        row.total = pool.size.count();
        row.reserved = pool.reserved.count();
        row.used = pool.used.count();
        row.disks = { pool.device.section(u'/', -1) };
        status.pools += row;
        auto &amount = pool.kind == DiskKind::Hdd ? status.hru : status.sru;
        amount.used = amount.used.value_or(0) + pool.used.count();
    }
}

void StatusCollector::describeNetwork(NodeStatus &status) const
{
    for (const auto &nic : m_uplink.nics) {
        NodeStatus::Nic row;
        row.name = nic.name;
        row.mac = nic.mac;
        row.driver = nic.driver;
        row.carrier = nic.carrier;
        row.state = nic.carrier ? QStringLiteral("ok") : QStringLiteral("off");
        row.speedMbps = nic.speedMbps;
        row.roles = nic.roles;
        row.addresses = nic.addresses;
        row.errors = nic.errors;
        status.nics += row;
    }
    status.bridge = m_uplink.bridge;
    status.bridgeAddresses = m_uplink.bridgeAddresses;
    status.gateway4 = m_uplink.gateway4;
    status.gateway6 = m_uplink.gateway6;
    status.dns = m_uplink.dns;
    if (m_sources.networks)
        status.wireguardPorts = static_cast<int>(m_sources.networks->wireguardPorts().size());
    if (m_sources.overlay) {
        const auto overlay = m_sources.overlay->state();
        status.yggAddress = overlay.address;
        status.yggSubnet = overlay.subnet;
        status.yggPeers = static_cast<int>(std::ranges::count_if(overlay.peers, &OverlayPeer::up));
        for (const auto &peer : overlay.peers) {
            NodeStatus::OverlayPeerRow row { peer.uri.section(u'?', 0, 0), peer.up, {} };
            if (peer.latency)
                row.latencyMs = static_cast<int>(peer.latency->count());
            status.overlayPeers += row;
        }
    }
}

void StatusCollector::describeConnections(NodeStatus &status)
{
    const auto add = [&](const QString &id, const QString &state, const QString &code,
                         const QJsonObject &params, std::optional<int> latency) {
        describeConnection(status, id, state, code, params, latency);
    };
    const auto ok = QStringLiteral("ok");
    const auto crit = QStringLiteral("crit");

    if (m_uplink.bridgeAddresses.isEmpty()) {
        add(QStringLiteral("lan"), crit, QStringLiteral("lan.down"), {}, {});
    } else {
        QJsonObject params { { QStringLiteral("address"),
                                 m_uplink.bridgeAddresses.first().section(u'/', 0, 0) },
            { QStringLiteral("nic"),
                m_uplink.nics.isEmpty() ? m_uplink.bridge : m_uplink.nics.first().name } };
        if (!m_uplink.nics.isEmpty() && m_uplink.nics.first().speedMbps)
            params[QStringLiteral("speed_mbps")] = *m_uplink.nics.first().speedMbps;
        add(QStringLiteral("lan"), ok, QStringLiteral("lan.up"), params, {});
    }
    if (m_head) {
        const QJsonObject params { { QStringLiteral("block"), double(m_head->best) },
            { QStringLiteral("behind"), double(m_head->best - m_head->finalised) } };
        add(QStringLiteral("chain"), ok, QStringLiteral("chain.synced"), params, m_ledgerLatencyMs);
    } else {
        add(QStringLiteral("chain"), crit, QStringLiteral("chain.unreachable"), {}, {});
    }
    describeBus(status);
    std::optional<int> latency;
    bool running = false;
    if (m_sources.overlay) {
        const auto overlay = m_sources.overlay->state();
        running = overlay.running;
        for (const auto &peer : overlay.peers) {
            if (peer.up && peer.latency && (!latency || peer.latency->count() < *latency))
                latency = static_cast<int>(peer.latency->count());
        }
    }
    const auto overlayState = status.yggPeers > 0 ? ok : running ? QStringLiteral("warn") : crit;
    add(QStringLiteral("ygg"), overlayState, QStringLiteral("ygg.peers"),
        { { QStringLiteral("peers"), status.yggPeers } }, latency);
    // A laboratory takes its machine's clock as it is.
    const bool local = m_sources.config->network == u"local";
    status.timeSynced = local || clockSynchronised();
    add(QStringLiteral("time"), status.timeSynced ? ok : QStringLiteral("warn"),
        local                   ? QStringLiteral("time.local")
            : status.timeSynced ? QStringLiteral("time.synced")
                                : QStringLiteral("time.unsynced"),
        {}, {});
}

void StatusCollector::describeConnection(NodeStatus &status, const QString &id,
    const QString &state, const QString &code, const QJsonObject &params,
    std::optional<int> latency)
{
    auto &since = m_connectionSince[id];
    if (since.first != state)
        since = { state, m_sources.clock->now().count() };
    status.connections += NodeStatus::Connection { id, state, code, params, latency, since.second };
}

// Users reach the node through any relay and directly: only when all ways are shut it is offline.
void StatusCollector::describeBus(NodeStatus &status)
{
    const auto id = QStringLiteral("rmb");
    // Nobody comes through an overlay without a peer; an address that was given is a laboratory's.
    const bool onOverlay = m_sources.overlay && m_sources.config->rmbAddress.isNull();
    const bool direct = m_bus && m_bus->directPort() != 0 && (!onOverlay || status.yggPeers > 0);
    int up = 0;
    std::optional<int> latency;
    const auto relays = m_bus ? m_bus->relays() : QList<rmb::RelayLinkState>();
    for (const auto &relay : relays) {
        if (!relay.up)
            continue;
        ++up;
        const int measured = static_cast<int>(relay.latency.count());
        if (measured > 0 && (!latency || measured < *latency))
            latency = measured;
    }
    if (m_bus)
        status.busCounters = m_bus->counters().entries();
    if (up == 0 && !direct) {
        describeConnection(status, id, QStringLiteral("crit"), QStringLiteral("rmb.offline"));
    } else if (relays.isEmpty()) {
        describeConnection(status, id, QStringLiteral("ok"), QStringLiteral("rmb.direct"));
    } else {
        const bool all = up == relays.size();
        describeConnection(status, id, all ? QStringLiteral("ok") : QStringLiteral("warn"),
            QStringLiteral("rmb.relays"),
            { { QStringLiteral("up"), up },
                { QStringLiteral("total"), static_cast<int>(relays.size()) } },
            latency);
    }
}

void StatusCollector::describeWorkloads(NodeStatus &status) const
{
    if (!m_sources.engine)
        return;
    const auto usage = m_sources.engine->usage();
    const auto amount
        = [](NodeStatus::Amount &target, quint64 total, quint64 system, quint64 reserved) {
              target.total = total;
              target.system = system;
              target.reserved = reserved;
          };
    amount(status.cru, usage.total.cru, usage.system.cru, usage.used.cru);
    amount(status.mru, usage.total.mru.count(), usage.system.mru.count(), usage.used.mru.count());
    amount(status.sru, usage.total.sru.count(), usage.system.sru.count(), usage.used.sru.count());
    amount(status.hru, usage.total.hru.count(), usage.system.hru.count(), usage.used.hru.count());
    amount(status.ipv4, usage.total.ipv4u, usage.system.ipv4u, usage.used.ipv4u);
    status.mru.used = (m_load.memory.total - m_load.memory.available).count();
    status.cru.used = static_cast<quint64>(m_load.cpu * double(usage.total.cru) + 0.5);
    status.deployments = static_cast<int>(usage.deployments);
    for (const auto &view : m_sources.engine->workloads()) {
        NodeStatus::WorkloadRow row;
        row.key = view.contract.text() + u'-' + QString::number(view.index);
        row.type = view.type;
        row.state = stateName(view.result.state);
        row.message = view.result.message.left(160);
        row.troubled = view.troubled;
        row.contractId = view.contract.value();
        row.twinId = view.twin.value();
        row.cru = view.capacity.cru;
        row.mru = view.capacity.mru.count();
        row.sru = view.capacity.sru.count();
        row.hru = view.capacity.hru.count();
        if (view.result.created > 0)
            row.createdMs = view.result.created * 1000;
        status.workloads += row;
    }
}

void StatusCollector::raiseAlerts(NodeStatus &status)
{
    QList<AlertBook::Trigger> triggers;
    const auto add = [&](const QString &key, const QString &code, const QJsonObject &params = {},
                         const QString &severity = {}) {
        triggers += AlertBook::Trigger { key, code, params, severity };
    };
    if (status.phase == NodeStatus::Phase::Running) {
        // On a laboratory network machines run emulated; elsewhere that is a fault of the BIOS
        // setup.
        if (!status.node.kvm) {
            add(QStringLiteral("kvm"), QStringLiteral("hw.no_kvm"), {},
                status.network == u"local" ? QStringLiteral("info") : QString());
        }
        const bool ssd = std::ranges::any_of(
            status.pools, [](const auto &pool) { return pool.kind == u"ssd"; });
        if (!ssd)
            add(QStringLiteral("cache"), QStringLiteral("storage.no_ssd"));
        if (m_volatileState)
            add(QStringLiteral("state"), QStringLiteral("storage.state_volatile"));
    }
    for (const auto &connection : std::as_const(status.connections)) {
        if (connection.state != u"crit" && connection.state != u"warn")
            continue;
        const auto minutes
            = (m_sources.clock->now().count() - connection.sinceMs.value_or(0)) / 60000;
        const QJsonObject params { { QStringLiteral("minutes"), double(minutes) },
            { QStringLiteral("servers"), 1 } };
        if (connection.id == u"chain")
            add(QStringLiteral("chain"), QStringLiteral("chain.unreachable"), params);
        else if (connection.id == u"rmb" && connection.state == u"crit")
            add(QStringLiteral("rmb"), QStringLiteral("rmb.offline"), params);
        else if (connection.id == u"ygg")
            add(QStringLiteral("ygg"), QStringLiteral("ygg.no_peers"), params);
        else if (connection.id == u"lan")
            add(QStringLiteral("lan"), QStringLiteral("net.no_link"), params);
    }
    for (const auto &pool : std::as_const(status.pools)) {
        const QJsonObject params { { QStringLiteral("pool"), pool.id } };
        if (pool.state != u"ok")
            add(QStringLiteral("pool.") + pool.id, QStringLiteral("pool.degraded"), params);
        else if (pool.total > 0 && double(pool.used) > 0.9 * double(pool.total))
            add(QStringLiteral("pool.") + pool.id, QStringLiteral("pool.full"), params);
    }
    for (const auto &workload : std::as_const(status.workloads)) {
        if (workload.state == u"error" || workload.troubled) {
            add(QStringLiteral("wl.") + workload.key, QStringLiteral("wl.error"),
                { { QStringLiteral("contract"), double(workload.contractId) } });
        }
    }
    m_alerts.observe(triggers);
    status.alerts = m_alerts.open();
}

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#include "core/provision/enginecore.h"

#include "core/base/logging.h"
#include "core/store/sqlitestore.h"

#include <algorithm>

namespace zos {

using namespace std::chrono_literals;

void LiveWorkload::takeWords(const Workload &accepted)
{
    if (pending || accepted.version != workload.version || accepted.type != workload.type)
        return;
    workload.metadata = accepted.metadata;
    workload.description = accepted.description;
    workload.unknown = accepted.unknown;
}

LiveWorkload *LiveDeployment::find(QStringView name)
{
    const auto found = std::ranges::find_if(
        workloads, [name](const LiveWorkload &live) { return live.workload.name == name; });
    return found == workloads.end() ? nullptr : &*found;
}

const LiveWorkload *LiveDeployment::find(QStringView name) const
{
    return const_cast<LiveDeployment *>(this)->find(name);
}

LiveWorkload *LiveDeployment::find(const Workload &workload)
{
    auto *live = find(workload.name);
    return live && live->workload.version == workload.version
            && live->workload.type == workload.type
        ? live
        : nullptr;
}

EngineCore::EngineCore(EnginePorts ports, EngineConfig config)
    : m_ports(ports)
    , m_config(std::move(config))
    , m_ownStore(ports.store ? nullptr : std::make_unique<SqliteStore>(m_config.databasePath))
    , m_store(ports.store ? ports.store : m_ownStore.get())
    , m_stop { {}, {}, &m_deadlines }
    , m_agenda(*ports.clock)
    , m_deadlines(*ports.clock)
    , m_registry(nodePorts())
    , m_capacity({ m_config.hostCpus, m_config.hostMemory, m_config.reservedMemory })
    , m_lanes(m_config.lanes, [this](Task<void> task) { spawn(std::move(task)); })
    , m_timeline(std::make_shared<Timeline>(*ports.clock))
    , m_supervisor(*ports.clock, m_agenda,
          { [this](const QString &id) {
               const auto [key, name] = ownerOf(id);
               m_restarting.insert(id);
               queueSettle(key);
           },
              [this](const QString &id) {
                  spawn([](EngineCore *core, QString machine) -> Task<void> {
                      const auto destroyed
                          = co_await step(core->m_stop, 60s, QStringLiteral("stopping the machine"),
                              [&] { return core->m_ports.machines->destroy(machine); });
                      if (!destroyed)
                          qCWarning(lcEngine)
                              << "a machine that reboots for ever could not be stopped:"
                              << destroyed.error().what;
                  }(this, id));
              },
              [this](const QString &id, const QString &message) {
                  const auto [key, name] = ownerOf(id);
                  auto *deployment = find(key);
                  auto *live = deployment ? deployment->find(name) : nullptr;
                  if (live) {
                      live->notice = message;
                      says(key);
                  }
              } })
    , m_reporter(*ports.ledger, *m_store, m_agenda, m_stop)
{
    m_reporter.setBegin([this] { spawn(m_reporter.send()); });
}

EngineCore::~EngineCore() = default;

NodePorts EngineCore::nodePorts() const
{
    return { m_ports.volumes, m_ports.networks, m_ports.machines, m_ports.images };
}

void EngineCore::spawn(Task<void> task)
{
    ++m_tasks;
    [](std::shared_ptr<EngineCore> self, Task<void> inner) -> Task<void> {
        co_await std::move(inner);
        if (--self->m_tasks == 0 && self->m_idle)
            self->m_idle->open();
    }(shared_from_this(), std::move(task));
}

Task<Result<>> EngineCore::open()
{
    const auto self = shared_from_this();
    const auto opened = co_await step(
        m_stop, 60s, QStringLiteral("opening the store"), [&] { return m_store->open(); });
    if (!opened)
        co_return fail(opened.error());
    const auto contents = co_await step(
        m_stop, 60s, QStringLiteral("reading the store"), [&] { return m_store->load(); });
    if (!contents)
        co_return fail(contents.error());
    if (const auto loaded = load(*contents); !loaded)
        co_return loaded;
    m_accounts = contents->accounts;
    m_chain = contents->chain;
    m_opened = true;
    co_return {};
}

Task<Result<>> EngineCore::start()
{
    const auto self = shared_from_this();
    if (!m_opened) {
        const auto opened = co_await open();
        if (!opened)
            co_return opened;
    }
    qCInfo(lcEngine) << "restoring" << m_deployments.size() << "deployments";
    m_working = true;
    const auto all = inOrderOfAcceptance();
    m_firstPass = std::set<Key>(all.cbegin(), all.cend());
    for (const auto &key : all)
        queueSettle(key);
    if (!m_firstPass.empty()) {
        const auto gate = std::make_shared<detail::Gate>();
        m_firstPassOver = gate;
        m_stop.hard.onCancel(&m_guard, [gate] { gate->open(); });
        co_await gate->opened();
    }
    if (over())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("stopped while starting"));
    m_machinesOpen = true;
    for (const auto &key : inOrderOfAcceptance())
        queueSettle(key);
    m_agenda.at(QStringLiteral("compare"), 1s, [this] { spawn(compare()); });
    m_agenda.at(QStringLiteral("compare reports"), 24h, [this] { spawn(compareReports()); });
    m_agenda.at(QStringLiteral("look"), 10min, [this] { spawn(lookAround()); });
    co_return {};
}

// Who was first stays first.
QList<DeploymentKey> EngineCore::inOrderOfAcceptance() const
{
    auto keys = m_deployments.keys();
    std::ranges::sort(keys, {}, [this](const Key &key) { return find(key)->stored.order; });
    return keys;
}

Task<void> EngineCore::stop()
{
    const auto self = shared_from_this();
    m_stop.soft.cancel();
    for (auto &deployment : m_deployments)
        deployment.stop.soft.cancel();
    m_lanes.close();
    m_agenda.clear();
    m_deadlines.at(QStringLiteral("stop"), 5s, [this] { m_stop.hard.cancel(); });
    if (m_tasks > 0) {
        m_idle = std::make_shared<detail::Gate>();
        const auto idle = m_idle;
        co_await idle->opened();
    }
    if (!over())
        co_await writeTimeline(m_timeline->unwritten());
    if (!over())
        co_await m_reporter.flush(2s);
    kill();
}

void EngineCore::kill()
{
    onChanged = {};
    onSettled = {};
    m_agenda.clear();
    m_lanes.close();
    m_stop.soft.cancel();
    for (auto &deployment : m_deployments)
        deployment.stop.soft.cancel();
    m_stop.hard.cancel();
    m_deadlines.clear();
}

Result<> EngineCore::load(const StoreContents &contents)
{
    QMap<Key, QList<StoredWorkload>> workloads;
    for (const auto &row : contents.workloads)
        workloads[row.key] += row;
    QMap<Key, QList<PendingWorkload>> pending;
    for (const auto &row : contents.pending)
        pending[row.key] += row;
    for (const auto &stored : contents.deployments) {
        auto header = Deployment::fromJson(stored.request);
        if (!header) {
            // Its tombstones and objects stay untouched: better a loud remainder than a lost disk.
            qCCritical(lcEngine) << "the stored request of deployment" << stored.key.text()
                                 << "cannot be read and is left alone:" << header.error().what;
            continue;
        }
        LiveDeployment live;
        live.stored = stored;
        live.stop = freshStop();
        live.endRecorded = stored.deleting;
        QMap<QString, qsizetype> position;
        for (const auto &workload : std::as_const(header->workloads))
            position.insert(workload.name, position.size());
        const auto rows = workloads.value(stored.key);
        for (const auto &row : rows) {
            // One that an update removed while its result was being written: its tombstone is
            // there.
            if (!position.contains(row.workload.name))
                continue;
            live.workloads
                += LiveWorkload { row.workload, {}, {}, false, row.digest, false, {}, {} };
        }
        const auto changes = pending.value(stored.key);
        for (const auto &row : changes) {
            auto *changing = row.begun ? nullptr : live.find(row.workload.name);
            // Whether it had begun before, nobody knows.
            if (changing)
                changing->pending = changing->begun = row.workload;
        }
        for (const auto &row : changes) {
            auto *changing = row.begun ? live.find(row.workload.name) : nullptr;
            if (changing && changing->pending && changing->workload.version < row.workload.version)
                changing->begun = row.workload;
        }
        std::ranges::sort(live.workloads, {}, [&position](const LiveWorkload &workload) {
            return position.value(workload.workload.name);
        });
        for (const auto &accepted : std::as_const(header->workloads)) {
            if (auto *known = live.find(accepted.name))
                known->takeWords(accepted);
        }
        live.header = headerOf(std::move(*header));
        m_order = std::max(m_order, stored.order);
        m_deployments.insert(stored.key, live);
    }
    for (const auto &entry : contents.log) {
        if (auto *live = find(entry.key))
            live->log += entry;
    }
    for (const auto &seen : contents.contracts) {
        if (auto *live = find(seen.key))
            live->seen = seen;
    }
    for (const auto &tombstone : contents.tombstones)
        m_tombstones[tombstone.key] += tombstone;
    m_reporter.load(contents.reports);
    m_timeline->startAfter(contents.lastStep);
    for (const auto &[key, deployment] : m_deployments.asKeyValueRange()) {
        for (const auto &live : deployment.workloads)
            recount(key, live.workload.name);
        for (const auto &tombstone : m_tombstones.value(key))
            recount(key, tombstone.workload.name);
        if (!deployment.stored.deleting)
            m_reporter.queue(reportOf(key));
    }
    return {};
}

Task<Result<>> EngineCore::commit(StoreChange change)
{
    QList<Key> keys;
    for (const auto &row : std::as_const(change.workloads))
        keys += row.key;
    for (const auto &row : std::as_const(change.log))
        keys += row.key;
    keys += change.ended;
    change.steps += m_timeline->take(keys);
    // Not tied to the soft signal: what was done must be written down even while stopping. And not
    // given up after some time: a write nobody waits for any more may be made all the same, and the
    // store would hold what its owner was refused.
    ++m_writing;
    m_agenda.earlier(QStringLiteral("slow store"), 60s,
        [] { qCCritical(lcEngine) << "the store has not taken a write for a minute"; });
    const auto written = co_await step(freshStop(), kNoLimit,
        QStringLiteral("writing to the store"), [&] { return m_store->commit(change); });
    if (--m_writing == 0)
        m_agenda.drop(QStringLiteral("slow store"));
    if (written)
        m_timeline->written(change.steps);
    else
        m_timeline->notWritten(change.steps);
    co_return written;
}

Task<void> EngineCore::writeTimeline(QList<Key> keys)
{
    StoreChange change;
    change.steps = m_timeline->take(keys);
    if (change.steps.isEmpty())
        co_return;
    const auto written = co_await commit(change);
    if (!written && !over())
        qCWarning(lcEngine) << "the timeline could not be written:" << written.error().what;
}

LiveDeployment *EngineCore::find(const Key &key)
{
    const auto found = m_deployments.find(key);
    return found == m_deployments.end() ? nullptr : &*found;
}

const LiveDeployment *EngineCore::find(const Key &key) const
{
    return const_cast<EngineCore *>(this)->find(key);
}

void EngineCore::says(const Key &key)
{
    if (onChanged)
        onChanged();
    auto *deployment = find(key);
    if (!deployment)
        return;
    const bool settled = std::ranges::none_of(deployment->workloads, [&](const LiveWorkload &live) {
        return live.pending || shown(key, live).result.state == ResultState::Init;
    });
    if (settled && !std::exchange(deployment->settledSaid, true) && onSettled)
        onSettled(key.contract);
    if (!settled)
        deployment->settledSaid = false;
}

PendingReport EngineCore::reportOf(
    const Key &key, const QString &except, const Capacity &with) const
{
    PendingReport report { key, with, m_ports.clock->seconds().count() };
    if (const auto *deployment = find(key)) {
        for (const auto &live : deployment->workloads) {
            if (live.workload.name != except && isOkay(live.workload.result.state))
                report.used += live.workload.capacity();
        }
    }
    report.used.ipv4u = 0;
    return report;
}

SeenContract EngineCore::seenFrom(const Key &key, const Contract &contract) const
{
    return { key,
        contract.state == ContractState::GracePeriod ? QStringLiteral("grace")
                                                     : QStringLiteral("created"),
        contract.hash, static_cast<quint32>(contract.publicIps.size()),
        m_ports.clock->seconds().count() };
}

void EngineCore::recount(const Key &key, const QString &name)
{
    const auto *deployment = find(key);
    const auto *live = deployment ? deployment->find(name) : nullptr;
    const auto count = [&](const Workload &workload) {
        const auto state = workload.result.state;
        if (isOkay(state) || state == ResultState::Init)
            m_capacity.hold(key, requestOf(key, workload), isOkay(state));
        else
            m_capacity.release(key, name);
    };
    m_capacity.release(key, name);
    m_capacity.release(key, growthName(name));
    if (live) {
        count(live->workload);
        if (live->pending)
            m_capacity.hold(key, growthOf(key, *live), false);
        return;
    }
    // Not wanted any more, and still there.
    for (const auto &tombstone : m_tombstones.value(key)) {
        if (tombstone.workload.name == name)
            count(tombstone.workload);
    }
}

QString EngineCore::growthName(const QString &workload)
{
    return workload + u'+';
}

CapacityLedger::Request EngineCore::requestOf(const Key &key, const Workload &workload)
{
    CapacityLedger::Request request { workload.name, workload.capacity() };
    if (request.capacity.mru > Bytes())
        request.cpus = request.capacity.cru;
    if (request.capacity.sru > Bytes()) {
        const auto id = workloadId(key.twin, key.contract, workload.name);
        const bool root = workload.type.startsWith(u"zmachine");
        request.volume = VolumeWish { root ? QString(u"rootfs:" + id) : id, request.capacity.sru,
            workload.type == u"zmount" };
    }
    return request;
}

CapacityLedger::Request EngineCore::growthOf(
    const Key &key, const Workload &from, const Workload &to)
{
    auto request = requestOf(key, to); // the volume as it will be: what there is of it counts
    const auto before = from.capacity();
    const auto after = to.capacity();
    request.name = growthName(to.name);
    request.capacity = { after.cru > before.cru ? after.cru - before.cru : 0,
        after.sru - before.sru, after.hru - before.hru, after.mru - before.mru,
        after.ipv4u > before.ipv4u ? after.ipv4u - before.ipv4u : 0 };
    return request;
}

CapacityLedger::Request EngineCore::growthOf(const Key &key, const LiveWorkload &live)
{
    auto request = growthOf(key, live.workload, *live.pending);
    if (!live.begun || live.begun->version == live.pending->version)
        return request;
    const auto before = growthOf(key, live.workload, *live.begun);
    auto &most = request.capacity;
    most = { std::max(most.cru, before.capacity.cru), std::max(most.sru, before.capacity.sru),
        std::max(most.hru, before.capacity.hru), std::max(most.mru, before.capacity.mru),
        std::max(most.ipv4u, before.capacity.ipv4u) };
    if (before.volume && (!request.volume || request.volume->size < before.volume->size))
        request.volume = before.volume;
    return request;
}

CapacityLedger::Room EngineCore::roomFor(
    const Key &key, const QList<CapacityLedger::Request> &requests) const
{
    return { m_ports.volumes->pools(),
        m_ports.volumes->place(m_capacity.awaited(key, requests)).missing };
}

std::pair<DeploymentKey, QString> EngineCore::ownerOf(const QString &machineId) const
{
    const auto parts = parseWorkloadId(machineId);
    if (!parts)
        return {};
    return { { parts->twin, parts->contract }, parts->name };
}

// Under a deployment nobody can have.
bool EngineCore::borrow(const QString &name, Bytes memory, const VolumeWish &volume)
{
    CapacityLedger::Request request { name, {}, volume };
    request.capacity.mru = memory;
    request.capacity.sru = volume.size;
    const QList<CapacityLedger::Request> requests { request };
    // As it would be made: first of all that wait.
    const auto wishes = QList<VolumeWish> { volume } + m_capacity.awaited({}, requests);
    return !m_ports.volumes->place(wishes).refusal
        && m_capacity.reserve({}, requests, roomFor({}, requests));
}

} // namespace zos

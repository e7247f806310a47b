// SPDX-License-Identifier: Apache-2.0
#include "core/model/zmachine.h"
#include "core/provision/changesview.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// What the engine answers from memory.

namespace zos {

namespace {

QByteArray workloadArray(const QList<Workload> &workloads)
{
    if (workloads.isEmpty())
        return "null";
    JsonWriter writer;
    writer.array();
    for (const auto &workload : workloads)
        writer.raw(workload.toJson());
    return writer.end().text();
}

int worstFirst(ResultState state)
{
    switch (state) {
    case ResultState::Error:
        return 0;
    case ResultState::Init:
        return 1;
    case ResultState::Paused:
        return 2;
    default:
        return 3;
    }
}

Error deploymentNotFound()
{
    return { ErrorCode::NotFound, QStringLiteral("deployment not found") };
}

} // namespace

// It runs on without, and would not start again: its owner has to know.
QString EngineCore::lackOf(const Key &key, const LiveWorkload &live) const
{
    const auto *machine = live.workload.as<ZMachine>();
    if (!machine || !live.lacks.isEmpty())
        return live.lacks;
    for (const auto &mount : machine->mounts) {
        const auto *disk = find(key)->find(mount.name);
        if (disk && !disk->trouble.isEmpty())
            return QStringLiteral("its disk '%1' is not there").arg(mount.name);
    }
    return {};
}

Workload EngineCore::shown(const Key &key, const LiveWorkload &live) const
{
    auto workload = live.workload;
    if (!live.remains.isEmpty()) {
        workload.result.state = ResultState::Error;
        workload.result.message = live.remains;
    } else if (!live.trouble.isEmpty() && isOkay(workload.result.state)) {
        workload.result.state = ResultState::Init;
        workload.result.message = live.trouble;
    } else if (!live.notice.isEmpty()) {
        workload.result.message = live.notice;
    } else if (workload.result.state == ResultState::Ok) {
        if (const auto lack = lackOf(key, live); !lack.isEmpty())
            workload.result.message = lack;
    } else if (workload.result.state == ResultState::Init) {
        if (const auto step = m_timeline->running(key, workload.name))
            workload.result.message = step->step;
        else if (const int before = m_lanes.position(key); before >= 0)
            workload.result.message = QStringLiteral("in the queue, %1 before it").arg(before);
    }
    return workload;
}

Result<Deployment> EngineCore::deployment(TwinId owner, ContractId contract) const
{
    const auto *deployment = find({ owner, contract });
    if (!deployment)
        return fail(deploymentNotFound());
    auto view = deployment->header;
    for (const auto &live : deployment->workloads)
        view.workloads += shown({ owner, contract }, live);
    return view;
}

Result<QByteArray> EngineCore::get(TwinId sender, ContractId contract) const
{
    return deployment(sender, contract).transform(&Deployment::toJson);
}

QByteArray EngineCore::list(TwinId sender) const
{
    JsonWriter writer;
    writer.array();
    for (const auto &[key, deployment] : ofTwin(m_deployments, sender)) {
        const bool alive = std::ranges::any_of(deployment.workloads, [&](const LiveWorkload &live) {
            const auto state = shown(key, live).result.state;
            return state != ResultState::Error && state != ResultState::Deleted;
        });
        if (const auto json = get(sender, key.contract); alive && json)
            writer.raw(*json);
    }
    return writer.end().text();
}

Result<QByteArray> EngineCore::changes(TwinId sender, ContractId contract) const
{
    const auto *deployment = find({ sender, contract });
    if (!deployment)
        return fail(deploymentNotFound());
    return workloadArray(reducedChanges(deployment->log));
}

Result<DeploymentProgress> EngineCore::progress(TwinId sender, ContractId contract) const
{
    const Key key { sender, contract };
    const auto *deployment = find(key);
    if (!deployment)
        return fail(deploymentNotFound());
    DeploymentProgress progress;
    if (const int before = m_lanes.position(key); before >= 0)
        progress.queue = before;
    progress.contract = deployment->seen;
    progress.ending = deployment->stored.deleting;
    if (const auto step = m_timeline->running(key, {}))
        progress.step = step->step;
    progress.retries = deployment->retries;
    if (const auto due = m_agenda.due(retryName(key))) {
        const auto wait = *due - m_ports.clock->monotonic();
        progress.nextRetry
            = std::chrono::ceil<std::chrono::seconds>(m_ports.clock->now() + wait).count();
    }
    for (const auto &live : deployment->workloads) {
        const auto workload = shown(key, live);
        DeploymentProgress::Part part { workload.name, workload.type, workload.result, {}, {} };
        if (const auto step = m_timeline->running(key, workload.name)) {
            part.step = step->step;
            part.since = step->startMs;
        }
        progress.parts += part;
    }
    return progress;
}

Task<Result<QList<LogEntry>>> EngineCore::history(TwinId sender, ContractId contract)
{
    const auto self = shared_from_this();
    const auto entries
        = co_await step(m_stop, std::chrono::seconds(30), QStringLiteral("reading the history"),
            [&] { return m_store->history({ sender, contract }); });
    if (!entries)
        co_return fail(entries.error());
    if (entries->isEmpty())
        co_return fail(deploymentNotFound());
    co_return entries;
}

Task<Result<QList<StepEntry>>> EngineCore::timeline(TwinId sender, ContractId contract)
{
    const auto self = shared_from_this();
    const Key key { sender, contract };
    const auto stored = co_await step(m_stop, std::chrono::seconds(30),
        QStringLiteral("reading the timeline"), [&] { return m_store->steps(key); });
    if (!stored)
        co_return fail(stored.error());
    QMap<quint64, StepEntry> entries;
    for (const auto &entry : *stored)
        entries.insert(entry.seq, entry);
    for (const auto &entry : m_timeline->entries(key))
        entries.insert(entry.seq, entry);
    if (entries.isEmpty() && !find(key))
        co_return fail(deploymentNotFound());
    co_return entries.values().last(std::min(entries.size(), kStepsKept));
}

QStringList EngineCore::privateIps(TwinId sender, const QString &networkName) const
{
    QStringList ips;
    for (const auto &[key, deployment] : ofTwin(m_deployments, sender)) {
        for (const auto &live : deployment.workloads) {
            const auto *machine = live.workload.as<ZMachine>();
            const auto state = live.workload.result.state;
            if (!machine || state == ResultState::Error || state == ResultState::Deleted)
                continue;
            for (const auto &interface : machine->interfaces) {
                if (interface.network == networkName)
                    ips += interface.ip.text();
            }
        }
    }
    return ips;
}

QList<WorkloadView> EngineCore::workloads() const
{
    QList<WorkloadView> views;
    for (const auto &[key, deployment] : m_deployments.asKeyValueRange()) {
        int index = 0;
        for (const auto &live : deployment.workloads) {
            const auto workload = shown(key, live);
            const bool troubled = isOkay(live.workload.result.state)
                && (!live.trouble.isEmpty()
                    || (workload.result.state == ResultState::Ok
                        && !workload.result.message.isEmpty()));
            views += WorkloadView { key.contract, key.twin, index++, workload.type, workload.result,
                workload.capacity(), deployment.stored.acceptedAt, troubled };
        }
    }
    std::ranges::stable_sort(
        views, {}, [](const WorkloadView &view) { return worstFirst(view.result.state); });
    return views;
}

NodeUsage EngineCore::usage() const
{
    NodeUsage usage;
    usage.used = m_capacity.okay();
    usage.system.mru = m_config.reservedMemory;
    usage.total.cru = m_config.hostCpus;
    usage.total.mru = m_config.hostMemory;
    for (const auto &pool : m_ports.volumes->pools()) {
        if (pool.kind == DiskKind::Hdd) {
            usage.total.hru += pool.size;
        } else {
            usage.total.sru += pool.size;
            usage.system.sru += pool.system;
        }
    }
    for (const auto &deployment : m_deployments) {
        quint32 okay = 0;
        for (const auto &live : deployment.workloads) {
            if (!isOkay(live.workload.result.state))
                continue;
            ++okay;
            usage.lastDeployment = std::max(usage.lastDeployment, live.workload.result.created);
        }
        usage.workloads += okay;
        usage.deployments += okay > 0 ? 1 : 0;
    }
    return usage;
}

std::chrono::milliseconds EngineCore::longestJob() const
{
    std::chrono::milliseconds longest {};
    for (const auto &deployment : m_deployments) {
        if (deployment.workedOnSince)
            longest = std::max(longest, m_ports.clock->monotonic() - *deployment.workedOnSince);
    }
    return longest;
}

int EngineCore::pendingSteps() const
{
    return m_tasks;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/store/memorystore.h"

#include <algorithm>

namespace zos {

Task<Result<>> MemoryStore::open()
{
    co_return {};
}

Task<Result<StoreContents>> MemoryStore::load()
{
    // A real store answers from another thread, so nobody may count on an answer at once.
    co_await pause(std::chrono::milliseconds(0));
    co_return contents();
}

Task<Result<>> MemoryStore::commit(StoreChange change)
{
    co_await pause(std::chrono::milliseconds(0));
    for (const auto &row : std::as_const(change.deployments))
        m_deployments.insert(row.key, row);
    for (const auto &row : std::as_const(change.workloads))
        m_workloads.insert({ row.key, row.workload.name }, row);
    for (const auto &key : std::as_const(change.droppedWorkloads))
        m_workloads.remove({ key.deployment, key.name });
    for (const auto &row : std::as_const(change.pending))
        (row.begun ? m_begun : m_pending).insert({ row.key, row.workload.name }, row);
    for (const auto &row : std::as_const(change.appliedPending)) {
        const Name name { row.key, row.workload.name };
        for (auto *rows : { &m_pending, &m_begun }) {
            if (rows->value(name).workload.version <= row.workload.version)
                rows->remove(name);
        }
    }
    for (auto &row : change.log) {
        row.seq = ++m_seq;
        m_log += row;
    }
    for (const auto &row : std::as_const(change.steps)) {
        auto &steps = m_steps[row.key];
        steps += row;
        std::ranges::sort(steps, {}, &StepEntry::seq);
        if (steps.size() > kStepsKept)
            steps.removeFirst();
    }
    for (const auto &row : std::as_const(change.tombstones))
        m_tombstones.insert({ row.key, row.workload.name }, row);
    for (const auto &key : std::as_const(change.droppedTombstones))
        m_tombstones.remove({ key.deployment, key.name });
    for (const auto &row : std::as_const(change.contracts))
        m_contracts.insert(row.key, row);
    for (const auto &row : std::as_const(change.reports))
        m_reports.insert(row.key, row);
    for (const auto &row : std::as_const(change.sentReports)) {
        if (m_reports.value(row.key).used == row.used)
            m_reports.remove(row.key);
    }
    m_accounts.insert(change.accounts);
    if (!change.chain.isEmpty())
        m_chain = change.chain;
    for (const auto &key : std::as_const(change.ended)) {
        m_ended.insert(key, change.endedAt);
        m_deployments.remove(key);
        m_contracts.remove(key);
        m_reports.remove(key);
        m_workloads.removeIf([&key](const auto &row) { return row.key().first == key; });
        m_pending.removeIf([&key](const auto &row) { return row.key().first == key; });
        m_begun.removeIf([&key](const auto &row) { return row.key().first == key; });
        m_tombstones.removeIf([&key](const auto &row) { return row.key().first == key; });
    }
    if (change.forgetEndedBefore > 0) {
        const auto forgotten = [&](const DeploymentKey &key) {
            const auto ended = m_ended.constFind(key);
            return ended != m_ended.cend() && *ended < change.forgetEndedBefore;
        };
        m_log.removeIf([&](const LogEntry &entry) { return forgotten(entry.key); });
        m_steps.removeIf([&](const auto &row) { return forgotten(row.key()); });
        m_ended.removeIf([&](const auto &row) { return row.value() < change.forgetEndedBefore; });
    }
    co_return {};
}

Task<Result<QList<LogEntry>>> MemoryStore::history(DeploymentKey key)
{
    QList<LogEntry> entries;
    for (const auto &entry : m_log) {
        if (entry.key == key)
            entries += entry;
    }
    co_return entries;
}

Task<Result<QList<StepEntry>>> MemoryStore::steps(DeploymentKey key)
{
    co_return m_steps.value(key);
}

Task<Result<QList<WorkloadKey>>> MemoryStore::endedWorkloads()
{
    QList<WorkloadKey> keys;
    for (const auto &entry : m_log) {
        if (!m_ended.contains(entry.key))
            continue;
        const auto known = std::ranges::any_of(keys, [&entry](const WorkloadKey &key) {
            return key.deployment == entry.key && key.name == entry.workload.name;
        });
        if (!known)
            keys += WorkloadKey { entry.key, entry.workload.name };
    }
    co_return keys;
}

StoreContents MemoryStore::contents() const
{
    StoreContents all { m_deployments.values(), m_workloads.values(),
        m_pending.values() + m_begun.values(), {}, m_tombstones.values(), m_contracts.values(),
        m_reports.values() };
    all.accounts = m_accounts;
    all.chain = m_chain;
    for (const auto &steps : m_steps)
        all.lastStep = std::max(all.lastStep, steps.last().seq);
    std::ranges::sort(all.deployments, {}, &StoredDeployment::order);
    for (const auto &entry : m_log) {
        if (m_deployments.contains(entry.key))
            all.log += entry;
    }
    return all;
}

} // namespace zos

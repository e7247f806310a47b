// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"

#include <QMap>

namespace zos {

// The store's rules without a disk: for tests and for a node on simulated hardware. Contents live
// as long as the object and survive the engine that used it.
class MemoryStore final : public DeploymentStore
{
public:
    Task<Result<>> open() override;
    Task<Result<StoreContents>> load() override;
    Task<Result<>> commit(StoreChange change) override;
    Task<Result<QList<LogEntry>>> history(DeploymentKey key) override;
    Task<Result<QList<StepEntry>>> steps(DeploymentKey key) override;
    Task<Result<QList<WorkloadKey>>> endedWorkloads() override;

    StoreContents contents() const;

private:
    using Name = std::pair<DeploymentKey, QString>;
    QMap<DeploymentKey, StoredDeployment> m_deployments;
    QMap<Name, StoredWorkload> m_workloads;
    QMap<Name, PendingWorkload> m_pending;
    QMap<Name, PendingWorkload> m_begun; // the older ones beside them
    QList<LogEntry> m_log;
    QMap<Name, Tombstone> m_tombstones;
    QMap<DeploymentKey, SeenContract> m_contracts;
    QMap<DeploymentKey, PendingReport> m_reports;
    QMap<DeploymentKey, QList<StepEntry>> m_steps;
    QMap<DeploymentKey, qint64> m_ended;
    QMap<TwinId, QByteArray> m_accounts;
    QString m_chain;
    quint64 m_seq = 0;
};

} // namespace zos

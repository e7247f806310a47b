// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"
#include "core/store/sqlworker.h"

namespace zos {

// The store of a real node: one SQLite file. Rows that no longer make sense are left where they
// are, reported and not loaded: one damaged record never takes the others along.
class SqliteStore final : public DeploymentStore
{
public:
    explicit SqliteStore(QString path);

    Task<Result<>> open() override;
    Task<Result<StoreContents>> load() override;
    Task<Result<>> commit(StoreChange change) override;
    Task<Result<QList<LogEntry>>> history(DeploymentKey key) override;
    Task<Result<QList<StepEntry>>> steps(DeploymentKey key) override;
    Task<Result<QList<WorkloadKey>>> endedWorkloads() override;

    int transactions() const { return m_worker.transactions(); }

private:
    SqlWorker m_worker;
};

} // namespace zos

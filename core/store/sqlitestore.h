// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"
#include "core/store/sqlworker.h"

namespace zos {

// The store of a real node: one SQLite file, with a checksum for each row. Rows that are not as
// they were written are reported when it is opened, kept with a copy of the whole file, and left
// out: one damaged record never takes the others along.
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

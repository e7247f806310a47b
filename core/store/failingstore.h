// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"

#include <functional>

namespace zos {

// A store whose writes go wrong on demand: the disk is full, the file is read-only, the power is
// cut.
class FailingStore final : public DeploymentStore
{
public:
    // Asked before each commit reaches `inner`: an error is the commit's outcome. May also wait.
    using Before = std::function<Task<Result<>>()>;
    // Asked after the commit was made, for a power cut between the write and its news.
    using After = std::function<Task<void>()>;

    explicit FailingStore(DeploymentStore &inner)
        : m_inner(inner)
    {
    }
    void setBefore(Before call) { m_before = std::move(call); }
    void setAfter(After call) { m_after = std::move(call); }
    void failAll(const Error &error);
    int commits() const { return m_commits; } // attempts

    Task<Result<>> open() override { return m_inner.open(); }
    Task<Result<StoreContents>> load() override { return m_inner.load(); }
    Task<Result<>> commit(StoreChange change) override;
    Task<Result<QList<LogEntry>>> history(DeploymentKey key) override
    {
        return m_inner.history(key);
    }
    Task<Result<QList<StepEntry>>> steps(DeploymentKey key) override { return m_inner.steps(key); }
    Task<Result<QList<WorkloadKey>>> endedWorkloads() override { return m_inner.endedWorkloads(); }

private:
    DeploymentStore &m_inner;
    Before m_before;
    After m_after;
    int m_commits = 0;
};

} // namespace zos

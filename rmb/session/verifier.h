// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"

#include <QByteArray>
#include <QObject>

#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace zos::rmb {

// Checks signatures without stopping the event loop. What arrives together is checked together: one
// way to a worker and back for a whole batch, and none for a single message, which costs less to
// check than to send away. Senders that have not proven anything wait in a bounded queue of their
// own, take turns and have one worker together, so that garbage delays only itself.
class Verifier : public QObject
{
    Q_OBJECT
public:
    enum class Verdict {
        Genuine,
        Forged,
        Unchecked, // too much waits, or the end has come
    };
    struct Job
    {
        QByteArray key; // 32 bytes
        QByteArray challenge;
        QByteArray signature; // type byte and 64 bytes
        std::move_only_function<void(Verdict)> then; // on the event loop
    };

    explicit Verifier(QObject *parent = nullptr);
    ~Verifier() override;

    void check(Job job);
    // Of a suspect at most 32 wait.
    void checkInTurn(TwinId claimed, bool suspect, Job job);
    // Everything that waits ends unchecked; safe to destroy afterwards.
    Task<void> stop();

private:
    using Jobs = std::vector<Job>;
    void schedule();
    void flush();
    void startBatch();
    void startTurn();
    bool makeRoomFor(size_t ownJobs);
    Task<void> runBatch(Jobs jobs, int *running);

    Jobs m_waiting;
    Jobs m_unchecked;
    std::map<TwinId, std::deque<Job>> m_queues; // of those who wait in turn
    std::deque<TwinId> m_turns;
    int m_queued = 0;
    int m_batches = 0;
    int m_turnsRunning = 0;
    bool m_scheduled = false;
    bool m_stopping = false;
    TaskScope m_scope;
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/chain/local/ledgersql.h"

#include <QFutureInterface>

#include <memory>
#include <optional>

namespace zos {

// The ledger's connection on a thread of its own: the event loop never waits for the file. Jobs run
// in the order given; between them, soon after any process wrote to the file and every 5 s, the
// thread looks for new events.
class LedgerWorker
{
public:
    struct News
    {
        LedgerSql::Feed feed;
        bool reachable = true; // false: the file cannot be read just now
    };
    // `sink` is called on the worker's thread, only when there is something to say.
    LedgerWorker(QString path, std::function<void(News)> sink);
    // Runs what is queued and ends the thread. Pending tasks resolve afterwards on the event loop.
    ~LedgerWorker();
    Q_DISABLE_COPY_MOVE(LedgerWorker)

    template <class T> Task<Result<T>> run(std::function<Result<T>(LedgerSql &)> job)
    {
        return submit<T>(m_state, std::move(job));
    }
    template <class T> Task<Result<T>> read(std::function<Result<T>(LedgerSql &)> look)
    {
        return run<T>([look = std::move(look)](LedgerSql &sql) { return sql.read<T>(look); });
    }
    template <class T>
    Task<Result<T>> write(std::chrono::seconds now, std::function<Result<T>(LedgerSql &)> change)
    {
        return run<T>([now, change = std::move(change)](
                          LedgerSql &sql) { return sql.write<T>(now, change); });
    }

private:
    struct State;
    static void enqueue(const std::shared_ptr<State> &state, std::function<void(LedgerSql &)> job);
    static void loop(const std::shared_ptr<State> &state);

    // Static and with everything by value: the task may outlive the worker.
    template <class T>
    static Task<Result<T>> submit(
        std::shared_ptr<State> state, std::function<Result<T>(LedgerSql &)> job)
    {
        auto outcome = std::make_shared<std::optional<Result<T>>>();
        auto done = std::make_shared<QFutureInterface<void>>();
        done->reportStarted();
        auto future = done->future();
        enqueue(state, [outcome, done, job = std::move(job)](LedgerSql &sql) {
            outcome->emplace(job(sql));
            done->reportFinished();
        });
        co_await future;
        co_return std::move(**outcome);
    }

    std::shared_ptr<State> m_state;
    std::unique_ptr<QThread> m_thread;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/store/salvage.h"

#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>

class QSqlDatabase;

namespace zos {

// One SQLite connection on a thread of its own, so that the event loop never waits for the disk.
// Jobs run in the order given. Jobs that wait together share one transaction and its single fsync,
// each behind a savepoint of its own: a job that fails takes nothing of its neighbours with it.
// A job's task resolves after the commit. The destructor runs what is queued and ends the thread.
class SqlWorker
{
public:
    explicit SqlWorker(QString path);
    ~SqlWorker();
    SqlWorker(const SqlWorker &) = delete;
    SqlWorker &operator=(const SqlWorker &) = delete;

    // Opens the file (WAL, synchronous=FULL, foreign keys) and brings it to the newest format:
    // steps[n] holds the statements that lead from format n to n + 1. A file of a newer format or
    // of another program (applicationId) is refused with Corrupt and left alone. A damaged one is
    // kept aside, and what can be read of it goes on in a new file.
    using Job = std::function<Result<>(QSqlDatabase &)>;
    // `complete` does what statements alone cannot for the newest format; it runs after them.
    Task<Result<>> open(
        qint32 applicationId, QList<QStringList> steps, Job complete = {}, RecordRules rules = {});

    Task<Result<>> run(Job job);
    template <class T> Task<Result<T>> read(std::function<Result<T>(QSqlDatabase &)> job)
    {
        auto value = std::make_shared<std::optional<T>>();
        Job wrapped = [value, job = std::move(job)](QSqlDatabase &database) -> Result<> {
            auto result = job(database);
            if (!result)
                return fail(result.error());
            value->emplace(std::move(*result));
            return {};
        };
        const auto done = co_await run(std::move(wrapped));
        if (!done)
            co_return fail(done.error());
        co_return std::move(**value);
    }

    int transactions() const; // committed so far

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos

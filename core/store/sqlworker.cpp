// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlworker.h"

#include "core/base/logging.h"
#include "core/store/salvage.h"

#include <QCoro/QCoroFuture>
#include <QFutureInterface>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QThread>
#include <QUuid>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace zos {

namespace {

constexpr size_t kMostPerTransaction = 64;

Result<> sqlDo(QSqlDatabase &database, const QString &statement)
{
    QSqlQuery query(database);
    if (query.exec(statement))
        return {};
    return fail(ErrorCode::Io, QStringLiteral("database: %1").arg(query.lastError().text()));
}

Result<qint64> pragmaValue(QSqlDatabase &database, const QString &name)
{
    QSqlQuery query(database);
    if (!query.exec(u"PRAGMA " + name) || !query.next())
        return fail(ErrorCode::Io, QStringLiteral("database: %1").arg(query.lastError().text()));
    return query.value(0).toLongLong();
}

void report(const QString &path, const Salvage &salvage)
{
    qCCritical(lcStore).noquote() << path << QStringLiteral("was damaged (%1):").arg(salvage.damage)
                                  << salvage.rows << "rows were brought over, incomplete:"
                                  << (salvage.incomplete.isEmpty()
                                             ? QStringLiteral("nothing")
                                             : salvage.incomplete.join(QStringLiteral(", ")))
                                  << "; the damaged file is kept as" << salvage.keptAs;
    for (const auto &record : salvage.altered)
        qCCritical(lcStore).noquote() << path << "lost a record that was altered:" << record;
}

} // namespace

struct SqlWorker::Private
{
    struct QueuedJob
    {
        explicit QueuedJob(Job job)
            : work(std::move(job))
        {
            done.reportStarted();
        }
        Job work;
        std::shared_ptr<Result<>> outcome = std::make_shared<Result<>>();
        QFutureInterface<void> done;
    };

    QString path;
    QString connection = QStringLiteral("zos-") + QUuid::createUuid().toString(QUuid::Id128);
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<QueuedJob> queue;
    bool quit = false;
    std::atomic<int> transactions = 0;
    std::unique_ptr<QThread> thread;

    void loop()
    {
        {
            auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
            database.setDatabaseName(path);
            while (true) {
                std::vector<QueuedJob> batch;
                {
                    std::unique_lock lock(mutex);
                    wake.wait(lock, [this] { return quit || !queue.empty(); });
                    while (!queue.empty() && batch.size() < kMostPerTransaction) {
                        batch.push_back(std::move(queue.front()));
                        queue.pop_front();
                    }
                    if (batch.empty())
                        break;
                }
                runBatch(database, batch);
                for (auto &job : batch)
                    job.done.reportFinished();
            }
            database.close();
        }
        QSqlDatabase::removeDatabase(connection);
    }

    void runBatch(QSqlDatabase &database, std::vector<QueuedJob> &batch)
    {
        // Not open yet: the first job is open() itself, which brings its own transaction.
        if (!database.isOpen()) {
            for (auto &job : batch)
                *job.outcome = job.work(database);
            return;
        }
        const auto begun = sqlDo(database, QStringLiteral("BEGIN IMMEDIATE"));
        if (!begun) {
            for (auto &job : batch)
                *job.outcome = begun;
            return;
        }
        for (auto &job : batch) {
            *job.outcome = sqlDo(database, QStringLiteral("SAVEPOINT job"));
            if (!*job.outcome)
                continue;
            *job.outcome = job.work(database);
            if (!*job.outcome)
                (void)sqlDo(database, QStringLiteral("ROLLBACK TO job"));
            if (const auto released = sqlDo(database, QStringLiteral("RELEASE job"));
                !released && *job.outcome)
                *job.outcome = released;
        }
        const auto committed = sqlDo(database, QStringLiteral("COMMIT"));
        if (committed) {
            ++transactions;
            return;
        }
        (void)sqlDo(database, QStringLiteral("ROLLBACK"));
        for (auto &job : batch) {
            if (*job.outcome)
                *job.outcome = committed;
        }
    }
};

SqlWorker::SqlWorker(QString path)
    : d(std::make_unique<Private>())
{
    d->path = std::move(path);
    d->thread.reset(QThread::create([worker = d.get()] { worker->loop(); }));
    d->thread->setObjectName(QStringLiteral("sql"));
    d->thread->start();
}

SqlWorker::~SqlWorker()
{
    {
        const std::lock_guard lock(d->mutex);
        d->quit = true;
    }
    d->wake.notify_one();
    d->thread->wait();
}

Task<Result<>> SqlWorker::run(Job job)
{
    Private::QueuedJob queued(std::move(job));
    const auto outcome = queued.outcome;
    auto future = queued.done.future();
    {
        const std::lock_guard lock(d->mutex);
        d->queue.push_back(std::move(queued));
    }
    d->wake.notify_one();
    co_await future;
    co_return *outcome;
}

Task<Result<>> SqlWorker::open(
    qint32 applicationId, QList<QStringList> steps, Job complete, RecordRules rules)
{
    Job job = [applicationId, steps = std::move(steps), complete = std::move(complete),
                  rules = std::move(rules)](QSqlDatabase &database) -> Result<> {
        const auto refuse = [&database](Error error) {
            const auto wrapped = error.wrapped(database.databaseName());
            database.close();
            return fail(wrapped);
        };
        const auto salvage = salvageDatabase(database.databaseName(), applicationId, steps, rules);
        if (!salvage)
            return refuse(salvage.error());
        if (!salvage->keptAs.isEmpty())
            report(database.databaseName(), *salvage);
        if (!database.open())
            return refuse({ ErrorCode::Io, database.lastError().text() });
        for (const auto *pragma : { "busy_timeout=10000", "secure_delete=ON", "journal_mode=WAL",
                 "synchronous=FULL", "foreign_keys=ON" }) {
            if (const auto set = sqlDo(database, u"PRAGMA " + QString::fromLatin1(pragma)); !set)
                return refuse(set.error());
        }
        const auto version = pragmaValue(database, QStringLiteral("user_version"));
        const auto program = pragmaValue(database, QStringLiteral("application_id"));
        if (!version || !program)
            return refuse(version ? program.error() : version.error());
        if (*version > steps.size())
            return refuse({ ErrorCode::Corrupt,
                QStringLiteral("was written by a newer version (format %1, this program knows %2)")
                    .arg(*version)
                    .arg(steps.size()) });
        if (*version > 0 && *program != applicationId)
            return refuse({ ErrorCode::Corrupt, QStringLiteral("belongs to another program") });
        if (*version == steps.size())
            return {};
        if (const auto begun = sqlDo(database, QStringLiteral("BEGIN IMMEDIATE")); !begun)
            return refuse(begun.error());
        QStringList statements;
        for (auto format = *version; format < steps.size(); ++format)
            statements += steps.at(format);
        statements += QStringLiteral("PRAGMA application_id=%1").arg(applicationId);
        statements += QStringLiteral("PRAGMA user_version=%1").arg(steps.size());
        Result<> made;
        for (const auto &statement : std::as_const(statements)) {
            if (made = sqlDo(database, statement); !made)
                break;
        }
        if (made && complete)
            made = complete(database);
        if (made)
            made = sqlDo(database, QStringLiteral("COMMIT"));
        if (!made) {
            (void)sqlDo(database, QStringLiteral("ROLLBACK"));
            return refuse(made.error());
        }
        return {};
    };
    co_return co_await run(std::move(job));
}

int SqlWorker::transactions() const
{
    return d->transactions;
}

} // namespace zos

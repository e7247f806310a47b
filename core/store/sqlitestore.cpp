// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlitestore.h"

#include "core/base/logging.h"
#include "core/store/statement.h"

namespace zos {

namespace {

constexpr qint32 kApplicationId = 0x7a6f7364; // "zosd"

QList<QStringList> storeFormats()
{
    const QStringList first {
        QStringLiteral(
            "CREATE TABLE deployment(twin INTEGER NOT NULL, contract INTEGER NOT NULL, ord INTEGER "
            "NOT NULL, "
            "accepted_at INTEGER NOT NULL, sender INTEGER NOT NULL, request BLOB NOT NULL, "
            "contract_checked INTEGER NOT NULL, deleting INTEGER NOT NULL, PRIMARY KEY(twin, "
            "contract)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE workload(twin INTEGER NOT NULL, contract INTEGER NOT NULL, "
                       "name TEXT NOT NULL, "
                       "body BLOB NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(twin, contract, "
                       "name)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE pending(twin INTEGER NOT NULL, contract INTEGER NOT NULL, "
                       "name TEXT NOT NULL, "
                       "version INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(twin, contract, "
                       "name)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE log(seq INTEGER PRIMARY KEY AUTOINCREMENT, twin INTEGER NOT "
                       "NULL, contract INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL)"),
        QStringLiteral("CREATE INDEX log_deployment ON log(twin, contract, seq)"),
        QStringLiteral("CREATE TABLE tombstone(twin INTEGER NOT NULL, contract INTEGER NOT NULL, "
                       "name TEXT NOT NULL, body BLOB NOT NULL, "
                       "reason TEXT NOT NULL, since INTEGER NOT NULL, keep_result INTEGER NOT "
                       "NULL, PRIMARY KEY(twin, contract, name)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE contract(twin INTEGER NOT NULL, contract INTEGER NOT NULL, "
                       "state TEXT NOT NULL, hash TEXT NOT NULL, "
                       "public_ips INTEGER NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY(twin, "
                       "contract)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE report(twin INTEGER NOT NULL, contract INTEGER NOT NULL, cru "
                       "INTEGER NOT NULL, sru INTEGER NOT NULL, "
                       "hru INTEGER NOT NULL, mru INTEGER NOT NULL, since INTEGER NOT NULL, "
                       "PRIMARY KEY(twin, contract)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE ended(twin INTEGER NOT NULL, contract INTEGER NOT NULL, "
                       "ended_at INTEGER NOT NULL, "
                       "PRIMARY KEY(twin, contract)) WITHOUT ROWID"),
    };
    const QStringList steps {
        QStringLiteral("CREATE TABLE step(seq INTEGER PRIMARY KEY, twin INTEGER NOT NULL, contract "
                       "INTEGER NOT NULL, workload TEXT NOT NULL, wanted TEXT NOT NULL, step TEXT "
                       "NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, error TEXT "
                       "NOT NULL)"),
        QStringLiteral("CREATE INDEX step_of ON step(twin, contract, seq)"),
    };
    const QStringList chain {
        QStringLiteral("CREATE TABLE account(twin INTEGER PRIMARY KEY, key BLOB NOT NULL)"),
        QStringLiteral("CREATE TABLE fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT "
                       "ROWID"),
    };
    QStringList sums;
    for (const auto *table : { "deployment", "workload", "pending", "log", "tombstone", "contract",
             "report", "ended", "step", "account", "fact" })
        sums += QStringLiteral("ALTER TABLE %1 ADD COLUMN sum INTEGER")
                    .arg(QLatin1StringView(table));
    return { first, steps, chain, sums };
}

Result<> forgetOldSteps(QSqlDatabase &database, const QList<StepEntry> &added)
{
    QMap<DeploymentKey, bool> keys;
    for (const auto &row : added)
        keys.insert(row.key, true);
    return forEachRow(database, keys.keys(),
        QStringLiteral("DELETE FROM step WHERE twin=? AND contract=? AND seq<=(SELECT seq FROM "
                       "step WHERE twin=? AND contract=? ORDER BY seq DESC LIMIT 1 OFFSET ?)"),
        [](const DeploymentKey &key) { return keyed(key, keyed(key, { kStepsKept })); });
}

// One that has begun lies beside the newest one under a name that no workload can have.
QString pendingName(const QString &workload, bool begun)
{
    return begun ? QString(workload + u'+') : workload;
}

Result<> writeChange(QSqlDatabase &database, const StoreChange &change)
{
    const auto drop = [](const WorkloadKey &key) { return keyed(key.deployment, { key.name }); };
    const std::function<Result<>()> parts[] = {
        [&] {
            return putRows(database, change.deployments, QStringLiteral("deployment"),
                QStringLiteral(
                    "twin,contract,ord,accepted_at,sender,request,contract_checked,deleting"),
                [](const StoredDeployment &row) {
                    return keyed(row.key,
                        { sqlInteger(row.order), row.acceptedAt, row.sender.value(), row.request,
                            row.contractChecked ? 1 : 0, row.deleting ? 1 : 0 });
                });
        },
        [&] {
            return putRows(database, change.workloads, QStringLiteral("workload"),
                QStringLiteral("twin,contract,name,body,digest"), [](const StoredWorkload &row) {
                    return keyed(
                        row.key, { row.workload.name, storedText(row.workload), row.digest });
                });
        },
        [&] {
            return forEachRow(database, change.droppedWorkloads,
                QStringLiteral("DELETE FROM workload WHERE twin=? AND contract=? AND name=?"),
                drop);
        },
        [&] {
            return putRows(database, change.pending, QStringLiteral("pending"),
                QStringLiteral("twin,contract,name,version,body"), [](const PendingWorkload &row) {
                    return keyed(row.key,
                        { pendingName(row.workload.name, row.begun), row.workload.version,
                            storedText(row.workload) });
                });
        },
        [&] {
            return forEachRow(database, change.appliedPending,
                QStringLiteral("DELETE FROM pending WHERE twin=? AND contract=? AND name IN (?,?) "
                               "AND version<=?"),
                [](const PendingWorkload &row) {
                    return keyed(row.key,
                        { row.workload.name, pendingName(row.workload.name, true),
                            row.workload.version });
                });
        },
        [&] {
            return putRows(database, change.log, QStringLiteral("log"),
                QStringLiteral("twin,contract,name,body"), [](const LogEntry &row) {
                    return keyed(row.key, { row.workload.name, storedText(row.workload) });
                });
        },
        [&] {
            return putRows(database, change.steps, QStringLiteral("step"),
                QStringLiteral("seq,twin,contract,workload,wanted,step,start_ms,end_ms,error"),
                [](const StepEntry &row) {
                    return QVariantList { sqlInteger(row.seq), row.key.twin.value(),
                        sqlInteger(row.key.contract.value()), row.workload, row.wanted, row.step,
                        row.startMs, row.endMs.value_or(row.startMs), row.error };
                });
        },
        [&] { return forgetOldSteps(database, change.steps); },
        [&] {
            return putRows(database, change.tombstones, QStringLiteral("tombstone"),
                QStringLiteral("twin,contract,name,body,reason,since,keep_result"),
                [](const Tombstone &row) {
                    return keyed(row.key,
                        { row.workload.name, storedText(row.workload), row.reason, row.since,
                            row.keepResult ? 1 : 0 });
                });
        },
        [&] {
            return forEachRow(database, change.droppedTombstones,
                QStringLiteral("DELETE FROM tombstone WHERE twin=? AND contract=? AND name=?"),
                drop);
        },
        [&] {
            return putRows(database, change.contracts, QStringLiteral("contract"),
                QStringLiteral("twin,contract,state,hash,public_ips,seen_at"),
                [](const SeenContract &row) {
                    return keyed(row.key, { row.state, row.hash, row.publicIps, row.seenAt });
                });
        },
        [&] {
            return putRows(database, change.reports, QStringLiteral("report"),
                QStringLiteral("twin,contract,cru,sru,hru,mru,since"),
                [](const PendingReport &row) {
                    return keyed(row.key,
                        { sqlInteger(row.used.cru), sqlInteger(row.used.sru.count()),
                            sqlInteger(row.used.hru.count()), sqlInteger(row.used.mru.count()),
                            row.since });
                });
        },
        [&] {
            return forEachRow(database, change.sentReports,
                QStringLiteral("DELETE FROM report WHERE twin=? AND contract=? AND cru=? AND sru=? "
                               "AND hru=? AND mru=?"),
                [](const PendingReport &row) {
                    return keyed(row.key,
                        { sqlInteger(row.used.cru), sqlInteger(row.used.sru.count()),
                            sqlInteger(row.used.hru.count()), sqlInteger(row.used.mru.count()) });
                });
        },
        [&] {
            return putRows(database, change.accounts.keys(), QStringLiteral("account"),
                QStringLiteral("twin,key"), [&change](TwinId twin) {
                    return QVariantList { twin.value(), change.accounts.value(twin) };
                });
        },
        [&] {
            const QStringList chain
                = change.chain.isEmpty() ? QStringList() : QStringList { change.chain };
            return putRows(database, chain, QStringLiteral("fact"), QStringLiteral("name,value"),
                [](const QString &genesis) {
                    return QVariantList { QStringLiteral("chain"), genesis };
                });
        },
        [&] {
            return putRows(database, change.ended, QStringLiteral("ended"),
                QStringLiteral("twin,contract,ended_at"),
                [&change](const DeploymentKey &key) { return keyed(key, { change.endedAt }); });
        },
    };
    for (const auto &part : parts) {
        if (const auto done = part(); !done)
            return done;
    }
    for (const auto *table :
        { "deployment", "workload", "pending", "tombstone", "contract", "report" }) {
        const auto text = QStringLiteral("DELETE FROM %1 WHERE twin=? AND contract=?")
                              .arg(QLatin1StringView(table));
        if (const auto done = forEachRow(
                database, change.ended, text, [](const DeploymentKey &key) { return keyed(key); });
            !done)
            return done;
    }
    if (change.forgetEndedBefore > 0) {
        for (const auto *table : { "log", "step" }) {
            Statement old(database,
                QStringLiteral("DELETE FROM %1 WHERE (twin, contract) IN (SELECT twin, contract "
                               "FROM ended WHERE ended_at<?)")
                    .arg(QLatin1StringView(table)));
            if (const auto done = old.run({ change.forgetEndedBefore }); !done)
                return done;
        }
        Statement rows(database, QStringLiteral("DELETE FROM ended WHERE ended_at<?"));
        return rows.run({ change.forgetEndedBefore });
    }
    return {};
}

// The workload in a row's text column, or nothing (and a line in the log) when it is damaged.
std::optional<Workload> readBody(const Statement &row, int column, const char *table)
{
    auto workload = workloadFromStored(row.value(column).toByteArray());
    if (workload)
        return std::move(*workload);
    qCWarning(lcStore) << "a damaged row of" << table << "for deployment" << row.key().text()
                       << "is left out:" << workload.error().what;
    return {};
}

Result<QList<LogEntry>> readLog(Statement &rows)
{
    QList<LogEntry> entries;
    while (rows.next()) {
        if (auto workload = readBody(rows, 2, "log"))
            entries += LogEntry { fromSqlInteger(rows.value(3)), rows.key(), std::move(*workload) };
    }
    return entries;
}

Result<> readAll(
    QSqlDatabase &database, const QString &text, const std::function<void(Statement &)> &each)
{
    Statement rows(database, text);
    if (const auto done = rows.run(); !done)
        return done;
    while (rows.next())
        each(rows);
    return {};
}

Result<StoreContents> readContents(QSqlDatabase &database)
{
    StoreContents contents;
    auto done = readAll(
        database, QStringLiteral("SELECT * FROM deployment ORDER BY ord"), [&](Statement &row) {
            contents.deployments += StoredDeployment { row.key(), fromSqlInteger(row.value(2)),
                row.value(3).toLongLong(), TwinId(row.value(4).toUInt()),
                row.value(5).toByteArray(), row.value(6).toBool(), row.value(7).toBool() };
        });
    if (done) {
        done
            = readAll(database, QStringLiteral("SELECT twin, contract, body, digest FROM workload"),
                [&](Statement &row) {
                    if (auto workload = readBody(row, 2, "workload"))
                        contents.workloads += StoredWorkload { row.key(), std::move(*workload),
                            row.value(3).toString() };
                });
    }
    if (done) {
        done = readAll(database, QStringLiteral("SELECT twin, contract, body, name FROM pending"),
            [&](Statement &row) {
                if (auto workload = readBody(row, 2, "pending")) {
                    const bool begun = row.value(3).toString() != workload->name;
                    contents.pending += PendingWorkload { row.key(), std::move(*workload), begun };
                }
            });
    }
    if (done) {
        done = readAll(database,
            QStringLiteral(
                "SELECT twin, contract, body, reason, since, keep_result FROM tombstone"),
            [&](Statement &row) {
                if (auto workload = readBody(row, 2, "tombstone"))
                    contents.tombstones += Tombstone { row.key(), std::move(*workload),
                        row.value(3).toString(), row.value(4).toLongLong(), row.value(5).toBool() };
            });
    }
    if (done) {
        done = readAll(database, QStringLiteral("SELECT * FROM contract"), [&](Statement &row) {
            contents.contracts += SeenContract { row.key(), row.value(2).toString(),
                row.value(3).toString(), row.value(4).toUInt(), row.value(5).toLongLong() };
        });
    }
    if (done) {
        done = readAll(database, QStringLiteral("SELECT * FROM report"), [&](Statement &row) {
            Capacity used;
            used.cru = fromSqlInteger(row.value(2));
            used.sru = Bytes(fromSqlInteger(row.value(3)));
            used.hru = Bytes(fromSqlInteger(row.value(4)));
            used.mru = Bytes(fromSqlInteger(row.value(5)));
            contents.reports += PendingReport { row.key(), used, row.value(6).toLongLong() };
        });
    }
    if (done) {
        done = readAll(database, QStringLiteral("SELECT max(seq) FROM step"),
            [&](Statement &row) { contents.lastStep = fromSqlInteger(row.value(0)); });
    }
    if (done) {
        done = readAll(
            database, QStringLiteral("SELECT twin, key FROM account"), [&](Statement &row) {
                contents.accounts.insert(TwinId(row.value(0).toUInt()), row.value(1).toByteArray());
            });
    }
    if (done) {
        done = readAll(database, QStringLiteral("SELECT value FROM fact WHERE name='chain'"),
            [&](Statement &row) { contents.chain = row.value(0).toString(); });
    }
    if (!done)
        return fail(done.error());
    Statement rows(database,
        QStringLiteral("SELECT l.twin, l.contract, l.body, l.seq FROM log l JOIN deployment d ON "
                       "d.twin=l.twin AND d.contract=l.contract ORDER BY l.seq"));
    if (const auto ran = rows.run(); !ran)
        return fail(ran.error());
    auto log = readLog(rows);
    if (!log)
        return fail(log.error());
    contents.log = std::move(*log);
    return contents;
}

} // namespace

SqliteStore::SqliteStore(QString path)
    : m_worker(std::move(path))
{
}

Task<Result<>> SqliteStore::open()
{
    return m_worker.open(kApplicationId, storeFormats(), sumRecords,
        RecordRules { recordIsSound,
            { QStringLiteral("deployment"), QStringLiteral("workload"), QStringLiteral("log"),
                QStringLiteral("contract"), QStringLiteral("step"), QStringLiteral("account"),
                QStringLiteral("fact") } });
}

Task<Result<StoreContents>> SqliteStore::load()
{
    return m_worker.read<StoreContents>(
        [](QSqlDatabase &database) { return readContents(database); });
}

Task<Result<>> SqliteStore::commit(StoreChange change)
{
    return m_worker.run([change = std::move(change)](
                            QSqlDatabase &database) { return writeChange(database, change); });
}

Task<Result<QList<LogEntry>>> SqliteStore::history(DeploymentKey key)
{
    return m_worker.read<QList<LogEntry>>([key](QSqlDatabase &database) -> Result<QList<LogEntry>> {
        Statement rows(database,
            QStringLiteral("SELECT twin, contract, body, seq FROM log WHERE twin=? AND contract=? "
                           "ORDER BY seq"));
        if (const auto ran = rows.run(keyed(key)); !ran)
            return fail(ran.error());
        return readLog(rows);
    });
}

Task<Result<QList<StepEntry>>> SqliteStore::steps(DeploymentKey key)
{
    return m_worker.read<QList<StepEntry>>(
        [key](QSqlDatabase &database) -> Result<QList<StepEntry>> {
            Statement rows(database,
                QStringLiteral("SELECT seq, workload, wanted, step, start_ms, end_ms, error FROM "
                               "step WHERE twin=? AND contract=? ORDER BY seq"));
            if (const auto ran = rows.run(keyed(key)); !ran)
                return fail(ran.error());
            QList<StepEntry> entries;
            while (rows.next())
                entries += StepEntry { fromSqlInteger(rows.value(0)), key, rows.value(1).toString(),
                    rows.value(2).toString(), rows.value(3).toString(), rows.value(4).toLongLong(),
                    rows.value(5).toLongLong(), rows.value(6).toString() };
            return entries;
        });
}

Task<Result<QList<WorkloadKey>>> SqliteStore::endedWorkloads()
{
    return m_worker.read<QList<WorkloadKey>>(
        [](QSqlDatabase &database) -> Result<QList<WorkloadKey>> {
            QList<WorkloadKey> keys;
            const auto text
                = QStringLiteral("SELECT DISTINCT l.twin, l.contract, l.name FROM log l JOIN ended "
                                 "e ON e.twin=l.twin AND e.contract=l.contract");
            const auto done = readAll(database, text, [&](Statement &row) {
                keys += WorkloadKey { row.key(), row.value(2).toString() };
            });
            if (!done)
                return fail(done.error());
            return keys;
        });
}

} // namespace zos

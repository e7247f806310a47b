// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/replayguard.h"

#include <QFile>
#include <QHash>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>

#include <algorithm>
#include <optional>

namespace zos::rmb {

namespace {

constexpr quint64 kWindow = 61; // one second more than the age limit
constexpr quint64 kPruneEvery = 10;

QByteArray replayKey(TwinId source, const QByteArray &challenge)
{
    return QByteArray::number(source.value(), 36) + '.' + challenge;
}

} // namespace

struct ReplayGuard::Private
{
    struct Entry
    {
        TwinId source;
        quint64 expires = 0;
    };

    ReplayLimits limits;
    QHash<QByteArray, Entry> entries;
    QHash<TwinId, int> perTwin;
    quint64 prunedAt = 0;
    QString connection;
    std::optional<QSqlQuery> insertion;

    void insert(const QByteArray &key, Entry entry)
    {
        entries.insert(key, entry);
        ++perTwin[entry.source];
    }

    void prune(quint64 time)
    {
        prunedAt = time;
        entries.removeIf([this, time](const auto &entry) {
            if (entry->expires > time)
                return false;
            if (--perTwin[entry->source] <= 0)
                perTwin.remove(entry->source);
            return true;
        });
        if (insertion) {
            QSqlQuery query(QSqlDatabase::database(connection));
            query.prepare(QStringLiteral("DELETE FROM seen WHERE expires <= ?"));
            query.addBindValue(qint64(time));
            query.exec();
        }
    }

    Result<> openFile(const QString &path)
    {
        connection = QUuid::createUuid().toString(QUuid::Id128);
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
        database.setDatabaseName(path);
        const auto broken = [&database] {
            return fail(
                ErrorCode::Io, QStringLiteral("replay guard: %1").arg(database.lastError().text()));
        };
        if (!database.open())
            return broken();
        QSqlQuery query(database);
        // No fsync: what a killed process wrote is in the kernel's hands already, and 60 s after a
        // power loss nothing of this is worth anything.
        const QStringList statements { QStringLiteral("PRAGMA journal_mode = WAL"),
            QStringLiteral("PRAGMA synchronous = OFF"),
            QStringLiteral("CREATE TABLE IF NOT EXISTS seen (key BLOB PRIMARY KEY, source INTEGER "
                           "NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID") };
        for (const QString &statement : statements) {
            if (!query.exec(statement))
                return fail(ErrorCode::Io,
                    QStringLiteral("replay guard: %1").arg(query.lastError().text()));
        }
        if (!query.exec(QStringLiteral("SELECT key, source, expires FROM seen")))
            return fail(
                ErrorCode::Io, QStringLiteral("replay guard: %1").arg(query.lastError().text()));
        while (query.next() && entries.size() < limits.entries)
            insert(query.value(0).toByteArray(),
                { TwinId(query.value(1).toUInt()), query.value(2).toULongLong() });
        if (query.lastError().isValid())
            return fail(
                ErrorCode::Io, QStringLiteral("replay guard: %1").arg(query.lastError().text()));
        insertion.emplace(database);
        if (!insertion->prepare(
                QStringLiteral("INSERT INTO seen (key, source, expires) VALUES (?, ?, ?)")))
            return broken();
        return {};
    }

    void closeFile()
    {
        insertion.reset();
        if (!connection.isEmpty())
            QSqlDatabase::removeDatabase(std::exchange(connection, {}));
        entries.clear();
        perTwin.clear();
    }
};

ReplayGuard::ReplayGuard(ReplayLimits limits)
    : d(std::make_unique<Private>())
{
    d->limits = limits;
}

ReplayGuard::~ReplayGuard()
{
    close();
}

Result<> ReplayGuard::open(const QString &path, quint64 time)
{
    d->closeFile();
    if (path.isEmpty())
        return {};
    auto opened = d->openFile(path);
    if (!opened) {
        // A damaged file holds nothing that is needed longer than a minute.
        d->closeFile();
        for (const char *suffix : { "", "-wal", "-shm" })
            QFile::remove(path + QLatin1StringView(suffix));
        opened = d->openFile(path);
    }
    if (!opened)
        d->closeFile();
    else
        d->prune(time);
    return opened;
}

void ReplayGuard::close()
{
    d->closeFile();
}

bool ReplayGuard::seen(TwinId source, const QByteArray &challenge) const
{
    return d->entries.contains(replayKey(source, challenge));
}

Result<> ReplayGuard::remember(
    TwinId source, const QByteArray &challenge, quint64 stamped, quint64 time)
{
    const QByteArray key = replayKey(source, challenge);
    if (d->entries.contains(key))
        return fail(ErrorCode::Exists, QStringLiteral("message was received before"));
    const bool full = d->entries.size() >= d->limits.entries;
    if (time >= d->prunedAt + kPruneEvery || time < d->prunedAt || (full && time != d->prunedAt))
        d->prune(time);
    if (d->entries.size() >= d->limits.entries)
        return fail(ErrorCode::Limit,
            QStringLiteral("more than %1 messages within a minute").arg(d->limits.entries));
    if (d->perTwin.value(source) >= d->limits.entriesPerTwin)
        return fail(ErrorCode::Limit,
            QStringLiteral("more than %1 messages of one twin within a minute")
                .arg(d->limits.entriesPerTwin));
    const quint64 expires = stamped + kWindow;
    if (d->insertion) {
        d->insertion->bindValue(0, key);
        d->insertion->bindValue(1, source.value());
        d->insertion->bindValue(2, qint64(expires));
        if (!d->insertion->exec())
            return fail(ErrorCode::Io,
                QStringLiteral("replay guard: %1").arg(d->insertion->lastError().text()));
    }
    d->insert(key, { source, expires });
    return {};
}

int ReplayGuard::size() const
{
    return static_cast<int>(d->entries.size());
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgersql.h"

#include "core/base/json.h"
#include "core/chain/local/ledgerschema.h"

#include <QFileInfo>
#include <QHash>
#include <QSqlError>
#include <QThread>

#include <algorithm>
#include <optional>

namespace zos {

namespace {

constexpr qint64 kSchemaVersion = 1;
constexpr qint64 kSecondsPerBlock = 6;
constexpr std::chrono::seconds kKeepEvents = std::chrono::hours(24 * 90);

std::optional<LedgerEvent::Kind> eventKind(const QString &name)
{
    using Kind = LedgerEvent::Kind;
    static const QHash<QString, Kind> kinds {
        { QStringLiteral("ContractCreated"), Kind::ContractCreated },
        { QStringLiteral("ContractUpdated"), Kind::ContractUpdated },
        { QStringLiteral("NodeContractCanceled"), Kind::ContractCanceled },
        { QStringLiteral("NameContractCanceled"), Kind::ContractCanceled },
        { QStringLiteral("RentContractCanceled"), Kind::ContractCanceled },
        { QStringLiteral("ContractGracePeriodStarted"), Kind::GraceStarted },
        { QStringLiteral("ContractGracePeriodEnded"), Kind::GraceEnded },
        { QStringLiteral("TwinStored"), Kind::TwinUpdated },
        { QStringLiteral("TwinUpdated"), Kind::TwinUpdated },
        { QStringLiteral("FarmStored"), Kind::FarmUpdated },
        { QStringLiteral("FarmUpdated"), Kind::FarmUpdated },
        { QStringLiteral("NodeStored"), Kind::NodeUpdated },
        { QStringLiteral("NodeUpdated"), Kind::NodeUpdated },
    };
    const auto found = kinds.find(name);
    return found == kinds.end() ? std::nullopt : std::optional(*found);
}

TwinId eventTwin(const QByteArray &body)
{
    const auto json = Json::parse(body);
    const auto *twin = json ? json->findExact(u"twin_id") : nullptr;
    return TwinId(twin ? quint32(twin->toUnsigned(UINT32_MAX).value_or(0)) : 0);
}

QVariant idOrNull(qint64 id)
{
    return id == 0 ? QVariant() : QVariant(id);
}

} // namespace

LedgerSql::LedgerSql(QString path, QString connectionName)
    : m_path(std::move(path))
    , m_name(std::move(connectionName))
{
}

LedgerSql::~LedgerSql()
{
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Error LedgerSql::failure(const QSqlError &error)
{
    // SQLITE_BUSY and SQLITE_LOCKED with their extended codes share the low byte.
    const auto code = error.nativeErrorCode().toInt() & 0xff;
    m_busy = code == 5 || code == 6;
    return Error { ErrorCode::Unavailable,
        QStringLiteral("ledger %1: %2").arg(m_path, error.text()) };
}

Result<> LedgerSql::connect()
{
    if (!m_database.isValid()) {
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name);
        m_database.setDatabaseName(m_path);
    }
    if (!m_database.isOpen() && !m_database.open())
        return fail(failure(m_database.lastError()));
    if (auto set = run(QStringLiteral("PRAGMA busy_timeout=5000")); !set)
        return set;
    // Changing the journal mode does not wait for other processes that do the same: repeat it.
    for (int attempt = 1; attempt <= 100; ++attempt) {
        m_busy = false;
        const auto changed = run(QStringLiteral("PRAGMA journal_mode=WAL"));
        if (changed)
            break;
        if (!m_busy || attempt == 100)
            return changed;
        QThread::msleep(20);
    }
    for (const auto *pragma : { "synchronous=NORMAL", "foreign_keys=ON" }) {
        if (auto set = run(QStringLiteral("PRAGMA ") + QString::fromLatin1(pragma)); !set)
            return set;
    }
    return {};
}

Result<> LedgerSql::open(bool create, std::chrono::seconds now)
{
    if (m_open)
        return {};
    if (!create && !QFileInfo::exists(m_path))
        return fail(ErrorCode::NotFound, QStringLiteral("there is no ledger at %1").arg(m_path));
    auto done = connect();
    if (done)
        done = createOrCheck(create, now);
    if (!done) {
        m_database.close();
        return done;
    }
    m_open = true;
    const auto start = read<qint64>([](LedgerSql &sql) -> Result<qint64> {
        auto last = sql.query(QStringLiteral("SELECT coalesce(max(seq), 0) FROM event"));
        if (!last)
            return fail(last.error());
        last->next();
        return last->value(0).toLongLong();
    });
    if (!start) {
        m_open = false;
        return fail(start.error());
    }
    m_lastEvent = *start;
    auto pruned = prune(now);
    m_open = pruned.has_value();
    return pruned;
}

Result<> LedgerSql::createOrCheck(bool create, std::chrono::seconds now)
{
    auto tables = query(QStringLiteral("SELECT count(*), sum(name = 'meta') FROM sqlite_master"));
    if (!tables)
        return fail(tables.error());
    tables->next();
    const auto count = tables->value(0).toInt();
    const bool ours = tables->value(1).toInt() > 0;
    tables->finish();
    if (count == 0 && !create)
        return fail(ErrorCode::NotFound, QStringLiteral("there is no ledger in %1").arg(m_path));
    if (count == 0)
        return createSchema(now);
    auto schema = ours ? query(QStringLiteral("SELECT value FROM meta WHERE key = 'schema'"))
                       : Result<QSqlQuery>(fail(ErrorCode::Corrupt, {}));
    const auto version = schema && schema->next() ? schema->value(0).toLongLong() : 0;
    if (version == kSchemaVersion)
        return {};
    return fail(ErrorCode::Corrupt,
        version > kSchemaVersion
            ? QStringLiteral("ledger %1 has the newer format %2").arg(m_path).arg(version)
            : QStringLiteral("%1 is a database, but not a ledger").arg(m_path));
}

Result<> LedgerSql::createSchema(std::chrono::seconds now)
{
    const std::function<Result<bool>(LedgerSql &)> make = [now](LedgerSql &sql) -> Result<bool> {
        // Another process may have been faster; the lock makes this check final.
        const auto there
            = sql.exists(QStringLiteral("SELECT 1 FROM sqlite_master WHERE name = 'meta'"), {});
        if (!there || *there)
            return there;
        for (const auto &statement : ledgerSchema()) {
            if (const auto made = sql.run(statement); !made)
                return fail(made.error());
        }
        const auto described
            = sql.run(QStringLiteral("INSERT INTO meta (key, value) VALUES ('schema', ?), "
                                     "('genesis', hex(randomblob(32))), ('genesis_time', ?)"),
                { QString::number(kSchemaVersion), QString::number(now.count()) });
        if (!described)
            return fail(described.error());
        return true;
    };
    m_open = true;
    const auto made = write<bool>(now, make);
    m_open = false;
    if (!made)
        return fail(made.error());
    return {};
}

Result<> LedgerSql::prune(std::chrono::seconds now)
{
    const auto limit = qint64((now - kKeepEvents).count());
    const auto old
        = exists(QStringLiteral("SELECT 1 FROM block WHERE timestamp < ? UNION ALL SELECT 1 FROM "
                                "uptime WHERE timestamp < ? "
                                "UNION ALL SELECT 1 FROM nru_report WHERE timestamp < ? LIMIT 1"),
            { limit, limit, limit });
    if (!old || !*old)
        return old ? Result<>() : fail(old.error());
    const auto pruned = write<bool>(now, [limit](LedgerSql &sql) -> Result<bool> {
        for (const auto *statement :
            { "DELETE FROM event WHERE block IN (SELECT number FROM block WHERE timestamp < ?)",
                "DELETE FROM block WHERE timestamp < ?", "DELETE FROM uptime WHERE timestamp < ?",
                "DELETE FROM nru_report WHERE timestamp < ?" }) {
            if (const auto done = sql.run(QString::fromLatin1(statement), { limit }); !done)
                return fail(done.error());
        }
        return true;
    });
    return pruned ? Result<>() : fail(pruned.error());
}

Result<> LedgerSql::begin(bool writing, std::chrono::seconds now)
{
    if (!m_open)
        return fail(ErrorCode::Unavailable, QStringLiteral("ledger %1 is not open").arg(m_path));
    if (const auto begun
        = run(writing ? QStringLiteral("BEGIN IMMEDIATE") : QStringLiteral("BEGIN"));
        !begun)
        return begun;
    m_now = now;
    m_block = 0;
    return {};
}

Result<> LedgerSql::commit()
{
    auto done = run(QStringLiteral("COMMIT"));
    m_wrote = m_wrote || done.has_value();
    return done;
}

void LedgerSql::rollBack()
{
    // Fails only when SQLite has rolled back by itself already.
    QSqlQuery statement(m_database);
    statement.exec(QStringLiteral("ROLLBACK"));
}

Result<QSqlQuery> LedgerSql::query(const QString &sql, const QVariantList &values)
{
    QSqlQuery statement(m_database);
    statement.setForwardOnly(true);
    if (!statement.prepare(sql))
        return fail(failure(statement.lastError()));
    for (int i = 0; i < values.size(); ++i)
        statement.bindValue(i, values.at(i));
    if (!statement.exec())
        return fail(failure(statement.lastError()));
    return statement;
}

Result<> LedgerSql::run(const QString &sql, const QVariantList &values)
{
    const auto done = query(sql, values);
    return done ? Result<>() : fail(done.error());
}

Result<qint64> LedgerSql::insert(const QString &sql, const QVariantList &values)
{
    const auto done = query(sql, values);
    return done ? Result<qint64>(done->lastInsertId().toLongLong()) : fail(done.error());
}

Result<bool> LedgerSql::exists(const QString &sql, const QVariantList &values)
{
    auto found = query(sql, values);
    return found ? Result<bool>(found->next()) : fail(found.error());
}

Result<quint64> LedgerSql::blockAt(std::chrono::seconds now)
{
    auto row = query(QStringLiteral("SELECT (SELECT value FROM meta WHERE key = 'genesis_time'), "
                                    "(SELECT coalesce(max(number), 0) FROM block)"));
    if (!row)
        return fail(row.error());
    row->next();
    const auto elapsed = now.count() - row->value(0).toLongLong();
    const auto byTime = quint64(std::max<qint64>(0, elapsed / kSecondsPerBlock));
    m_highestBlock = std::max({ m_highestBlock, byTime, row->value(1).toULongLong() });
    return m_highestBlock;
}

Result<> LedgerSql::append(
    const QString &pallet, const QString &name, const EventIds &ids, const QByteArray &body)
{
    if (m_block == 0) {
        const auto number = blockAt(m_now);
        if (!number)
            return fail(number.error());
        m_block = *number;
        const auto stored
            = run(QStringLiteral("INSERT OR IGNORE INTO block (number, timestamp) VALUES (?, ?)"),
                { qint64(m_block), qint64(m_now.count()) });
        if (!stored)
            return stored;
    }
    return run(QStringLiteral(
                   "INSERT INTO event (block, pallet, name, farm_id, node_id, contract_id, body) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?)"),
        { qint64(m_block), pallet, name, idOrNull(ids.farm.value()), idOrNull(ids.node.value()),
            idOrNull(qint64(ids.contract.value())), QString::fromUtf8(body) });
}

Result<QString> LedgerSql::genesis()
{
    auto row = query(QStringLiteral("SELECT value FROM meta WHERE key = 'genesis'"));
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::Corrupt, QStringLiteral("the ledger does not say which one it is"));
    return row->value(0).toString();
}

Result<LedgerSql::Feed> LedgerSql::news()
{
    Feed feed;
    auto version = query(QStringLiteral("PRAGMA data_version"));
    if (!version)
        return fail(version.error());
    version->next();
    const auto current = version->value(0).toLongLong();
    version->finish();
    if (current == m_dataVersion && !m_wrote)
        return feed;
    auto rows = query(QStringLiteral("SELECT seq, block, name, farm_id, node_id, contract_id, body "
                                     "FROM event WHERE seq > ? ORDER BY seq"),
        { m_lastEvent });
    if (!rows)
        return fail(rows.error());
    while (rows->next()) {
        const auto number = rows->value(0).toLongLong();
        feed.gap = feed.gap || number != m_lastEvent + 1;
        m_lastEvent = number;
        const auto kind = eventKind(rows->value(2).toString());
        if (!kind)
            continue;
        LedgerEvent event { *kind, ContractId(rows->value(5).toULongLong()),
            NodeId(rows->value(4).toUInt()), eventTwin(rows->value(6).toString().toUtf8()),
            FarmId(rows->value(3).toUInt()), rows->value(1).toULongLong() };
        feed.events += event;
    }
    // What was read so far is news all the same; the rest is looked for at the next turn.
    if (!rows->lastError().isValid()) {
        m_dataVersion = current;
        m_wrote = false;
    }
    return feed;
}

} // namespace zos

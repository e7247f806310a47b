// SPDX-License-Identifier: Apache-2.0
#include "core/store/salvage.h"

#include "core/store/pagescan.h"
#include "core/store/recordsum.h"
#include "core/store/sqlfile.h"

#include <QFile>
#include <QFileInfo>
#include <QScopeGuard>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QUuid>
#include <QtEndian>

#include <algorithm>
#include <ranges>
#include <vector>

namespace zos {

namespace {

Error databaseError(const QString &what)
{
    return { ErrorCode::Corrupt, QStringLiteral("database: %1").arg(what) };
}

// One connection for as long as this lives.
class Connection
{
public:
    explicit Connection(const QString &path)
        : m_name(QStringLiteral("salvage-") + QUuid::createUuid().toString(QUuid::Id128))
        , m_database(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name))
    {
        m_database.setDatabaseName(path);
        m_open = m_database.open();
    }
    ~Connection()
    {
        m_database.close();
        m_database = {};
        QSqlDatabase::removeDatabase(m_name);
    }
    Q_DISABLE_COPY_MOVE(Connection)

    bool isOpen() const { return m_open; }
    QSqlDatabase &database() { return m_database; }
    Result<> run(const QString &statement)
    {
        QSqlQuery query(m_database);
        if (query.exec(statement))
            return {};
        return fail(databaseError(query.lastError().text()));
    }
    Result<QVariant> value(const QString &statement)
    {
        QSqlQuery query(m_database);
        if (!query.exec(statement) || !query.next())
            return fail(databaseError(query.lastError().text()));
        return query.value(0);
    }

private:
    QString m_name;
    QSqlDatabase m_database;
    bool m_open = false;
};

QVariantList valuesOf(const QSqlQuery &row, int columns)
{
    QVariantList values;
    values.reserve(columns);
    for (int column = 0; column < columns; ++column)
        values += row.value(column);
    return values;
}

// Whose row it is, for people: "log (seq 12, twin 7, contract 3, name disk)".
QString nameOf(const QString &table, const QSqlRecord &row)
{
    QStringList parts;
    for (const auto *column : { "seq", "twin", "contract", "name" }) {
        const auto value = row.value(QLatin1StringView(column));
        if (!value.isValid())
            continue;
        // Ids travel bit for bit in signed numbers.
        const auto text = value.typeId() == QMetaType::LongLong
            ? QString::number(value.toULongLong())
            : value.toString().left(64);
        parts += QLatin1StringView(column) + u' ' + text;
    }
    return QStringLiteral("%1 (%2)").arg(table, parts.join(QStringLiteral(", ")));
}

// The first row that is not as it was written; empty = all are.
Result<QString> alteredRow(Connection &source, const RecordRules &rules)
{
    for (const auto &table : ownTables(source.database())) {
        QSqlQuery rows(source.database());
        rows.setForwardOnly(true);
        if (!rows.exec(u"SELECT * FROM " + table))
            return fail(databaseError(rows.lastError().text()));
        const int columns = rows.record().count();
        while (rows.next()) {
            if (!rules.sound(table, valuesOf(rows, columns)))
                return nameOf(table, rows.record());
        }
        if (rows.lastError().isValid())
            return fail(databaseError(rows.lastError().text()));
    }
    return QString();
}

Result<> makeTables(Connection &target, qint32 applicationId, const QList<QStringList> &steps)
{
    for (const auto &step : steps) {
        for (const auto &statement : step) {
            if (const auto made = target.run(statement); !made)
                return made;
        }
    }
    if (const auto made = target.run(QStringLiteral("PRAGMA application_id=%1").arg(applicationId));
        !made)
        return made;
    return target.run(QStringLiteral("PRAGMA user_version=%1").arg(steps.size()));
}

// Made by the very statements of the newest format: then it is ours and of that format, whatever
// its header says.
Result<bool> hasTablesOf(Connection &source, qint32 applicationId, const QList<QStringList> &steps)
{
    Connection model(QStringLiteral(":memory:"));
    if (const auto made = makeTables(model, applicationId, steps); !made)
        return fail(made.error());
    const auto all = QStringLiteral("SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_master "
                                    "WHERE sql NOT NULL ORDER BY name)");
    const auto theirs = source.value(all);
    const auto ours = model.value(all);
    return theirs && ours && !ours->toString().isEmpty() && *theirs == *ours;
}

constexpr QStringView kFirstPageAltered = u"the first page is altered";

// What is wrong with it, mostly in SQLite's words; empty = nothing.
QString damageOf(const QString &path, qint32 applicationId, const QList<QStringList> &steps,
    const RecordRules &rules)
{
    if (isHeaderAltered(path, applicationId))
        return kFirstPageAltered.toString();
    {
        Connection source(path);
        if (!source.isOpen())
            return source.database().lastError().text();
        const auto found = source.value(QStringLiteral("PRAGMA integrity_check(1)"));
        if (!found)
            return found.error().what;
        if (found->toString() != u"ok")
            return found->toString();
        const auto version = source.value(QStringLiteral("PRAGMA user_version"));
        const auto program = source.value(QStringLiteral("PRAGMA application_id"));
        const bool isNewest = version && version->toLongLong() == steps.size();
        if (rules.sound) {
            // A header and tables that do not belong together: one of them is altered.
            const auto known = hasTablesOf(source, applicationId, steps);
            if (!known)
                return known.error().what;
            if (*known != (isNewest && program && program->toInt() == applicationId))
                return kFirstPageAltered.toString();
        }
        if (rules.sound && isNewest) {
            const auto altered = alteredRow(source, rules);
            if (!altered)
                return altered.error().what;
            if (!altered->isEmpty())
                return u"altered: " + *altered;
        }
        // The first page is the first one a checkpoint writes. When the power goes there, the file
        // is shorter than it says and the journal holds the rest.
        if (isCutShort(path))
            (void)source.run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    // Somebody who reads it can keep the journal from being brought over: then it stays in use.
    const bool journal = QFileInfo(path + QStringLiteral("-wal")).size() > 0;
    return isCutShort(path) && !journal ? QStringLiteral("the file is cut short") : QString();
}

// The first page says where every table begins. A file of ours has its tables where any other has
// them that was made by the same steps, so that page can be lent.
Result<> lendFirstPage(const QString &path, qint32 applicationId, const QList<QStringList> &steps)
{
    constexpr qint64 kFirst = 4096; // SQLite's own choice
    const QString model = path + QStringLiteral(".model");
    removeDatabase(model);
    {
        Connection maker(model);
        if (const auto made = makeTables(maker, applicationId, steps); !made)
            return made;
    }
    QFile lender(model);
    auto page = lender.open(QIODevice::ReadOnly) ? lender.read(kFirst) : QByteArray();
    lender.close();
    removeDatabase(model);
    QFile file(path);
    if (page.size() != kFirst || !file.open(QIODevice::ReadWrite))
        return fail(ErrorCode::Io, QStringLiteral("%1 cannot be mended").arg(path));
    qToBigEndian<quint32>(1, page.data() + 24); // change counter, and the one the size is valid for
    qToBigEndian<quint32>(1, page.data() + 92);
    qToBigEndian(quint32((file.size() + kFirst - 1) / kFirst), page.data() + 28);
    page.replace(32, 8, QByteArray(8, '\0')); // no free pages
    if (file.write(page) != kFirst)
        return fail(ErrorCode::Io, QStringLiteral("%1 cannot be mended").arg(path));
    return {};
}

// Rows in one direction until the end or the damage; true = the end was reached.
Result<bool> copyRows(Connection &source, Connection &target, const QString &table,
    const QStringList &key, bool backwards, const RecordRules &rules, Salvage *salvage)
{
    QStringList order;
    for (const auto &column : key)
        order += column + (backwards ? QStringLiteral(" DESC") : QStringLiteral(" ASC"));
    QSqlQuery from(source.database());
    from.setForwardOnly(true);
    if (!from.exec(QStringLiteral("SELECT * FROM %1 ORDER BY %2")
                .arg(table, order.join(QStringLiteral(", ")))))
        return false;
    QSqlQuery into(target.database());
    while (from.next()) {
        const auto row = from.record();
        if (rules.sound && !rules.sound(table, valuesOf(from, row.count()))) {
            constexpr qsizetype kMostNames = 100;
            const auto name = nameOf(table, row);
            if (salvage->altered.size() < kMostNames && !salvage->altered.contains(name))
                salvage->altered += name;
            continue;
        }
        QStringList columns;
        QStringList places;
        for (int column = 0; column < row.count(); ++column) {
            columns += row.fieldName(column);
            places += QStringLiteral("?");
        }
        if (!into.prepare(QStringLiteral("INSERT OR IGNORE INTO %1(%2) VALUES(%3)")
                    .arg(table, columns.join(u','), places.join(u','))))
            return fail(databaseError(into.lastError().text()));
        for (int column = 0; column < row.count(); ++column)
            into.bindValue(column, row.value(column));
        // A row that the table's own rules refuse was damaged as well.
        if (into.exec())
            salvage->rows += into.numRowsAffected();
    }
    return !from.lastError().isValid();
}

// A row as `table` would return it; empty = it is none of its.
QVariantList rowOf(const LooseRecord &record, const QSqlRecord &columns, bool hasRowid)
{
    if (record.values.size() != columns.count() || record.rowid.has_value() != hasRowid)
        return {};
    auto row = record.values;
    if (hasRowid)
        row.first() = *record.rowid;
    return row;
}

struct TargetTable
{
    QString name;
    QSqlRecord columns;
    bool hasRowid;
    bool isLasting;
    QSqlQuery insert;
};

Result<std::vector<TargetTable>> targetTables(Connection &target, const RecordRules &rules)
{
    std::vector<TargetTable> tables;
    for (const auto &name : ownTables(target.database())) {
        const auto columns = target.database().record(name);
        // A table whose key is one number has it as rowid.
        const auto rowid = target.value(QStringLiteral(
            "SELECT count(*)=1 AND max(type)='INTEGER' FROM pragma_table_info('%1') WHERE pk>0")
                .arg(name));
        if (!rowid)
            return fail(rowid.error());
        TargetTable table { name, columns, rowid->toBool(), rules.lasting.contains(name),
            QSqlQuery(target.database()) };
        const auto places = QStringLiteral(",?").repeated(columns.count()).mid(1);
        if (!table.insert.prepare(
                QStringLiteral("INSERT OR IGNORE INTO %1 VALUES(%2)").arg(name, places)))
            return fail(databaseError(table.insert.lastError().text()));
        tables.push_back(std::move(table));
    }
    return tables;
}

// Rows to which no way leads any more: what is in force first, then remainders.
Result<> takeLooseRows(
    const QString &path, qint64 size, Connection &target, const RecordRules &rules, qint64 *taken)
{
    QFile file(path);
    const auto *bytes = size > 0 && file.open(QIODevice::ReadOnly)
        ? file.map(0, size, QFileDevice::MapPrivateOption)
        : nullptr;
    if (!bytes)
        return {};
    auto tables = targetTables(target, rules);
    if (!tables)
        return fail(tables.error());
    const auto columns = [](const TargetTable &table) { return table.columns.count(); };
    const auto [fewest, most] = std::ranges::minmax(*tables | std::views::transform(columns));
    for (const bool inForce : { true, false }) {
        scanPages(QByteArrayView(bytes, size), fewest, most, [&](const LooseRecord &record) {
            for (auto &table : *tables) {
                if (record.inForce != inForce || !(inForce || table.isLasting))
                    continue;
                const auto row = rowOf(record, table.columns, table.hasRowid);
                if (row.isEmpty() || !rules.sound(table.name, row))
                    continue;
                for (int column = 0; column < row.size(); ++column)
                    table.insert.bindValue(column, row.at(column));
                if (table.insert.exec())
                    *taken += table.insert.numRowsAffected();
            }
        });
    }
    return {};
}

Result<Salvage> bringOver(
    Connection &source, Connection &target, const RecordRules &rules, Salvage salvage)
{
    for (const auto &table : ownTables(target.database())) {
        QStringList key;
        QSqlQuery columns(target.database());
        if (!columns.exec(
                QStringLiteral("SELECT name FROM pragma_table_info('%1') WHERE pk>0 ORDER BY pk")
                    .arg(table)))
            return fail(databaseError(columns.lastError().text()));
        while (columns.next())
            key += columns.value(0).toString();
        const auto forwards = copyRows(source, target, table, key, false, rules, &salvage);
        if (!forwards)
            return fail(forwards.error());
        if (*forwards)
            continue;
        salvage.incomplete += table;
        const auto backwards = copyRows(source, target, table, key, true, rules, &salvage);
        if (!backwards)
            return fail(backwards.error());
    }
    return salvage;
}

// `last`: no other try follows when nothing is found by way of the tables.
Result<Salvage> rebuild(const QString &from, const QString &to, qint32 applicationId,
    const QList<QStringList> &steps, const RecordRules &rules, bool last, Salvage salvage)
{
    removeDatabase(to);
    Connection source(from);
    Connection target(to);
    if (!target.isOpen())
        return fail(databaseError(target.database().lastError().text()));
    if (const auto set = target.run(QStringLiteral("PRAGMA synchronous=FULL")); !set)
        return fail(set.error());
    if (const auto begun = target.run(QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return fail(begun.error());
    if (const auto made = makeTables(target, applicationId, steps); !made)
        return fail(made.error());
    auto done = bringOver(source, target, rules, std::move(salvage));
    if (!done)
        return done;
    const bool lost = !done->incomplete.isEmpty() || !done->altered.isEmpty();
    if (rules.sound && lost && (done->rows > 0 || last)) {
        // Not of what was filled up.
        const auto size = std::min(QFileInfo(from).size(), QFileInfo(done->keptAs).size());
        if (const auto taken = takeLooseRows(from, size, target, rules, &done->rows); !taken)
            return fail(taken.error());
    }
    if (const auto committed = target.run(QStringLiteral("COMMIT")); !committed)
        return fail(committed.error());
    return done;
}

} // namespace

Result<Salvage> salvageDatabase(const QString &path, qint32 applicationId,
    const QList<QStringList> &steps, const RecordRules &rules)
{
    Salvage salvage;
    if (QFileInfo(path).size() == 0)
        return salvage;
    salvage.damage = damageOf(path, applicationId, steps, rules);
    if (salvage.damage.isEmpty())
        return salvage;
    qsizetype format = steps.size();
    const bool altered = salvage.damage == kFirstPageAltered;
    if (!altered) {
        Connection source(path);
        const auto program = source.value(QStringLiteral("PRAGMA application_id"));
        if (program && program->toInt() != 0 && program->toInt() != applicationId)
            return Salvage {};
        const auto version = source.value(QStringLiteral("PRAGMA user_version"));
        if (const auto number = version.value_or(QVariant()).toLongLong(); number > steps.size())
            return Salvage {};
        else if (number > 0)
            format = number;
    }
    salvage.keptAs = freeName(path);
    const QString work = path + QStringLiteral(".work");
    // Under another name until it is whole: after a crash in between all of this begins again.
    const QString fresh = path + QStringLiteral(".new");
    const auto tidy = qScopeGuard([&] { removeDatabase(work); });
    for (const auto &copy : QStringList { salvage.keptAs, work }) {
        if (const auto copied = copyDatabase(path, copy); !copied)
            return fail(copied.error());
    }
    // With zeros for what is missing the rest can be read.
    if (const auto whole = sizeByHeader(work);
        QFileInfo(work).size() < whole && !QFile::resize(work, whole))
        return fail(ErrorCode::Io, QStringLiteral("%1 cannot be filled up").arg(work));
    const auto makers = steps.first(format);
    const auto known = format == steps.size() ? rules : RecordRules {};
    auto done = altered ? Result<Salvage>(salvage)
                        : rebuild(work, fresh, applicationId, makers, known, false, salvage);
    if (done && done->rows == 0) {
        if (const auto lent = lendFirstPage(work, applicationId, makers); !lent)
            return fail(lent.error());
        done = rebuild(work, fresh, applicationId, makers, known, true, salvage);
    }
    if (!done)
        return done;
    if (const auto placed = putInPlace(fresh, path); !placed)
        return fail(placed.error());
    return done;
}

} // namespace zos

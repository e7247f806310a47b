// SPDX-License-Identifier: Apache-2.0
#include "core/store/recordsum.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlIndex>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QtEndian>

#include <sodium.h>

#include <array>

namespace zos {

namespace {

void mix(crypto_generichash_state &state, char kind, QByteArrayView bytes)
{
    std::array<unsigned char, 9> head {};
    head[0] = static_cast<unsigned char>(kind);
    qToLittleEndian<quint64>(quint64(bytes.size()), head.data() + 1);
    crypto_generichash_update(&state, head.data(), head.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char *>(bytes.data()),
        static_cast<unsigned long long>(bytes.size()));
}

void mix(crypto_generichash_state &state, const QVariant &value)
{
    if (value.isNull()) {
        mix(state, '0', {});
        return;
    }
    switch (value.typeId()) {
    case QMetaType::Bool:
    case QMetaType::Int:
    case QMetaType::UInt:
    case QMetaType::LongLong:
    case QMetaType::ULongLong: {
        std::array<char, 8> number {};
        qToLittleEndian<qint64>(value.toLongLong(), number.data());
        mix(state, 'i', QByteArrayView(number.data(), number.size()));
        return;
    }
    case QMetaType::QString:
        mix(state, 't', value.toString().toUtf8());
        return;
    case QMetaType::QByteArray:
        mix(state, 'b', value.toByteArray());
        return;
    default: // a fraction: no column has one
        mix(state, 'x', {});
    }
}

Result<> sqlFailure(const QSqlQuery &query)
{
    return fail(ErrorCode::Io, QStringLiteral("database: %1").arg(query.lastError().text()));
}

Result<> sumTable(QSqlDatabase &database, const QString &table)
{
    const auto keyNames = database.primaryIndex(table);
    QStringList conditions;
    for (int column = 0; column < keyNames.count(); ++column)
        conditions += keyNames.fieldName(column) + QStringLiteral("=?");
    QList<QVariantList> updates; // sum, key
    {
        QSqlQuery rows(database);
        rows.setForwardOnly(true);
        if (!rows.exec(u"SELECT * FROM " + table))
            return sqlFailure(rows);
        while (rows.next()) {
            const auto row = rows.record();
            QVariantList values;
            const int covered = row.count() - 1;
            for (int column = table == u"log" ? 1 : 0; column < covered; ++column)
                values += row.value(column);
            QVariantList update { recordSum(table, values) };
            for (int column = 0; column < keyNames.count(); ++column)
                update += row.value(keyNames.fieldName(column));
            updates += update;
        }
    }
    QSqlQuery write(database);
    if (!write.prepare(QStringLiteral("UPDATE %1 SET sum=? WHERE %2")
                .arg(table, conditions.join(QStringLiteral(" AND ")))))
        return sqlFailure(write);
    for (const auto &update : std::as_const(updates)) {
        for (int place = 0; place < update.size(); ++place)
            write.bindValue(place, update.at(place));
        if (!write.exec())
            return sqlFailure(write);
    }
    return {};
}

} // namespace

QStringList ownTables(const QSqlDatabase &database)
{
    auto tables = database.tables();
    tables.removeIf([](const QString &table) { return table.startsWith(u"sqlite_"); });
    return tables;
}

qint64 recordSum(const QString &table, std::span<const QVariant> values)
{
    std::array<unsigned char, crypto_generichash_BYTES_MIN> digest {};
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, digest.size());
    mix(state, 't', table.toUtf8());
    for (const auto &value : values)
        mix(state, value);
    crypto_generichash_final(&state, digest.data(), digest.size());
    return qFromLittleEndian<qint64>(digest.data());
}

bool recordIsSound(const QString &table, const QVariantList &row)
{
    const qsizetype first = table == u"log" ? 1 : 0;
    return row.size() > first + 1 && row.last().typeId() == QMetaType::LongLong
        && row.last().toLongLong()
        == recordSum(table, std::span(row).subspan(size_t(first), size_t(row.size() - first - 1)));
}

Result<> sumRecords(QSqlDatabase &database)
{
    for (const auto &table : ownTables(database)) {
        if (const auto done = sumTable(database, table); !done)
            return done;
    }
    return {};
}

} // namespace zos

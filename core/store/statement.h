// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"
#include "core/store/recordsum.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

namespace zos {

// SQLite integers are signed; ids and sizes travel bit for bit.
inline qint64 sqlInteger(quint64 value)
{
    return static_cast<qint64>(value);
}
inline quint64 fromSqlInteger(const QVariant &value)
{
    return static_cast<quint64>(value.toLongLong());
}

class Statement
{
public:
    Statement(const QSqlDatabase &database, const QString &text)
        : m_query(database)
    {
        m_query.setForwardOnly(true);
        m_prepared = m_query.prepare(text);
    }
    Result<> run(const QVariantList &values = {})
    {
        for (int index = 0; index < values.size(); ++index)
            m_query.bindValue(index, bindable(values.at(index)));
        if (m_prepared && m_query.exec())
            return {};
        return fail(ErrorCode::Io, QStringLiteral("database: %1").arg(m_query.lastError().text()));
    }
    bool next() { return m_query.next(); }
    QVariant value(int column) const { return m_query.value(column); }
    DeploymentKey key(int column = 0) const
    {
        return { TwinId(m_query.value(column).toUInt()),
            ContractId(fromSqlInteger(m_query.value(column + 1))) };
    }

private:
    // A null string would become NULL; here an empty text is a text.
    static QVariant bindable(const QVariant &value)
    {
        return value.typeId() == QMetaType::QString && value.toString().isEmpty()
            ? QVariant(QStringLiteral(""))
            : value;
    }
    QSqlQuery m_query;
    bool m_prepared = false;
};

inline QVariantList keyed(const DeploymentKey &key, QVariantList rest = {})
{
    QVariantList values { key.twin.value(), sqlInteger(key.contract.value()) };
    values += rest;
    return values;
}

// Runs one statement for every element of a list.
template <class List, class Values>
Result<> forEachRow(QSqlDatabase &database, const List &list, const QString &text, Values values)
{
    if (list.isEmpty())
        return {};
    Statement statement(database, text);
    for (const auto &element : list) {
        if (const auto done = statement.run(values(element)); !done)
            return done;
    }
    return {};
}

// Writes a row with its checksum for every element of a list. The columns are those the checksum
// covers, in the order of the table.
template <class List, class Values>
Result<> putRows(QSqlDatabase &database, const List &list, const QString &table,
    const QString &columns, Values values)
{
    if (list.isEmpty())
        return {};
    const auto places = QStringLiteral("?,").repeated(columns.count(u',') + 1);
    const auto text = QStringLiteral("INSERT OR REPLACE INTO %1(%2,sum) VALUES(%3?)")
                          .arg(table, columns, places);
    return forEachRow(database, list, text, [&](const auto &element) {
        QVariantList row = values(element);
        row += recordSum(table, row);
        return row;
    });
}

} // namespace zos

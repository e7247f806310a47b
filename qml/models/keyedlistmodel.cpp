// SPDX-License-Identifier: Apache-2.0
#include "qml/models/keyedlistmodel.h"

#include <QSet>

namespace zos::console {

KeyedListModel::KeyedListModel(const QList<QByteArray> &roles, QObject *parent)
    : QAbstractListModel(parent)
    , m_roles(roles)
{
}

int KeyedListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : count();
}

QVariant KeyedListModel::data(const QModelIndex &index, int role) const
{
    const int position = role - Qt::UserRole;
    if (!index.isValid() || index.row() >= count() || position < 0 || position >= m_roles.size())
        return {};
    return m_rows.at(index.row()).at(position);
}

QHash<int, QByteArray> KeyedListModel::roleNames() const
{
    QHash<int, QByteArray> names;
    for (int i = 0; i < m_roles.size(); ++i)
        names.insert(Qt::UserRole + i, m_roles.at(i));
    return names;
}

KeyedListModel::Row KeyedListModel::toRow(const QVariantMap &values) const
{
    Row row;
    row.reserve(m_roles.size());
    for (const auto &role : m_roles)
        row += values.value(QString::fromLatin1(role));
    return row;
}

void KeyedListModel::setRow(qsizetype position, const Row &row)
{
    QList<int> changed;
    for (qsizetype i = 0; i < row.size(); ++i)
        if (row.at(i) != m_rows.at(position).at(i))
            changed += Qt::UserRole + int(i);
    if (changed.isEmpty())
        return;
    m_rows[position] = row;
    const QModelIndex place = index(int(position));
    Q_EMIT dataChanged(place, place, changed);
}

void KeyedListModel::update(const QList<QVariantMap> &rows)
{
    const int before = count();
    QList<Row> wanted;
    QSet<QString> keys;
    for (const auto &values : rows) {
        const Row row = toRow(values);
        const QString key = row.first().toString();
        if (keys.contains(key))
            continue;
        keys.insert(key);
        wanted += row;
    }
    for (int i = count() - 1; i >= 0; --i) {
        if (keys.contains(m_rows.at(i).first().toString()))
            continue;
        beginRemoveRows({}, i, i);
        m_rows.removeAt(i);
        endRemoveRows();
    }
    for (int i = 0; i < int(wanted.size()); ++i) {
        int found = i;
        while (found < count() && m_rows.at(found).first() != wanted.at(i).first())
            ++found;
        if (found == count()) {
            beginInsertRows({}, i, i);
            m_rows.insert(i, wanted.at(i));
            endInsertRows();
            continue;
        }
        if (found != i) {
            beginMoveRows({}, found, found, {}, i);
            m_rows.move(found, i);
            endMoveRows();
        }
        setRow(i, wanted.at(i));
    }
    if (count() != before)
        Q_EMIT countChanged();
}

} // namespace zos::console

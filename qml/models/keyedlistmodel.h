// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAbstractListModel>
#include <QQmlEngine>
#include <QVariantMap>

namespace zos::console {

// A read-only list whose rows are known by a key. update() turns the old list into the new one with
// removes, moves, inserts and dataChanged of exactly the changed roles; it never resets, so that
// delegates (and what is painted) survive.
class KeyedListModel : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the console")
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)

public:
    // The first role is the key.
    explicit KeyedListModel(const QList<QByteArray> &roles, QObject *parent = nullptr);

    int count() const { return int(m_rows.size()); }
    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    // Rows as maps of role name to value; of rows with the same key the first one stays.
    void update(const QList<QVariantMap> &rows);

Q_SIGNALS:
    void countChanged();

private:
    using Row = QList<QVariant>; // in the order of the roles
    Row toRow(const QVariantMap &values) const;
    void setRow(qsizetype position, const Row &row);

    QList<QByteArray> m_roles;
    QList<Row> m_rows;
};

} // namespace zos::console

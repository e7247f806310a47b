// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QString>
#include <QStringList>
#include <QVariantList>

#include <span>

class QSqlDatabase;

namespace zos {

// Checksum of a row: over its table and its values in the order of the columns. Integers of any
// width are the same; a text, bytes and a number are never.
qint64 recordSum(const QString &table, std::span<const QVariant> values);

// Whether a row read as a whole, with its checksum in the last column, is as it was written. The
// number that the table `log` gives itself is not covered.
bool recordIsSound(const QString &table, const QVariantList &row);

// Tables that are not SQLite's.
QStringList ownTables(const QSqlDatabase &database);

// Gives every row of every table its checksum: for a file of a format that had none.
Result<> sumRecords(QSqlDatabase &database);

} // namespace zos

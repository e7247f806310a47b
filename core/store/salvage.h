// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QString>
#include <QStringList>
#include <QVariantList>

#include <functional>

namespace zos {

// What is known of the rows of the newest format.
struct RecordRules
{
    // Whether a whole row of a table is as it was written. Null = rows are not checked.
    std::function<bool(const QString &table, const QVariantList &row)> sound;
    // Tables in which a row that was replaced or dropped meanwhile does no harm: remainders in
    // unused space of a page are taken where nothing better is left.
    QStringList lasting;
};

// What was found and done with a database that may be damaged.
struct Salvage
{
    QString keptAs; // the damaged file, kept under this name; empty = the database is sound
    QString damage; // SQLite's words
    qint64 rows = 0; // brought over into the new file
    QStringList incomplete; // tables of which some rows could not be read
    QStringList altered; // rows that are not as they were written, left behind; the first hundred
};

// Checks the structure of a SQLite file and, when it is of the newest format, each row. When one is
// damaged, puts a new file in its place with all sound rows that can still be read: from the
// beginning up to the damage, from the end back to it, and what else is found in the pages.
// steps[n] leads from format n to n + 1, as in SqlWorker::open. A missing file is sound, and so is
// one of another program. Blocks: call it on a worker.
Result<Salvage> salvageDatabase(const QString &path, qint32 applicationId,
    const QList<QStringList> &steps, const RecordRules &rules = {});

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QString>
#include <QStringList>

namespace zos {

// What was found and done with a database that may be damaged.
struct Salvage
{
    QString keptAs; // the damaged file, kept under this name; empty = the database is sound
    QString damage; // SQLite's words
    qint64 rows = 0; // brought over into the new file
    QStringList incomplete; // tables of which some rows could not be read
};

// Checks the structure of a SQLite file and, when it is damaged, puts a new one in its place with
// all rows that can still be read: from the beginning up to the damage, from the end back to it.
// steps[n] leads from format n to n + 1, as in SqlWorker::open. A missing file is sound, and so is
// one of another program. Blocks: call it on a worker.
Result<Salvage> salvageDatabase(
    const QString &path, qint32 applicationId, const QList<QStringList> &steps);

} // namespace zos

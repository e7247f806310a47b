// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayView>
#include <QVariantList>

#include <functional>
#include <optional>

namespace zos {

// A record as it lies in a page of a SQLite file.
struct LooseRecord
{
    QVariantList values; // in the order of the columns
    std::optional<qint64> rowid; // of a table that has one: its key column is empty in `values`
    // Lies where its page keeps what is in force. False: a remainder, or the page is damaged.
    bool inForce = false;
};

// Reads everything in a SQLite file (sqlite.org/fileformat, 2.1) that has the form of a record with
// so many columns, whatever became of the structure that leads to it. Most of it never was a
// record: the caller has to know its own by a checksum. Outdated ones are among them.
// The file may be cut anywhere; nothing outside of it is read.
void scanPages(QByteArrayView file, qsizetype fewestColumns, qsizetype mostColumns,
    const std::function<void(const LooseRecord &)> &found);

} // namespace zos

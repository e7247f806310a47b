// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QMap>
#include <QString>

#include <vector>

namespace zos {

// A value of a TOML document, as far as images use the format: text, lists and tables are kept,
// numbers, booleans and dates only count as "something else".
struct Toml
{
    enum class Kind { Text, List, Table, Other };

    Kind kind = Kind::Table;
    QString text;
    std::vector<Toml> list;
    QMap<QString, Toml> table;
    bool closed = false; // written in full ({...} or [table]): may not be written again

    const Toml *find(const QString &key) const;

    // Tables, dotted and quoted keys, all kinds of strings, arrays, inline tables, arrays of
    // tables, comments. Limits: 64 KiB of text, 32 levels, 4096 values. Invalid names the line.
    static Result<Toml> parse(QStringView text);
};

} // namespace zos

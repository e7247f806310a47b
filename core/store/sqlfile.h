// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QString>

namespace zos {

// A SQLite database as files: what can be told and done without opening it
// (sqlite.org/fileformat, 1.3).

// How long the file has to be by its own header; 0 = it does not say.
qint64 sizeByHeader(const QString &path);
// SQLite reads nothing of one that is, and does not notice when less than a page is missing.
bool isCutShort(const QString &path);
// Whether a file of this program has a version or an encoding that it never writes: they make a
// sound file read-only or its texts unreadable.
bool isHeaderAltered(const QString &path, qint32 applicationId);

void removeDatabase(const QString &path);
// With its journal: together they are what was there.
Result<> copyDatabase(const QString &path, const QString &to);
// `fresh` takes the place of `path`, durably.
Result<> putInPlace(const QString &fresh, const QString &path);
// A name beside it under which a damaged one can be kept.
QString freeName(const QString &path);

} // namespace zos

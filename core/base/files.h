// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QStringList>

namespace zos {

// Whether nothing is at that path, for sure: a look that fails does not say so.
bool isAbsent(const QString &path);

// Removes a file; it is fine when there is none. Io with path and cause.
Result<> removeIfThere(const QString &path);

// Names in a folder but "." and "..", in no order; none when there is no folder. Io when not all of
// them could be read.
Result<QStringList> namesIn(const QString &folder);

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>

namespace zos {

// Removes what QSaveFile leaves beside a file when the program is killed while it saves: files of
// the given names (wildcards allowed) with a dot and six letters behind. For the start of whoever
// saves there, before it saves anything.
void removeUnfinishedFiles(const QString &folder, const QStringList &names);

} // namespace zos

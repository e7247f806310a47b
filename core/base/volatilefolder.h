// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace zos {

// Whether what is written below that folder is gone after a restart of the machine, because its
// file system lives in memory. False also when nobody can tell.
bool isVolatileFolder(const QString &folder);

} // namespace zos

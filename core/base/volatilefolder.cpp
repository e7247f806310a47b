// SPDX-License-Identifier: Apache-2.0
#include "core/base/volatilefolder.h"

#include <QFile>

#include <linux/magic.h>
#include <sys/vfs.h>

namespace zos {

bool isVolatileFolder(const QString &folder)
{
    struct statfs facts {};
    if (::statfs(QFile::encodeName(folder).constData(), &facts) != 0)
        return false;
    return facts.f_type == TMPFS_MAGIC || facts.f_type == RAMFS_MAGIC;
}

} // namespace zos

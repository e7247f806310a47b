// SPDX-License-Identifier: Apache-2.0
#include "core/ports/inventory.h"

namespace zos {

QString kindName(DiskKind kind)
{
    switch (kind) {
    case DiskKind::Ssd:
        return QStringLiteral("ssd");
    case DiskKind::Hdd:
        return QStringLiteral("hdd");
    case DiskKind::Unknown:
        break;
    }
    return QStringLiteral("unknown");
}

} // namespace zos

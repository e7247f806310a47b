// SPDX-License-Identifier: Apache-2.0
#include "core/ports/volumes.h"

#include "core/model/deployment.h"

namespace zos {

bool isVolumeId(QStringView id)
{
    const QStringView root(u"rootfs:");
    return parseWorkloadId(id.startsWith(root) ? id.sliced(root.size()) : id).has_value();
}

} // namespace zos

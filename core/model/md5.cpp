// SPDX-License-Identifier: Apache-2.0
#include "core/model/md5.h"

#include <QtCrypto>

namespace zos {

QByteArray md5(const QByteArray &bytes)
{
    return QCA::Hash(QStringLiteral("md5")).hash(bytes).toByteArray();
}

} // namespace zos

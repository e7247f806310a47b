// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/base/units.h"

#include <QByteArray>
#include <QString>

namespace zos::hw {

// Checks the first bytes of what should be a squashfs image of that size. Invalid with a text for
// the tenant; flists get their own text, because people will try them.
Result<> checkSquashfs(const QByteArray &head, Bytes size);
QString flistRefusal();

// SHA-256 of a file in hex. Blocking.
Result<QString> fileSha256(const QString &path);

} // namespace zos::hw

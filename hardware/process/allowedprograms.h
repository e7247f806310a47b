// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QMap>
#include <QString>

namespace zos::hw {

// Short name -> absolute path of every program the node may run. Nothing else is ever started.
QMap<QString, QString> allowedPrograms();

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"

#include <QByteArray>

namespace zos::hw {

// Sections of plain dmidecode output. Serial numbers and asset tags are left out: this table is
// shown to anybody. Firmware text is hostile: lines, sections and values are bounded.
QList<DmiSection> parseDmi(const QByteArray &dmidecode);

} // namespace zos::hw

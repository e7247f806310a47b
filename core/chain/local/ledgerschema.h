// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>

namespace zos {

// Statements that make an empty database a ledger (format 1). 64-bit amounts are decimal text:
// SQLite's integers are signed.
QStringList ledgerSchema();

} // namespace zos

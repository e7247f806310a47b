// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

#include <span>

namespace zos::testing {

// How many pieces of so many bytes of these bytes (a rest is left out) stand in memory of this
// program that can be written and is not locked, freed memory as well: what used it again since
// hides a part only. They themselves must be in locked memory, or they are counted too.
qsizetype copiesInOrdinaryMemory(std::span<const quint8> bytes, std::size_t size = 16);

// The flags of the mapping an address belongs to as /proc/self/smaps tells them: "rd wr lo dd ..",
// "" when it is not mapped.
QByteArray flagsOfMemoryAt(quintptr address);

} // namespace zos::testing

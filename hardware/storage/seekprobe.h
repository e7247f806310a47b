// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"

namespace zos::hw {

// Tells a spinning disk from a solid one by 64 uncached reads at random places: a median of a
// millisecond or more is a moving head. Up to three rounds when it is close. Blocking; reads only.
Result<DiskKind> measureDiskKind(const QString &device);

} // namespace zos::hw

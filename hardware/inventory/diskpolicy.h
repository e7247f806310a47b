// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/inventory/diskprobe.h"

namespace zos::hw {

// What the node may do with a device (storage rules of the farm, a pure function). It never says
// Format unless the device was shown to be empty.
DiskFacts decideDisk(const DiskProbe &probe, Bytes minimum);
// What can be said without measuring; Unknown means measure.
DiskKind kindWithoutMeasuring(const DiskProbe &probe);

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/guest/seed.h"
#include "app/guest/system.h"

namespace zos::guest {

// Mounts the machine's disks and shares; returns how many failed. Each failure also prints
// "mount-failed <target>", which the node looks for.
int mountAll(const Seed &seed, const Modules &modules);

} // namespace zos::guest

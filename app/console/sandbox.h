// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

namespace zos::app {

// Takes from this process, for good, what a display never needs: starting programs, looking into
// other processes, network sockets, and making, renaming or opening files for writing. A refused
// call fails with EPERM. Call once everything is open.
Result<> enterSandbox();

} // namespace zos::app

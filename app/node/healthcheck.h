// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"
#include "core/health/selftests.h"
#include "core/ports/networks.h"
#include "core/ports/overlay.h"
#include "core/ports/volumes.h"

namespace zos::app {

struct HealthSources
{
    QString stateDir;
    Volumes *volumes = nullptr;
    Networks *networks = nullptr;
    Overlay *overlay = nullptr;
    Ledger *ledger = nullptr;
    const Clock *clock = nullptr;
};

// The self test "healthcheck": can the node keep what it must remember, and is it connected.
// Its result is {"cache": [trouble], "network": [trouble]}.
Task<SelfTestResult> checkHealth(HealthSources sources);

} // namespace zos::app

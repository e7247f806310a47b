// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/health/selftests.h"
#include "core/ports/networks.h"
#include "core/ports/volumes.h"

namespace zos::app {

struct ProvisionSources
{
    Volumes *volumes = nullptr;
    Networks *networks = nullptr;
    const Clock *clock = nullptr;
};

// The self test "provisiontest": makes a small disk and a network as for a user, looks at them and
// removes them. They belong to twin 0, which no user can have, so they meet nobody's; they are no
// workloads and count as none. Its result is a list of error texts.
Task<SelfTestResult> testProvisioning(ProvisionSources sources);

// What a test left that the process did not outlive.
Task<QStringList> removeTestRemains(ProvisionSources sources);

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/agenda.h"
#include "core/base/clock.h"
#include "core/health/selftests.h"
#include "core/ports/images.h"
#include "core/ports/machines.h"
#include "core/ports/networks.h"
#include "core/ports/volumes.h"

namespace zos {
class Engine;
}

namespace zos::app {

struct ProvisionSources
{
    Volumes *volumes = nullptr;
    Networks *networks = nullptr;
    Machines *machines = nullptr;
    Images *images = nullptr;
    Engine *engine = nullptr; // lends the room
    const Clock *clock = nullptr;
    Agenda *deadlines = nullptr; // on that clock
};

// The self test "provisiontest": makes a small disk, a network and, of an image that is cached, a
// machine with both as for a user, and removes them. They belong to twin 0, which no user can have,
// so they meet nobody's; they are no workloads and count as none. What there is no room for is not
// made, and nothing of the image is run. Takes eight minutes at most; cancelled, it removes what it
// has made within seconds. Its result is a list of error texts.
Task<SelfTestResult> testProvisioning(ProvisionSources sources, CancelToken token);

// What a test left that the process did not outlive. Not beside a test.
Task<QStringList> removeTestRemains(ProvisionSources sources, CancelToken token);

} // namespace zos::app

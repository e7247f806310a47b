// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/ports/images.h"
#include "core/ports/inventory.h"
#include "core/ports/machines.h"
#include "core/ports/networks.h"
#include "core/ports/overlay.h"
#include "core/ports/volumes.h"
#include "core/provision/engine.h"
#include "rmb/session/router.h"

#include <QSet>

namespace zos {
class SelfTests;
}

namespace zos::app {

// What the handlers read and call. Not owned; all outlive the API.
struct ApiParts
{
    Engine *engine = nullptr;
    Networks *networks = nullptr;
    Volumes *volumes = nullptr;
    Machines *machines = nullptr;
    Images *images = nullptr;
    Inventory *inventory = nullptr;
    Overlay *overlay = nullptr;
    Ledger *ledger = nullptr;
    const Clock *clock = nullptr;
    const SelfTests *selfTests = nullptr;
    FarmId farm;
    TwinId farmer; // of that farm as it was last known; followed from there on
    QSet<TwinId> admins;
};

} // namespace zos::app

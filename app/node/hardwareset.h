// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/node/nodeconfig.h"
#include "core/identity/identity.h"
#include "core/ports/images.h"
#include "core/ports/inventory.h"
#include "core/ports/machines.h"
#include "core/ports/networks.h"
#include "core/ports/overlay.h"
#include "core/ports/services.h"
#include "core/ports/volumes.h"

#include <memory>

namespace zos::hw {
class CommandRunner;
class FakeWorld;
} // namespace zos::hw

namespace zos::app {

// One maker for every port: the real machine or a simulated one. Destroyed in reverse order.
struct HardwareSet
{
    HardwareSet();
    ~HardwareSet();
    HardwareSet(HardwareSet &&) noexcept;
    HardwareSet &operator=(HardwareSet &&) noexcept;

    std::unique_ptr<hw::FakeWorld> world; // only when simulated
    std::unique_ptr<hw::CommandRunner> runner; // only when real
    std::unique_ptr<Services> services;
    std::unique_ptr<Inventory> inventory;
    std::unique_ptr<Volumes> volumes;
    std::unique_ptr<Networks> networks;
    std::unique_ptr<Machines> machines;
    std::unique_ptr<Images> images;
    std::unique_ptr<Overlay> overlay;

    static HardwareSet real(const NodeConfig &config, const Identity &identity);
    static Result<HardwareSet> simulated(const NodeConfig &config, const Identity &identity);
};

} // namespace zos::app

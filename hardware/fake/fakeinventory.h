// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// Facts of the simulated machine, straight from its description.
class FakeInventory final : public Inventory
{
public:
    explicit FakeInventory(FakeWorld &world)
        : m_world(world)
    {
    }
    Task<Result<HostFacts>> host() override;
    Task<Result<LoadFacts>> load() override;
    Task<Result<QList<DiskFacts>>> disks() override;

private:
    FakeWorld &m_world;
    quint64 m_uptime = 60;
};

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeinventory.h"

#include <utility>

namespace zos::hw {

Task<Result<HostFacts>> FakeInventory::host()
{
    const auto entered = co_await m_world.enter(QStringLiteral("inventory.host"), {});
    if (!entered)
        co_return fail(entered.error());
    co_return std::as_const(m_world.host); // QCoro moves out of any other lvalue
}

Task<Result<LoadFacts>> FakeInventory::load()
{
    const auto entered = co_await m_world.enter(QStringLiteral("inventory.load"), {});
    if (!entered)
        co_return fail(entered.error());
    LoadFacts facts;
    facts.cpu = 0.25;
    facts.load1 = 0.5;
    facts.memory = m_world.memory;
    facts.uptimeSeconds = ++m_uptime;
    co_return facts;
}

Task<Result<QList<DiskFacts>>> FakeInventory::disks()
{
    const auto entered = co_await m_world.enter(QStringLiteral("inventory.disks"), {});
    if (!entered)
        co_return fail(entered.error());
    co_return std::as_const(m_world.disks);
}

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/systeminventory.h"
#include "hardware/process/systemcommandrunner.h"
#include "tests/support/contracts/inventorycontract.h"
#include "tests/support/runner.h"
#include "tests/system/storage/looplab.h"

using namespace zos;

// This host with a loop device as its disk; needs root.
class TestInventoryContract : public testing::InventoryContract, private LoopLab
{
    Q_OBJECT
    hw::SystemCommandRunner m_runner;
    std::unique_ptr<hw::SystemInventory> m_inventory;

    Inventory &inventory() override { return *m_inventory; }
    QStringList devices() const override { return m_loops; }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = make(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_inventory = std::make_unique<hw::SystemInventory>(m_loops, &m_runner, 1_GiB);
    }
    void cleanupTestCase() { remove(); }
};
ZOS_TEST(TestInventoryContract)
#include "tst_inventorycontract.moc"

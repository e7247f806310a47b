// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeinventory.h"
#include "tests/support/contracts/inventorycontract.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestFakeInventory : public testing::InventoryContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world = std::move(
        *hw::FakeWorld::fromJson("{\"cpu\":{\"threads\":4},\"memory\":1073741824,\"disks\":[{"
                                 "\"name\":\"sda\",\"size\":4294967296},"
                                 "{\"name\":\"nvme0n1\",\"bus\":\"nvme\",\"size\":4294967296}]}"));
    hw::FakeInventory m_inventory { *m_world };

    Inventory &inventory() override { return m_inventory; }
    QStringList devices() const override { return { u"/dev/sda"_s, u"/dev/nvme0n1"_s }; }
};
ZOS_TEST(TestFakeInventory)
#include "tst_fakeinventory.moc"

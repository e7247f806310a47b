// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/systeminventory.h"
#include "hardware/process/systemcommandrunner.h"
#include "hardware/storage/btrfsvolumes.h"
#include "tests/support/contracts/volumescontract.h"
#include "tests/support/runner.h"
#include "tests/system/storage/looplab.h"

using namespace zos;

// Real btrfs on a loop device; needs root.
class TestVolumesContract : public testing::VolumesContract, private LoopLab
{
    Q_OBJECT
    hw::SystemCommandRunner m_runner;
    std::unique_ptr<hw::SystemInventory> m_inventory;
    std::unique_ptr<hw::BtrfsVolumes> m_volumes;

    Volumes &volumes() override { return *m_volumes; }
    void restart() override
    {
        m_volumes.reset();
        m_inventory = std::make_unique<hw::SystemInventory>(m_loops, &m_runner, 1_GiB);
        m_volumes = std::make_unique<hw::BtrfsVolumes>(m_inventory.get(), &m_runner, mountRoot(),
            QMap<QString, DiskKind> { { m_loops.first(), DiskKind::Ssd } });
        ZOS_WORKS(m_volumes->start());
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = make(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        restart();
    }
    void cleanupTestCase()
    {
        m_volumes.reset();
        remove();
    }
};
ZOS_TEST(TestVolumesContract)
#include "tst_volumescontract.moc"

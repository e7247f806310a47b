// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakevolumes.h"
#include "tests/support/contracts/volumescontract.h"
#include "tests/support/runner.h"

using namespace zos;

class TestFakeVolumes : public testing::VolumesContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world = std::move(*hw::FakeWorld::fromJson(
        "{\"memory\":1073741824,\"disks\":[{\"name\":\"sda\",\"size\":4294967296},"
        "{\"name\":\"sdb\",\"size\":2147483648},"
        "{\"name\":\"sdc\",\"kind\":\"hdd\",\"size\":8589934592}]}"));
    std::unique_ptr<hw::FakeVolumes> m_volumes;

    Volumes &volumes() override { return *m_volumes; }
    void restart() override
    {
        m_volumes = std::make_unique<hw::FakeVolumes>(*m_world);
        ZOS_WORKS(m_volumes->start());
    }

private Q_SLOTS:
    void initTestCase() { restart(); }
};
ZOS_TEST(TestFakeVolumes)
#include "tst_fakevolumes.moc"

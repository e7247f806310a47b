// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakemachines.h"
#include "tests/support/contracts/machinescontract.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestFakeMachines : public testing::MachinesContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world
        = std::move(*hw::FakeWorld::fromJson("{\"memory\":1073741824}"));
    std::unique_ptr<hw::FakeMachines> m_machines;

    Machines &machines() override { return *m_machines; }
    void restart() override
    {
        m_machines = std::make_unique<hw::FakeMachines>(*m_world);
        ZOS_WORKS(m_machines->start());
    }
    MachinePlan plan() const override
    {
        MachinePlan plan;
        plan.id = u"10-20-vm1"_s;
        plan.hostname = u"vm1"_s;
        plan.memory = 256_MiB;
        plan.disks = { DiskPlan {
            u"/mnt/pool/vdisks/10-20-data"_s, u"zd-0"_s, u"/data"_s, u"10-20-data"_s } };
        plan.nics = { NicPlan { u"eth0"_s, u"t-WzRR98bG67Ndi"_s, {}, {}, {}, {}, {} } };
        return plan;
    }
    void kill(const QString &id) override { m_machines->crash(id, u"QEMU ended unexpectedly"_s); }
    void reboot(const QString &id) override { m_machines->reboot(id); }

private Q_SLOTS:
    void initTestCase()
    {
        m_world->taps.insert(u"t-WzRR98bG67Ndi"_s, u"b-WzRR98bG67Ndi"_s);
        restart();
    }
};
ZOS_TEST(TestFakeMachines)
#include "tst_fakemachines.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/machinescontract.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/runner.h"

#include <signal.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Real machines of a libvirt of its own.
class TestMachinesContract : public testing::MachinesContract
{
    Q_OBJECT
    std::unique_ptr<testing::MachineHost> m_host;
    std::unique_ptr<hw::LibvirtMachines> m_machines;

    Machines &machines() override { return *m_machines; }
    void restart() override
    {
        m_machines = m_host->machines();
        ZOS_WORKS(m_machines->start());
    }
    MachinePlan plan() const override { return m_host->plan(); }
    void kill(const QString &) override
    {
        const auto emulators = m_host->processes("qemu");
        QCOMPARE(emulators.size(), 1);
        ::kill(static_cast<pid_t>(emulators.first()), SIGKILL);
    }
    void reboot(const QString &) override { m_host->get(u"/cgi-bin/do?reboot"_s); }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = testing::MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_host = std::make_unique<testing::MachineHost>();
        const auto trouble = m_host->make();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        restart();
    }
    void cleanupTestCase()
    {
        m_machines.reset();
        m_host.reset();
    }
};
ZOS_TEST(TestMachinesContract)
#include "tst_machinescontract.moc"

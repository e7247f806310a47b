// SPDX-License-Identifier: Apache-2.0
#include "tests/support/figures.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/processuse.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QElapsedTimer>
#include <QFile>

using namespace zos;
using namespace Qt::StringLiterals;

// What the node adds to a machine's start: run() next to a bare "virsh create" of the very same
// domain, in turn. Numbers are kept, never asserted.
class TestMachinesBench : public QObject
{
    Q_OBJECT
    static constexpr int kRounds = 5;
    testing::Figures m_figures { u"machines"_s };
    const QString m_id = u"10-20-vm1"_s;
    std::unique_ptr<testing::MachineHost> m_host;
    std::unique_ptr<hw::LibvirtMachines> m_machines;

    static double seconds(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) / 1e9; }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = testing::MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_host = std::make_unique<testing::MachineHost>();
        const auto trouble = m_host->make();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        m_machines = m_host->machines();
        QVERIFY(testing::wait(m_machines->start()));
    }
    void cleanupTestCase()
    {
        m_machines.reset();
        m_host.reset();
    }
    void startBesideVirsh()
    {
        QList<double> ours;
        QList<double> bare;
        QList<double> answer;
        QList<double> used;
        testing::ProcessUse emulator;
        testing::ProcessUse helper;
        const auto xmlPath = m_host->config().runDir + u'/' + m_id + u"/xml"_s;
        for (int round = 0; round < kRounds; ++round) {
            QElapsedTimer timer;
            timer.start();
            const auto started = testing::wait(m_machines->run(m_host->plan()));
            ours += seconds(timer);
            QVERIFY2(started, started ? "" : qPrintable(started.error().what));
            QCOMPARE(m_host->get(u"/"_s), "ok\n");
            answer += seconds(timer);
            emulator = testing::ProcessUse::of(m_host->processes("qemu").value(0));
            helper = testing::ProcessUse::of(m_host->processes("virtiofsd").value(0));
            used += emulator.cpuSeconds;
            QFile file(xmlPath);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const auto xml = file.readAll();
            QVERIFY(testing::wait(m_machines->destroy(m_id)));

            const auto trouble = m_host->prepareBare(m_id, xml);
            QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
            timer.start();
            const auto created = m_host->output(u"virsh"_s, { u"create"_s, xmlPath });
            bare += seconds(timer);
            QVERIFY(created.contains("created"));
            QVERIFY(testing::wait(m_machines->destroy(m_id)));
        }
        m_figures.add(u"run()"_s, testing::median(ours), u"s"_s, u"bare virsh create"_s,
            testing::median(bare));
        m_figures.add(u"run() to the guest's first HTTP answer"_s, testing::median(answer), u"s"_s);
        m_figures.add(u"QEMU's CPU until then"_s, testing::median(used), u"s"_s);
        m_figures.add(u"QEMU: memory, PSS (guest of 256 MiB)"_s, emulator.pssMib, u"MiB"_s);
        m_figures.add(u"virtiofsd: memory, PSS"_s, helper.pssMib, u"MiB"_s);
    }
};
ZOS_TEST(TestMachinesBench)
#include "tst_machinesbench.moc"

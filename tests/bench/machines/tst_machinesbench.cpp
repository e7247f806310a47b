// SPDX-License-Identifier: Apache-2.0
#include "tests/support/machines/machinehost.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QElapsedTimer>
#include <QFile>

#include <algorithm>

using namespace zos;
using namespace Qt::StringLiterals;

// What the node adds to a machine's start: run() next to a bare "virsh create" of the very same
// domain. Numbers are printed, never asserted.
class TestMachinesBench : public QObject
{
    Q_OBJECT
    static constexpr int kRounds = 5;
    const QString m_id = u"10-20-vm1"_s;
    std::unique_ptr<testing::MachineHost> m_host;
    std::unique_ptr<hw::LibvirtMachines> m_machines;

    static double median(QList<double> values)
    {
        std::ranges::sort(values);
        return values[values.size() / 2];
    }
    static double seconds(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) / 1e9; }
    // CPU seconds a process has used.
    static double cpu(qint64 process)
    {
        QFile stat(u"/proc/%1/stat"_s.arg(process));
        if (!stat.open(QIODevice::ReadOnly))
            return 0;
        const auto text = stat.readAll();
        const auto fields = text.sliced(text.lastIndexOf(')') + 2).split(' ');
        return (fields[11].toDouble() + fields[12].toDouble()) / 100;
    }
    static double pssMib(qint64 process)
    {
        QFile rollup(u"/proc/%1/smaps_rollup"_s.arg(process));
        if (!rollup.open(QIODevice::ReadOnly))
            return 0;
        for (const auto &line : rollup.readAll().split('\n')) {
            if (line.startsWith("Pss:"))
                return line.sliced(4).trimmed().split(' ').first().toDouble() / 1024;
        }
        return 0;
    }

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
        double emulator = 0;
        double helper = 0;
        const auto xmlPath = m_host->config().runDir + u'/' + m_id + u"/xml"_s;
        for (int round = 0; round < kRounds; ++round) {
            QElapsedTimer timer;
            timer.start();
            const auto started = testing::wait(m_machines->run(m_host->plan()));
            ours += seconds(timer);
            QVERIFY2(started, started ? "" : qPrintable(started.error().what));
            QCOMPARE(m_host->get(u"/"_s), "ok\n");
            answer += seconds(timer);
            const auto process = m_host->processes("qemu").value(0);
            used += cpu(process);
            emulator = pssMib(process);
            helper = pssMib(m_host->processes("virtiofsd").value(0));
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
        qInfo(
            "{\"bench\":\"machine start\",\"rounds\":%d,\"run_s\":%.3f,\"virsh_create_s\":%.3f,"
            "\"http_s\":%.2f,\"qemu_cpu_s\":%.2f,\"qemu_pss_mib\":%.0f,\"virtiofsd_pss_mib\":%.1f}",
            kRounds, median(ours), median(bare), median(answer), median(used), emulator, helper);
    }
};
ZOS_TEST(TestMachinesBench)
#include "tst_machinesbench.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/figures.h"
#include "tests/support/node/nodeprogram.h"
#include "tests/support/processuse.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QElapsedTimer>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// What the node itself costs on a simulated machine: memory, processor time and wake-ups at rest,
// without work and with many deployments. The bare daemon is a Qt event loop with network and
// database loaded.
class TestFootprintBench : public QObject
{
    Q_OBJECT
    static constexpr auto kTime = 12s;
    static constexpr int kDeployments = 200;
    testing::Figures m_figures { u"footprint"_s };
    testing::ProcessUse m_bare;
    std::unique_ptr<testing::NodeProgram> m_node;

    static testing::ProcessUse atRest(qint64 pid)
    {
        (void)testing::wait(pause(3s)); // settle
        const auto before = testing::ProcessUse::of(pid);
        QElapsedTimer clock;
        clock.start();
        (void)testing::wait(pause(kTime));
        const double took = double(clock.nsecsElapsed()) / 1e9;
        auto use = testing::ProcessUse::of(pid);
        use.cpuSeconds = (use.cpuSeconds - before.cpuSeconds) / took;
        use.wakeups = (use.wakeups - before.wakeups) / took;
        return use;
    }
    void report(const QString &what, const testing::ProcessUse &use)
    {
        const auto bare = u"bare daemon"_s;
        m_figures.add(what + u": memory, PSS"_s, use.pssMib, u"MiB"_s, bare, m_bare.pssMib);
        m_figures.add(what + u": memory, RSS"_s, use.rssMib, u"MiB"_s, bare, m_bare.rssMib);
        m_figures.add(what + u": of one CPU"_s, use.cpuSeconds * 100, u"%"_s);
        m_figures.add(what + u": wake-ups"_s, use.wakeups, u"1/s"_s);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QProcess bare;
        bare.start(QCoreApplication::applicationDirPath() + u"/bench_bare_daemon", QStringList());
        QVERIFY(bare.waitForStarted());
        m_bare = atRest(bare.processId());
        bare.kill();
        bare.waitForFinished();
        QVERIFY(m_bare.rssMib > 1);

        m_node = std::make_unique<testing::NodeProgram>();
        const auto description = m_node->path(u"machine.json"_s);
        m_node->set(u"fake_machine"_s, description);
        m_node->set(u"run_dir"_s, m_node->path(u"run"_s));
        QFile machine(description);
        QVERIFY(machine.open(QIODevice::WriteOnly));
        machine.write("{\"cpu\":{\"model\":\"simulated\",\"threads\":64},\"memory\":549755813888,"
                      "\"disks\":[{\"name\":\"sda\",\"kind\":\"ssd\",\"size\":4398046511104}],"
                      "\"nics\":[{\"name\":\"eth0\",\"mac\":\"02:00:00:00:00:01\"}]}");
        machine.close();
    }
    void cleanupTestCase() { m_node.reset(); }
    void withoutWork()
    {
        const auto made = m_node->make();
        QVERIFY2(made.isEmpty(), qPrintable(made));
        const auto started = m_node->start();
        QVERIFY2(started.isEmpty(), qPrintable(started));
        report(u"idle"_s, atRest(m_node->pid()));
    }
    void withManyDeployments()
    {
        QElapsedTimer clock;
        clock.start();
        QList<ContractId> contracts;
        for (int i = 0; i < kDeployments; ++i) {
            const auto contract
                = m_node->deploy(testing::networkWorkload(i) + ',' + testing::diskWorkload() + ','
                    + testing::machineWorkload(i, u"https://hub.example/image.squashfs"_s));
            QVERIFY2(contract, contract ? "" : qPrintable(contract.error().what));
            contracts += *contract;
        }
        for (const auto contract : std::as_const(contracts)) {
            const auto trouble = m_node->wait(contract);
            QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        }
        m_figures.add(u"%1 deployments of three workloads, one after the other"_s.arg(kDeployments),
            double(clock.elapsed()) / kDeployments, u"ms"_s);
        report(u"%1 deployments"_s.arg(kDeployments), atRest(m_node->pid()));
    }
};
ZOS_TEST(TestFootprintBench)
#include "tst_footprintbench.moc"

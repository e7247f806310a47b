// SPDX-License-Identifier: Apache-2.0
#include "tests/support/figures.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/node/nodehost.h"
#include "tests/support/processuse.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QElapsedTimer>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// From the user's request until network, disk and machine are ok on real hardware, beside a bare
// "virsh create" of the very same domain with everything it needs in place: what the node adds.
class TestDeployBench : public QObject
{
    Q_OBJECT
    static constexpr int kRounds = 5;
    testing::Figures m_figures { u"deploy"_s };
    std::unique_ptr<testing::NodeProgram> m_node;
    std::unique_ptr<testing::NodeHost> m_host;
    QByteArray m_said;
    const char *m_trouble = "";

    bool good(const QString &trouble)
    {
        m_said = trouble.toUtf8();
        m_trouble = m_said.constData();
        return trouble.isEmpty();
    }

    static double seconds(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) / 1e9; }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = testing::MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        if (const auto obstacle = testing::NodeHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto());
        m_node = std::make_unique<testing::NodeProgram>();
        m_host = std::make_unique<testing::NodeHost>();
        QVERIFY2(good(m_host->make(m_node.get())), m_trouble);
        QVERIFY2(good(m_node->make()), m_trouble);
        QVERIFY2(good(m_node->start()), m_trouble);
    }
    void cleanupTestCase()
    {
        if (m_node)
            QVERIFY2(good(m_node->stop()), m_trouble);
        m_host.reset();
        m_node.reset();
    }
    void networkAndDisk()
    {
        QList<double> took;
        for (int round = 0; round < kRounds; ++round) {
            QElapsedTimer timer;
            timer.start();
            const auto contract
                = m_node->deploy(testing::networkWorkload(0) + ',' + testing::diskWorkload());
            QVERIFY2(contract, contract ? "" : qPrintable(contract.error().what));
            QVERIFY2(good(m_node->wait(*contract)), m_trouble);
            took += seconds(timer);
            QVERIFY2(good(m_node->cancel(*contract)), m_trouble);
        }
        m_figures.add(u"network and disk, request to ok"_s, testing::median(took), u"s"_s);
    }
    void wholeBesideVirsh()
    {
        const auto xml = m_node->path(u"domain.xml"_s);
        QList<double> taken, whole, bare, gone, cpu, restart;
        for (int round = 0; round <= kRounds; ++round) {
            const auto before = testing::ProcessUse::of(m_node->pid());
            QElapsedTimer timer;
            timer.start();
            const auto contract
                = m_node->deploy(testing::networkWorkload(0) + ',' + testing::diskWorkload() + ','
                    + testing::machineWorkload(
                        0, QStringLiteral("file://" ZOS_BINARY_DIR "/guest/example.squashfs")));
            QVERIFY2(contract, contract ? "" : qPrintable(contract.error().what));
            const double accepted = seconds(timer);
            QVERIFY2(good(m_node->wait(*contract)), m_trouble);
            const double ok = seconds(timer);
            const auto after = testing::ProcessUse::of(m_node->pid());

            // The same domain by virsh alone, with network, disk and root as the node left them.
            QVERIFY2(good(m_node->stop()), m_trouble);
            const auto name
                = QString::fromUtf8(testing::tool(u"virsh"_s, { u"list"_s, u"--name"_s }))
                      .trimmed();
            QFile file(xml);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(testing::tool(u"virsh"_s, { u"dumpxml"_s, u"--inactive"_s, name }));
            file.close();
            testing::tool(u"virsh"_s, { u"destroy"_s, name });
            timer.restart();
            QVERIFY(testing::tool(u"virsh"_s, { u"create"_s, xml }).contains("created"));
            const double created = seconds(timer);
            timer.restart();
            QVERIFY2(good(m_node->start()), m_trouble);
            const double back = seconds(timer);
            timer.restart();
            QVERIFY2(good(m_node->cancel(*contract)), m_trouble);
            if (round == 0) {
                m_figures.add(u"network, disk, machine, first time (image copied)"_s, ok, u"s"_s);
                continue;
            }
            gone += seconds(timer);
            taken += accepted;
            whole += ok;
            bare += created;
            restart += back;
            cpu += after.cpuSeconds - before.cpuSeconds;
        }
        m_figures.add(u"request to accepted"_s, testing::median(taken), u"s"_s);
        m_figures.add(u"network, disk, machine, request to ok"_s, testing::median(whole), u"s"_s,
            u"bare virsh create"_s, testing::median(bare));
        m_figures.add(u"node's CPU for it"_s, testing::median(cpu), u"s"_s);
        m_figures.add(u"contract cancelled to removed"_s, testing::median(gone), u"s"_s);
        m_figures.add(
            u"node started again to its first answer"_s, testing::median(restart), u"s"_s);
        const auto use = testing::ProcessUse::of(m_node->pid());
        m_figures.add(u"zosd on real hardware: memory, PSS"_s, use.pssMib, u"MiB"_s);
        m_figures.add(u"zosd on real hardware: memory, RSS"_s, use.rssMib, u"MiB"_s);
    }
};
ZOS_TEST(TestDeployBench)
#include "tst_deploybench.moc"

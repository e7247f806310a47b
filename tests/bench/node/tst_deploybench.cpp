// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node/benchnode.h"
#include "tests/support/eventually.h"
#include "tests/support/figures.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/processuse.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>

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
    QProcess m_supervisor;
    std::unique_ptr<bench::BenchNode> m_node;
    QString m_loop;
    QByteArray m_said;
    const char *m_trouble = "";

    bool good(const QString &trouble)
    {
        m_said = trouble.toUtf8();
        m_trouble = m_said.constData();
        return trouble.isEmpty();
    }

    static QByteArray tool(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(program, arguments);
        process.waitForFinished(60000);
        const auto said = process.readAll();
        if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
            qWarning("%s: %s", qPrintable(program), said.constData());
        return said.trimmed();
    }
    bool makeDisk()
    {
        QFile file(m_node->path(u"disk.img"_s));
        if (!file.open(QIODevice::WriteOnly) || !file.resize(10LL << 30))
            return false;
        m_loop
            = QString::fromUtf8(tool(u"losetup"_s, { u"--find"_s, u"--show"_s, file.fileName() }));
        return m_loop.startsWith(u"/dev/loop");
    }
    static double seconds(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) / 1e9; }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = testing::MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto());
        tool(u"ip"_s, { u"link"_s, u"add"_s, u"zos"_s, u"type"_s, u"bridge"_s });
        tool(u"ip"_s, { u"addr"_s, u"add"_s, u"198.51.100.10/24"_s, u"dev"_s, u"zos"_s });
        tool(u"ip"_s, { u"link"_s, u"set"_s, u"zos"_s, u"up"_s });
        m_node = std::make_unique<bench::BenchNode>();
        if (!makeDisk())
            QSKIP("loop devices cannot be attached here");
        m_node->set(u"devices"_s, QJsonArray { m_loop });
        m_node->set(u"pins"_s, QJsonObject { { m_loop, u"ssd"_s } });
        m_node->set(u"manage_libvirt"_s, true);
        m_node->set(u"yggdrasil_multicast"_s, false);
        m_node->set(u"guest_kernel"_s, QStringLiteral(ZOS_BINARY_DIR "/guest/vmlinux"));
        m_node->set(u"guest_initramfs"_s, QStringLiteral(ZOS_BINARY_DIR "/guest/initramfs"));
        m_supervisor.setStandardErrorFile(m_node->path(u"supervisor.log"_s));
        m_supervisor.start(QCoreApplication::applicationDirPath() + u"/zos-supervisor",
            { u"--stop-all"_s, u"/run/zos/supervisor.sock"_s });
        QVERIFY(testing::eventually([] { return QFile::exists(u"/run/zos/supervisor.sock"_s); }));
        QVERIFY2(good(m_node->make()), m_trouble);
        QVERIFY2(good(m_node->start()), m_trouble);
    }
    void cleanupTestCase()
    {
        m_node.reset();
        m_supervisor.terminate();
        m_supervisor.waitForFinished(20000);
        const QDir pools(u"/mnt"_s);
        for (const auto &name : pools.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            tool(u"umount"_s, { pools.filePath(name) });
        if (!m_loop.isEmpty())
            tool(u"losetup"_s, { u"-d"_s, m_loop });
    }
    void networkAndDisk()
    {
        QList<double> took;
        for (int round = 0; round < kRounds; ++round) {
            QElapsedTimer timer;
            timer.start();
            const auto contract
                = m_node->deploy(bench::networkWorkload(0) + ',' + bench::diskWorkload());
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
                = m_node->deploy(bench::networkWorkload(0) + ',' + bench::diskWorkload() + ','
                    + bench::machineWorkload(
                        0, QStringLiteral("file://" ZOS_BINARY_DIR "/guest/example.squashfs")));
            QVERIFY2(contract, contract ? "" : qPrintable(contract.error().what));
            const double accepted = seconds(timer);
            QVERIFY2(good(m_node->wait(*contract)), m_trouble);
            const double ok = seconds(timer);
            const auto after = testing::ProcessUse::of(m_node->pid());

            // The same domain by virsh alone, with network, disk and root as the node left them.
            QVERIFY2(good(m_node->stop()), m_trouble);
            const auto name
                = QString::fromUtf8(tool(u"virsh"_s, { u"list"_s, u"--name"_s })).trimmed();
            QFile file(xml);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(tool(u"virsh"_s, { u"dumpxml"_s, u"--inactive"_s, name }));
            file.close();
            tool(u"virsh"_s, { u"destroy"_s, name });
            timer.restart();
            QVERIFY(tool(u"virsh"_s, { u"create"_s, xml }).contains("created"));
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

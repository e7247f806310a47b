// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/kvmprobe.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>

#include <signal.h>

using namespace zos;
using namespace Qt::StringLiterals;

// One machine goes through everything that can happen to it; the functions build on each other.
class TestLibvirtMachines : public QObject
{
    Q_OBJECT
    static constexpr int kPatience = 60000;
    const QString m_id = u"10-20-vm1"_s;
    std::unique_ptr<testing::MachineHost> m_host;
    std::unique_ptr<hw::LibvirtMachines> m_machines;
    bool m_broken = false;

    static Result<> done(Task<Result<>> task) { return testing::wait(std::move(task)); }
    static QByteArray why(const Result<> &result)
    {
        return result ? QByteArray() : result.error().what.toUtf8();
    }
    QJsonObject info() const
    {
        return QJsonDocument::fromJson(m_host->get(u"/cgi-bin/info"_s)).object();
    }
    static bool holds(const QJsonValue &list, const QString &part)
    {
        return std::ranges::any_of(
            list.toArray(), [&](const QJsonValue &item) { return item.toString().contains(part); });
    }
    std::optional<MachineFacts> listed() const
    {
        const auto all = testing::wait(m_machines->list());
        if (!all || all->isEmpty())
            return std::nullopt;
        return all->first();
    }
    // Does something and returns the reason of the stop it causes.
    template <class F> QString stopReason(F cause)
    {
        QSignalSpy stopped(m_machines.get(), &Machines::stopped);
        cause();
        if (stopped.isEmpty() && !stopped.wait(kPatience))
            return u"nothing was reported"_s;
        return stopped.first()[1].toString();
    }
    template <class F> bool reboots(F cause)
    {
        QSignalSpy rebooted(m_machines.get(), &Machines::rebooted);
        cause();
        return !rebooted.isEmpty() || rebooted.wait(kPatience);
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
        const auto started = done(m_machines->start());
        QVERIFY2(started, why(started));
        QVERIFY(m_machines->virtualisation().hypervisor.startsWith(u"QEMU "));
        QVERIFY(m_machines->virtualisation().kvm == m_machines->virtualisation().reason.isEmpty());
    }
    void init()
    {
        if (m_broken)
            QSKIP("an earlier step failed");
    }
    void cleanup() { m_broken = m_broken || QTest::currentTestFailed(); }
    void cleanupTestCase()
    {
        m_machines.reset();
        m_host.reset();
    }

    void theProbeTellsAWorkingAcceleratorFromAnother()
    {
        hw::SystemCommandRunner runner({ { u"qemu"_s, u"/usr/bin/qemu-system-x86_64"_s } });
        QTemporaryDir folder;
        const auto good = testing::wait(
            hw::KvmProbe::attempt(&runner, folder.path(), u"tcg"_s, std::chrono::seconds(20)));
        QVERIFY(good);
        QVERIFY2(good->usable, qPrintable(good->reason));
        const auto bad = testing::wait(
            hw::KvmProbe::attempt(&runner, folder.path(), u"xen"_s, std::chrono::seconds(20)));
        QVERIFY(bad);
        QVERIFY(!bad->usable);
        QVERIFY(bad->reason.startsWith(u"hardware virtualisation not usable: "));
    }
    void libvirtKnowsItsEmulatorOnce()
    {
        // Where libvirt takes what it knows for outdated it probes again and again and a start
        // takes more than ten seconds; asking twice for the same then is not answered from memory.
        if (m_machines->virtualisation().kvm)
            QSKIP("KVM is in use here");
        QVERIFY(!m_host->output(u"virsh"_s, { u"domcapabilities"_s, u"--virttype"_s, u"qemu"_s })
                .isEmpty());
        const QDir cache(u"/var/cache/libvirt/qemu/capabilities"_s);
        const auto stamps = [&cache] {
            QStringList all;
            for (const auto &file : cache.entryInfoList(QDir::Files))
                all += file.fileName() + file.lastModified().toString(Qt::ISODateWithMs);
            return all;
        };
        const auto before = stamps();
        QVERIFY(!before.isEmpty());
        QVERIFY(!m_host->output(u"virsh"_s, { u"domcapabilities"_s, u"--virttype"_s, u"qemu"_s })
                .isEmpty());
        QCOMPARE(stamps(), before);
    }
    void aFailedStartSaysWhyAndLeavesNothing()
    {
        auto plan = m_host->plan();
        plan.nics[0].tap = u"nosuchtap"_s;
        const auto started = done(m_machines->run(plan));
        QVERIFY(!started);
        QVERIFY2(started.error().what.contains(u"specified dev doesn't exist"), why(started));
        QVERIFY(!listed());
        QVERIFY(!QFileInfo::exists(m_host->config().runDir + u'/' + m_id));
        QVERIFY(m_host->processes("virtiofsd").isEmpty());
    }
    void runsAndAnswers()
    {
        const auto started = done(m_machines->run(m_host->plan()));
        QVERIFY2(started, why(started));
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
        const auto guest = info();
        QCOMPARE(guest["hostname"_L1].toString(), u"vm1"_s);
        QCOMPARE(guest["boot"_L1].toInt(), 1);
        QVERIFY(holds(guest["env"_L1], u"GREETING=it's \"you\" & 100% <x>"_s));
        QVERIFY(holds(guest["addresses"_L1], u"eth0 10.20.2.2/24"_s));
        QVERIFY(holds(guest["addresses"_L1], u"eth0 fd12:3456:789a:2::2/64"_s));
        QVERIFY(holds(guest["routes"_L1], u"default via 10.20.2.1 dev eth0"_s));
        QVERIFY(holds(guest["routes"_L1], u"default via fd12:3456:789a:2::1"_s));
        QVERIFY(holds(guest["mounts"_L1], u"/dev/vda /data ext4"_s));
        QVERIFY(holds(guest["resolv"_L1], u"nameserver 10.20.2.1"_s));
        QCOMPARE(guest["keys"_L1].toArray().size(), 2);
        QCOMPARE(m_host->get(u"/cgi-bin/put?/data/note&kept"_s), "ok\n");
        const auto console = testing::wait(m_machines->consoleLog(m_id, 65536));
        QVERIFY(console);
        QVERIFY(console->contains("zosinit["));
        QVERIFY(console->contains("arguments: a b c\"d"));
    }
    void isListedWithItsDigest()
    {
        const auto facts = listed();
        QVERIFY(facts);
        QCOMPARE(facts->id, m_id);
        QVERIFY(facts->running);
        QVERIFY(facts->startedAtMs > 0);
        QCOMPARE(facts->specDigest, m_host->plan().digest());
    }
    void runsWithoutPrivileges()
    {
        const auto emulators = m_host->processes("qemu");
        QCOMPARE(emulators.size(), 1);
        QFile status(u"/proc/%1/status"_s.arg(emulators[0]));
        QVERIFY(status.open(QIODevice::ReadOnly));
        const auto text = status.readAll();
        QVERIFY(!text.contains("Uid:\t0\t"));
        QVERIFY(text.contains("CapEff:\t0000000000000000"));
        QVERIFY(text.contains("NoNewPrivs:\t1"));
        const auto initrd = QFileInfo(m_host->config().runDir + u"/10-20-vm1/initrd"_s);
        QVERIFY(!initrd.permission(QFile::ReadOther)); // it holds the tenant's secrets
    }
    void aDiskThatGrewIsUsableInFull()
    {
        // 48 MiB of file system were made on the disk of 64 MiB.
        const auto console = testing::wait(m_machines->consoleLog(m_id, 65536));
        QVERIFY(console && !console->contains("grow /dev/vda"));
        QVERIFY(m_host->get(u"/cgi-bin/cat?/proc/partitions"_s).contains("65536 vda"));
    }
    void runningAgainChangesNothing()
    {
        const auto emulators = m_host->processes("qemu");
        QVERIFY(done(m_machines->run(m_host->plan())));
        QCOMPARE(m_host->processes("qemu"), emulators);
        auto other = m_host->plan();
        other.cpu = 2;
        const auto refused = done(m_machines->run(other));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Exists);
    }
    void pausesAndResumes()
    {
        QVERIFY(done(m_machines->pauseMachine(m_id)));
        QVERIFY(!listed()->running);
        QVERIFY(done(m_machines->pauseMachine(m_id)));
        QVERIFY(done(m_machines->run(m_host->plan())));
        QVERIFY(!listed()->running); // it was paused on purpose
        QVERIFY(done(m_machines->resumeMachine(m_id)));
        QVERIFY(listed()->running);
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
        QCOMPARE(done(m_machines->pauseMachine(u"10-20-none"_s)).error().code, ErrorCode::NotFound);
    }
    void comesBackFromAReboot()
    {
        QVERIFY(reboots([&] { m_host->get(u"/cgi-bin/do?reboot"_s); }));
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
        QCOMPARE(info()["boot"_L1].toInt(), 2);
    }
    void comesBackWhenTheFirstProcessEnds()
    {
        QVERIFY(reboots([&] { m_host->get(u"/cgi-bin/do?exit3"_s); }));
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
        QCOMPARE(info()["boot"_L1].toInt(), 3);
        const auto console = testing::wait(m_machines->consoleLog(m_id, 262144));
        QVERIFY(console->contains("exitcode=0x00000300"));
        QCOMPARE(info()["keys"_L1].toArray().size(), 2); // not appended at every start
    }
    void isFoundAgainByANewProcess()
    {
        const auto before = info()["uptime"_L1].toDouble();
        const auto facts = listed();
        m_machines = m_host->machines();
        const auto started = done(m_machines->start());
        QVERIFY2(started, why(started));
        const auto after = listed();
        QVERIFY(after);
        QCOMPARE(after->specDigest, facts->specDigest);
        QCOMPARE(after->startedAtMs, facts->startedAtMs);
        QVERIFY(done(m_machines->run(m_host->plan())));
        QVERIFY(info()["uptime"_L1].toDouble() > before);
        QCOMPARE(info()["boot"_L1].toInt(), 3);
    }
    void survivesTheDeathOfLibvirt()
    {
        QSignalSpy changed(m_machines.get(), &Machines::connectionChanged);
        QSignalSpy stopped(m_machines.get(), &Machines::stopped);
        const auto process = m_host->servicePid(u"libvirtd"_s);
        QVERIFY(process > 1);
        ::kill(static_cast<pid_t>(process), SIGKILL);
        QVERIFY(changed.wait(kPatience));
        QCOMPARE(changed.first()[0].toBool(), false);
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
        QVERIFY(QTest::qWaitFor([&] { return changed.last()[0].toBool(); }, kPatience));
        QVERIFY(listed());
        QVERIFY(stopped.isEmpty());
        QCOMPARE(info()["boot"_L1].toInt(), 3);
        QVERIFY(reboots([&] { m_host->get(u"/cgi-bin/do?reboot"_s); })); // events arrive again
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
    }
    void powerOffIsReported()
    {
        QCOMPARE(stopReason([&] { m_host->get(u"/cgi-bin/do?poweroff"_s); }),
            u"power-off by the guest"_s);
        QVERIFY(!listed());
        QVERIFY(testing::wait(m_machines->consoleLog(m_id, 4096))); // still readable
    }
    void keepsItsDataOverAStart()
    {
        const auto started = done(m_machines->run(m_host->plan()));
        QVERIFY2(started, why(started));
        QCOMPARE(m_host->get(u"/cgi-bin/cat?/data/note"_s), "kept\n");
        QCOMPARE(info()["boot"_L1].toInt(), 5);
    }
    void aKilledEmulatorIsReportedAndReplaced()
    {
        const auto emulators = m_host->processes("qemu");
        QCOMPARE(emulators.size(), 1);
        QCOMPARE(stopReason([&] { ::kill(static_cast<pid_t>(emulators[0]), SIGKILL); }),
            u"QEMU ended unexpectedly"_s);
        const auto started = done(m_machines->run(m_host->plan())); // the name may be taken still
        QVERIFY2(started, why(started));
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
    }
    void aDiskGrowsUnderItsGuest()
    {
        const auto path = m_host->plan().disks.first().path;
        const auto grow = [&](const QString &size) {
            QVERIFY(m_host->output(u"truncate"_s, { u"-s"_s, size, path }).isEmpty());
            const auto told = done(m_machines->growDisk(m_id, path));
            QVERIFY2(told, why(told));
        };
        const auto sectors = [this] { return m_host->get(u"/cgi-bin/cat?/sys/block/vda/size"_s); };
        QCOMPARE(sectors(), QByteArray::number(64 << 11) + '\n');
        const auto boot = info()["boot"_L1].toInt();
        grow(u"96M"_s);
        QCOMPARE(sectors(), QByteArray::number(96 << 11) + '\n');
        QVERIFY(done(m_machines->pauseMachine(m_id)));
        grow(u"128M"_s);
        QVERIFY(done(m_machines->resumeMachine(m_id)));
        QVERIFY(QTest::qWaitFor(
            [&] { return sectors() == QByteArray::number(128 << 11) + '\n'; }, kPatience));
        QCOMPARE(QFileInfo(path).size(), qint64(128) << 20); // as it was made
        QCOMPARE(info()["boot"_L1].toInt(), boot);
    }
    void aGuestWritesWhatItHoldsBeforeItIsStopped()
    {
        const auto plan = m_host->plan();
        QCOMPARE(m_host->get(u"/cgi-bin/write?/data/late&held"_s), "ok\n");
        QSignalSpy stopped(m_machines.get(), &Machines::stopped);
        const auto ended = done(m_machines->stop(m_id, std::chrono::seconds(30)));
        QVERIFY2(ended, why(ended));
        QVERIFY(!listed());
        QVERIFY(m_host->processes("qemu").isEmpty() && m_host->processes("virtiofsd").isEmpty());
        const auto console = testing::wait(m_machines->consoleLog(m_id, 4096));
        QVERIFY(console->contains("Emergency Sync complete"));
        QVERIFY(console->contains("Emergency Remount complete"));
        auto larger = plan;
        larger.cpu = 2;
        larger.memory = 384_MiB;
        larger.environment.emplaceBack(u"SINCE"_s, u"today"_s);
        const auto started = done(m_machines->run(larger));
        QVERIFY2(started, why(started));
        QCOMPARE(m_host->get(u"/cgi-bin/cat?/data/late"_s), "held\n");
        QCOMPARE(info()["cpus"_L1].toInt(), 2);
        QVERIFY(info()["memory_kib"_L1].toInt() > 300 << 10);
        QVERIFY(holds(info()["env"_L1], u"SINCE=today"_s));
        QVERIFY(testing::wait(m_machines->consoleLog(m_id, 262144))->contains("Emergency Sync"));
        m_machines = m_host->machines();
        QVERIFY(done(m_machines->start()));
        QCOMPARE(listed()->cpu, 2u);
        QCOMPARE(listed()->memory, 384_MiB);
        QVERIFY(stopped.isEmpty());
        QVERIFY(done(m_machines->stop(m_id, std::chrono::milliseconds(0))));
        QVERIFY(done(m_machines->run(plan)));
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
    }
    void aLostHelperEndsTheMachine()
    {
        const auto helpers = m_host->processes("virtiofsd");
        QCOMPARE(helpers.size(), 1);
        QCOMPARE(stopReason([&] { ::kill(static_cast<pid_t>(helpers[0]), SIGKILL); }),
            u"its file system helper (virtiofsd) ended"_s);
        QVERIFY(QTest::qWaitFor([&] { return m_host->processes("qemu").isEmpty(); }, kPatience));
    }
    void anEntrypointThatDoesNotExistIsNamed()
    {
        auto plan = m_host->plan();
        plan.entrypoint = { u"/no/such/program"_s };
        const auto reason = stopReason([&] { QVERIFY(done(m_machines->run(plan))); });
        QCOMPARE(reason,
            u"power-off by the guest: cannot execute /no/such/program: No such file or directory"_s);
    }
    void destroyLeavesNothing()
    {
        QVERIFY(done(m_machines->run(m_host->plan())));
        QCOMPARE(m_host->get(u"/"_s), "ok\n");
        QSignalSpy stopped(m_machines.get(), &Machines::stopped);
        const auto destroyed = done(m_machines->destroy(m_id));
        QVERIFY2(destroyed, why(destroyed));
        QVERIFY(stopped.isEmpty());
        QVERIFY(!listed());
        QVERIFY(m_host->processes("qemu").isEmpty());
        QVERIFY(m_host->processes("virtiofsd").isEmpty());
        for (const auto &folder : { m_host->config().runDir, m_host->config().logDir,
                 u"/var/log/libvirt/qemu"_s, u"/run/libvirt/qemu"_s })
            QVERIFY2(QDir(folder).entryList({ u"*10-20-vm1*"_s }, QDir::AllEntries).isEmpty(),
                qPrintable(folder));
        QVERIFY(m_host->output(u"ip"_s, { u"link"_s, u"show"_s, u"vmtap0"_s })
                .contains("vmtap0")); // the node's
        QVERIFY(done(m_machines->destroy(m_id)));
        QCOMPARE(testing::wait(m_machines->consoleLog(m_id, 10)).error().code, ErrorCode::NotFound);
    }
};
ZOS_TEST(TestLibvirtMachines)
#include "tst_libvirtmachines.moc"

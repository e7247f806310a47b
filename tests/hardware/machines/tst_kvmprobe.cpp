// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/kvmprobe.h"
#include "hardware/machines/libvirtdaemon.h"
#include "hardware/machines/virtiofswatch.h"
#include "hardware/process/fakecommandrunner.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QSignalSpy>
#include <QTemporaryDir>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestKvmProbe : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder;
    hw::FakeCommandRunner m_runner;

    Result<hw::KvmVerdict> attempt()
    {
        return testing::wait(hw::KvmProbe::attempt(&m_runner, m_folder.path(), u"kvm"_s, 1500ms));
    }

private Q_SLOTS:
    void programIsAMultibootElf()
    {
        const auto program = hw::KvmProbe::program();
        QVERIFY(program.startsWith("\x7f"
                                   "ELF\x01\x01\x01"));
        const auto magic = program.indexOf(QByteArray("\x02\xb0\xad\x1b", 4));
        QCOMPARE(magic % 4, 0);
        QVERIFY(magic > 0 && magic < 8192);
        QVERIFY(program.endsWith(QByteArray("\xb0\x10\xe6\xf4\xf4\xeb\xfd", 7)));
    }
    void onlyTheAgreedStatusCounts()
    {
        m_runner.on(u"qemu"_s, {}, 33);
        QVERIFY(attempt()->usable);
        QVERIFY(m_runner.lines().last().contains(u"-accel kvm -M q35 -cpu host"));
        m_runner.on(u"qemu"_s, {}, 0);
        QVERIFY(!attempt()->usable);
        m_runner.on(u"qemu"_s, {}, 1, "could not access KVM\nqemu: kvm_buf_set_msrs failed\n");
        QCOMPARE(attempt()->reason,
            u"hardware virtualisation not usable: qemu: kvm_buf_set_msrs failed"_s);
    }
    void aHangingGuestIsNoGuest()
    {
        m_runner.on(u"qemu"_s, [](const hw::Command &command) -> Result<hw::CommandOutput> {
            if (command.deadline != 1500ms)
                return fail(ErrorCode::Bug, u"wrong deadline"_s);
            return fail(ErrorCode::Timeout, u"qemu did not finish within 1.5 s"_s);
        });
        QCOMPARE(attempt()->reason,
            u"hardware virtualisation not usable: qemu did not finish within 1.5 s"_s);
    }
    void withoutAnEmulatorThereIsNoVerdict()
    {
        m_runner.on(u"qemu"_s, [](const hw::Command &) -> Result<hw::CommandOutput> {
            return fail(ErrorCode::NotFound, u"/usr/bin/qemu is not installed"_s);
        });
        QVERIFY(!attempt());
    }

    void watchReportsAnEndOnce()
    {
        hw::VirtiofsWatch watch;
        QSignalSpy ended(&watch, &hw::VirtiofsWatch::ended);
        pid_t children[2];
        for (auto &child : children) {
            child = ::fork();
            if (child == 0) {
                ::pause();
                ::_exit(0);
            }
        }
        watch.watch(u"one"_s, { children[0], children[1] });
        watch.watch(u"other"_s, { ::getpid() });
        ::kill(children[0], SIGKILL);
        QVERIFY(ended.wait(20000));
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended.first()[0].toString(), u"one"_s);
        ::kill(children[1], SIGKILL);
        for (const auto child : children)
            ::waitpid(child, nullptr, 0);
        QCoreApplication::processEvents();
        QCOMPARE(ended.size(), 1);
        watch.forget(u"other"_s);
    }
    void watchReportsWhatIsGoneAlready()
    {
        hw::VirtiofsWatch watch;
        QSignalSpy ended(&watch, &hw::VirtiofsWatch::ended);
        watch.watch(u"gone"_s, { 0 });
        QVERIFY(ended.wait(20000));
        watch.watch(u"forgotten"_s, { 0 });
        watch.forget(u"forgotten"_s);
        QCoreApplication::processEvents();
        QCOMPARE(ended.size(), 1);
    }

    void libvirtSettingsAreTheSafeOnes()
    {
        const auto settings = hw::LibvirtDaemon::qemuSettings(false, true);
        QVERIFY(settings.contains("user = \"libvirt-qemu\""));
        QVERIFY(settings.contains("dynamic_ownership = 0"));
        QVERIFY(settings.contains("seccomp_sandbox = 1"));
        QVERIFY(settings.contains("cgroup_controllers = [\"cpu\""));
        QVERIFY(settings.contains("\"/dev/kvm\""));
        QVERIFY(!hw::LibvirtDaemon::qemuSettings(true, false).contains("/dev/kvm"));
        QVERIFY(hw::LibvirtDaemon::qemuSettings(true, false).contains("cgroup_controllers = []"));
    }
};
ZOS_TEST(TestKvmProbe)
#include "tst_kvmprobe.moc"

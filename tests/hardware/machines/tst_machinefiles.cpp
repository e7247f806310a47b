// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/machinefiles.h"
#include "tests/support/runner.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;

class TestMachineFiles : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_folder;

    hw::MachineFiles files() const
    {
        return hw::MachineFiles(
            m_folder->filePath(u"run"_s), m_folder->filePath(u"log"_s), u"1-2-vm"_s);
    }
    void write(const QString &path, const QByteArray &text) const
    {
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void initrdIsTheInitramfsWithTheSeedBehind()
    {
        const auto base = m_folder->filePath(u"initramfs"_s);
        write(base, QByteArray(1024, 'b'));
        MachinePlan plan;
        plan.hostname = u"vm"_s;
        plan.disks = { { m_folder->filePath(u"disk"_s), u"zd-0"_s, u"/data"_s } };
        write(plan.disks[0].path, "x");
        const auto prepared = files().prepare(plan, base);
        QVERIFY2(prepared, prepared ? "" : qPrintable(prepared.error().what));
        QFile initrd(files().initrd());
        QVERIFY(initrd.open(QIODevice::ReadOnly));
        QCOMPARE(initrd.readAll(), QByteArray(1024, 'b') + seedArchive(seedText(plan)));
        QVERIFY(!initrd.permissions().testAnyFlags(
            QFile::ReadOther | QFile::WriteOther | QFile::WriteGroup));
        QVERIFY(!QFile::permissions(plan.disks[0].path)
                .testAnyFlags(QFile::ReadOther | QFile::ReadGroup));
        QVERIFY(!QFile::permissions(files().directory())
                .testAnyFlags(QFile::ExeOther | QFile::ReadOther));
    }
    void whatAKilledStartWasWritingGoes()
    {
        const auto base = m_folder->filePath(u"initramfs"_s);
        write(base, "base");
        MachinePlan plan;
        plan.hostname = u"vm"_s;
        QVERIFY(files().prepare(plan, base));
        const auto folder = QFileInfo(files().initrd()).path();
        for (const auto &name : { u"initrd.zwAIPR"_s, u"xml.RYdbCj"_s, u"state.json.AbCdEf"_s })
            write(folder + u'/' + name, "half");
        write(folder + u"/initrd.notes", "not ours");
        QVERIFY(files().prepare(plan, base));
        QCOMPARE(QDir(folder).entryList(QDir::Files, QDir::Name),
            QStringList({ u"initrd"_s, u"initrd.notes"_s }));
    }
    void aMissingDiskIsNamed()
    {
        write(m_folder->filePath(u"initramfs"_s), "b");
        MachinePlan plan;
        plan.disks = { { m_folder->filePath(u"gone"_s), u"zd-0"_s, u"/data"_s } };
        const auto prepared = files().prepare(plan, m_folder->filePath(u"initramfs"_s));
        QVERIFY(!prepared);
        QVERIFY(prepared.error().what.contains(u"gone"));
    }
    void recordComesBack()
    {
        QCOMPARE(files().record().startedAtMs, 0u);
        QDir().mkpath(files().directory());
        QVERIFY(files().writeRecord(
            { u"abc"_s, 1'800'000'000'123, 3, 5_GiB, QStringList { u"1-2-a"_s, u"1-2-b"_s } }));
        QCOMPARE(files().record().digest, u"abc"_s);
        QCOMPARE(files().record().startedAtMs, 1'800'000'000'123u);
        QCOMPARE(files().record().cpu, 3u);
        QCOMPARE(files().record().memory, 5_GiB);
        QCOMPARE(files().record().disks.value(), (QStringList { u"1-2-a"_s, u"1-2-b"_s }));
        // As an earlier version of the node wrote it: not known is not none.
        write(files().directory() + u"/state.json"_s, "{\"digest\":\"abc\",\"started_ms\":\"7\"}");
        QCOMPARE(files().record().startedAtMs, 7u);
        QCOMPARE(files().record().cpu, 0u);
        QVERIFY(!files().record().disks);
        write(files().directory() + u"/state.json"_s, "{broken");
        QCOMPARE(files().record().startedAtMs, 0u);
    }
    void consoleIsCutAtALineStart()
    {
        QCOMPARE(files().console(10).error().code, ErrorCode::NotFound);
        write(files().consoleLog(), "first\nsecond\nthird\n");
        QCOMPARE(*files().console(100), "first\nsecond\nthird\n");
        QCOMPARE(*files().console(19), "first\nsecond\nthird\n");
        QCOMPARE(*files().console(13), "second\nthird\n");
        QCOMPARE(*files().console(12), "third\n");
        QCOMPARE(*files().console(3), "rd\n"); // one long line: better a part than nothing
        QCOMPARE(*files().console(0), "");
    }
    void consoleGoesBackIntoTheRotatedLog()
    {
        write(files().consoleLog() + u".0"_s, "old1\nold2\n");
        write(files().consoleLog(), "new\n");
        QCOMPARE(*files().console(9), "old2\nnew\n");
        QCOMPARE(*files().console(100), "old1\nold2\nnew\n");
    }
    void removeTakesEverythingTwice()
    {
        write(files().consoleLog(), "x");
        write(files().consoleLog() + u".0"_s, "x");
        write(files().directory() + u"/c/console"_s, "x");
        QVERIFY(files().remove());
        QVERIFY(!QFile::exists(files().directory()));
        QVERIFY(!QFile::exists(files().consoleLog()));
        QVERIFY(!QFile::exists(files().consoleLog() + u".0"_s));
        QVERIFY(files().remove());
    }
    void removeSaysWhatItCannotLookAt()
    {
        const auto loop = m_folder->filePath(u"loop"_s);
        QVERIFY(QFile::link(loop, loop));
        // Neither its folder nor its log.
        QVERIFY(!hw::MachineFiles(loop, m_folder->path(), u"1-2-vm"_s).remove());
        QVERIFY(!hw::MachineFiles(m_folder->path(), loop, u"1-2-vm"_s).remove());
    }
    void reasons_data()
    {
        QTest::addColumn<QByteArray>("console");
        QTest::addColumn<QString>("reason");
        const QByteArray start = "zosinit[2.100]: start\r\n";
        const QByteArray panic = "[   9.1] Kernel panic - not syncing: ";
        const QByteArray ended = panic + "Attempted to kill init! exitcode=";
        QTest::newRow("nothing") << QByteArray() << u""_s;
        QTest::newRow("a quiet end") << start + "bye\r\n" << u""_s;
        QTest::newRow("exit 3") << start + ended + "0x00000300\r\nmore" << u"exit status 3"_s;
        QTest::newRow("exit 0") << start + ended + "0x00000000 ]---\r\n" << u"exit status 0"_s;
        QTest::newRow("signal 9") << start + ended + "0x00000009\r\n" << u"signal 9"_s;
        QTest::newRow("signal 11 with core") << start + ended + "0x0000008b\r\n" << u"signal 11"_s;
        QTest::newRow("sysrq") << start + panic + "sysrq triggered crash\r\n"
                               << u"kernel panic: sysrq triggered crash"_s;
        QTest::newRow("init says why")
            << start + "zosinit[2.2]: FATAL cannot execute /x: No such file or directory\r\n"
            << u"cannot execute /x: No such file or directory"_s;
        QTest::newRow("only the last start counts") << start + ended + "0x00000300\r\n" + start
                + "fine\r\n" << u""_s;
        QTest::newRow("nonsense as code") << start + ended
                + "0xzz\r\n" << u"kernel panic: Attempted to kill init! exitcode=0xzz"_s;
    }
    void reasons()
    {
        QFETCH(const QByteArray, console);
        QFETCH(const QString, reason);
        QCOMPARE(hw::consoleReason(console), reason);
    }
    void accountsAreHeldToTheMode()
    {
        const auto path = m_folder->filePath(u"device"_s);
        write(path, "x");
        const hw::QemuAccount other { ::geteuid() + 1, ::getegid() + 1 };
        const hw::QemuAccount member { ::geteuid() + 1, ::getegid() };
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup);
        QVERIFY(!other.mayUse(path));
        QVERIFY(!member.mayUse(path));
        QFile::setPermissions(path, QFile::permissions(path) | QFile::WriteGroup);
        QVERIFY(!other.mayUse(path));
        QVERIFY(member.mayUse(path));
        QVERIFY((hw::QemuAccount { ::geteuid(), 1 }.mayUse(path)));
        QVERIFY(!member.mayUse(path + u"gone"_s));
    }
    void readabilityNeedsEveryDirectory()
    {
        const auto path = m_folder->filePath(u"a/file"_s);
        write(path, "x");
        const auto open = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadOther
            | QFile::ExeOther;
        QFile::setPermissions(m_folder->path(), open);
        QFile::setPermissions(m_folder->filePath(u"a"_s), open);
        QFile::setPermissions(path, open);
        const bool above = hw::readableByAll(u"/etc/passwd"_s);
        QVERIFY(above);
        QVERIFY(hw::readableByAll(path));
        QFile::setPermissions(
            m_folder->filePath(u"a"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QVERIFY(!hw::readableByAll(path));
        QVERIFY(!hw::readableByAll(u"/nonexistent"_s));
    }
};
ZOS_TEST(TestMachineFiles)
#include "tst_machinefiles.moc"

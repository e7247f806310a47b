// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/diskpolicy.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QtEndian>

using namespace zos;
using namespace Qt::StringLiterals;
using Decision = DiskFacts::Decision;

class TestDiskPolicy : public QObject
{
    Q_OBJECT
    static hw::DiskProbe empty()
    {
        hw::DiskProbe probe;
        probe.path = u"/dev/sda"_s;
        probe.name = u"sda"_s;
        probe.bus = u"ata"_s;
        probe.major = 8;
        probe.size = 100_GiB;
        probe.edgesZero = true;
        return probe;
    }
    static DiskFacts decide(const hw::DiskProbe &probe) { return hw::decideDisk(probe, 8_GiB); }

private Q_SLOTS:
    // Eleven devices recorded on a real kernel.
    void decidesRecordedDevices()
    {
        for (const auto &vector : testing::vectors(u"storage-machine-a"_s)) {
            for (const auto &value : vector.document[u"devices"_s].toArray()) {
                const auto seen = value[u"seen"_s].toObject();
                const auto expect = value[u"expect"_s].toObject();
                auto probe = empty();
                probe.path = value[u"node"_s].toString();
                probe.name = QFileInfo(probe.path).fileName();
                probe.major = probe.name.startsWith(u"sr") ? 11
                    : probe.name.startsWith(u"nvme")       ? 259
                                                           : 8;
                probe.bus = probe.name.startsWith(u"nvme") ? u"nvme"_s : seen[u"bus"_s].toString();
                probe.size = Bytes(static_cast<quint64>(seen[u"bytes"_s].toDouble()));
                probe.rotational = seen[u"rotational"_s].toString() == u"1";
                probe.removable = seen[u"removable"_s].toString() == u"1";
                probe.readOnly = seen[u"ro"_s].toString() == u"1";
                probe.usb = seen[u"usb"_s].toBool();
                if (seen.contains(u"rpm"_s))
                    probe.rpm = seen[u"rpm"_s].toString().toInt();
                const auto facts = hw::decideDisk(probe, 1_MiB);
                const bool use = expect[u"decision"_s].toString() == u"use";
                QVERIFY2((facts.decision == Decision::Format) == use, qPrintable(probe.path));
                if (use) {
                    const auto kind = expect[u"type_without_probe"_s].toString();
                    QVERIFY2(kind.startsWith(kindName(facts.kind)), qPrintable(probe.path));
                }
            }
        }
    }
    void rules_data()
    {
        QTest::addColumn<hw::DiskProbe>("probe");
        QTest::addColumn<Decision>("decision");
        QTest::addColumn<QString>("reason");
        const auto row
            = [](const char *name, auto change, Decision decision, const QString &reason) {
                  auto probe = empty();
                  change(probe);
                  QTest::newRow(name) << probe << decision << reason;
              };
        const auto pool = [](hw::DiskProbe &p) {
            p.edgesZero = false;
            p.signature = u"btrfs"_s;
            p.btrfsDevices = 1;
            p.btrfsLabel = u"0f8fad5b-d9cb-469f-a165-70867728950e"_s;
        };
        row("empty", [](auto &) { }, Decision::Format, u"new pool"_s);
        row("pool", pool, Decision::Adopt, u"pool"_s);
        row(
            "pool already mounted",
            [&](auto &p) {
                pool(p);
                p.mountPoints = { u"/mnt/x"_s };
            },
            Decision::Adopt, u"pool"_s);
        row(
            "pool of two devices",
            [&](auto &p) {
                pool(p);
                p.btrfsDevices = 2;
            },
            Decision::Skip, u"holds one device of a larger btrfs file system"_s);
        row(
            "foreign btrfs",
            [&](auto &p) {
                pool(p);
                p.btrfsLabel = u"photos"_s;
            },
            Decision::Skip, u"holds a btrfs file system that is not a pool"_s);
        row(
            "mounted", [](auto &p) { p.mountPoints = { u"/boot"_s }; }, Decision::Skip,
            u"in use, mounted at /boot"_s);
        row("swap", [](auto &p) { p.swap = true; }, Decision::Skip, u"in use as swap"_s);
        row(
            "held", [](auto &p) { p.holders = { u"dm-0"_s }; }, Decision::Skip,
            u"in use by dm-0"_s);
        row(
            "raid member", [](auto &p) { p.signature = u"linux_raid_member"_s; }, Decision::Skip,
            u"member of another volume (linux_raid_member)"_s);
        row("data", [](auto &p) { p.signature = u"xfs"_s; }, Decision::Skip, u"holds xfs data"_s);
        row(
            "undecided signature", [](auto &p) { p.signature = u"unknown"_s; }, Decision::Skip,
            u"holds unknown data"_s);
        row(
            "signature although zero at the edges",
            [](auto &p) {
                p.signature = u"zfs"_s;
                p.edgesZero = true;
            },
            Decision::Skip, u"holds zfs data"_s);
        row(
            "partition table",
            [](auto &p) {
                p.signature = u"gpt"_s;
                p.partitionTable = true;
            },
            Decision::Skip, u"holds a gpt partition table"_s);
        row(
            "not zero", [](auto &p) { p.edgesZero = false; }, Decision::Skip,
            u"holds unknown data"_s);
        row("read only", [](auto &p) { p.readOnly = true; }, Decision::Skip, u"read only"_s);
        row("no medium", [](auto &p) { p.size = Bytes(); }, Decision::Skip, u"no medium"_s);
        row("small", [](auto &p) { p.size = 7_GiB; }, Decision::Skip, u"too small"_s);
        row(
            "usb", [](auto &p) { p.usb = true; }, Decision::Skip,
            u"USB/removable disks are not used"_s);
        row(
            "removable", [](auto &p) { p.removable = true; }, Decision::Skip,
            u"USB/removable disks are not used"_s);
        row(
            "partition", [](auto &p) { p.partition = true; }, Decision::Skip,
            u"a partition, only whole disks are used"_s);
        row(
            "device mapper", [](auto &p) { p.name = u"dm-3"_s; }, Decision::Skip,
            u"virtual devices are not used"_s);
        row("md", [](auto &p) { p.major = 9; }, Decision::Skip, u"virtual devices are not used"_s);
        row(
            "loop that was named",
            [](auto &p) {
                p.major = 7;
                p.removable = true;
            },
            Decision::Format, u"new pool"_s);
        row(
            "trouble", [](auto &p) { p.trouble = u"cannot be read"_s; }, Decision::Skip,
            u"cannot be read"_s);
    }
    void rules()
    {
        QFETCH(hw::DiskProbe, probe);
        QFETCH(Decision, decision);
        QFETCH(QString, reason);
        const auto facts = decide(probe);
        QCOMPARE(int(facts.decision), int(decision));
        QCOMPARE(facts.reason, reason);
    }
    void signaturesOfBlkid_data()
    {
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QString>("signature");
        QTest::newRow("nothing") << 2 << QByteArray() << QString();
        QTest::newRow("ext4") << 0 << QByteArray("DEVNAME=/dev/sda\nTYPE=ext4\nUSAGE=filesystem\n")
                              << u"ext4"_s;
        QTest::newRow("table") << 0 << QByteArray("DEVNAME=/dev/sda\nPTTYPE=gpt\n") << u"gpt"_s;
        QTest::newRow("several") << 8 << QByteArray() << u"unknown"_s;
        QTest::newRow("could not look") << 1 << QByteArray() << u"unknown"_s;
        QTest::newRow("strange success") << 0 << QByteArray("FOO=1\n") << u"unknown"_s;
        QTest::newRow("2 but says something") << 2 << QByteArray("TYPE=ext4\n") << u"unknown"_s;
    }
    void signaturesOfBlkid()
    {
        QFETCH(int, exitCode);
        QFETCH(QByteArray, output);
        QFETCH(QString, signature);
        auto probe = empty();
        hw::readSignature(probe, exitCode, output);
        QCOMPARE(probe.signature, signature);
        QCOMPARE(decide(probe).decision == Decision::Format, signature.isEmpty());
    }
    void superblockOfBtrfs()
    {
        QByteArray first(1 << 20, '\0');
        auto probe = empty();
        hw::readBtrfsSuper(probe, first);
        QCOMPARE(probe.btrfsDevices, 0U);
        first.replace(0x10040, 8, "_BHRfS_M");
        qToLittleEndian<quint64>(3, first.data() + 0x10088);
        first.replace(0x1012b, 256, QByteArray(256, 'x')); // no end: hostile
        hw::readBtrfsSuper(probe, first);
        QCOMPARE(probe.btrfsDevices, 3U);
        QVERIFY(probe.btrfsLabel.size() <= 256);
        hw::readBtrfsSuper(probe, first.first(0x10100)); // too short: not read
    }
    void devicesThatAreNone()
    {
        const auto missing = hw::probeDisk(u"/dev/none-such"_s);
        QCOMPARE(missing.trouble, u"no such device"_s);
        QTemporaryDir folder;
        const auto file = hw::probeDisk(folder.path());
        QCOMPARE(file.trouble, u"not a block device"_s);
        QCOMPARE(int(decide(file).decision), int(Decision::Skip));
    }
};
ZOS_TEST(TestDiskPolicy)
#include "tst_diskpolicy.moc"

// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/systeminventory.h"
#include "hardware/process/systemcommandrunner.h"
#include "hardware/storage/btrfsvolumes.h"
#include "hardware/storage/poolfs.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"
#include "tests/system/storage/looplab.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QUuid>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Real btrfs on loop devices of sparse files; needs root.
class TestBtrfsVolumes : public QObject, private LoopLab
{
    Q_OBJECT
    hw::SystemCommandRunner m_runner;
    std::unique_ptr<hw::SystemInventory> m_inventory;
    std::unique_ptr<hw::BtrfsVolumes> m_volumes;

    // What a formatted disk would have changed: both ends and how much of the file is written.
    QByteArray edges() const
    {
        QFile file(m_folder->filePath(u"a.img"_s));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        struct stat facts {};
        ::fstat(file.handle(), &facts);
        const QByteArray bytes = QByteArray::number(qint64(facts.st_blocks)) + file.read(4 << 20);
        file.seek(file.size() - (1 << 20));
        return QCryptographicHash::hash(
            QByteArray(bytes + file.readAll()), QCryptographicHash::Sha256);
    }
    void startNode(const QStringList &devices)
    {
        QMap<QString, DiskKind> pins;
        for (const auto &device : devices)
            pins.insert(device, DiskKind::Ssd);
        m_inventory = std::make_unique<hw::SystemInventory>(devices, &m_runner, 1_GiB);
        m_volumes
            = std::make_unique<hw::BtrfsVolumes>(m_inventory.get(), &m_runner, mountRoot(), pins);
        const auto started = testing::wait(m_volumes->start());
        QVERIFY2(started, started ? "" : qPrintable(started.error().what));
    }

private Q_SLOTS:
    void init()
    {
        if (const auto obstacle = make(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
    }
    void cleanup()
    {
        m_volumes.reset();
        m_inventory.reset();
        remove();
    }
    void formatsAnEmptyDeviceAndAdoptsItLater()
    {
        startNode(m_loops);
        auto pools = m_volumes->pools();
        QCOMPARE(pools.size(), 1);
        const auto pool = pools.first();
        QVERIFY2(pool.healthy, qPrintable(pool.trouble));
        QCOMPARE(pool.kind, DiskKind::Ssd);
        QCOMPARE(pool.size, 2_GiB);
        QVERIFY(!QUuid::fromString(pool.id).isNull());
        QCOMPARE(hw::poolfs::readKindFile(pool.path), u"ssd"_s);
        const auto mounts = tool(u"findmnt"_s, { u"-no"_s, u"OPTIONS,FSTYPE"_s, pool.path });
        QVERIFY2(mounts.contains("noatime") && mounts.contains("btrfs"), mounts.constData());

        const auto disk = testing::wait(m_volumes->createDisk(u"7-1-data"_s, Bytes(100'000'001)));
        QVERIFY2(disk, disk ? "" : qPrintable(disk.error().what));
        QVERIFY(testing::wait(m_volumes->createVolume(u"rootfs:7-1-vm"_s, 64_MiB)));
        const auto reserved = m_volumes->pools().first().reserved;

        m_volumes.reset(); // the node restarts, the mount stays
        startNode(m_loops);
        QCOMPARE(m_volumes->pools().first().id, pool.id);
        QCOMPARE(m_volumes->pools().first().reserved, reserved);
        QCOMPARE(testing::wait(m_volumes->disk(u"7-1-data"_s))->size, Bytes(100'000'001));
        QCOMPARE(testing::wait(m_volumes->volume(u"rootfs:7-1-vm"_s))->size, 64_MiB);
        QCOMPARE(testing::wait(m_volumes->list())->size(), 2);

        m_volumes.reset(); // the machine restarts: mounted again by its label
        unmountAll();
        startNode(m_loops);
        QCOMPARE(m_volumes->pools().first().id, pool.id);
        QCOMPARE(testing::wait(m_volumes->list())->size(), 2);
    }
    void diskFilesAreReservedZeroAndInPlace()
    {
        startNode(m_loops);
        const auto disk = testing::wait(m_volumes->createDisk(u"7-1-data"_s, 64_MiB));
        QVERIFY(disk);
        struct stat facts {};
        QCOMPARE(::stat(QFile::encodeName(disk->path).constData(), &facts), 0);
        QCOMPARE(facts.st_size, 64 << 20);
        QVERIFY(facts.st_blocks * 512 >= 64 << 20);
        QCOMPARE(facts.st_mode & 0777U, 0600U);
        QVERIFY(tool(u"lsattr"_s, { disk->path }).contains('C'));
        QFile file(disk->path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray(64 << 20, '\0'));
        const auto again = testing::wait(m_volumes->createDisk(u"7-1-data"_s, 64_MiB));
        QCOMPARE(again->path, disk->path);

        QVERIFY(testing::wait(m_volumes->growDisk(u"7-1-data"_s, 96_MiB)));
        QCOMPARE(::stat(QFile::encodeName(disk->path).constData(), &facts), 0);
        QCOMPARE(facts.st_size, 96 << 20);
        QCOMPARE(m_volumes->pools().first().reserved, 96_MiB);
        const auto smaller = testing::wait(m_volumes->growDisk(u"7-1-data"_s, 32_MiB));
        QCOMPARE(smaller.error().what, u"not safe to shrink a disk"_s);
        QVERIFY(testing::wait(m_volumes->removeDisk(u"7-1-data"_s)));
        QVERIFY(testing::wait(m_volumes->removeDisk(u"7-1-data"_s)));
        QVERIFY(!QFile::exists(disk->path));
        QCOMPARE(m_volumes->pools().first().reserved, Bytes());
        QCOMPARE(testing::wait(m_volumes->disk(u"7-1-data"_s)).error().code, ErrorCode::NotFound);
    }
    void formatsADiskOnceAndNeverOverData()
    {
        startNode(m_loops);
        const auto disk = testing::wait(m_volumes->createDisk(u"7-1-data"_s, 64_MiB));
        QVERIFY(disk);
        const auto formatted = testing::wait(m_volumes->formatDisk(u"7-1-data"_s));
        QVERIFY2(formatted, formatted ? "" : qPrintable(formatted.error().what));
        const auto first = tool(u"blkid"_s, { u"-p"_s, disk->path });
        QVERIFY2(first.contains("TYPE=\"ext4\""), first.constData());
        struct stat facts {};
        QCOMPARE(::stat(QFile::encodeName(disk->path).constData(), &facts), 0);
        QVERIFY(facts.st_blocks * 512 >= 64 << 20); // still reserved
        QVERIFY(testing::wait(m_volumes->formatDisk(u"7-1-data"_s)));
        QCOMPARE(tool(u"blkid"_s, { u"-p"_s, disk->path }), first);
        QVERIFY(tool(u"e2fsck"_s, { u"-fn"_s, disk->path }).contains("non-contiguous"));

        const auto other = testing::wait(m_volumes->createDisk(u"7-1-swap"_s, 64_MiB));
        tool(u"mkswap"_s, { other->path });
        QVERIFY(testing::wait(m_volumes->formatDisk(u"7-1-swap"_s)));
        QVERIFY(tool(u"blkid"_s, { u"-p"_s, other->path }).contains("TYPE=\"swap\""));
    }
    void foldersElsewhereAreNoVolumes()
    {
        QTemporaryDir home;
        const auto where = QFile::encodeName(home.path());
        QCOMPARE(::mount("memory", where.constData(), "tmpfs", 0, "mode=755"), 0);
        const auto unmount = qScopeGuard([&] { ::umount2(where.constData(), MNT_DETACH); });
        bool sameNumber = false; // as every subvolume has
        for (int i = 0; i < 300 && !sameNumber; ++i) {
            const auto path = home.filePath(QString::number(i));
            QVERIFY(QDir().mkdir(path));
            struct stat facts {};
            QCOMPARE(::stat(QFile::encodeName(path).constData(), &facts), 0);
            sameNumber = facts.st_ino == 256;
            QVERIFY(!hw::poolfs::isSubvolume(path));
        }
        QVERIFY(sameNumber);
    }
    void volumesEndAtTheirLimit()
    {
        startNode(m_loops);
        const auto volume = testing::wait(m_volumes->createVolume(u"7-1-files"_s, 16_MiB));
        QVERIFY2(volume, volume ? "" : qPrintable(volume.error().what));
        QVERIFY(hw::poolfs::isSubvolume(volume->path));
        const auto written = tool(u"dd"_s,
            { u"if=/dev/zero"_s, u"of="_s + volume->path + u"/big"_s, u"bs=1M"_s, u"count=64"_s,
                u"conv=fsync"_s });
        QVERIFY2(written.startsWith("failed: ") && written.contains("quota"), written.constData());
        QVERIFY(testing::wait(m_volumes->removeVolume(u"7-1-files"_s)));
        QVERIFY(!QFile::exists(volume->path));
        QVERIFY(testing::wait(m_volumes->removeVolume(u"7-1-files"_s)));
        QVERIFY(testing::wait(m_volumes->list())->isEmpty());
    }
    void fullIsSaidWithSizesAndNothingIsLeft()
    {
        startNode(m_loops);
        const auto big = testing::wait(m_volumes->createDisk(u"7-1-big"_s, 10_GiB));
        QVERIFY(!big);
        QCOMPARE(big.error().code, ErrorCode::Limit);
        QVERIFY2(big.error().what.startsWith(u"not enough space left in pools of this type ssd: "
                                             u"requested 10737418240, largest free "),
            qPrintable(big.error().what));
        const auto room = hw::SpaceLedger::allocatable(2_GiB);
        const Bytes most(room.count() / 4096 * 4096);
        QVERIFY(testing::wait(
            m_volumes->createDisk(u"7-1-most"_s, most))); // what is promised can be had
        QVERIFY(!testing::wait(m_volumes->createVolume(u"7-1-more"_s, 1_MiB)));
        QVERIFY(testing::wait(m_volumes->removeDisk(u"7-1-most"_s)));
        QVERIFY(testing::wait(m_volumes->createVolume(u"7-1-more"_s, 1_MiB)));
    }
    void leftoversOfACrashAreRemovedAndFinished()
    {
        startNode(m_loops);
        const auto pool = m_volumes->pools().first();
        QVERIFY(testing::wait(m_volumes->createDisk(u"7-1-a"_s, 1_MiB)));
        QFile unfinished(pool.path + u"/vdisks/7-1-b.tmp"_s);
        QVERIFY(unfinished.open(QIODevice::WriteOnly));
        QVERIFY(hw::poolfs::makeSubvolume(pool.path, u"7-1-c"_s)); // no limit yet
        m_volumes.reset();
        startNode(m_loops);
        QVERIFY(!unfinished.exists());
        QVERIFY(testing::wait(m_volumes->createVolume(u"7-1-c"_s, 8_MiB)));
        QCOMPARE(*hw::poolfs::limit(pool.path + u"/7-1-c"_s), 8_MiB);
        QCOMPARE(m_volumes->pools().first().reserved, 9_MiB);
    }
    void sameIdAtOnceIsOneDisk()
    {
        startNode(m_loops);
        auto first = m_volumes->createDisk(u"7-1-a"_s, 8_MiB);
        auto second = m_volumes->createDisk(u"7-1-a"_s, 8_MiB);
        auto other = m_volumes->createDisk(u"7-1-b"_s, 8_MiB);
        QVERIFY(testing::wait(std::move(first)));
        QVERIFY(testing::wait(std::move(second)));
        QVERIFY(testing::wait(std::move(other)));
        QCOMPARE(m_volumes->pools().first().reserved, 16_MiB);
        QCOMPARE(testing::wait(m_volumes->createDisk(u"../7-1-a"_s, 8_MiB)).error().code,
            ErrorCode::Invalid);
        QCOMPARE(testing::wait(m_volumes->createDisk(u"7-1-z"_s, Bytes())).error().code,
            ErrorCode::Invalid);
    }
    void neverFormatsADeviceWithContent_data()
    {
        QTest::addColumn<QString>("content");
        QTest::addColumn<QString>("reason");
        QTest::newRow("ext4") << u"ext4"_s << u"holds ext4 data"_s;
        QTest::newRow("partition table") << u"mbr"_s << u"holds a dos partition table"_s;
        QTest::newRow("one stray byte") << u"byte"_s << u"holds unknown data"_s;
        QTest::newRow("foreign btrfs")
            << u"btrfs"_s << u"holds a btrfs file system that is not a pool"_s;
        QTest::newRow("swap") << u"swap"_s << u"holds swap data"_s;
    }
    void neverFormatsADeviceWithContent()
    {
        QFETCH(QString, content);
        QFETCH(QString, reason);
        const auto loop = m_loops.first();
        if (content == u"ext4") {
            tool(u"mkfs.ext4"_s, { u"-q"_s, loop });
        } else if (content == u"btrfs") {
            tool(u"mkfs.btrfs"_s, { u"-q"_s, u"-L"_s, u"photos"_s, loop });
        } else if (content == u"swap") {
            tool(u"mkswap"_s, { loop });
        } else if (content == u"mbr") {
            QByteArray sector(512, '\0');
            sector.replace(446, 16, QByteArray::fromHex("00000000830000000008000000200300"));
            sector.replace(510, 2, "\x55\xaa", 2);
            QFile device(loop);
            QVERIFY(device.open(QIODevice::ReadWrite));
            QCOMPARE(device.write(sector), 512);
        } else {
            QFile device(loop);
            QVERIFY(device.open(QIODevice::ReadWrite));
            device.seek((2LL << 30) - 100);
            device.write("x");
        }
        tool(u"blockdev"_s, { u"--flushbufs"_s, loop });
        const auto before = edges();
        startNode(m_loops);
        QVERIFY(m_volumes->pools().isEmpty());
        const auto disks = testing::wait(m_inventory->disks());
        QCOMPARE(disks->first().decision, DiskFacts::Decision::Skip);
        QCOMPARE(disks->first().reason, reason);
        QCOMPARE(edges(), before);
    }
    void aSmallDeviceIsSkipped()
    {
        const auto small = makeLoop(u"small.img"_s, 200 << 20);
        startNode({ small });
        QVERIFY(m_volumes->pools().isEmpty());
        QCOMPARE(testing::wait(m_inventory->disks())->first().reason, u"too small"_s);
    }
    void spinningPoolsHoldNoDisks()
    {
        m_inventory = std::make_unique<hw::SystemInventory>(m_loops, &m_runner, 1_GiB);
        m_volumes = std::make_unique<hw::BtrfsVolumes>(m_inventory.get(), &m_runner, mountRoot(),
            QMap<QString, DiskKind> { { m_loops.first(), DiskKind::Hdd } });
        QVERIFY(testing::wait(m_volumes->start()));
        QCOMPARE(m_volumes->pools().first().kind, DiskKind::Hdd);
        QCOMPARE(
            testing::wait(m_volumes->createDisk(u"7-1-a"_s, 1_MiB)).error().code, ErrorCode::Limit);
    }
    void aPoolWithoutPinIsMeasured()
    {
        m_inventory = std::make_unique<hw::SystemInventory>(m_loops, &m_runner, 1_GiB);
        m_volumes = std::make_unique<hw::BtrfsVolumes>(m_inventory.get(), &m_runner, mountRoot());
        QVERIFY(testing::wait(m_volumes->start()));
        QVERIFY(m_volumes->pools().first().kind != DiskKind::Unknown);
    }
};
ZOS_TEST(TestBtrfsVolumes)
#include "tst_btrfsvolumes.moc"

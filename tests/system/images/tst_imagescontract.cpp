// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/squashfsimages.h"
#include "hardware/process/systemcommandrunner.h"
#include "tests/support/contracts/imagescontract.h"
#include "tests/support/runner.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/mount.h>
#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Real squashfs, loop and overlay mounts; needs root.
class TestImagesContract : public testing::ImagesContract
{
    Q_OBJECT
    QTemporaryDir m_folder;
    hw::SystemCommandRunner m_runner;
    std::unique_ptr<hw::SquashfsImages> m_images;

    QString path(const QString &name) const { return m_folder.filePath(name); }
    Images &images() override { return *m_images; }
    void restart() override
    {
        m_images
            = std::make_unique<hw::SquashfsImages>(path(u"cache"_s), path(u"run"_s), &m_runner);
    }
    QString url(int which) override { return u"file://"_s + path(u"%1.squashfs"_s.arg(which)); }
    QString upper(const QString &id) override
    {
        const auto folder = path(u"rootfs:"_s + id);
        return QDir().mkpath(folder) ? folder : QString();
    }
    void cutOff(bool off) override
    {
        for (int which = 0; which < 2; ++which) {
            const auto source = path(u"%1.squashfs"_s.arg(which));
            const QString away = source + u".away"_s;
            QVERIFY(off ? QFile::rename(source, away) : QFile::rename(away, source));
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (::geteuid() != 0)
            QSKIP("needs root");
        QFile filesystems(u"/proc/filesystems"_s);
        const auto known = filesystems.open(QIODevice::ReadOnly) ? filesystems.readAll() : "";
        if (!known.contains("squashfs") || !known.contains("overlay"))
            QSKIP("the kernel has no squashfs or overlay");
        // An overlay cannot stand on another overlay.
        QCOMPARE(
            ::mount("test", QFile::encodeName(m_folder.path()).constData(), "tmpfs", 0, "size=64m"),
            0);
        for (int which = 0; which < 2; ++which) {
            const auto tree = path(u"tree%1"_s.arg(which));
            QVERIFY(QDir().mkpath(tree + u"/usr/lib"_s));
            QFile mark(tree + u"/mark"_s);
            QVERIFY(mark.open(QIODevice::WriteOnly));
            mark.write(QByteArray::number(which));
            mark.close();
            QProcess packer;
            packer.start(u"mksquashfs"_s,
                { tree, path(u"%1.squashfs"_s.arg(which)), u"-noappend"_s, u"-quiet"_s,
                    u"-no-progress"_s });
            QVERIFY(packer.waitForFinished());
            QCOMPARE(packer.exitCode(), 0);
        }
        restart();
    }
    void cleanupTestCase()
    {
        m_images.reset();
        ::umount2(QFile::encodeName(m_folder.path()).constData(), 0);
    }
};
ZOS_TEST(TestImagesContract)
#include "tst_imagescontract.moc"

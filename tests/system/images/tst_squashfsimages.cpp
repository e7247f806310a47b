// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/squashfsimages.h"
#include "hardware/process/systemcommandrunner.h"
#include "tests/support/runner.h"
#include "tests/support/tinyhttpserver.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Real squashfs, loop and overlay mounts; needs root.
class TestSquashfsImages : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<TinyHttpServer> m_server;
    hw::SystemCommandRunner m_runner;
    std::unique_ptr<hw::SquashfsImages> m_images;

    static void put(const QString &path, const QByteArray &content)
    {
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    QString path(const QString &name) const { return m_folder->filePath(name); }
    void pack(const QString &tree, const QString &image)
    {
        QProcess process;
        process.start(u"mksquashfs"_s,
            { path(tree), path(image), u"-noappend"_s, u"-quiet"_s, u"-no-progress"_s });
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 0);
    }
    void startNode()
    {
        m_images
            = std::make_unique<hw::SquashfsImages>(path(u"cache"_s), path(u"run"_s), &m_runner);
    }
    Result<MachineRoot> mountRoot(const QString &id, const QString &url)
    {
        const auto upper = path(u"rootfs:"_s + id);
        if (!QDir().mkpath(upper))
            return fail(ErrorCode::Io, u"mkpath"_s);
        return testing::wait(m_images->mountRoot(id, url, upper, {}, {}));
    }
    QStringList imageMounts() const
    {
        QFile mounts(u"/proc/self/mountinfo"_s);
        QStringList found;
        if (mounts.open(QIODevice::ReadOnly)) {
            for (const auto &line : mounts.readAll().split('\n')) {
                if (line.contains(QFile::encodeName(path(u"run/images/"_s)))
                    && line.contains(" - squashfs "))
                    found += QString::fromUtf8(line);
            }
        }
        return found;
    }
    QString imageUrl() const { return u"file://"_s + path(u"image.squashfs"_s); }

private Q_SLOTS:
    void init()
    {
        if (::geteuid() != 0)
            QSKIP("needs root");
        QFile filesystems(u"/proc/filesystems"_s);
        if (!filesystems.open(QIODevice::ReadOnly))
            QSKIP("no /proc");
        const auto known = filesystems.readAll();
        if (!known.contains("squashfs") || !known.contains("overlay"))
            QSKIP("the kernel has no squashfs or overlay");
        m_folder = std::make_unique<QTemporaryDir>();
        // An overlay cannot stand on another overlay: the writable layers get a file system of
        // their own.
        QCOMPARE(::mount("test", QFile::encodeName(m_folder->path()).constData(), "tmpfs", 0,
                     "size=64m"),
            0);
        m_server = std::make_unique<TinyHttpServer>();
        put(path(u"tree/etc/ssh/ssh_host_ed25519_key"_s), "shared by all who use this image");
        put(path(u"tree/etc/ssh/sshd_config"_s), "config");
        put(path(u"tree/usr/lib/thing"_s), "thing");
        put(path(u"tree/.startup.toml"_s), "[startup.entry]\n");
        QVERIFY(QFile::link(u"usr/lib"_s, path(u"tree/lib"_s)));
        pack(u"tree"_s, u"image.squashfs"_s);
        startNode();
    }
    void cleanup()
    {
        if (!m_images)
            return;
        const auto mounted = testing::wait(m_images->mounted());
        for (const auto &id : mounted.value_or(QStringList()))
            QVERIFY(testing::wait(m_images->unmountRoot(id)));
        QCOMPARE(imageMounts(), QStringList());
        m_images.reset();
        QCOMPARE(
            ::umount2(QFile::encodeName(m_folder->path()).constData(), 0), 0); // nothing holds it
        m_folder.reset();
    }
    void mountsAnImageUnderAWritableLayer()
    {
        const auto root = mountRoot(u"7-1-vm"_s, imageUrl());
        QVERIFY2(root, root ? "" : qPrintable(root.error().what));
        QCOMPARE(int(root->mode), int(ImageMode::Container));
        QCOMPARE(root->startupToml, u"[startup.entry]\n"_s);
        QVERIFY(root->mergedUsr);
        QVERIFY(QFile::exists(root->path + u"/usr/lib/thing"_s));
        QVERIFY(QFile::exists(root->path + u"/etc/ssh/sshd_config"_s));
        QVERIFY(!QFile::exists(root->path + u"/etc/ssh/ssh_host_ed25519_key"_s));
        put(root->path + u"/var/data"_s, "kept");
        put(root->path + u"/etc/ssh/ssh_host_ed25519_key"_s, "own");
        QVERIFY(QFile::exists(path(u"rootfs:7-1-vm/rw/var/data"_s)));
        QCOMPARE(mountRoot(u"7-1-vm"_s, imageUrl())->path, root->path); // same id: what is there

        QVERIFY(testing::wait(m_images->unmountRoot(u"7-1-vm"_s)));
        QVERIFY(testing::wait(m_images->unmountRoot(u"7-1-vm"_s))); // absent is success
        QCOMPARE(imageMounts(), QStringList());
        const auto again = mountRoot(u"7-1-vm"_s, imageUrl());
        QVERIFY(again);
        QVERIFY(QFile::exists(again->path + u"/var/data"_s));
        QVERIFY(QFile::exists(again->path + u"/etc/ssh/ssh_host_ed25519_key"_s)); // its own now
    }
    void oneThatWasKilledAfterTheMountIsFinished()
    {
        const auto root = mountRoot(u"7-1-vm"_s, imageUrl());
        QVERIFY2(root, root ? "" : qPrintable(root.error().what));
        // As it is right behind the mount.
        put(path(u"rootfs:7-1-vm/.first"_s), {});
        put(root->path + u"/etc/ssh/ssh_host_ed25519_key"_s, "shared by all who use this image");
        startNode();
        const auto again = mountRoot(u"7-1-vm"_s, imageUrl());
        QVERIFY2(again, again ? "" : qPrintable(again.error().what));
        QVERIFY(!QFile::exists(root->path + u"/etc/ssh/ssh_host_ed25519_key"_s));
        QVERIFY(!QFile::exists(path(u"rootfs:7-1-vm/.first"_s)));
    }
    void whatCannotBeRemovedIsNotSaidToBeGone()
    {
        const auto root = mountRoot(u"7-1-vm"_s, imageUrl());
        QVERIFY2(root, root ? "" : qPrintable(root.error().what));
        const auto place = QFile::encodeName(root->path);
        QCOMPARE(::mount("test", place.constData(), "tmpfs", 0, nullptr), 0); // over it
        QVERIFY(QDir().mkpath(path(u"run/images/left"_s)));
        const auto refused = testing::wait(m_images->unmountRoot(u"7-1-vm"_s));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Busy);
        QVERIFY(testing::wait(m_images->unmountRoot(u"7-1-vm"_s)));
        QVERIFY(!QFile::exists(root->path));
        const QDir images(path(u"run/images"_s));
        QCOMPARE(images.entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList());
    }
    void oneImageServesManyAndIsReleasedWithTheLast()
    {
        QVERIFY(mountRoot(u"7-1-a"_s, imageUrl()));
        QVERIFY(mountRoot(u"7-1-b"_s, imageUrl()));
        QCOMPARE(imageMounts().size(), 1);
        QVERIFY2(imageMounts().first().contains(u" ro,"), qPrintable(imageMounts().first()));
        QVERIFY(testing::wait(m_images->unmountRoot(u"7-1-a"_s)));
        QCOMPARE(imageMounts().size(), 1);
        QVERIFY(testing::wait(m_images->unmountRoot(u"7-1-b"_s)));
        QCOMPARE(imageMounts().size(), 0);
    }
    void aRestartedNodeFindsItsRoots()
    {
        const auto before = mountRoot(u"7-1-a"_s, imageUrl());
        QVERIFY(before);
        put(before->path + u"/mark"_s, "x");
        startNode();
        QCOMPARE(*testing::wait(m_images->mounted()), QStringList { u"7-1-a"_s });
        QVERIFY(QFile::remove(path(u"image.squashfs"_s))); // adoption needs no source
        const auto after = mountRoot(u"7-1-a"_s, imageUrl());
        QVERIFY2(after, after ? "" : qPrintable(after.error().what));
        QCOMPARE(after->path, before->path);
        QCOMPARE(after->sha256, before->sha256);
        QVERIFY(QFile::exists(after->path + u"/mark"_s));
    }
    void busyIsSaidAndCanBeRepeated()
    {
        const auto root = mountRoot(u"7-1-a"_s, imageUrl());
        QVERIFY(root);
        const int fd
            = ::open(QFile::encodeName(root->path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        QCOMPARE(testing::wait(m_images->unmountRoot(u"7-1-a"_s)).error().code, ErrorCode::Busy);
        ::close(fd);
        QVERIFY(testing::wait(m_images->unmountRoot(u"7-1-a"_s)));
    }
    void overHttpAndManyAtOnce()
    {
        QFile image(path(u"image.squashfs"_s));
        QVERIFY(image.open(QIODevice::ReadOnly));
        m_server->onRequest = [body = image.readAll()](QTcpSocket *socket, const QByteArray &) {
            TinyHttpServer::answer(socket, "200 OK", "ETag: \"1\"\r\n", body);
        };
        image.close();
        QList<QString> uppers;
        std::vector<Task<Result<MachineRoot>>> tasks;
        for (int i = 0; i < 4; ++i) {
            const auto upper = path(u"upper-%1"_s.arg(i));
            QVERIFY(QDir().mkpath(upper));
            tasks.push_back(
                m_images->mountRoot(u"7-%1-vm"_s.arg(i), m_server->url(), upper, {}, {}));
        }
        for (auto &task : tasks) {
            const auto root = testing::wait(std::move(task));
            QVERIFY2(root, root ? "" : qPrintable(root.error().what));
        }
        QCOMPARE(m_server->requests, 1);
        QCOMPARE(imageMounts().size(), 1);
        QCOMPARE(testing::wait(m_images->mounted())->size(), 4);
    }
    void aLinkInTheImageDoesNotReachTheHost()
    {
        // Host keys are deleted below etc/ssh of the image: here that is a link to a folder of the
        // host.
        put(path(u"host/ssh_host_rsa_key"_s), "the host's own");
        QVERIFY(QDir(path(u"tree/etc/ssh"_s)).removeRecursively());
        QVERIFY(QFile::link(path(u"host"_s), path(u"tree/etc/ssh"_s)));
        pack(u"tree"_s, u"evil.squashfs"_s);
        const auto root = mountRoot(u"7-1-vm"_s, u"file://"_s + path(u"evil.squashfs"_s));
        QVERIFY2(root, root ? "" : qPrintable(root.error().what));
        QVERIFY(QFile::exists(path(u"host/ssh_host_rsa_key"_s)));
    }
    void aRefusedImageLeavesNothing()
    {
        QVERIFY(QDir().mkpath(path(u"tree/image.raw"_s)));
        pack(u"tree"_s, u"bad.squashfs"_s);
        const auto url = u"file://"_s + path(u"bad.squashfs"_s);
        const auto root = mountRoot(u"7-1-vm"_s, url);
        QVERIFY(!root);
        QCOMPARE(root.error().code, ErrorCode::Invalid);
        QVERIFY2(root.error().what.contains(url), qPrintable(root.error().what));
        QCOMPARE(imageMounts(), QStringList());
        QVERIFY(testing::wait(m_images->mounted())->isEmpty());
        QVERIFY(!QFile::exists(path(u"rootfs:7-1-vm/rw"_s)));
        // Right superblock, wrong rest: the kernel refuses.
        QFile broken(path(u"image.squashfs"_s));
        QVERIFY(broken.open(QIODevice::ReadWrite));
        broken.seek(96);
        broken.write(QByteArray(int(broken.size()) - 96, 'z'));
        broken.close();
        QVERIFY(!mountRoot(u"7-1-vm"_s, imageUrl()));
        QCOMPARE(imageMounts(), QStringList());
        const QDir folder(path(u"run/images"_s));
        QCOMPARE(folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList());
    }
    void idsAndFlistsAreRefused()
    {
        QCOMPARE(mountRoot(u"../x"_s, imageUrl()).error().code, ErrorCode::Invalid);
        const auto flist = mountRoot(u"7-1-vm"_s, u"https://hub/a/b.flist"_s);
        QVERIFY(flist.error().what.contains(
            u"flist images are not supported by this node yet: give the URL of a squashfs image"));
    }
    void rootsWithoutDeviceNodes()
    {
        const auto root = mountRoot(u"7-1-vm"_s, imageUrl());
        QVERIFY(root);
        QFile mounts(u"/proc/self/mountinfo"_s);
        QVERIFY(mounts.open(QIODevice::ReadOnly));
        bool found = false;
        for (const auto &line : mounts.readAll().split('\n')) {
            if (line.contains(QFile::encodeName(root->path)))
                found
                    = line.contains("nodev") && line.contains("nosuid") && line.contains("noatime");
        }
        QVERIFY(found);
    }
};
ZOS_TEST(TestSquashfsImages)
#include "tst_squashfsimages.moc"

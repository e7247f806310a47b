// SPDX-License-Identifier: Apache-2.0
#include "hardware/storage/poolfs.h"

#include "core/base/files.h"
#include "hardware/storage/filehandle.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

namespace zos::hw::poolfs {

namespace {

constexpr const char *kPromiseAttribute = "user.zos.size";

std::unexpected<Error> osError(const QString &what)
{
    const int code = errno;
    return fail(code == ENOSPC || code == EDQUOT ? ErrorCode::Limit
            : code == ENOENT                     ? ErrorCode::NotFound
                                                 : ErrorCode::Io,
        what + QStringLiteral(": ") + qt_error_string(code));
}

// Device mounted at the path, empty when nothing is.
QString mountedAt(const QString &path)
{
    QFile mounts(QStringLiteral("/proc/self/mountinfo"));
    QString device;
    const auto real = QFileInfo(path).canonicalFilePath(); // mountinfo knows no links
    if (!mounts.open(QIODevice::ReadOnly))
        return device;
    for (const auto &line : mounts.readAll().split('\n')) {
        const auto fields = line.split(' ');
        const auto dash = fields.indexOf("-");
        if (dash > 4 && dash + 2 < fields.size() && QFile::decodeName(fields[4]) == real)
            device = QFile::decodeName(fields[dash + 2]); // the last one covers the others
    }
    return device;
}

// An error when the looks fail.
Result<bool> lookForSubvolume(const QString &path)
{
    const auto name = QFile::encodeName(path);
    struct stat facts {};
    struct statfs system {};
    // Folders of other file systems may have the same number.
    if (::lstat(name.constData(), &facts) != 0 || ::statfs(name.constData(), &system) != 0)
        return osError(QStringLiteral("look at %1").arg(path));
    return S_ISDIR(facts.st_mode) && facts.st_ino == BTRFS_FIRST_FREE_OBJECTID
        && system.f_type == BTRFS_SUPER_MAGIC;
}

Result<> syncFolder(const QString &folder)
{
    const FileHandle handle(folder, O_RDONLY | O_DIRECTORY);
    if (!handle.isOpen() || ::fsync(handle.fd()) != 0)
        return osError(QStringLiteral("sync %1").arg(folder));
    return {};
}

Result<> syncPool(int fd)
{
    if (::syncfs(fd) != 0)
        return osError(QStringLiteral("sync pool"));
    return {};
}

Result<quint64> subvolumeId(int fd)
{
    btrfs_ioctl_ino_lookup_args args {};
    args.objectid = BTRFS_FIRST_FREE_OBJECTID;
    if (::ioctl(fd, BTRFS_IOC_INO_LOOKUP, &args) != 0)
        return osError(QStringLiteral("read subvolume id"));
    return args.treeid;
}

Result<> reserve(int fd, Bytes size)
{
    if (::fallocate(fd, 0, 0, static_cast<off_t>(rounded(size).count())) != 0)
        return osError(QStringLiteral("reserve %1 bytes").arg(size.count()));
    return {};
}

Result<> writePromise(int fd, Bytes promise)
{
    const auto text = QByteArray::number(promise.count());
    if (::fsetxattr(fd, kPromiseAttribute, text.constData(), static_cast<size_t>(text.size()), 0)
            != 0
        || ::fsync(fd) != 0)
        return osError(QStringLiteral("write disk size"));
    return {};
}

Result<> fillDiskFile(int fd, Bytes size, Bytes promise)
{
    // Writing in place must be chosen while the file is empty.
    int flags = 0;
    if (::ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
        return osError(QStringLiteral("read flags"));
    flags |= FS_NOCOW_FL;
    if (::ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0)
        return osError(QStringLiteral("set nocow"));
    if (auto done = reserve(fd, size); !done)
        return done;
    return writePromise(fd, promise);
}

} // namespace

Bytes rounded(Bytes size)
{
    return Bytes((size.count() + 4095) / 4096 * 4096);
}

Result<> mountPool(const QString &device, const QString &path)
{
    if (!QDir().mkpath(path))
        return osError(QStringLiteral("make %1").arg(path));
    const auto present = mountedAt(path);
    if (!present.isEmpty() && present != device)
        return fail(ErrorCode::Exists,
            QStringLiteral("%1 is mounted at %2, where %3 belongs").arg(present, path, device));
    if (!present.isEmpty())
        return {};
    if (::mount(QFile::encodeName(device).constData(), QFile::encodeName(path).constData(), "btrfs",
            MS_NOATIME, "subvolid=5")
        != 0)
        return osError(QStringLiteral("mount %1").arg(device));
    return {};
}

Result<> enableQuota(const QString &pool)
{
    const FileHandle handle(pool, O_RDONLY | O_DIRECTORY);
    if (!handle.isOpen())
        return osError(QStringLiteral("open %1").arg(pool));
    btrfs_ioctl_quota_ctl_args args {};
    args.cmd = BTRFS_QUOTA_CTL_ENABLE_SIMPLE_QUOTA;
    if (::ioctl(handle.fd(), BTRFS_IOC_QUOTA_CTL, &args) == 0 || errno == EEXIST)
        return {};
    args.cmd = BTRFS_QUOTA_CTL_ENABLE;
    if (::ioctl(handle.fd(), BTRFS_IOC_QUOTA_CTL, &args) != 0 && errno != EEXIST)
        return osError(QStringLiteral("enable quota"));
    return {};
}

QString readKindFile(const QString &pool)
{
    QFile file(pool + QStringLiteral("/.seektime"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const auto text = file.read(16).trimmed();
    return text == "ssd" || text == "hdd" ? QString::fromLatin1(text) : QString();
}

Result<> writeKindFile(const QString &pool, const QString &kind)
{
    QSaveFile file(pool + QStringLiteral("/.seektime"));
    if (!file.open(QIODevice::WriteOnly) || file.write(kind.toLatin1()) < 0 || !file.commit())
        return fail(ErrorCode::Io, QStringLiteral("write .seektime: ") + file.errorString());
    return syncFolder(pool);
}

Result<SpaceUse> spaceUse(const QString &pool)
{
    struct statvfs facts {};
    if (::statvfs(QFile::encodeName(pool).constData(), &facts) != 0)
        return osError(QStringLiteral("look at %1").arg(pool));
    SpaceUse use;
    use.used = Bytes((facts.f_blocks - facts.f_bfree) * facts.f_frsize);
    use.readOnly = (facts.f_flag & ST_RDONLY) != 0;
    return use;
}

bool isSubvolume(const QString &path)
{
    return lookForSubvolume(path).value_or(false);
}

Result<> makeSubvolume(const QString &parent, const QString &name)
{
    const FileHandle handle(parent, O_RDONLY | O_DIRECTORY);
    if (!handle.isOpen())
        return osError(QStringLiteral("open %1").arg(parent));
    btrfs_ioctl_vol_args args {};
    const auto bytes = QFile::encodeName(name);
    std::memcpy(args.name, bytes.constData(),
        std::min<size_t>(static_cast<size_t>(bytes.size()), BTRFS_PATH_NAME_MAX));
    if (::ioctl(handle.fd(), BTRFS_IOC_SUBVOL_CREATE, &args) != 0)
        return osError(QStringLiteral("make subvolume %1").arg(name));
    auto synced = syncPool(handle.fd());
    if (!synced) // what is not reported as made must not be there
        ::ioctl(handle.fd(), BTRFS_IOC_SNAP_DESTROY, &args);
    return synced;
}

Result<> removeSubvolume(const QString &parent, const QString &name)
{
    const FileHandle handle(parent, O_RDONLY | O_DIRECTORY);
    if (!handle.isOpen())
        return osError(QStringLiteral("open %1").arg(parent));
    btrfs_ioctl_vol_args args {};
    const auto bytes = QFile::encodeName(name);
    std::memcpy(args.name, bytes.constData(),
        std::min<size_t>(static_cast<size_t>(bytes.size()), BTRFS_PATH_NAME_MAX));
    if (::ioctl(handle.fd(), BTRFS_IOC_SNAP_DESTROY, &args) != 0) {
        if (errno == ENOENT)
            return {};
        return osError(QStringLiteral("remove subvolume %1").arg(name));
    }
    return syncPool(handle.fd());
}

Result<> setLimit(const QString &subvolume, Bytes bytes)
{
    const FileHandle handle(subvolume, O_RDONLY | O_DIRECTORY);
    if (!handle.isOpen())
        return osError(QStringLiteral("open %1").arg(subvolume));
    const auto id = subvolumeId(handle.fd());
    if (!id)
        return fail(id.error());
    btrfs_ioctl_qgroup_limit_args args {};
    args.qgroupid = *id;
    args.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
    args.lim.max_rfer = bytes.count();
    if (::ioctl(handle.fd(), BTRFS_IOC_QGROUP_LIMIT, &args) != 0)
        return osError(QStringLiteral("limit subvolume"));
    return syncPool(handle.fd());
}

Result<Bytes> limit(const QString &subvolume)
{
    const FileHandle handle(subvolume, O_RDONLY | O_DIRECTORY);
    if (!handle.isOpen())
        return osError(QStringLiteral("open %1").arg(subvolume));
    const auto id = subvolumeId(handle.fd());
    if (!id)
        return fail(id.error());
    btrfs_ioctl_search_args args {};
    args.key.tree_id = BTRFS_QUOTA_TREE_OBJECTID;
    args.key.min_type = args.key.max_type = BTRFS_QGROUP_LIMIT_KEY;
    args.key.min_offset = args.key.max_offset = *id;
    args.key.max_transid = ~0ULL;
    args.key.nr_items = 1;
    if (::ioctl(handle.fd(), BTRFS_IOC_TREE_SEARCH, &args) != 0) {
        if (errno == ENOENT)
            return Bytes(); // no quota tree
        return osError(QStringLiteral("read limit"));
    }
    btrfs_ioctl_search_header header {};
    btrfs_qgroup_limit_item item {};
    if (args.key.nr_items == 0)
        return Bytes();
    std::memcpy(&header, args.buf, sizeof header);
    if (header.type != BTRFS_QGROUP_LIMIT_KEY || header.offset != *id || header.len < sizeof item)
        return Bytes();
    std::memcpy(&item, args.buf + sizeof header, sizeof item);
    return (item.flags & BTRFS_QGROUP_LIMIT_MAX_RFER) != 0 ? Bytes(item.max_rfer) : Bytes();
}

Result<> makeDiskFile(const QString &folder, const QString &name, Bytes size, Bytes promise)
{
    const auto unfinished = folder + u'/' + name + QStringLiteral(".tmp");
    ::unlink(QFile::encodeName(unfinished).constData());
    const FileHandle handle(unfinished, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!handle.isOpen())
        return osError(QStringLiteral("make %1").arg(unfinished));
    auto filled = fillDiskFile(handle.fd(), size, promise);
    if (filled
        && ::rename(QFile::encodeName(unfinished).constData(),
               QFile::encodeName(folder + u'/' + name).constData())
            != 0)
        filled = osError(QStringLiteral("rename %1").arg(unfinished));
    if (!filled) {
        ::unlink(QFile::encodeName(unfinished).constData());
        return filled;
    }
    auto synced = syncFolder(folder);
    if (!synced) // what is not reported as made must not be there
        ::unlink(QFile::encodeName(folder + u'/' + name).constData());
    return synced;
}

Result<> growDiskFile(const QString &path, Bytes size, Bytes promise)
{
    const FileHandle handle(path, O_RDWR | O_NOFOLLOW);
    struct stat facts {};
    if (!handle.isOpen() || ::fstat(handle.fd(), &facts) != 0)
        return osError(QStringLiteral("open %1").arg(path));
    const auto before = promiseOf(path);
    if (!before)
        return fail(before.error());
    auto grown = reserve(handle.fd(), size);
    if (grown)
        grown = writePromise(handle.fd(), promise);
    if (!grown) {
        // Nobody has written behind its former end yet.
        Result<> back;
        if (::ftruncate(handle.fd(), facts.st_size) != 0)
            back = osError(QStringLiteral("give the space back"));
        else
            back = writePromise(handle.fd(), *before);
        if (!back)
            grown = fail(grown.error().wrapped(back.error().what));
    }
    return grown;
}

Result<> removeFile(const QString &folder, const QString &name)
{
    if (::unlink(QFile::encodeName(folder + u'/' + name).constData()) != 0) {
        if (errno == ENOENT)
            return {};
        return osError(QStringLiteral("remove %1").arg(name));
    }
    return syncFolder(folder);
}

Result<Bytes> promiseOf(const QString &file)
{
    const FileHandle handle(file, O_RDONLY | O_NOFOLLOW);
    struct stat facts {};
    if (!handle.isOpen() || ::fstat(handle.fd(), &facts) != 0)
        return osError(QStringLiteral("open %1").arg(file));
    if (!S_ISREG(facts.st_mode))
        return fail(ErrorCode::Corrupt, QStringLiteral("%1 is not a file").arg(file));
    const Bytes real(static_cast<quint64>(facts.st_size));
    char text[32] = {};
    const auto length = ::fgetxattr(handle.fd(), kPromiseAttribute, text, sizeof text);
    const Bytes promise(length > 0 ? QByteArray(text, length).toULongLong() : 0);
    // Only believed when it fits the file: other nodes write no such note.
    return rounded(promise) == real ? promise : real;
}

Result<PoolContent> scanPool(const QString &pool, const QString &poolId)
{
    PoolContent content;
    // A part of them would do harm: disks that are there would be made anew.
    const QDir vdisks(pool + QStringLiteral("/vdisks"));
    const auto files = namesIn(vdisks.path());
    if (!files)
        return fail(files.error());
    for (const auto &name : *files) {
        if (name.endsWith(u".tmp") && isVolumeId(name.chopped(4))) {
            if (auto removed = removeFile(vdisks.path(), name); !removed)
                return fail(removed.error());
        }
        if (!isVolumeId(name) || QFileInfo(vdisks.filePath(name)).isDir())
            continue;
        const auto promise = promiseOf(vdisks.filePath(name));
        if (!promise)
            return fail(promise.error());
        content.disks.append({ name, vdisks.filePath(name), *promise, poolId });
    }
    const auto folders = namesIn(pool);
    if (!folders)
        return fail(folders.error());
    for (const auto &name : *folders) {
        const auto path = pool + u'/' + name;
        if (!isVolumeId(name))
            continue;
        const auto volume = lookForSubvolume(path);
        if (!volume)
            return fail(volume.error());
        if (!*volume)
            continue;
        const auto bytes = limit(path);
        if (!bytes)
            return fail(bytes.error());
        content.volumes.append({ name, path, *bytes, poolId });
    }
    return content;
}

} // namespace zos::hw::poolfs

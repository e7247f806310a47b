// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/imagemounts.h"

#include "core/base/files.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

namespace zos::hw::imagemounts {

namespace {

constexpr off_t kMaxKernel = 256 << 20;
constexpr qsizetype kMaxStartup = 64 << 10;

class InsideFile
{
public:
    // Links are followed as if `root` were "/", so nothing outside can be reached.
    InsideFile(const QString &root, const char *path, int flags)
    {
        const int top
            = ::open(QFile::encodeName(root).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        open_how how {};
        how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
        how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
        m_fd = top < 0 ? -1 : static_cast<int>(::syscall(SYS_openat2, top, path, &how, sizeof how));
        m_error = errno;
        struct stat facts {};
        // A link that leads nowhere is not the same as no file.
        m_present
            = m_fd >= 0 || (top >= 0 && ::fstatat(top, path, &facts, AT_SYMLINK_NOFOLLOW) == 0);
        if (top >= 0)
            ::close(top);
    }
    ~InsideFile()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    InsideFile(const InsideFile &) = delete;
    InsideFile &operator=(const InsideFile &) = delete;
    int fd() const { return m_fd; }
    int error() const { return m_error; }
    bool isPresent() const { return m_present; }

private:
    int m_fd = -1;
    int m_error = 0;
    bool m_present = false;
};

struct DirectoryCloser
{
    void operator()(DIR *directory) const { ::closedir(directory); }
};

std::unexpected<Error> mountError(const QString &what)
{
    const int code = errno;
    return fail(code == ENOSPC || code == EDQUOT ? ErrorCode::Limit
            : code == EBUSY                      ? ErrorCode::Busy
                                                 : ErrorCode::Io,
        what + QStringLiteral(": ") + qt_error_string(code));
}

// Size of a regular file inside the image, nothing when there is none.
Result<std::optional<off_t>> regularSize(const QString &image, const char *path)
{
    const InsideFile file(image, path, O_PATH);
    if (!file.isPresent())
        return std::optional<off_t>();
    struct stat facts {};
    if (file.fd() < 0 || ::fstat(file.fd(), &facts) != 0 || !S_ISREG(facts.st_mode)
        || facts.st_size == 0)
        return fail(ErrorCode::Invalid,
            QStringLiteral("/%1 must be a regular file inside the image")
                .arg(QLatin1StringView(path)));
    return facts.st_size;
}

Result<QString> readStartup(const QString &image)
{
    const InsideFile file(image, ".startup.toml", O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat facts {};
    if (!file.isPresent())
        return QString();
    if (file.fd() < 0 || ::fstat(file.fd(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return fail(ErrorCode::Invalid,
            QStringLiteral("/.startup.toml must be a regular file inside the image"));
    QByteArray text(kMaxStartup + 1, Qt::Uninitialized);
    const auto count = ::read(file.fd(), text.data(), static_cast<size_t>(text.size()));
    if (count < 0)
        return mountError(QStringLiteral("read /.startup.toml"));
    if (count > kMaxStartup)
        return fail(ErrorCode::Invalid, QStringLiteral("/.startup.toml is larger than 64 KiB"));
    return QString::fromUtf8(text.first(count));
}

// Values of overlay options end at a comma; lower directories also at a colon.
QByteArray optionValue(const QString &path, bool lower)
{
    QByteArray escaped;
    for (const char c : QFile::encodeName(path)) {
        if (c == '\\' || c == ',' || (lower && c == ':'))
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// Stays until the layer is complete, so that a crash in between repeats the rest.
QString firstMark(const QString &upper)
{
    return upper + QStringLiteral("/.first");
}

Result<> removeHostKeys(const QString &root)
{
    const InsideFile folder(root, "etc/ssh", O_RDONLY | O_DIRECTORY);
    if (folder.fd() < 0)
        return {}; // no ssh server in this image
    const std::unique_ptr<DIR, DirectoryCloser> listing(::fdopendir(::dup(folder.fd())));
    if (!listing)
        return mountError(QStringLiteral("look for host keys"));
    QList<QByteArray> keys;
    errno = 0;
    while (const auto *entry = ::readdir(listing.get())) {
        if (QByteArrayView(entry->d_name).startsWith("ssh_host_"))
            keys += entry->d_name;
    }
    if (errno != 0)
        return mountError(QStringLiteral("look for host keys"));
    for (const auto &key : std::as_const(keys)) {
        if (::unlinkat(folder.fd(), key.constData(), 0) != 0)
            return mountError(QStringLiteral("remove host key"));
    }
    return {};
}

// mountinfo writes blanks, tabs, line ends and backslashes as octal.
QString mountPath(QByteArray field)
{
    field.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
    return QFile::decodeName(field);
}

QString lowerOption(const QByteArray &options)
{
    for (const auto &option : options.split(',')) {
        if (option.startsWith("lowerdir="))
            return mountPath(option.mid(9));
    }
    return {};
}

} // namespace

Result<QMap<QString, QString>> mountedBelow(const QString &folder)
{
    QFile mounts(QStringLiteral("/proc/self/mountinfo"));
    if (!mounts.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, QStringLiteral("mountinfo: ") + mounts.errorString());
    QMap<QString, QString> found;
    const auto real = QFileInfo(folder).canonicalFilePath(); // mountinfo knows no links
    if (real.isEmpty())
        return found;
    const auto prefix = real + u'/';
    const auto text = mounts.readAll();
    if (mounts.error() != QFileDevice::NoError)
        return fail(ErrorCode::Io, QStringLiteral("mountinfo: ") + mounts.errorString());
    for (const auto &line : text.split('\n')) {
        const auto fields = line.split(' ');
        const auto dash = fields.indexOf("-");
        if (dash < 5 || dash + 3 >= fields.size())
            continue;
        const auto path = mountPath(fields[4]);
        if (path.startsWith(prefix) && !path.sliced(prefix.size()).contains(u'/'))
            found.insert(path.sliced(prefix.size()), lowerOption(fields[dash + 3]));
    }
    return found;
}

Result<ImageContent> inspect(const QString &image)
{
    ImageContent content;
    const auto disk = regularSize(image, "image.raw");
    if (!disk)
        return fail(disk.error());
    const auto kernel = regularSize(image, "boot/vmlinuz");
    if (!kernel)
        return fail(kernel.error());
    const auto initrd = regularSize(image, "boot/initrd.img");
    if (!initrd)
        return fail(initrd.error());
    if (kernel->value_or(0) > kMaxKernel || initrd->value_or(0) > kMaxKernel)
        return fail(ErrorCode::Invalid,
            QStringLiteral("the image's kernel or initrd is larger than 256 MiB"));
    content.mode = *disk ? ImageMode::FullMachine
        : *kernel        ? ImageMode::OwnKernel
                         : ImageMode::Container;
    auto startup = readStartup(image);
    if (!startup)
        return fail(startup.error());
    content.startupToml = *startup;
    struct stat facts {};
    content.mergedUsr
        = ::lstat(QFile::encodeName(image + QStringLiteral("/lib")).constData(), &facts) == 0
        && S_ISLNK(facts.st_mode);
    return content;
}

Result<> mountOverlay(const QString &image, const QString &upper, const QString &target)
{
    const auto changes = upper + QStringLiteral("/rw");
    const auto work = upper + QStringLiteral("/wd");
    // Of a layer that is in use the keys must not go.
    if (isAbsent(changes)) {
        QFile mark(firstMark(upper));
        if (!mark.open(QIODevice::WriteOnly))
            return fail(ErrorCode::Io,
                QStringLiteral("write %1: %2").arg(mark.fileName(), mark.errorString()));
    }
    if (!QDir().mkpath(changes) || !QDir().mkpath(work) || !QDir().mkpath(target))
        return fail(
            ErrorCode::Io, QStringLiteral("cannot make the writable layer in %1").arg(upper));
    ::chmod(QFile::encodeName(changes).constData(), 0755); // becomes the machine's "/"
    const auto options = "lowerdir=" + optionValue(image, true)
        + ",upperdir=" + optionValue(changes, false) + ",workdir=" + optionValue(work, false);
    if (::mount("overlay", QFile::encodeName(target).constData(), "overlay",
            MS_NOATIME | MS_NODEV | MS_NOSUID, QByteArray(options).constData())
        != 0)
        return mountError(QStringLiteral("overlay"));
    auto finished = finishOverlay(upper, target);
    if (!finished)
        ::umount2(QFile::encodeName(target).constData(), MNT_DETACH);
    return finished;
}

Result<> finishOverlay(const QString &upper, const QString &target)
{
    QFile mark(firstMark(upper));
    if (isAbsent(mark.fileName()))
        return {};
    if (const auto removed = removeHostKeys(target); !removed)
        return removed;
    // Left there it would take the machine's own keys at its next start.
    if (!mark.remove())
        return fail(ErrorCode::Io,
            QStringLiteral("remove %1: %2").arg(mark.fileName(), mark.errorString()));
    return {};
}

Result<> unmount(const QString &target)
{
    if (::umount2(QFile::encodeName(target).constData(), UMOUNT_NOFOLLOW) != 0 && errno != EINVAL
        && errno != ENOENT)
        return mountError(QStringLiteral("unmount %1").arg(target));
    if (::rmdir(QFile::encodeName(target).constData()) != 0 && errno != ENOENT)
        return mountError(QStringLiteral("remove %1").arg(target));
    return {};
}

} // namespace zos::hw::imagemounts

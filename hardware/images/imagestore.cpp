// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/imagestore.h"

#include "core/base/json.h"
#include "core/base/unfinishedfiles.h"
#include "hardware/images/squashfsfile.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <QStorageInfo>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace zos::hw::imagestore {

namespace {

QString recordPath(const QString &folder, const QUrl &url)
{
    const auto name = QCryptographicHash::hash(url.toEncoded(), QCryptographicHash::Sha256).toHex();
    return folder + QStringLiteral("/url-") + QString::fromLatin1(name) + QStringLiteral(".json");
}

std::unexpected<Error> storeError(const QString &what)
{
    const int code = errno;
    return fail(code == ENOSPC || code == EDQUOT ? ErrorCode::Limit
            : code == ENOENT                     ? ErrorCode::NotFound
                                                 : ErrorCode::Io,
        what + QStringLiteral(": ") + qt_error_string(code));
}

Result<> flush(const QString &path, int flags)
{
    const int fd = ::open(QFile::encodeName(path).constData(), flags | O_CLOEXEC);
    const bool done = fd >= 0 && ::fsync(fd) == 0;
    if (!done)
        return storeError(QStringLiteral("flush %1").arg(path));
    ::close(fd);
    return {};
}

Result<QString> checkPart(const QString &part, const QString &expectedSha256)
{
    QFile file(part);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, QStringLiteral("open %1: %2").arg(part, file.errorString()));
    const auto sound = checkSquashfs(file.read(96), Bytes(static_cast<quint64>(file.size())));
    if (!sound)
        return fail(sound.error());
    auto sha256 = fileSha256(part);
    if (sha256 && !expectedSha256.isEmpty() && *sha256 != expectedSha256)
        return fail(ErrorCode::Corrupt,
            QStringLiteral("its SHA-256 is %1, not %2").arg(*sha256, expectedSha256));
    return sha256;
}

} // namespace

QString imagePath(const QString &folder, const QString &sha256)
{
    return folder + u'/' + sha256 + QStringLiteral(".squashfs");
}

Result<> prepare(const QString &folder)
{
    if (!QDir().mkpath(folder))
        return fail(ErrorCode::Io, QStringLiteral("cannot make %1").arg(folder));
    const QDir dir(folder);
    for (const auto &name : dir.entryList({ QStringLiteral("*.part") }, QDir::Files))
        QFile::remove(dir.filePath(name));
    removeUnfinishedFiles(folder, { QStringLiteral("url-*.json") });
    return {};
}

std::optional<ImageRecord> record(const QString &folder, const QUrl &url)
{
    QFile file(recordPath(folder, url));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const auto json = Json::parse(file.read(64 << 10));
    if (!json)
        return {};
    const auto text = [&json](QStringView name) {
        const auto *member = json->findExact(name);
        return member && member->isString() ? member->string() : QString();
    };
    ImageRecord record { text(u"url"), text(u"sha256"), text(u"etag"), text(u"lastModified") };
    if (record.url != url.toString(QUrl::FullyEncoded) || record.sha256.size() != 64
        || !QFile::exists(imagePath(folder, record.sha256)))
        return {};
    return record;
}

Result<> writeRecord(const QString &folder, const ImageRecord &record)
{
    JsonWriter writer;
    writer.object().key(u"url").string(record.url).key(u"sha256").string(record.sha256);
    writer.key(u"etag").string(record.etag).key(u"lastModified").string(record.lastModified).end();
    QSaveFile file(recordPath(folder, QUrl(record.url)));
    if (!file.open(QIODevice::WriteOnly) || file.write(writer.text()) < 0 || !file.commit())
        return fail(
            ErrorCode::Io, QStringLiteral("write %1: %2").arg(file.fileName(), file.errorString()));
    return {};
}

Result<> verify(const QString &folder, const QString &sha256)
{
    const auto path = imagePath(folder, sha256);
    if (!QFile::exists(path))
        return fail(ErrorCode::NotFound, QStringLiteral("not in the cache"));
    const auto real = fileSha256(path);
    if (!real)
        return fail(real.error());
    if (*real != sha256) {
        QFile::remove(path);
        return fail(
            ErrorCode::Corrupt, QStringLiteral("the cached image was damaged and is removed"));
    }
    return {};
}

Result<QString> adopt(const QString &folder, const QString &part, const QString &expectedSha256)
{
    auto sha256 = checkPart(part, expectedSha256);
    if (sha256) {
        if (const auto flushed = flush(part, O_RDONLY); !flushed)
            sha256 = fail(flushed.error());
    }
    if (!sha256) {
        QFile::remove(part);
        return sha256;
    }
    const auto path = imagePath(folder, *sha256);
    if (::rename(QFile::encodeName(part).constData(), QFile::encodeName(path).constData()) != 0)
        return storeError(QStringLiteral("rename %1").arg(part));
    if (const auto flushed = flush(folder, O_RDONLY | O_DIRECTORY); !flushed)
        return fail(flushed.error());
    return sha256;
}

Result<QString> localTag(const QString &source)
{
    struct stat facts {};
    if (::stat(QFile::encodeName(source).constData(), &facts) != 0)
        return storeError(source);
    if (!S_ISREG(facts.st_mode))
        return fail(ErrorCode::Invalid, QStringLiteral("not a regular file"));
    return QStringLiteral("%1-%2-%3.%4")
        .arg(facts.st_ino)
        .arg(facts.st_size)
        .arg(facts.st_mtim.tv_sec)
        .arg(facts.st_mtim.tv_nsec);
}

Result<> copyLocal(const QString &source, const QString &part, Bytes maximum)
{
    QFile from(source);
    QFile to(part);
    if (!from.open(QIODevice::ReadOnly) || !to.open(QIODevice::WriteOnly | QIODevice::NewOnly))
        return fail(ErrorCode::Io,
            QStringLiteral("copy: ") + (from.isOpen() ? to.errorString() : from.errorString()));
    const Bytes size(static_cast<quint64>(from.size()));
    if (size > maximum)
        return fail(ErrorCode::Limit,
            QStringLiteral("the image is larger than %1 bytes").arg(maximum.count()));
    // Looked at first: most mistakes are small files, and this reads only the beginning.
    if (const auto sound = checkSquashfs(from.peek(96), size); !sound)
        return sound;
    for (quint64 left = maximum.count(); left > 0;) {
        const auto block = from.read(std::min<qint64>(1 << 20, static_cast<qint64>(left)));
        if (from.error() != QFileDevice::NoError)
            return fail(ErrorCode::Io, QStringLiteral("copy: ") + from.errorString());
        if (block.isEmpty())
            break;
        if (to.write(block) != block.size())
            return fail(ErrorCode::Io, QStringLiteral("copy: ") + to.errorString());
        left -= static_cast<quint64>(block.size());
    }
    if (!to.flush())
        return fail(ErrorCode::Io, QStringLiteral("copy: ") + to.errorString());
    return {};
}

Bytes freeSpace(const QString &folder)
{
    return Bytes(static_cast<quint64>(std::max<qint64>(0, QStorageInfo(folder).bytesAvailable())));
}

QStringList images(const QString &folder)
{
    const auto files
        = QDir(folder).entryInfoList({ QStringLiteral("*.squashfs") }, QDir::Files, QDir::Time);
    QStringList all;
    for (const auto &file : files)
        all += file.completeBaseName();
    return all;
}

void evict(const QString &folder, Bytes maximum, const QSet<QString> &keep)
{
    // Newest first: everything after the limit goes.
    const auto images
        = QDir(folder).entryInfoList({ QStringLiteral("*.squashfs") }, QDir::Files, QDir::Time);
    Bytes sum;
    for (const auto &image : images) {
        sum += Bytes(static_cast<quint64>(image.size()));
        if (sum > maximum && !keep.contains(image.completeBaseName()))
            QFile::remove(image.filePath());
    }
}

void touch(const QString &folder, const QString &sha256)
{
    ::utimensat(AT_FDCWD, QFile::encodeName(imagePath(folder, sha256)).constData(), nullptr, 0);
}

} // namespace zos::hw::imagestore

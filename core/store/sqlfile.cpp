// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlfile.h"

#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace zos {

qint64 sizeByHeader(const QString &path)
{
    QFile file(path);
    const auto header = file.open(QIODevice::ReadOnly) ? file.read(100) : QByteArray();
    if (header.size() < 100 || !header.startsWith("SQLite format 3"))
        return 0;
    const auto raw = qFromBigEndian<quint16>(header.constData() + 16);
    const qint64 page = raw == 1 ? 65536 : raw;
    const qint64 size = page * qFromBigEndian<quint32>(header.constData() + 28);
    constexpr qint64 kLargest = 16LL << 30;
    return size <= kLargest ? size : 0;
}

bool isCutShort(const QString &path)
{
    return QFileInfo(path).size() < sizeByHeader(path);
}

bool isHeaderAltered(const QString &path, qint32 applicationId)
{
    QFile file(path);
    const auto header = file.open(QIODevice::ReadOnly) ? file.read(100) : QByteArray();
    if (header.size() < 100 || !header.startsWith("SQLite format 3")
        || qFromBigEndian<qint32>(header.constData() + 68) != applicationId)
        return false;
    const auto isKnown = [](char version) { return version == 1 || version == 2; };
    return !isKnown(header.at(18)) || !isKnown(header.at(19))
        || qFromBigEndian<quint32>(header.constData() + 56) > 1;
}

void removeDatabase(const QString &path)
{
    for (const auto *ending : { "-wal", "-shm", "" })
        QFile::remove(path + QString::fromLatin1(ending));
}

Result<> copyDatabase(const QString &path, const QString &to)
{
    removeDatabase(to);
    for (const auto *ending : { "-wal", "" }) {
        const auto name = path + QString::fromLatin1(ending);
        if (QFile::exists(name) && !QFile::copy(name, to + QString::fromLatin1(ending)))
            return fail(ErrorCode::Io, QStringLiteral("%1 cannot be copied").arg(name));
    }
    return {};
}

// The journal goes first: it must never be taken for one of the new file.
Result<> putInPlace(const QString &fresh, const QString &path)
{
    for (const auto *ending : { "-wal", "-shm" })
        QFile::remove(path + QString::fromLatin1(ending));
    if (::rename(QFile::encodeName(fresh).constData(), QFile::encodeName(path).constData()) != 0)
        return fail(ErrorCode::Io, QStringLiteral("%1 cannot be renamed").arg(fresh));
    const auto folder = QFile::encodeName(QFileInfo(path).absolutePath());
    const int fd = ::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    if (fd >= 0)
        ::close(fd);
    if (!synced)
        return fail(ErrorCode::Io, QStringLiteral("the folder of %1 cannot be synced").arg(path));
    return {};
}

QString freeName(const QString &path)
{
    for (int number = 1;; ++number) {
        auto name = QStringLiteral("%1.damaged-%2").arg(path).arg(number);
        if (!QFile::exists(name))
            return name;
    }
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"

#include <QFile>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace zos {

bool isAbsent(const QString &path)
{
    struct stat facts {};
    return ::lstat(QFile::encodeName(path).constData(), &facts) != 0
        && (errno == ENOENT || errno == ENOTDIR);
}

Result<> removeIfThere(const QString &path)
{
    if (::unlink(QFile::encodeName(path).constData()) == 0 || errno == ENOENT || errno == ENOTDIR)
        return {};
    return fail(ErrorCode::Io, QStringLiteral("remove %1: %2").arg(path, qt_error_string(errno)));
}

Result<QStringList> namesIn(const QString &folder)
{
    struct Closer
    {
        void operator()(DIR *open) const { ::closedir(open); }
    };
    const auto failed = [&folder] {
        return fail(ErrorCode::Io,
            QStringLiteral("read folder %1: %2").arg(folder, qt_error_string(errno)));
    };
    const std::unique_ptr<DIR, Closer> open(::opendir(QFile::encodeName(folder).constData()));
    if (!open && errno == ENOENT)
        return QStringList();
    if (!open)
        return failed();
    QStringList names;
    for (;;) {
        errno = 0;
        const auto *entry = ::readdir(open.get());
        if (!entry && errno != 0)
            return failed();
        if (!entry)
            return names;
        if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
            names += QFile::decodeName(entry->d_name);
    }
}

} // namespace zos

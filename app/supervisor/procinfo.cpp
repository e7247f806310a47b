// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor/procinfo.h"

#include <QDir>
#include <QFile>

namespace zos::app {

namespace {

QByteArray readSmallFile(const QString &path, qint64 limit)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(limit) : QByteArray();
}

struct ProcessStat
{
    char state = 'X';
    qint64 session = 0;
    quint64 startTime = 0;
};

std::optional<ProcessStat> processStat(qint64 pid)
{
    const auto text = readSmallFile(QStringLiteral("/proc/%1/stat").arg(pid), 4096);
    // The name in parentheses may hold anything, the last ')' ends it.
    const auto fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    if (fields.size() < 20)
        return {};
    ProcessStat stat;
    stat.state = fields[0].isEmpty() ? 'X' : fields[0].at(0);
    stat.session = fields[3].toLongLong();
    stat.startTime = fields[19].toULongLong();
    return stat;
}

} // namespace

QString bootId()
{
    return QString::fromLatin1(
        readSmallFile(QStringLiteral("/proc/sys/kernel/random/boot_id"), 64).trimmed());
}

std::optional<ProcessIdentity> processIdentity(qint64 pid)
{
    const auto stat = pid > 0 ? processStat(pid) : std::nullopt;
    if (!stat || stat->state == 'Z' || stat->state == 'X')
        return {};
    return ProcessIdentity { pid, stat->startTime };
}

std::optional<ProcessIdentity> findMarkedProcess(const QByteArray &marker)
{
    std::optional<ProcessIdentity> found;
    const auto names = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const auto &name : names) {
        bool number = false;
        const auto pid = name.toLongLong(&number);
        const auto stat = number ? processStat(pid) : std::nullopt;
        if (!stat || stat->state == 'Z' || stat->session != pid
            || (found && found->startTime <= stat->startTime))
            continue;
        const auto environment
            = readSmallFile(QStringLiteral("/proc/%1/environ").arg(pid), 64 << 10).split('\0');
        if (environment.contains(marker))
            found = ProcessIdentity { pid, stat->startTime };
    }
    return found;
}

} // namespace zos::app

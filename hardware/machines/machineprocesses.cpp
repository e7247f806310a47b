// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/machineprocesses.h"

#include <QDir>
#include <QFile>

#include <signal.h>

namespace zos::hw {

namespace {

constexpr auto kPidFolder = "/run/libvirt/qemu";

QByteArray procText(qint64 process, const char *name)
{
    QFile file(QStringLiteral("/proc/%1/%2").arg(process).arg(QLatin1StringView(name)));
    return file.open(QIODevice::ReadOnly) ? file.read(4096) : QByteArray();
}

// 0 unless the file names a living process of that program: a stale number may be anybody's.
qint64 processIn(const QString &path, const QByteArray &program)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const auto process = file.read(32).trimmed().toLongLong();
    return process > 1 && isAlive(process) && procText(process, "comm").startsWith(program)
        ? process
        : 0;
}

} // namespace

QList<qint64> helperProcesses(int libvirtId)
{
    // libvirt cuts long names in these file names; its number is unique while it runs.
    const QDir folder(QString::fromLatin1(kPidFolder));
    const auto names
        = folder.entryList({ QStringLiteral("%1-*-fs*-fs.pid").arg(libvirtId) }, QDir::Files);
    QList<qint64> processes;
    for (const auto &name : names) {
        if (const auto process = processIn(folder.filePath(name), "virtiofsd"))
            processes += process;
    }
    return processes;
}

qint64 emulatorProcess(const QString &name)
{
    return processIn(
        QString::fromLatin1(kPidFolder) + u'/' + name + QStringLiteral(".pid"), "qemu");
}

bool isAlive(qint64 process)
{
    const auto stat = procText(process, "stat");
    const auto state = stat.lastIndexOf(") ");
    return state >= 0 && state + 2 < stat.size() && stat[state + 2] != 'Z'
        && stat[state + 2] != 'X';
}

void killHelper(qint64 process)
{
    if (procText(process, "comm").startsWith("virtiofsd"))
        ::kill(static_cast<pid_t>(process), SIGKILL);
}

void protectFromOutOfMemory(qint64 process)
{
    QFile file(QStringLiteral("/proc/%1/oom_score_adj").arg(process));
    if (file.open(QIODevice::WriteOnly | QIODevice::ExistingOnly))
        file.write("-200");
}

} // namespace zos::hw

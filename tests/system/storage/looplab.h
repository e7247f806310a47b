// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/mount.h>
#include <unistd.h>

#include <memory>

// Loop devices of sparse files in a folder of their own, and what gets mounted there.
class LoopLab
{
protected:
    // One device of 2 GiB; otherwise why that cannot be had.
    QString make()
    {
        if (::geteuid() != 0)
            return QStringLiteral("needs root");
        QFile filesystems(QStringLiteral("/proc/filesystems"));
        if (!filesystems.open(QIODevice::ReadOnly) || !filesystems.readAll().contains("btrfs"))
            return QStringLiteral("the kernel has no btrfs");
        m_folder = std::make_unique<QTemporaryDir>();
        if (makeLoop(QStringLiteral("a.img"), 2LL << 30).isEmpty())
            return QStringLiteral("loop devices cannot be attached here");
        return {};
    }
    void remove()
    {
        if (m_folder)
            unmountAll();
        for (const auto &loop : std::exchange(m_loops, {}))
            tool(QStringLiteral("losetup"), { QStringLiteral("-d"), loop });
        m_folder.reset();
    }
    QByteArray tool(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(program, arguments);
        process.waitForFinished();
        return process.exitCode() == 0 ? process.readAllStandardOutput()
                                       : "failed: " + process.readAll();
    }
    QString makeLoop(const QString &name, qint64 size)
    {
        QFile file(m_folder->filePath(name));
        if (!file.open(QIODevice::ReadWrite) || !file.resize(size))
            return {};
        const auto loop = QString::fromUtf8(tool(QStringLiteral("losetup"),
            { QStringLiteral("-f"), QStringLiteral("--show"), file.fileName() })
                .trimmed());
        if (!loop.startsWith(u"/dev/loop"))
            return {};
        m_loops += loop;
        return loop;
    }
    QString mountRoot() const { return m_folder->filePath(QStringLiteral("mnt")); }
    void unmountAll()
    {
        for (const auto &name : QDir(mountRoot()).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            ::umount2(QFile::encodeName(mountRoot() + u'/' + name).constData(), MNT_DETACH);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QStringList m_loops;
};

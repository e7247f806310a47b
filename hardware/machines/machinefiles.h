// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plan/machineplan.h"

#include <sys/types.h>

namespace zos::hw {

// The account QEMU runs under; the superuser where Debian's does not exist.
struct QemuAccount
{
    uid_t user = 0;
    gid_t group = 0;
    static QemuAccount find();
    bool mayUse(const QString &path) const; // read and write, by owner, group and mode
};

// What is remembered beside a machine for the next process of the node.
struct MachineRecord
{
    QString digest;
    quint64 startedAtMs = 0;
    quint32 cpu = 0; // 0 = not remembered
    Bytes memory;
    std::optional<QStringList> disks = {}; // their ids; none = not remembered
};

// Files of one machine: its run directory, its console log, what libvirt wrote about it. All
// functions block and work on copies, so they may run on a worker.
class MachineFiles
{
public:
    MachineFiles(QString runDir, QString logDir, QString id);

    QString directory() const { return m_directory; }
    QString initrd() const { return m_directory + QStringLiteral("/initrd"); }
    QString consoleSocket() const { return m_directory + QStringLiteral("/c/console"); }
    QString consoleLog() const { return m_log; }

    // Directory, initrd (initramfs and seed) and the owners of the disks.
    Result<> prepare(const MachinePlan &plan, const QString &initramfs) const;
    Result<> writeXml(const QByteArray &xml) const;
    Result<> writeRecord(const MachineRecord &record) const;
    MachineRecord record() const; // empty when there is none
    // Everything, also logs. Absent is success.
    Result<> remove() const;
    // The last bytes, cut at a line start; NotFound without a log.
    Result<QByteArray> console(qsizetype bytes) const;
    // The last 2 KiB QEMU and its helper wrote, for the error of a failed start.
    QString lastWords() const;

private:
    QStringList libvirtLogs() const;

    QString m_id;
    QString m_directory;
    QString m_log;
};

// Why the last start of a guest ended, read from its console: "exit status 3", "kernel panic: ...",
// the init's own complaint; empty when it does not say.
QString consoleReason(QByteArray console);

// True when an account that owns nothing can read the file: every directory above it included.
bool readableByAll(const QString &path);

} // namespace zos::hw

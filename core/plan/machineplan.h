// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/zmachine.h"
#include "core/plan/networkplan.h"

#include <QList>
#include <QString>

namespace zos {

struct DiskPlan
{
    QString path; // file on the host
    QString serial; // zd-<index>, how the guest's init finds it
    QString mountpoint; // absolute path in the guest
    QString id = {}; // workload id of the disk; its path says the same
};

// Everything needed to start a container-mode machine: a pure value; its digest is stored in the
// domain so that a restarted node knows whether what runs is what is wanted.
struct MachinePlan
{
    QString id; // workload id = domain name
    TwinId twin;
    ContractId contract;
    QString hostname; // workload name
    quint32 cpu = 1;
    Bytes memory;
    QString rootPath; // merged directory shared as "vroot"
    QList<DiskPlan> disks;
    QList<NicPlan> nics;
    QStringList entrypoint; // argv, empty = /sbin/init
    QList<std::pair<QString, QString>> environment; // sorted by name
    QStringList sshKeys;
    QStringList dns;
    bool paused = false; // it starts with its processors stopped; the same machine all the same

    QString digest() const; // SHA-256 hex of the canonical form
};

// Shell-like splitting of the entrypoint (google/shlex rules). Invalid: "invalid entrypoint: ...".
Result<QStringList> splitEntrypoint(QStringView text);

struct StartupConfig
{
    QString entrypoint;
    QMap<QString, QString> env;
};
// /.startup.toml of an image. Invalid when it does not parse.
Result<StartupConfig> parseStartupToml(QStringView text);
QStringList splitSshKeys(QStringView variable); // trimmed, without empties

struct MachineInput
{
    QString id;
    TwinId twin;
    ContractId contract;
    QString name;
    const ZMachine *data = nullptr;
    QString rootPath;
    QString startupToml;
    QList<DiskPlan> disks;
    QList<NicPlan> nics;
};
Result<MachinePlan> planMachine(const MachineInput &input);

// Facts about the host that shape a domain.
struct HostTraits
{
    bool kvm = false;
    QString kernel; // vmlinux or bzImage of the node's guest kernel
    QString initrd; // of this machine
    QString consoleSocket;
    QString consoleLog;
    QString emulator = QStringLiteral("/usr/bin/qemu-system-x86_64");
    QString virtiofsd = QStringLiteral("/usr/libexec/virtiofsd");
};
QByteArray domainXml(const MachinePlan &plan, const HostTraits &host);

// The seed file (format version 1, machine.md 10.2) and the newc archive with the one file
// /zos-seed.
QByteArray seedText(const MachinePlan &plan);
QByteArray seedArchive(const QByteArray &seed);

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/services.h"
#include "hardware/machines/libvirtmachines.h"
#include "hardware/process/systemcommandrunner.h"

#include <QTemporaryDir>

namespace zos::testing {

// What a machine needs around it on a host of its own: a supervisor for libvirtd, a bridge with a
// tap, an unpacked example image and a disk. For use inside tests/support/isolated only.
class MachineHost
{
public:
    MachineHost();
    ~MachineHost();

    // Why this host cannot be made here; empty when it can.
    static QString obstacle();
    // Empty, or what went wrong.
    QString make();

    std::unique_ptr<hw::LibvirtMachines> machines() const;
    Services *services() const { return m_services.get(); }
    MachinePlan plan() const; // the example, with everything a plan can hold
    const hw::LibvirtConfig &config() const { return m_config; }

    // Output of a program, empty when it failed.
    QByteArray output(const QString &program, const QStringList &arguments) const;
    // What the machine answers to a GET; waits up to a minute for it to come up.
    QByteArray get(const QString &path) const;
    // Puts a machine's files back where its XML expects them, for a start without the node.
    QString prepareBare(const QString &id, const QByteArray &xml) const;
    qint64 servicePid(const QString &name) const;
    // Processes of that name that run.
    QList<qint64> processes(const QByteArray &name) const;

private:
    QString must(const QString &program, const QStringList &arguments) const;

    mutable hw::SystemCommandRunner m_runner;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Services> m_services;
    hw::LibvirtConfig m_config;
    qint64 m_supervisor = 0;
};

} // namespace zos::testing

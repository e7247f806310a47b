// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/machines.h"
#include "core/ports/services.h"

#include <memory>

namespace zos::hw {

struct LibvirtConfig
{
    QString uri = QStringLiteral("qemu:///system");
    QString runDir = QStringLiteral("/run/zos/machines");
    QString logDir = QStringLiteral("/var/log/zos/machines"); // console logs
    QString guestKernel; // vmlinux and initramfs as app/guest makes them
    QString guestInitramfs;
    bool manageLibvirt = false; // start libvirtd and write its settings, see LibvirtDaemon
    Services *services = nullptr; // needed when manageLibvirt
    std::chrono::milliseconds connectDeadline = std::chrono::seconds(30); // of start()
};

// Machines in QEMU through libvirt. The domains belong to libvirt, so they run on when this object
// or libvirtd goes; both find them again by the mark in the domain. May be destroyed at any time:
// operations still running end by themselves and touch nothing of it.
class LibvirtMachines final : public Machines
{
    Q_OBJECT
public:
    explicit LibvirtMachines(LibvirtConfig config, QObject *parent = nullptr);
    ~LibvirtMachines() override;

    Task<Result<>> start() override;
    VirtualisationFacts virtualisation() const override;
    Task<Result<>> run(MachinePlan plan) override;
    Task<Result<>> stop(QString id, std::chrono::milliseconds patience) override;
    Task<Result<>> destroy(QString id) override;
    Task<Result<>> pauseMachine(QString id) override;
    Task<Result<>> resumeMachine(QString id) override;
    Task<Result<>> growDisk(QString id, QString path) override;
    Task<Result<QList<MachineFacts>>> list() override;
    Task<Result<QByteArray>> consoleLog(QString id, int bytes) override;

private:
    const std::shared_ptr<class LibvirtCore> m_core;
};

} // namespace zos::hw

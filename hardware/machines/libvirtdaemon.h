// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/services.h"

namespace zos::hw {

// libvirt on a machine without systemd: writes the settings the node needs and has the supervisor
// run virtlogd and libvirtd, so that machines outlive the node's process.
class LibvirtDaemon
{
public:
    // libvirtd reads /etc/libvirt/qemu.conf whatever else it is told, so this is only for a root
    // file system the node has to itself. `folder` takes the other settings, `logDir` the output.
    LibvirtDaemon(Services *services, QString folder, QString logDir,
        QString etc = QStringLiteral("/etc/libvirt"));

    // Started, or running already with the same settings. Without `kvm` /dev/kvm is hidden first.
    Task<Result<>> start(bool kvm);

    // Puts a file nobody may open over the device, in this mount name space. libvirt asks QEMU and
    // the device separately whether there is KVM; where the answers differ (a device its account
    // may not open) it finds its knowledge of QEMU outdated and probes it anew, fifteen times a
    // start, which makes twelve seconds.
    static Result<> hideDevice(const QString &device, const QString &folder);

    static QByteArray qemuSettings(bool mixedControlGroups, bool kvm);
    // Control groups of both versions at once: libvirt 11 starts nothing under them.
    static bool mixedControlGroups();

private:
    Services *const m_services;
    const QString m_folder;
    const QString m_logDir;
    const QString m_etc;
};

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <libvirt/libvirt.h>

namespace zos::hw {

struct DomainFacts
{
    QString name;
    QString digest; // of the plan it was started with
    int libvirtId = -1;
    bool running = false; // false = paused
};

// What is asked of libvirt, as plain blocking functions for LibvirtConnection::call().
Result<QList<DomainFacts>> listDomains(virConnectPtr connection); // only those of this project
// Its number. Busy while the machine of that name is still being removed: try again.
Result<int> createDomain(virConnectPtr connection, const QByteArray &xml, bool paused);
Result<> destroyDomain(virConnectPtr connection, const QString &name); // absent is success
Result<> setDomainRunning(virConnectPtr connection, const QString &name, bool running);
// A break and a key on its serial line, as the guest's kernel knows them ("magic system request").
// Refused while it is paused.
Result<> pressSystemKey(
    virConnectPtr connection, const QString &name, const QString &consoleSocket, char key);
// Lets the guest see how large the file behind its disk is by now. NotFound: it has no such disk.
Result<> announceDiskSize(virConnectPtr connection, const QString &name, const QString &path);
Result<QString> hypervisorVersion(virConnectPtr connection); // "QEMU 10.0.13, libvirt 11.3.0"

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QString>

namespace zos::hw {

// Processes of one machine, read from the pid files libvirt keeps while it runs.
QList<qint64> helperProcesses(int libvirtId); // virtiofsd, one a share
qint64 emulatorProcess(const QString &name); // 0 = none
// Neither gone nor only waiting to be reaped.
bool isAlive(qint64 process);
void killHelper(qint64 process); // only when it still is a virtiofsd
// Makes the kernel take others first when memory runs out.
void protectFromOutOfMemory(qint64 process);

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"

#include <QByteArray>

namespace zos::hw {

// Readers of the kernel's text files: pure functions.
CpuFacts parseCpuInfo(const QByteArray &cpuinfo);
MemoryFacts parseMemInfo(const QByteArray &meminfo);

struct CpuTimes
{
    quint64 busy = 0;
    quint64 total = 0;
};
CpuTimes parseCpuTimes(const QByteArray &stat); // first line of /proc/stat
quint32 parseEstablished(const QByteArray &snmp); // CurrEstab of /proc/net/snmp

// Name of the hypervisor below us: by the CPU's own signature, else by the firmware's vendor.
QString hypervisorName(const QByteArray &cpuSignature, const QString &dmiVendor);
// Twelve characters of CPUID leaf 0x40000000, empty on bare metal.
QByteArray cpuHypervisorSignature();

// First `limit` bytes, empty when it cannot be read. Blocking.
QByteArray readFile(const QString &path, qint64 limit = 1 << 20);

} // namespace zos::hw

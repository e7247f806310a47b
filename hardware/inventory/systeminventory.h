// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"
#include "hardware/inventory/procfacts.h"

namespace zos::hw {

class CommandRunner;

// The machine as the kernel, the firmware and the disks themselves describe it. Looks only at the
// devices it was given; every blocking read happens on a worker.
class SystemInventory final : public Inventory
{
public:
    // devices: paths, links such as /dev/disk/by-id/... allowed. minDevice: smaller ones are
    // skipped.
    SystemInventory(QStringList devices, CommandRunner *runner, Bytes minDevice = 8_GiB);
    Task<Result<HostFacts>> host() override;
    Task<Result<LoadFacts>> load() override;
    Task<Result<QList<DiskFacts>>> disks() override;

private:
    const QStringList m_devices;
    CommandRunner *const m_runner;
    const Bytes m_minDevice;
    CpuTimes m_lastTimes;
};

} // namespace zos::hw

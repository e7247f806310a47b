// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/networks.h"
#include "hardware/network/netspace.h"
#include "hardware/process/commandrunner.h"

namespace zos::hw {

// Reads, and only reads, the management bridge, its network cards and the overlay's interface.
class UplinkReader
{
public:
    UplinkReader(
        CommandRunner *runner, NetSpace *space, QString bridge, QString yggdrasil, QStringList dns);
    Task<Result<NodeAddresses>> addresses();
    Task<Result<UplinkFacts>> facts();

private:
    CommandRunner *const m_runner;
    NetSpace *const m_space;
    const QString m_bridge;
    const QString m_yggdrasil;
    const QStringList m_dns;
};

} // namespace zos::hw

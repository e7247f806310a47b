// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/keyedlock.h"
#include "core/ports/services.h"
#include "hardware/network/networkscript.h"
#include "hardware/process/commandrunner.h"

namespace zos::hw {

// The WireGuard device of a network: born in the node's own name space, where its UDP socket
// stays, then moved into the network's. In the kernel when that can, else one wireguard-go service
// per network, which outlives the node's process.
class WireguardDevice
{
public:
    WireguardDevice(CommandRunner *runner, Services *services, QString socketDir);
    // `fresh`: nothing of this network can be left over from before.
    Task<Result<>> create(NetworkNames names, bool fresh);
    Task<Result<>> moveInside(NetworkNames names);
    // Brings the device to the text; what stays the same is not interrupted.
    Task<Result<>> configure(NetworkNames names, QString nameSpace, QByteArray text);
    // Where its peers are as far as the device knows: addresses with ports.
    Task<Result<QStringList>> endpoints(NetworkNames names, QString nameSpace);
    Task<Result<>> remove(NetworkNames names, QString nameSpace, bool inside);

private:
    Task<Result<bool>> kernelCan();
    Task<Result<>> startService(NetworkNames names, bool fresh);
    QString socketPath(const NetworkNames &names) const;

    CommandRunner *const m_runner;
    Services *const m_services;
    const QString m_socketDir;
    std::optional<bool> m_kernel; // unknown until the first network
    KeyedLock m_probe;
};

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/network/netspace.h"
#include "hardware/process/commandrunner.h"

namespace zos::hw {

// What all user networks share: the switch br-ndmz, the name space ndmz that routes for them, and
// its way out through the node's own name space, masqueraded behind the management bridge (one
// lease for the whole node). Tenants reach the internet and nothing else: not the node, not the
// management LAN, not other private ranges, not each other.
class NetworkBase
{
public:
    NetworkBase(CommandRunner *runner, NetSpace *space, QString uplinkBridge, QString runDir,
        QString namesDir);
    // Makes what is missing; a base that is complete costs no command.
    Task<Result<>> start();

private:
    Task<Result<>> build();
    QByteArray hostRules() const;
    QByteArray dmzRules(const QStringList &own4, const QStringList &own6) const;

    CommandRunner *const m_runner;
    NetSpace *const m_space;
    const QString m_uplinkBridge;
    const QString m_digestFile;
    const QString m_nameSpace; // path of ndmz
};

} // namespace zos::hw

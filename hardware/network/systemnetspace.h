// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/network/netspace.h"

namespace zos::hw {

// The real kernel. Every call runs on a thread of its own that enters the namespace and ends there:
// a namespace belongs to a thread, and one that failed to go back must not serve anybody else.
class SystemNetSpace final : public NetSpace
{
public:
    explicit SystemNetSpace(QString directory = QStringLiteral("/run/netns"));
    Task<Result<LinkMap>> links(QString nameSpace) override;
    Task<Result<QList<InterfaceAddress>>> addresses(QString nameSpace) override;
    Task<Result<>> configure(QString nameSpace, QList<Sysctl> settings, QByteArray rules) override;
    Task<Result<QSet<quint16>>> udpPorts(QString nameSpace) override;
    Task<Result<int>> endProcesses(QString nameSpace) override;
    QStringList names() const override;

private:
    const QString m_directory;
};

} // namespace zos::hw

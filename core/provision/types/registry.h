// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/provision/types/provisioner.h"

#include <QStringList>

#include <map>

namespace zos {

// Which workload types this node serves, and who makes them real. The one list behind refusals at
// acceptance and behind the node's published features.
class ProvisionerRegistry
{
public:
    explicit ProvisionerRegistry(NodePorts ports);

    Provisioner *find(const QString &type) const; // null: not supported by this node
    QStringList types() const;

private:
    std::map<QString, std::unique_ptr<Provisioner>> m_byType;
};

} // namespace zos

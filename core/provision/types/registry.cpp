// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/registry.h"

#include "core/provision/types/networkprovisioner.h"
#include "core/provision/types/zmachineprovisioner.h"
#include "core/provision/types/zmountprovisioner.h"

namespace zos {

ProvisionerRegistry::ProvisionerRegistry(NodePorts ports)
{
    m_byType.emplace(QStringLiteral("network"), std::make_unique<NetworkProvisioner>(ports));
    m_byType.emplace(QStringLiteral("zmount"), std::make_unique<ZMountProvisioner>(ports));
    m_byType.emplace(QStringLiteral("zmachine"), std::make_unique<ZMachineProvisioner>(ports));
}

Provisioner *ProvisionerRegistry::find(const QString &type) const
{
    const auto found = m_byType.find(type);
    return found == m_byType.end() ? nullptr : found->second.get();
}

QStringList ProvisionerRegistry::types() const
{
    QStringList all;
    for (const auto &type : workloadTypes()) {
        if (m_byType.contains(type))
            all += type;
    }
    return all;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/provision/types/provisioner.h"

namespace zos {

// Private networks: the plan of the workload, applied to the kernel through Networks.
class NetworkProvisioner final : public Provisioner
{
public:
    explicit NetworkProvisioner(NodePorts ports)
        : m_ports(ports)
    {
    }
    bool canUpdate() const override { return true; }
    Result<> check(const Deployment &deployment, const Workload &workload) const override;
    Task<Result<Provisioned>> provision(ProvisionContextPtr context) override;
    Task<Result<>> deprovision(ProvisionContextPtr context) override;
    Task<Result<Provisioned>> update(ProvisionContextPtr context, Workload old) override;

private:
    NodePorts m_ports;
};

} // namespace zos

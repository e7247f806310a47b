// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plan/machineplan.h"
#include "core/ports/images.h"
#include "core/provision/types/provisioner.h"

namespace zos {

// Machines: root volume, image above it, network card, disks, then the machine itself.
class ZMachineProvisioner final : public Provisioner
{
public:
    explicit ZMachineProvisioner(NodePorts ports)
        : m_ports(ports)
    {
    }
    Pass pass() const override { return Pass::Machines; }
    Result<> check(const Deployment &deployment, const Workload &workload) const override;
    Task<Result<Provisioned>> provision(ProvisionContextPtr context) override;
    Task<Result<>> deprovision(ProvisionContextPtr context) override;
    Task<Result<>> pause(ProvisionContextPtr context) override;
    Task<Result<>> resume(ProvisionContextPtr context) override;

private:
    Task<Result<QList<DiskPlan>>> disks(ProvisionContextPtr context);
    Task<Result<MachineRoot>> root(ProvisionContextPtr context);
    Task<Result<Provisioned>> launch(ProvisionContextPtr context, MachinePlan plan, bool listed);

    NodePorts m_ports;
};

} // namespace zos

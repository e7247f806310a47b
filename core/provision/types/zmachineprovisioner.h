// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plan/machineplan.h"
#include "core/ports/images.h"
#include "core/ports/machines.h"
#include "core/provision/types/provisioner.h"

namespace zos {

// Machines: root volume, image above it, network card, disks, then the machine itself.
// A change of entrypoint or environment touches nothing that runs: the digest it answers with is of
// the form the machine gets at its next start, be it a reboot of its guest, after a crash or with
// the node. CPUs and memory take a new start, which gives the guest time to write down what it
// holds. What runs shows by its size whether it is of the version in force.
class ZMachineProvisioner final : public Provisioner
{
public:
    explicit ZMachineProvisioner(NodePorts ports)
        : m_ports(ports)
    {
    }
    Pass pass() const override { return Pass::Machines; }
    bool canUpdate() const override { return true; }
    Result<> check(const Deployment &deployment, const Workload &workload) const override;
    Task<Result<Provisioned>> provision(ProvisionContextPtr context) override;
    Task<Result<>> deprovision(ProvisionContextPtr context) override;
    Task<Result<Provisioned>> update(ProvisionContextPtr context, Workload old) override;
    Task<Result<>> pause(ProvisionContextPtr context) override;
    Task<Result<>> resume(ProvisionContextPtr context) override;

private:
    Task<Result<QList<MachineFacts>>> running(ProvisionContextPtr context);
    Task<Result<QList<DiskPlan>>> disks(ProvisionContextPtr context);
    Task<Result<MachineRoot>> root(ProvisionContextPtr context);
    Task<Result<>> growRoot(ProvisionContextPtr context);
    // Everything around the machine is there when it has a plan.
    Task<Result<MachinePlan>> prepare(ProvisionContextPtr context);
    Task<Result<Provisioned>> launch(ProvisionContextPtr context, MachinePlan plan, bool listed);

    NodePorts m_ports;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/provision/types/provisioner.h"

namespace zos {

// Disks for machines: files reserved in full.
class ZMountProvisioner final : public Provisioner
{
public:
    explicit ZMountProvisioner(NodePorts ports)
        : m_ports(ports)
    {
    }
    bool canUpdate() const override { return true; }
    Task<Result<Provisioned>> provision(ProvisionContextPtr context) override;
    Task<Result<>> deprovision(ProvisionContextPtr context) override;
    Task<Result<Provisioned>> update(ProvisionContextPtr context, Workload old) override;

private:
    Task<Result<>> tellMachines(ProvisionContextPtr context, QString path);

    NodePorts m_ports;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/zmachine.h"

namespace zos {

// A machine of a light node: a ZMachine without public and planetary addresses.
struct ZMachineLight final : WorkloadData
{
    ZMachine machine;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    Capacity capacity() const override;
};

} // namespace zos

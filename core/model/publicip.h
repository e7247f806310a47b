// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

namespace zos {

// Public addresses of a machine. {"v4": bool, "v6": bool}
struct PublicIpWorkload final : WorkloadData
{
    bool v4 = false;
    bool v6 = false;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    Capacity capacity() const override;
};

} // namespace zos

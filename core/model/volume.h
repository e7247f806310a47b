// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

namespace zos {

// A directory shared with a machine. {"size": bytes}
struct Volume final : WorkloadData
{
    Bytes size;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    Capacity capacity() const override;
};

} // namespace zos

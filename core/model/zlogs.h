// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

namespace zos {

// A stream of the output of a machine of the same deployment.
struct ZLogs final : WorkloadData
{
    QString machine; // workload name
    QString output; // redis://, ws:// or wss:// address

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
};

} // namespace zos

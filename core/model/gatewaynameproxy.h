// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"
#include "core/model/gateway.h"

namespace zos {

// An HTTPS proxy under the domain of the node.
struct GatewayNameProxy final : WorkloadData
{
    QString name;
    Gateway gateway;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/network.h"

namespace zos {

// A network of a light node: the same fields as Network, with mycelium always present.
struct NetworkLight final : WorkloadData
{
    Network network;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    // As the TypeScript client hashes it: an absent range and port 0 leave no text.
    void appendTypeScriptChallenge(QByteArray &text) const;
};

} // namespace zos

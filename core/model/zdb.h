// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

namespace zos {

// A namespace of a key-value store.
struct Zdb final : WorkloadData
{
    Bytes size;
    QString mode; // "user" or "seq", no default
    QString password;
    bool isPublic = false; // readable without password

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    Capacity capacity() const override;
};

} // namespace zos

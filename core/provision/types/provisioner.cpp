// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/provisioner.h"

namespace zos {

const Workload *ProvisionContext::sibling(QStringView name) const
{
    for (const auto &candidate : siblings) {
        if (candidate.name == name)
            return &candidate;
    }
    return nullptr;
}

Result<> Provisioner::check(const Deployment &, const Workload &) const
{
    return {};
}

Task<Result<Provisioned>> Provisioner::update(ProvisionContextPtr context, Workload)
{
    co_return fail(ErrorCode::Invalid,
        QStringLiteral("workload '%1' does not support upgrade").arg(context->workload.type));
}

Task<Result<>> Provisioner::pause(ProvisionContextPtr)
{
    co_return {};
}

Task<Result<>> Provisioner::resume(ProvisionContextPtr)
{
    co_return {};
}

} // namespace zos

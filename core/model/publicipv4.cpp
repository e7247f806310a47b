// SPDX-License-Identifier: Apache-2.0
#include "core/model/publicipv4.h"

#include "core/model/fields.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> PublicIpv4::decode(const Json &data)
{
    if (auto read = JsonFields(data).finish(); !read)
        return fail(read.error());
    return std::make_shared<PublicIpv4>();
}

void PublicIpv4::appendChallenge(QByteArray &) const { }

Result<> PublicIpv4::validate(const Deployment &, const Workload &) const
{
    return {};
}

Capacity PublicIpv4::capacity() const
{
    Capacity capacity;
    capacity.ipv4u = 1;
    return capacity;
}

} // namespace zos

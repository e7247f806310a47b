// SPDX-License-Identifier: Apache-2.0
#include "core/model/publicip.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> PublicIpWorkload::decode(const Json &data)
{
    auto decoded = std::make_shared<PublicIpWorkload>();
    if (auto read = JsonFields(data).flag(u"v4", decoded->v4).flag(u"v6", decoded->v6).finish();
        !read)
        return fail(read.error());
    return decoded;
}

void PublicIpWorkload::appendChallenge(QByteArray &text) const
{
    Challenge(text).flag(v4).flag(v6);
}

Result<> PublicIpWorkload::validate(const Deployment &, const Workload &) const
{
    if (!v4 && !v6)
        return fail(ErrorCode::Invalid, QStringLiteral("public ip workload with no selections"));
    return {};
}

Capacity PublicIpWorkload::capacity() const
{
    Capacity capacity;
    capacity.ipv4u = v4 ? 1 : 0;
    return capacity;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/model/gatewaynameproxy.h"

#include "core/model/challenge.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> GatewayNameProxy::decode(const Json &data)
{
    auto decoded = std::make_shared<GatewayNameProxy>();
    JsonFields fields(data);
    fields.text(u"name", decoded->name);
    decoded->gateway.read(fields);
    if (auto read = fields.finish(); !read)
        return fail(read.error());
    return decoded;
}

void GatewayNameProxy::appendChallenge(QByteArray &text) const
{
    Challenge(text).text(name);
    gateway.appendChallenge(text);
}

Result<> GatewayNameProxy::validate(const Deployment &, const Workload &) const
{
    if (auto valid = gateway.validate(); !valid)
        return valid;
    if (name.isEmpty() || !Gateway::isLabelText(name))
        return fail(ErrorCode::Invalid, QStringLiteral("name %1 is invalid").arg(name));
    return {};
}

} // namespace zos

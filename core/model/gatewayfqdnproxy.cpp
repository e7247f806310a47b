// SPDX-License-Identifier: Apache-2.0
#include "core/model/gatewayfqdnproxy.h"

#include "core/model/challenge.h"

#include <algorithm>

namespace zos {

namespace {

bool isFqdn(const QString &text)
{
    const auto labels = text.split(u'.');
    return labels.size() >= 2 && labels.last().size() >= 2
        && std::all_of(labels.begin(), labels.end(),
            [](const QString &label) { return !label.isEmpty() && Gateway::isLabelText(label); });
}

} // namespace

Result<std::shared_ptr<const WorkloadData>> GatewayFqdnProxy::decode(const Json &data)
{
    auto decoded = std::make_shared<GatewayFqdnProxy>();
    JsonFields fields(data);
    fields.text(u"fqdn", decoded->fqdn);
    decoded->gateway.read(fields);
    if (auto read = fields.finish(); !read)
        return fail(read.error());
    return decoded;
}

void GatewayFqdnProxy::appendChallenge(QByteArray &text) const
{
    Challenge(text).text(fqdn);
    gateway.appendChallenge(text);
}

Result<> GatewayFqdnProxy::validate(const Deployment &, const Workload &) const
{
    if (auto valid = gateway.validate(); !valid)
        return valid;
    if (!isFqdn(fqdn))
        return fail(ErrorCode::Invalid, QStringLiteral("fqdn %1 is invalid").arg(fqdn));
    return {};
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/store/deploymentstore.h"

namespace zos {

QByteArray storedText(const Workload &workload)
{
    return workload.toJson();
}

Result<Workload> workloadFromStored(const QByteArray &text)
{
    // The deployment's reader is the only one that knows the rules, so the workload gets an
    // envelope.
    JsonWriter envelope;
    envelope.object().key(u"workloads").array().raw(text).end().end();
    const auto json = Json::parse(envelope.text());
    if (!json)
        return fail(json.error());
    auto deployment = Deployment::fromJson(*json);
    if (!deployment)
        return fail(deployment.error());
    const auto *list = json->find(u"workloads");
    const auto *result
        = list && !list->items().isEmpty() ? list->items().first().find(u"result") : nullptr;
    if (deployment->workloads.size() != 1 || !result)
        return fail(ErrorCode::Corrupt, QStringLiteral("a stored workload without result"));
    auto read = WorkloadResult::fromJson(*result);
    if (!read)
        return fail(read.error());
    auto workload = deployment->workloads.takeFirst();
    workload.result = std::move(*read);
    return workload;
}

} // namespace zos

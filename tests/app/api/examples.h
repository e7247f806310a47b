// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/api/apirig.h"

namespace zos::testing {

// A payload of each command that its own kind of caller gets a good answer for on a node that has
// contract 5 of twin 42. Commands without input get nothing.
inline QByteArray examplePayload(Api &api, const QString &command)
{
    if (command == u"zos.deployment.deploy" || command == u"zos.deployment.rehearse")
        return api.rig.request(6, 0, { Rig::disk("more", 1 << 30) });
    if (command == u"zos.deployment.update")
        return api.rig.request(
            5, 1, { Rig::machine(), Rig::network("net", 3012, 1), Rig::disk("data", 1 << 30) });
    if (command == u"zos.deployment.logs")
        return "{\"contract_id\":5,\"workload\":\"vm\",\"tail\":100}";
    if (command == u"zos.deployment.history")
        return "{\"contract_id\":5,\"after\":0,\"limit\":10}";
    if (command == u"zos.deployment.get" || command == u"zos.deployment.changes"
        || command == u"zos.deployment.timeline" || command == u"zos.deployment.status")
        return "{\"contract_id\":5}";
    if (command == u"zos.network.list_private_ips")
        return "{\"network_name\":\"net\"}";
    if (command == u"zos.perf.get")
        return "{\"name\":\"healthcheck\"}";
    if (command.endsWith(u".set_public_nic"))
        return "\"zos\"";
    if (command == u"zos.debug.deployment.list")
        return "{\"twin_id\":42}";
    if (command.startsWith(u"zos.debug."))
        return "{\"deployment\":\"42:5\",\"workload\":\"vm\",\"verbose\":true,\"options\":{}}";
    return {};
}

// Commands that answer with an error whoever calls, and what they say.
inline QString usualRefusal(const QString &command)
{
    if (command == u"zos.deployment.delete")
        return QStringLiteral(
            "deletion over the api is disabled, please cancel your contract instead");
    if (command == u"zos.network.public_config_get")
        return QStringLiteral("no public configuration");
    if (command == u"zos.location.get")
        return QStringLiteral("failed to fetch location information");
    return {};
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#include "app/api/handlers.h"
#include "app/api/payload.h"

namespace zos::app::api {

Task<Answer> wireguardPorts(ApiParts parts, Call)
{
    JsonWriter json;
    json.array();
    for (const auto port : parts.networks->wireguardPorts())
        json.number(port);
    co_return json.end().text();
}

Task<Answer> interfaces(ApiParts parts, Call)
{
    const auto addresses = co_await parts.networks->addresses();
    if (!addresses)
        co_return fail(addresses.error());
    auto yggdrasil = addresses->yggdrasil;
    if (yggdrasil.isEmpty() && parts.overlay && !parts.overlay->state().address.isEmpty())
        yggdrasil = { parts.overlay->state().address };
    JsonWriter json;
    json.object();
    json.key(u"zos").raw(stringArray(addresses->zos));
    json.key(u"ygg").raw(stringArray(yggdrasil));
    co_return json.end().text();
}

Task<Answer> hasIpv6(ApiParts parts, Call)
{
    const auto addresses = co_await parts.networks->addresses();
    if (!addresses)
        co_return fail(addresses.error());
    co_return addresses->publicIpv6 ? "true" : "false";
}

// Clients expect an error here, not an empty object.
Task<Answer> publicConfig(ApiParts, Call)
{
    co_return fail(ErrorCode::NotFound, QStringLiteral("no public configuration"));
}

// Of workloads of types this node does not serve yet.
Task<Answer> publicIps(ApiParts, Call)
{
    co_return "[]";
}

Task<Answer> privateIps(ApiParts parts, Call call)
{
    const auto name = stringMember(call, u"network_name");
    if (!name)
        co_return fail(name.error());
    co_return stringArray(parts.engine->privateIps(call.twin, *name));
}

} // namespace zos::app::api

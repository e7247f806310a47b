// SPDX-License-Identifier: Apache-2.0
#include "app/api/handlers.h"
#include "app/api/payload.h"

#include <algorithm>

// What the farmer may ask and change from afar.
namespace zos::app::api {

Task<Answer> nics(ApiParts parts, Call)
{
    const auto uplink = co_await parts.networks->uplink();
    if (!uplink)
        co_return fail(uplink.error());
    JsonWriter json;
    json.object();
    for (const auto &nic : uplink->nics) {
        json.key(nic.name).object().key(u"ips").raw(stringArray(nic.addresses));
        json.key(u"mac").string(nic.mac).end();
    }
    co_return json.end().text();
}

// Public traffic leaves through the management bridge; a card of its own for it is not built.
Task<Answer> publicNic(ApiParts, Call)
{
    JsonWriter json;
    json.object().key(u"is_single").boolean(true).key(u"is_dual").boolean(false);
    co_return json.key(u"dual_interface").string(u"").end().text();
}

Task<Answer> setPublicNic(ApiParts parts, Call call)
{
    const auto json = Json::parse(call.payload);
    if (!json)
        co_return fail(json.error());
    if (!json->isString())
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("the payload must be the name of an interface"));
    if (json->string() == u"zos")
        co_return "null"; // as it is
    const auto uplink = co_await parts.networks->uplink();
    if (!uplink)
        co_return fail(uplink.error());
    if (!std::ranges::contains(uplink->nics, json->string(), &NicFacts::name))
        co_return fail(ErrorCode::NotFound,
            QStringLiteral("interface '%1' not found").arg(json->string().left(64)));
    co_return fail(ErrorCode::Invalid, QStringLiteral("not supported"));
}

} // namespace zos::app::api

// SPDX-License-Identifier: Apache-2.0
#include "app/api/nodeapi.h"
#include "app/api/payload.h"

namespace zos::app {

namespace {

using rmb::Answer;
using rmb::Call;

Task<Answer> interfaces(ApiParts parts, Call)
{
    auto addresses = co_await parts.networks->addresses();
    if (!addresses)
        co_return fail(addresses.error());
    auto yggdrasil = addresses->yggdrasil;
    if (yggdrasil.isEmpty() && parts.overlay && !parts.overlay->state().address.isEmpty())
        yggdrasil = { parts.overlay->state().address };
    JsonWriter json;
    json.object();
    json.key(u"zos").raw(stringArray(addresses->zos));
    json.key(u"ygg").raw(stringArray(yggdrasil));
    json.end();
    co_return json.text();
}

Task<Answer> hasIpv6(ApiParts parts, Call)
{
    auto addresses = co_await parts.networks->addresses();
    if (!addresses)
        co_return fail(addresses.error());
    co_return addresses->publicIpv6 ? QByteArrayLiteral("true") : QByteArrayLiteral("false");
}

} // namespace

void NodeApi::addNetwork(rmb::Router &router)
{
    const auto parts = m_parts;
    router.add(
        QStringLiteral("zos.network.list_wg_ports"), immediate([parts](const Call &) -> Answer {
            JsonWriter json;
            json.array();
            for (const auto port : parts.networks->wireguardPorts())
                json.number(port);
            json.end();
            return json.text();
        }));
    router.add(QStringLiteral("zos.network.interfaces"),
        [parts](Call call) { return interfaces(parts, std::move(call)); });
    router.add(QStringLiteral("zos.network.has_ipv6"),
        [parts](Call call) { return hasIpv6(parts, std::move(call)); });
    // Clients expect an error here, not an empty object.
    router.add(
        QStringLiteral("zos.network.public_config_get"), immediate([](const Call &) -> Answer {
            return fail(ErrorCode::NotFound, QStringLiteral("no public configuration"));
        }));
    router.add(QStringLiteral("zos.network.list_public_ips"),
        immediate([](const Call &) -> Answer { return QByteArrayLiteral("[]"); }));
    router.add(QStringLiteral("zos.network.list_private_ips"),
        immediate([parts](const Call &call) -> Answer {
            const auto name = stringMember(call, u"network_name");
            if (!name)
                return fail(name.error());
            return stringArray(parts.engine->privateIps(call.twin, *name));
        }));
}

} // namespace zos::app

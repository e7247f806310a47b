// SPDX-License-Identifier: Apache-2.0
#include "app/api/nodeapi.h"

#include "app/api/payload.h"

namespace zos::app {

NodeApi::NodeApi(rmb::Router &router, ApiParts parts)
    : m_parts(parts)
{
    addDeployment(router);
    addNetwork(router);
    addSystem(router);
    addStorage(router);
}

void NodeApi::addStorage(rmb::Router &router)
{
    auto *volumes = m_parts.volumes;
    router.add(
        QStringLiteral("zos.storage.pools"), immediate([volumes](const rmb::Call &) -> rmb::Answer {
            JsonWriter json;
            json.array();
            for (const auto &pool : volumes->pools()) {
                json.object();
                json.key(u"name").string(pool.id);
                json.key(u"type").string(kindName(pool.kind));
                json.key(u"size").number(pool.size.count());
                json.key(u"used").number(pool.reserved.count()); // promises, not blocks
                json.end();
            }
            json.end();
            return json.text();
        }));
}

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"
#include "core/ports/networks.h"
#include "core/ports/overlay.h"
#include "core/ports/volumes.h"
#include "core/provision/engine.h"
#include "rmb/session/router.h"

namespace zos::app {

// What the handlers read and call. Not owned; all outlive the API.
struct ApiParts
{
    Engine *engine = nullptr;
    Networks *networks = nullptr;
    Volumes *volumes = nullptr;
    Inventory *inventory = nullptr;
    Overlay *overlay = nullptr;
};

// The node's public commands "zos.*" on a router. Payloads, answers and error texts are those of
// the existing clients; lists are never null, handlers without a result answer "null".
class NodeApi
{
public:
    NodeApi(rmb::Router &router, ApiParts parts);

private:
    void addDeployment(rmb::Router &router);
    void addNetwork(rmb::Router &router);
    void addSystem(rmb::Router &router);
    void addStorage(rmb::Router &router);

    ApiParts m_parts;
};

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/api/routes.h"

#include <QObject>

#include <memory>

namespace zos::app {

// The node's public commands "zos.*" on a router. Payloads, answers and error texts are those of
// the existing clients; lists are never null, handlers without a result answer "null".
class NodeApi : public QObject
{
    Q_OBJECT
public:
    NodeApi(rmb::Router &router, ApiParts parts, QObject *parent = nullptr);
    Task<void> stop(); // before the ledger ends; calls are answered as before

    TwinId farmer() const; // of the node's farm, read again whenever the farm may have changed

private:
    struct Callers;
    void followFarm();
    void lookAtFarm();
    Task<void> readFarm();

    ApiParts m_parts;
    std::shared_ptr<Callers> m_callers; // shared with the router
    TaskScope m_tasks;
    bool m_reading = false; // the farm
    bool m_again = false; // something happened meanwhile
};

} // namespace zos::app

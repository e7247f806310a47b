// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/node/nodeconfig.h"
#include "core/base/clock.h"
#include "core/chain/ledger.h"
#include "core/identity/identity.h"

#include <QObject>

#include <memory>

namespace zos::app {

struct ProvisionSources;

// The node: builds every part in order, connects them, tears them down in reverse. Nothing clever
// lives here; what may fail is retried by the part itself or by the start sequence, step by step,
// with every step visible on the console.
class Node : public QObject
{
    Q_OBJECT
public:
    Node(NodeConfig config, Identity identity, QObject *parent = nullptr);
    ~Node() override;

    // Brings the node up; keeps trying what can come back by itself (ledger, overlay, libvirt).
    // Returns an error only for what needs a person: no usable disk, broken store.
    Task<Result<>> start();
    // Ends the node's own work; machines, tunnels and daemons keep running.
    Task<void> stop();

private:
    struct Parts;
    Task<Result<>> bootStorageAndNetwork();
    Task<Result<>> bootRegistration();
    Task<Result<>> registerOnce();
    Twin wantedTwin() const; // how the ledger's record of this node should look
    Task<Result<>> bootEngine();
    Task<Result<>> bootBus();
    Task<void> keepListening();
    Task<void> keepRegistering(); // until the ledger can be asked
    Task<void> keepReporting();
    void startSelfTests();
    Task<void> tidyAfterSelfTests();
    ProvisionSources provisionSources() const;
    Task<void> openLocalRelay();

    std::unique_ptr<Parts> m_parts;
};

} // namespace zos::app

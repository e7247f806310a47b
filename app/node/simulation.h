// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/node/nodeconfig.h"
#include "core/base/clock.h"

#include <QTemporaryDir>

#include <memory>

namespace zos::app {

// What `zosd --fake FILE` may be told besides.
struct SimulationWishes
{
    QString machine; // the description
    QString stateDir; // empty = a temporary one that goes with the process
    quint16 port = 0; // 0 = any that is free
    QHostAddress relayAddress; // null = no relay
    quint16 relayPort = 0;
};

// A whole laboratory for a node on a simulated machine, on loopback and without root: a ledger of
// its own with a farm, a user with key and twin, and the node's configuration. Made once in a
// state directory and found again there.
class Simulation
{
public:
    explicit Simulation(SimulationWishes wishes);

    Task<Result<NodeConfig>> prepare(const Clock *clock);
    // Once the node is registered: writes DIR/env for the user's shell, and says what is there.
    Result<QString> announce() const;

private:
    QString path(const QString &name) const { return m_folder + u'/' + name; }
    Task<Result<FarmId>> farm(const Clock *clock) const;
    Task<Result<>> user(const Clock *clock) const;

    SimulationWishes m_wishes;
    std::unique_ptr<QTemporaryDir> m_temporary;
    QString m_folder;
    quint16 m_userPort = 0;
};

} // namespace zos::app

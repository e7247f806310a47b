// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"
#include "core/ports/inventory.h"

#include <optional>

namespace zos::app {

// What the node knows about itself from the last successful registration; lets it start and keep
// tenants' machines alive while the ledger cannot be reached.
struct Registration
{
    NodeId node;
    TwinId twin;
    FarmId farm;
    TwinId farmer;
    QString farmName;

    static std::optional<Registration> load(const QString &path);
    Result<> save(
        const QString &path) const; // durable: temporary file, fsync, rename, fsync folder
};

// The last report of a node that stops: within two seconds or not at all.
Task<void> reportLastUptime(Ledger *ledger, Inventory *inventory, const Clock *clock);

} // namespace zos::app

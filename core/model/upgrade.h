// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

#include <QStringList>

namespace zos {

// What an accepted update means for the workloads, by name. A workload in none of the lists stays
// untouched. Engines remove first (in reverse type order), then add and update in type order.
struct Upgrade
{
    QStringList add; // in the order of the wanted deployment
    QStringList update;
    QStringList remove; // in the order of the stored deployment

    bool isEmpty() const { return add.isEmpty() && update.isEmpty() && remove.isEmpty(); }

    // The difference between what is stored and what is wanted, or the documented refusal
    // ("<detail>: upgrade validation error"). Includes the check that updated types can be updated.
    static Result<Upgrade> between(const Deployment &stored, const Deployment &wanted);
};

} // namespace zos

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
    // ("<detail>: upgrade validation error"). Includes the check that updated types can be updated,
    // and that a machine keeps what it is made of; one whose result is an error may become another.
    static Result<Upgrade> between(const Deployment &stored, const Deployment &wanted);
};

struct ZMachine;

// What a new version of a machine changes, of what may change at all.
struct MachineChange
{
    bool size = false; // CPUs or memory: its guest has to start anew
    bool mounts = false; // disks came or went: the same
    bool start = false; // how it starts: entrypoint or environment
    bool root = false; // room of its root

    static MachineChange between(const ZMachine &old, const ZMachine &wanted);
};

} // namespace zos

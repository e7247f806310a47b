// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"
#include "core/ports/volumes.h"
#include "core/store/deploymentstore.h"

#include <QMap>

namespace zos {

// Who holds what of the node. A hold counts from the moment a deployment is accepted, so two
// deployments can never be promised the same memory; check and reservation are one call. What an
// answer costs does not depend on how much is held, only on how much of it is still being made.
class CapacityLedger
{
public:
    struct Limits
    {
        quint32 cpus = 1;
        Bytes memory; // of the host
        Bytes reservedMemory; // for the node itself
    };
    struct Request
    {
        QString name; // of the workload
        Capacity capacity;
        std::optional<VolumeWish> volume = {}; // what it keeps on a pool
        quint64 cpus = 0; // that its machine would have in all
    };
    // What the pools have, and what of that is promised to volumes that do not exist yet.
    struct Room
    {
        QList<PoolFacts> pools;
        Bytes promised;
    };

    explicit CapacityLedger(const Limits &limits)
        : m_limits(limits)
    {
    }

    // What stands against promising this, and by how much.
    struct Lack
    {
        QString resource; // cpu memory ssd hdd
        QString workload; // empty = all of them together
        quint64 asked = 0;
        quint64 available = 0;
        Error error; // for people; names all of it
    };
    std::optional<Lack> lacks(
        const DeploymentKey &key, const QList<Request> &requests, const Room &room) const;
    // Volumes that are promised and may not exist yet, without those of these names.
    QList<VolumeWish> awaited(const DeploymentKey &key, const QList<Request> &requests) const;
    // All or nothing; in place of what these names hold already. Limit: the message names the
    // resource, what was asked and what is available.
    Result<> reserve(const DeploymentKey &key, const QList<Request> &requests, const Room &room);
    // What runs holds without being asked: it exists already.
    void hold(const DeploymentKey &key, const Request &request, bool okay);
    void release(const DeploymentKey &key, const QString &name);
    void releaseAll(const DeploymentKey &key);

    Capacity okay() const { return m_okay; } // of what runs
    Capacity promised() const { return m_all; } // of all holds

private:
    using Holder = std::pair<DeploymentKey, QString>;
    struct Hold
    {
        Capacity capacity;
        bool okay = false; // it exists: pools count it themselves
    };
    void release(QMap<Holder, Hold>::iterator hold);

    Limits m_limits;
    QMap<Holder, Hold> m_holds;
    QMap<Holder, VolumeWish> m_awaited; // of holds that are not okay
    Capacity m_okay;
    Capacity m_all;
};

} // namespace zos

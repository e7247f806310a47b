// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"
#include "core/ports/volumes.h"
#include "core/store/deploymentstore.h"

#include <QMap>

namespace zos {

// Who holds what of the node. A hold counts from the moment a deployment is accepted, so two
// deployments can never be promised the same memory; check and reservation are one call.
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
    std::optional<Lack> lacks(const DeploymentKey &key, const QList<Request> &requests,
        const QList<PoolFacts> &pools) const;
    // All or nothing; in place of what these names hold already. Limit: the message names the
    // resource, what was asked and what is available.
    Result<> reserve(
        const DeploymentKey &key, const QList<Request> &requests, const QList<PoolFacts> &pools);
    // What runs holds without being asked: it exists already.
    void hold(const DeploymentKey &key, const QString &name, const Capacity &capacity, bool okay);
    void release(const DeploymentKey &key, const QString &name);
    void releaseAll(const DeploymentKey &key);

    Capacity okay() const; // of what runs
    Capacity promised() const; // of all holds

private:
    struct Hold
    {
        Capacity capacity;
        bool okay = false; // it exists: pools count it themselves
    };

    Limits m_limits;
    QMap<std::pair<DeploymentKey, QString>, Hold> m_holds;
};

} // namespace zos

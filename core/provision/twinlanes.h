// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/store/deploymentstore.h"

#include <QList>
#include <QMap>

#include <deque>

namespace zos {

// One queue per twin, because a twin's deployments share networks; several twins at a time; turns
// go round, so that nobody waits behind a busy neighbour's whole queue.
class TwinLanes
{
public:
    using Job = std::function<Task<void>()>;

    // Jobs begin through `begin`, which owns the task and keeps this object alive until it ends.
    TwinLanes(int lanes, std::function<void(Task<void>)> begin);

    // A job of the same deployment and kind that still waits makes this one unnecessary. Urgent
    // jobs go to the front of their twin's queue.
    void add(const DeploymentKey &key, const QString &kind, bool urgent, Job job);
    void close(); // nothing begins any more, what waits is dropped
    int pending() const; // waiting and running
    int position(
        const DeploymentKey &key) const; // jobs of the twin before its first one, -1 = none waits

private:
    struct Waiting
    {
        DeploymentKey key;
        QString kind;
        Job job;
    };
    struct Lane
    {
        std::deque<Waiting> queue;
        bool running = false;
    };
    void pump();
    Task<void> work(TwinId twin, Job job);

    int m_most;
    int m_running = 0;
    bool m_closed = false;
    std::function<void(Task<void>)> m_begin;
    QMap<TwinId, Lane> m_lanes;
    QList<TwinId> m_turn; // twins with waiting jobs, next first
};

} // namespace zos

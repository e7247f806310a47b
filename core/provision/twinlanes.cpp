// SPDX-License-Identifier: Apache-2.0
#include "core/provision/twinlanes.h"

#include <algorithm>

namespace zos {

TwinLanes::TwinLanes(int lanes, std::function<void(Task<void>)> begin)
    : m_most(std::max(1, lanes))
    , m_begin(std::move(begin))
{
}

void TwinLanes::add(const DeploymentKey &key, const QString &kind, bool urgent, Job job)
{
    if (m_closed)
        return;
    auto &queue = m_lanes[key.twin].queue;
    const auto same = std::ranges::find_if(
        queue, [&](const Waiting &waiting) { return waiting.key == key && waiting.kind == kind; });
    if (same != queue.end()) {
        if (!urgent)
            return;
        queue.erase(same);
    }
    if (urgent)
        queue.push_front({ key, kind, std::move(job) });
    else
        queue.push_back({ key, kind, std::move(job) });
    if (!m_turn.contains(key.twin))
        m_turn += key.twin;
    pump();
}

void TwinLanes::close()
{
    m_closed = true;
    for (auto &lane : m_lanes)
        lane.queue.clear();
    m_turn.clear();
}

int TwinLanes::pending() const
{
    int count = m_running;
    for (const auto &lane : m_lanes)
        count += static_cast<int>(lane.queue.size());
    return count;
}

int TwinLanes::position(const DeploymentKey &key) const
{
    const auto lane = m_lanes.constFind(key.twin);
    if (lane == m_lanes.cend())
        return -1;
    const auto first = std::ranges::find(lane->queue, key, &Waiting::key);
    if (first == lane->queue.end())
        return -1;
    return static_cast<int>(first - lane->queue.begin()) + (lane->running ? 1 : 0);
}

void TwinLanes::pump()
{
    for (qsizetype looked = 0; !m_closed && m_running < m_most && looked < m_turn.size();) {
        const auto twin = m_turn.at(looked);
        auto &lane = m_lanes[twin];
        if (lane.running) {
            ++looked;
            continue;
        }
        m_turn.removeAt(looked);
        auto job = std::move(lane.queue.front().job);
        lane.queue.pop_front();
        if (!lane.queue.empty())
            m_turn += twin;
        lane.running = true;
        ++m_running;
        m_begin(work(twin, std::move(job)));
    }
}

Task<void> TwinLanes::work(TwinId twin, Job job)
{
    // A job may end without ever waiting; going through the loop keeps the stack flat.
    co_await pause(std::chrono::milliseconds(0));
    if (!m_closed)
        co_await job();
    auto &lane = m_lanes[twin];
    lane.running = false;
    --m_running;
    if (lane.queue.empty())
        m_lanes.remove(twin);
    pump();
}

} // namespace zos

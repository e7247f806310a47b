// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// When what did not work is tried again: after a while, longer and longer, and as soon as there is
// reason to hope. Libvirt or the chain answer again, something that did not work works again, room
// became free, a pool or the way out of the node is there.

namespace zos {

using namespace std::chrono_literals;

namespace {

constexpr auto kBetweenHopes = 10s; // at least, so that hopes in vain cost little
constexpr auto kBetweenGlances = 5s;

std::chrono::milliseconds retryDelay(
    int retries, std::chrono::milliseconds first, std::chrono::milliseconds most)
{
    auto delay = first;
    for (int n = 1; n < retries && delay < most; ++n)
        delay *= 2;
    return std::min(delay, most);
}

} // namespace

QString EngineCore::retryName(const Key &key)
{
    return u"settle " + key.text();
}

void EngineCore::retryLater(const Key &key)
{
    auto *deployment = find(key);
    if (!deployment || m_stop.soft.cancelled())
        return;
    ++deployment->retries;
    const bool removing = m_tombstones.contains(key);
    const auto delay = removing ? retryDelay(deployment->retries, 1min, 1h)
                                : retryDelay(deployment->retries, 10s, 10min);
    m_agenda.at(retryName(key), delay, [this, key] { queueSettle(key); });
    if (!m_conditions)
        spawn(glance());
    if (m_timeline->hasUnwritten(key))
        spawn(writeTimeline({ key }));
}

bool EngineCore::anythingWaits() const
{
    return std::ranges::any_of(m_deployments.asKeyValueRange(),
        [this](const auto &entry) { return m_agenda.contains(retryName(entry.first)); });
}

void EngineCore::retrySoon()
{
    if (m_stop.soft.cancelled() || !anythingWaits())
        return;
    const auto now = m_ports.clock->monotonic();
    const auto delay = m_lastHope
        ? std::max<std::chrono::milliseconds>(1s, *m_lastHope + kBetweenHopes - now)
        : std::chrono::milliseconds(1s);
    m_agenda.earlier(QStringLiteral("retry"), delay, [this] {
        m_lastHope = m_ports.clock->monotonic();
        for (const auto &[key, deployment] : m_deployments.asKeyValueRange()) {
            if (m_agenda.contains(retryName(key)))
                queueSettle(key);
        }
    });
}

// A network of this twin is there: machines of its other deployments may have waited for it.
void EngineCore::retryTwin(TwinId twin)
{
    for (const auto &[key, deployment] : ofTwin(m_deployments, twin)) {
        if (m_agenda.contains(retryName(key)))
            queueSettle(key);
    }
}

// Pools and the way out do not tell when they come: looked at only while something waits.
Task<void> EngineCore::glance()
{
    Conditions now;
    for (const auto &pool : m_ports.volumes->pools()) {
        if (pool.healthy)
            now.pools += pool.id;
    }
    const auto before = std::exchange(m_conditions, now);
    const auto uplink = co_await step(m_stop, 30s, QStringLiteral("looking at the uplink"),
        [&] { return m_ports.networks->uplink(); });
    if (m_stop.soft.cancelled())
        co_return;
    now.uplink = uplink && !uplink->bridgeAddresses.isEmpty()
        && std::ranges::any_of(uplink->nics, &NicFacts::carrier);
    m_conditions = now;
    if (before && ((now.uplink && !before->uplink) || !before->pools.contains(now.pools)))
        retrySoon();
    if (anythingWaits())
        m_agenda.at(QStringLiteral("glance"), kBetweenGlances, [this] { spawn(glance()); });
    else
        m_conditions.reset();
}

} // namespace zos

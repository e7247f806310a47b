// SPDX-License-Identifier: Apache-2.0
#include "core/base/agenda.h"

#include <algorithm>

namespace zos {

Agenda::Agenda(const Clock &clock)
    : m_clock(clock)
{
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { runDue(); });
}

void Agenda::at(const QString &name, std::chrono::milliseconds delay, std::function<void()> call)
{
    m_entries.insert(name, { m_clock.monotonic() + delay, std::move(call) });
    arm();
}

void Agenda::earlier(
    const QString &name, std::chrono::milliseconds delay, std::function<void()> call)
{
    const auto known = m_entries.constFind(name);
    if (known == m_entries.cend() || known->due > m_clock.monotonic() + delay)
        at(name, delay, std::move(call));
}

void Agenda::drop(const QString &name)
{
    m_entries.remove(name);
    arm();
}

void Agenda::clear()
{
    m_entries.clear();
    m_timer.stop();
}

std::optional<std::chrono::milliseconds> Agenda::due(const QString &name) const
{
    const auto entry = m_entries.constFind(name);
    if (entry == m_entries.cend())
        return {};
    return entry->due;
}

void Agenda::runDue()
{
    const auto now = m_clock.monotonic();
    QList<std::function<void()>> due;
    for (auto entry = m_entries.begin(); entry != m_entries.end();) {
        if (entry->due <= now) {
            due += std::move(entry->call);
            entry = m_entries.erase(entry);
        } else {
            ++entry;
        }
    }
    for (const auto &call : std::as_const(due))
        call();
    arm();
}

std::optional<std::chrono::milliseconds> Agenda::nextDue() const
{
    if (m_entries.isEmpty())
        return std::nullopt;
    return std::ranges::min_element(m_entries, {}, &Entry::due)->due;
}

void Agenda::arm()
{
    if (m_entries.isEmpty()) {
        m_timer.stop();
        return;
    }
    // A timer counts in int milliseconds and a clock may stand still: look again at least hourly.
    const auto delay = std::clamp<std::chrono::milliseconds>(
        *nextDue() - m_clock.monotonic(), std::chrono::milliseconds(1), std::chrono::hours(1));
    m_timer.start(delay);
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QMap>
#include <QString>
#include <QTimer>

#include <functional>
#include <optional>

namespace zos {

// What has to happen later, by name, on the given clock: one timer for all of it. A test advances
// its clock and calls runDue().
class Agenda
{
public:
    explicit Agenda(const Clock &clock);

    void at(const QString &name, std::chrono::milliseconds delay,
        std::function<void()> call); // replaces the one of that name
    void earlier(const QString &name, std::chrono::milliseconds delay,
        std::function<void()> call); // unless it comes sooner already
    void drop(const QString &name);
    void clear();
    bool contains(const QString &name) const { return m_entries.contains(name); }
    std::optional<std::chrono::milliseconds> nextDue() const; // monotonic time of the clock
    std::optional<std::chrono::milliseconds> due(const QString &name) const; // the same
    void runDue();

private:
    void arm();

    struct Entry
    {
        std::chrono::milliseconds due;
        std::function<void()> call;
    };
    const Clock &m_clock;
    QMap<QString, Entry> m_entries;
    QTimer m_timer;
};

} // namespace zos

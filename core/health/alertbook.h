// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/health/nodestatus.h"

#include <QHash>

#include <chrono>
#include <optional>

namespace zos {

// What the catalogue says about an alert code.
struct AlertRule
{
    QString ref; // ZOS-XXX-nnn, printed on screen and in reports
    QString severity; // info warn crit
    std::chrono::seconds hold { 0 }; // the trigger must last this long before the alert opens
    std::optional<std::chrono::seconds> critAfter; // becomes critical when it lasts this long
};

// The rule of a code, nothing when the code is not in the catalogue.
std::optional<AlertRule> alertRule(const QString &code);

// Turns raw observations into alerts that do not flap: an alert opens after its trigger held for
// its time and closes after 30 s of health; one that comes back within 10 min keeps its first
// moment and counts up. Owned by whoever collects the node's state; not persisted.
class AlertBook
{
public:
    struct Trigger
    {
        QString key; // identity across updates, e.g. "disk.wearing:sdc"
        QString code;
        QJsonObject params;
        QString severity = {}; // overrules the catalogue when not empty
    };

    explicit AlertBook(const Clock &clock);
    // Everything that is wrong now. What is not in the list is healthy.
    void observe(const QList<Trigger> &triggers);
    // Open alerts, critical first, then oldest. Reflects the time of the last observe().
    QList<NodeStatus::Alert> open() const;

private:
    struct Entry
    {
        Trigger trigger;
        AlertRule rule;
        std::chrono::milliseconds firstSeen; // monotonic; of this stretch of trouble
        std::chrono::milliseconds lastSeen;
        std::optional<std::chrono::milliseconds> closedAt;
        qint64 sinceMs = 0; // wall clock of the first moment
        bool isOpen = false;
        int count = 0;
    };
    void see(const Trigger &trigger, const AlertRule &rule);
    void age();
    static QString severityOf(const Entry &entry, std::chrono::milliseconds now);

    const Clock &m_clock;
    QHash<QString, Entry> m_entries;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/health/alertbook.h"

#include <QSet>

#include <algorithm>
#include <array>

namespace zos {

namespace {
using namespace std::chrono_literals;
using Name = QLatin1StringView;

constexpr auto healthyFor = 30s;
constexpr auto remembers = 10min;
constexpr qsizetype mostEntries = 256;

struct CatalogueRow
{
    Name code, ref, severity;
    std::chrono::seconds hold;
    std::chrono::seconds critAfter; // 0 = never
};

constexpr std::array catalogue {
    CatalogueRow { Name("config.no_farm"), Name("ZOS-CONF-001"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("config.bad_value"), Name("ZOS-CONF-002"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("config.farm_not_found"), Name("ZOS-CONF-003"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("config.conflict"), Name("ZOS-CONF-004"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("hw.no_kvm"), Name("ZOS-HW-001"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("hw.memory_error"), Name("ZOS-HW-002"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("hw.too_hot"), Name("ZOS-HW-003"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("hw.last_boot_crashed"), Name("ZOS-HW-004"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("storage.no_ssd"), Name("ZOS-DISK-001"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("disk.no_answer"), Name("ZOS-DISK-002"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("disk.wearing"), Name("ZOS-DISK-003"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("disk.smart_failed"), Name("ZOS-DISK-004"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("disk.hot"), Name("ZOS-DISK-005"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("disk.not_empty"), Name("ZOS-DISK-006"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("storage.raid_mode"), Name("ZOS-DISK-007"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("pool.degraded"), Name("ZOS-POOL-001"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("pool.readonly"), Name("ZOS-POOL-001"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("pool.full"), Name("ZOS-POOL-002"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("storage.cache_readonly"), Name("ZOS-POOL-003"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("storage.state_volatile"), Name("ZOS-POOL-004"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("net.no_link"), Name("ZOS-NET-001"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("net.no_address"), Name("ZOS-NET-002"), Name("crit"), 60s, 0s },
    CatalogueRow { Name("net.slow_link"), Name("ZOS-NET-003"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("net.no_internet"), Name("ZOS-NET-004"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("net.public_mismatch"), Name("ZOS-NET-005"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("chain.unreachable"), Name("ZOS-CHAIN-001"), Name("warn"), 60s, 300s },
    CatalogueRow { Name("chain.stalled"), Name("ZOS-CHAIN-002"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("reg.failed"), Name("ZOS-CHAIN-003"), Name("crit"), 0s, 0s },
    CatalogueRow { Name("rmb.offline"), Name("ZOS-BUS-001"), Name("warn"), 60s, 600s },
    CatalogueRow { Name("ygg.no_peers"), Name("ZOS-YGG-001"), Name("warn"), 120s, 0s },
    CatalogueRow { Name("hub.unreachable"), Name("ZOS-HUB-001"), Name("warn"), 60s, 0s },
    CatalogueRow { Name("time.unsynced"), Name("ZOS-TIME-001"), Name("warn"), 300s, 0s },
    CatalogueRow { Name("update.failed"), Name("ZOS-UPD-001"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("update.rolled_back"), Name("ZOS-UPD-002"), Name("warn"), 0s, 0s },
    CatalogueRow { Name("wl.error"), Name("ZOS-WL-001"), Name("warn"), 300s, 0s },
};
} // namespace

std::optional<AlertRule> alertRule(const QString &code)
{
    const auto row = std::ranges::find(catalogue, code, &CatalogueRow::code);
    if (row == catalogue.end())
        return std::nullopt;
    AlertRule rule { row->ref, row->severity, row->hold, std::nullopt };
    if (row->critAfter > 0s)
        rule.critAfter = row->critAfter;
    return rule;
}

AlertBook::AlertBook(const Clock &clock)
    : m_clock(clock)
{
}

void AlertBook::observe(const QList<Trigger> &triggers)
{
    QSet<QString> seen;
    for (const auto &trigger : triggers) {
        const auto rule = alertRule(trigger.code);
        if (!rule || seen.contains(trigger.key))
            continue;
        seen.insert(trigger.key);
        see(trigger, *rule);
    }
    age();
}

void AlertBook::see(const Trigger &trigger, const AlertRule &rule)
{
    const auto now = m_clock.monotonic();
    auto entry = m_entries.find(trigger.key);
    if (entry == m_entries.end()) {
        if (m_entries.size() >= mostEntries)
            return;
        entry = m_entries.insert(trigger.key,
            Entry { trigger, rule, now, now, std::nullopt, m_clock.now().count(), false, 0 });
    }
    // A trigger that paused while its hold time was running starts over.
    if (!entry->isOpen && now - entry->lastSeen > healthyFor)
        entry->firstSeen = now;
    entry->trigger = trigger;
    entry->rule = rule;
    entry->lastSeen = now;
    if (entry->isOpen || now - entry->firstSeen < rule.hold)
        return;
    if (!entry->closedAt)
        entry->sinceMs = (m_clock.now() - (now - entry->firstSeen)).count();
    entry->isOpen = true;
    entry->closedAt.reset();
    ++entry->count;
}

void AlertBook::age()
{
    const auto now = m_clock.monotonic();
    for (auto &entry : m_entries)
        if (entry.isOpen && now - entry.lastSeen >= healthyFor) {
            entry.isOpen = false;
            entry.closedAt = now;
        }
    m_entries.removeIf([now](const auto &item) {
        const Entry &entry = *item;
        return !entry.isOpen
            && now - entry.closedAt.value_or(entry.lastSeen)
            > (entry.closedAt ? remembers : healthyFor);
    });
}

QString AlertBook::severityOf(const Entry &entry, std::chrono::milliseconds now)
{
    if (!entry.trigger.severity.isEmpty())
        return entry.trigger.severity;
    if (entry.rule.critAfter && now - entry.firstSeen >= *entry.rule.critAfter)
        return QStringLiteral("crit");
    return entry.rule.severity;
}

QList<NodeStatus::Alert> AlertBook::open() const
{
    const auto now = m_clock.monotonic();
    QList<NodeStatus::Alert> list;
    for (const auto &entry : m_entries)
        if (entry.isOpen)
            list += { entry.trigger.key, entry.trigger.code, entry.rule.ref, severityOf(entry, now),
                entry.sinceMs, entry.trigger.params, entry.count };
    const auto rank = [](const NodeStatus::Alert &alert) {
        return alert.severity == Name("crit") ? 0 : alert.severity == Name("warn") ? 1 : 2;
    };
    std::ranges::sort(list, [&rank](const auto &a, const auto &b) {
        return std::tuple(rank(a), a.sinceMs, a.key) < std::tuple(rank(b), b.sinceMs, b.key);
    });
    return list;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "qml/models/consolestate.h"

#include <QJsonArray>

#include <algorithm>
#include <utility>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

const QList<QByteArray> &tileRoles()
{
    static const QList<QByteArray> roles { "key", "name", "total", "percent", "label",
        "systemShare", "reservedShare", "marker", "live", "liveShort" };
    return roles;
}
} // namespace

ConsoleState::ConsoleState(const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_time(clock)
    , m_startedAt(clock.monotonic())
    , m_heardAt(m_startedAt)
    , m_steadySince(m_startedAt)
    , m_tiles(tileRoles())
    , m_connections({ "key", "state", "name", "detail", "latency" })
    , m_workloadCounts({ "key", "state", "name", "count" })
    , m_workloads({ "key", "state", "type", "stateName", "size", "contract", "twin", "age" })
    , m_alertList({ "key", "severity", "title", "detail", "advice", "age", "ref" })
    , m_log({ "key", "time", "level", "unit", "text" })
    , m_steps({ "key", "state", "name", "detail" })
    , m_nics({ "key", "state", "speed", "address", "role", "down", "up", "mac" })
    , m_addresses({ "key", "label", "value" })
    , m_publicAddresses({ "key", "label", "value" })
    , m_disks({ "key", "state", "size", "model", "place", "health", "kind" })
    , m_poolList(
          { "key", "state", "kind", "disks", "reservedShare", "marker", "reserved", "written" })
{
    refreshAll();
}

template <class T> void ConsoleState::set(T &member, const T &value, void (ConsoleState::*signal)())
{
    if (member == value)
        return;
    member = value;
    Q_EMIT(this->*signal)();
}

void ConsoleState::apply(const QJsonObject &document)
{
    m_document = document;
    m_hasDocument = true;
    m_otherSchema.reset();
    m_heardAt = m_time.monotonic();
    const QString wanted = document["display"_L1]["language"_L1].toString();
    if (!m_languageForced && wanted != m_language) {
        m_language = wanted;
        m_fmt = Fmt(wanted);
        Q_EMIT languageChanged(wanted);
    }
    refreshDim();
    refreshAll();
    noticeAlarms();
    Q_EMIT documentShown();
}

void ConsoleState::beat()
{
    m_heardAt = m_time.monotonic();
    m_otherSchema.reset();
    tick();
}

void ConsoleState::unreadable(const QString &schema)
{
    m_otherSchema = schema;
    m_heardAt = m_time.monotonic();
    refreshAll();
}

void ConsoleState::freezeAt(std::optional<qint64> wallClockMs)
{
    m_frozen = true;
    m_frozenMs = wallClockMs;
    refreshAll();
}

void ConsoleState::forceLanguage(const QString &language)
{
    m_languageForced = true;
    m_language = language;
    m_fmt = Fmt(language);
    Q_EMIT languageChanged(language);
    refreshAll();
}

void ConsoleState::retranslate()
{
    refreshAll();
}

qint64 ConsoleState::silenceMs() const
{
    return m_frozen ? 0 : (m_time.monotonic() - m_heardAt).count();
}

qint64 ConsoleState::nodeNowMs() const
{
    if (m_frozen)
        return m_frozenMs.value_or(m_document["sent_ms"_L1].toInteger());
    if (!m_hasDocument)
        return m_time.now().count();
    // Ages count on the clock that nobody sets: both programs run on the same machine.
    const qint64 since = m_time.monotonic().count() - m_document["mono_ms"_L1].toInteger();
    return m_document["sent_ms"_L1].toInteger() + std::max<qint64>(0, since);
}

void ConsoleState::tick()
{
    refreshDim();
    refreshTimes();
    const qint64 minute = nodeNowMs() / 60000;
    const bool young = m_alertList.count() > 0 && m_document["alerts"_L1].toArray().size() > 0;
    if (minute != m_minute) {
        refreshAll();
    } else if (young) {
        const RowContext context { m_document, m_fmt, m_phrases, nodeNowMs() };
        m_alertList.update(alertRows(context));
    }
    ++m_second;
    Q_EMIT secondChanged();
}

void ConsoleState::refreshAll()
{
    m_minute = nodeNowMs() / 60000;
    const RowContext context { m_document, m_fmt, m_phrases, nodeNowMs() };
    m_tiles.update(tileRows(context));
    m_connections.update(connectionRows(context));
    m_workloadCounts.update(workloadCountRows(context));
    m_workloads.update(workloadRows(context));
    m_alertList.update(alertRows(context));
    m_log.update(logRows(context));
    m_steps.update(stepRows(context));
    m_nics.update(nicRows(context));
    m_addresses.update(addressRows(context));
    m_publicAddresses.update(publicRows(context));
    m_disks.update(diskRows(context));
    m_poolList.update(poolRows(context));
    refreshFacts();
    refreshTimes();
}

void ConsoleState::refreshFacts()
{
    set(m_header, makeHeader(), &ConsoleState::headerChanged);
    set(m_update, makeUpdate(), &ConsoleState::updateChanged);
    set(m_machine, makeMachine(), &ConsoleState::machineChanged);
    set(m_overview, makeOverview(), &ConsoleState::overviewChanged);
    refreshView();
}

// What depends on the second: the clock, the uptime and how long the node has been silent.
void ConsoleState::refreshTimes()
{
    const qint64 limit = m_document["stale_after_ms"_L1].toInteger(8000);
    const bool stale = m_hasDocument && silenceMs() > limit;
    if (stale != m_stale) {
        m_stale = stale;
        Q_EMIT staleChanged();
        refreshView();
    }
    const QJsonObject time = m_document["time"_L1].toObject();
    const qint64 wall = m_frozen ? nodeNowMs() : m_time.now().count();
    const qint64 local = wall / 1000 + time["utc_offset_s"_L1].toInteger();
    const bool seconds = m_document["display"_L1]["seconds"_L1].toBool(true) && !m_dimmed;
    const bool utc = time["zone"_L1].toString(u"UTC"_s) == "UTC"_L1;
    const QString zone = utc ? u" UTC"_s : QString();
    const QString text = m_fmt.clock(local, seconds) + zone;
    const bool synced = !m_hasDocument || time["synced"_L1].toBool();
    if (text != m_clockText || synced != m_clockSynced) {
        m_clockText = text;
        m_clockSynced = synced;
        Q_EMIT clockChanged();
    }
    set(m_clockShort, QString(m_fmt.clock(local, false) + zone), &ConsoleState::clockShortChanged);
    set(m_footer, makeFooter(), &ConsoleState::footerChanged);
    set(m_hero, makeHero(), &ConsoleState::heroChanged);
    set(m_boot, makeBoot(), &ConsoleState::bootChanged);
    set(m_message, makeMessage(), &ConsoleState::messageChanged);
}

QString ConsoleState::viewOfPhase(const QString &phase) const
{
    if (phase == "unconfigured"_L1)
        return u"unconfigured"_s;
    if (phase == "shutting_down"_L1)
        return u"message"_s;
    if (phase == "updating"_L1) {
        const QString state = m_document["update"_L1]["state"_L1].toString();
        return state == "installing"_L1 || state == "reboot_pending"_L1 ? u"update"_s : u"pages"_s;
    }
    if (phase == "running"_L1 || phase == "failed"_L1)
        return u"pages"_s;
    return u"boot"_s;
}

void ConsoleState::refreshView()
{
    QString view = m_hasDocument ? viewOfPhase(m_document["phase"_L1].toString()) : u"boot"_s;
    QStringList pages { u"overview"_s };
    const bool critical = m_document["health"_L1]["level"_L1].toString() == "crit"_L1 && !m_stale;
    const bool hasEvents = m_document.contains("alerts"_L1) || m_document.contains("log"_L1);
    if (critical && hasEvents) {
        pages = { u"events"_s, u"overview"_s };
    } else if (!m_stale) {
        for (const auto &[section, page] : { std::pair("net"_L1, u"network"_s),
                 std::pair("storage"_L1, u"storage"_s), std::pair("workloads"_L1, u"workloads"_s) })
            if (m_document.contains(section))
                pages += page;
        if (hasEvents)
            pages += u"events"_s;
    }
    if (m_otherSchema || (m_stale && view != "pages"_L1))
        view = u"message"_s;
    const bool rotate = m_document["display"_L1]["rotate"_L1].toBool(true);
    if (view == m_view && pages == m_pages && critical == m_critical && rotate == m_rotate)
        return;
    m_view = view;
    m_pages = pages;
    m_critical = critical;
    m_rotate = rotate;
    Q_EMIT viewChanged();
}

void ConsoleState::refreshDim()
{
    const QString key = m_document["phase"_L1].toString()
        + QString::number(m_document["health"_L1]["warn"_L1].toInt()) + u'/'
        + QString::number(m_document["health"_L1]["crit"_L1].toInt())
        + (silenceMs() > 8000 ? u"stale"_s : QString());
    if (key != m_steadyKey) {
        m_steadyKey = key;
        m_steadySince = m_time.monotonic();
    }
    const qint64 after = m_document["display"_L1]["dim_after_s"_L1].toInteger() * 1000;
    const bool may
        = m_document["display"_L1]["blank"_L1].toString() != "never"_L1 && after > 0 && !m_frozen;
    set(m_dimmed, may && (m_time.monotonic() - m_steadySince).count() >= after,
        &ConsoleState::dimmedChanged);
}

void ConsoleState::noticeAlarms()
{
    QStringList keys;
    bool isNew = false;
    for (const auto &alert : m_document["alerts"_L1].toArray()) {
        if (alert["severity"_L1].toString() == "info"_L1)
            continue;
        keys += alert["key"_L1].toString();
        isNew = isNew || !m_alarmKeys.contains(keys.last());
    }
    m_alarmKeys = keys;
    // What was wrong before this screen came up is not news.
    const bool wasKnown = std::exchange(m_alarmsKnown, true);
    if (!isNew || !wasKnown)
        return;
    ++m_alarms;
    Q_EMIT alarmsChanged();
}

} // namespace zos::console

// SPDX-License-Identifier: Apache-2.0
#include "qml/models/consolestate.h"

#include <QJsonArray>

#include <algorithm>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

struct FactWords
{
    Q_DECLARE_TR_FUNCTIONS(FactWords)
};

constexpr qint64 patienceMs = 60'000;
} // namespace

HeaderFacts ConsoleState::makeHeader() const
{
    HeaderFacts header;
    const QJsonValue id = m_document["node"_L1]["id"_L1];
    const QJsonObject farm = m_document["farm"_L1].toObject();
    header.title = id.isDouble() ? FactWords::tr("Node %1").arg(id.toInteger())
                                 : FactWords::tr("Unregistered node");
    header.farm = Fmt::plain(farm["name"_L1].toString());
    if (farm["id"_L1].isDouble())
        header.farmNumber = u'#' + QString::number(farm["id"_L1].toInteger());
    if (m_hasDocument) {
        header.network = m_document["network"_L1]["name"_L1].toString();
        header.badge = m_phrases.network(header.network);
    }
    return header;
}

HeroFacts ConsoleState::makeHero() const
{
    HeroFacts hero;
    if (m_stale) {
        hero.level = u"warn"_s;
        hero.title = FactWords::tr("No data from the node");
        hero.detail
            = FactWords::tr("The node service has been silent for %1. Figures below are old.")
                  .arg(m_fmt.duration(silenceMs() / 1000));
        return hero;
    }
    hero.level = m_document["health"_L1]["level"_L1].toString(u"ok"_s);
    const QJsonArray alerts = m_document["alerts"_L1].toArray();
    const int open
        = m_document["health"_L1]["warn"_L1].toInt() + m_document["health"_L1]["crit"_L1].toInt();
    if (hero.level == "ok"_L1) {
        hero.title = FactWords::tr("Everything is working");
        const QJsonObject workloads = m_document["workloads"_L1].toObject();
        const int running = workloads["by_state"_L1]["ok"_L1].toInt();
        hero.detail = workloads.isEmpty() ? QString()
                                          : FactWords::tr("%n workload(s) running", "", running);
        return hero;
    }
    hero.title = FactWords::tr("The node needs attention");
    if (!alerts.isEmpty()) {
        const auto words
            = m_phrases.alert(alerts[0]["code"_L1].toString(), alerts[0]["params"_L1].toObject());
        hero.title = words.title;
        hero.detail = words.advice;
    }
    if (open > 1)
        hero.more = u'+' + m_fmt.integer(open - 1);
    return hero;
}

FooterFacts ConsoleState::makeFooter() const
{
    FooterFacts footer;
    footer.version = u"zos "_s
        + (m_hasDocument ? Fmt::plain(m_document["node"_L1]["version"_L1].toString())
                         : u"" ZOS_VERSION ""_s);
    footer.kernel = Fmt::plain(m_document["node"_L1]["kernel"_L1].toString());
    if (!footer.kernel.isEmpty())
        footer.kernel = u"Linux "_s + footer.kernel;
    qint64 uptime = m_document["node"_L1]["uptime_s"_L1].toInteger();
    if (!m_hasDocument)
        uptime = m_time.monotonic().count() / 1000;
    else if (!m_frozen)
        uptime += std::max<qint64>(
                      0, m_time.monotonic().count() - m_document["mono_ms"_L1].toInteger())
            / 1000;
    footer.uptime = m_fmt.duration(uptime);
    footer.uptimeLong = FactWords::tr("up %1", "time since boot").arg(footer.uptime);
    const QJsonObject update = m_document["update"_L1].toObject();
    if (update["state"_L1].toString() == "downloading"_L1)
        footer.note
            = FactWords::tr("Downloading %1").arg(Fmt::plain(update["target"_L1].toString()));
    return footer;
}

BootFacts ConsoleState::makeBoot() const
{
    BootFacts boot;
    boot.title = FactWords::tr("Starting up");
    boot.level = u"run"_s;
    const QJsonArray steps = m_document["boot"_L1]["steps"_L1].toArray();
    if (!m_hasDocument || steps.isEmpty()) {
        boot.detail = FactWords::tr("Waiting for the node service");
        if (silenceMs() > patienceMs && !m_hasDocument) {
            boot.level = u"warn"_s;
            boot.detail = FactWords::tr("The node service has not answered yet. Wait a few minutes "
                                        "or send a photo of this screen.");
        }
        return boot;
    }
    int done = 0;
    for (const auto &step : steps) {
        const QString state = step["state"_L1].toString();
        if (state == "ok"_L1 || state == "skipped"_L1 || state == "warn"_L1)
            ++done;
        if (state == "failed"_L1)
            boot.level = u"warn"_s;
    }
    const int total = int(steps.size());
    boot.share = double(done) / total;
    const int current = std::min(done + 1, total);
    boot.detail = boot.level == "warn"_L1
        ? FactWords::tr("Step %1 of %2 failed. The node tries again by itself.")
              .arg(current)
              .arg(total)
        : FactWords::tr("Step %1 of %2. Nothing to do: the node configures itself.")
              .arg(current)
              .arg(total);
    return boot;
}

UpdateFacts ConsoleState::makeUpdate() const
{
    UpdateFacts facts;
    const QJsonObject update = m_document["update"_L1].toObject();
    if (update.isEmpty())
        return facts;
    facts.versions = FactWords::tr("zos %1 → %2")
                         .arg(Fmt::plain(update["current"_L1].toString()),
                             Fmt::plain(update["target"_L1].toString()));
    const QString code = update["code"_L1].toString();
    facts.step
        = m_phrases.updateStep(code, update["params"_L1].toObject(), update["state"_L1].toString());
    facts.promise = code.startsWith("update.extension"_L1)
        ? FactWords::tr("Workloads keep running. Do not switch the machine off.")
        : FactWords::tr("Machines start again after the restart. Do not switch the machine off.");
    facts.share = std::clamp(update["progress"_L1].toDouble(), 0.0, 1.0);
    facts.percent = update["progress"_L1].isDouble() ? m_fmt.percent(facts.share) : QString();
    return facts;
}

MessageFacts ConsoleState::makeMessage() const
{
    if (m_otherSchema && !m_otherSchema->isEmpty())
        return { u"warn"_s, FactWords::tr("Console and node do not match"),
            FactWords::tr(
                "The node speaks %1, this screen %2. Restart the machine when it suits you.")
                .arg(Fmt::plain(*m_otherSchema), u"zos.console/1"_s) };
    if (m_otherSchema)
        return { u"warn"_s, FactWords::tr("The node's status cannot be read"),
            FactWords::tr("Workloads are not affected by this screen.") };
    if (m_stale)
        return { u"warn"_s, FactWords::tr("No data from the node"),
            FactWords::tr("The node service has been silent for %1.")
                .arg(m_fmt.duration(silenceMs() / 1000)) };
    if (m_document["node"_L1]["power"_L1]["target"_L1].toString() == "down"_L1)
        return { u"run"_s, FactWords::tr("Switching off"),
            FactWords::tr("The farm asked this node to sleep.") };
    return { u"run"_s, FactWords::tr("Shutting down"),
        FactWords::tr("Wait until the machine is off.") };
}

MachineFacts ConsoleState::makeMachine() const
{
    MachineFacts machine;
    const QJsonObject hardware = m_document["node"_L1]["hardware"_L1].toObject();
    machine.model
        = Fmt::plain(hardware["vendor"_L1].toString() + u' ' + hardware["product"_L1].toString())
              .trimmed();
    const QJsonObject nic = mainNic(m_document);
    const QString address = Fmt::plain(nic["addresses"_L1][0].toString());
    machine.address = address.isEmpty()
        ? Fmt::dash()
        : address + u"  ("_s + Fmt::plain(nic["name"_L1].toString()) + u')';
    machine.mac = nic["mac"_L1].toString();
    if (machine.mac.isEmpty())
        machine.mac = Fmt::dash();
    if (machine.model.isEmpty())
        machine.model = Fmt::dash();
    machine.helpPage = m_document["links"_L1]["help"_L1].toString();
    return machine;
}

OverviewFacts ConsoleState::makeOverview() const
{
    OverviewFacts overview;
    overview.nodePage = m_document["links"_L1]["node_page"_L1].toString();
    const QJsonObject workloads = m_document["workloads"_L1].toObject();
    overview.hasWorkloads = !workloads.isEmpty();
    if (overview.hasWorkloads) {
        const int total = workloads["total"_L1].toInt();
        overview.workloads = m_fmt.integer(total);
        overview.workloadsLong = FactWords::tr("%n workload(s)", "", total);
    }
    const QJsonArray nics = m_document["net"_L1]["nics"_L1].toArray();
    const auto connected
        = std::ranges::count_if(nics, [](const auto &nic) { return nic["carrier"_L1].toBool(); });
    overview.ports = FactWords::tr("%1 of %2 connected").arg(connected).arg(nics.size());
    const QJsonObject pub = m_document["net"_L1]["public"_L1].toObject();
    overview.hasPublic = pub["set"_L1].toBool();
    overview.publicKind
        = overview.hasPublic ? Fmt::plain(pub["type"_L1].toString()) : FactWords::tr("not set");
    return overview;
}

} // namespace zos::console

// SPDX-License-Identifier: Apache-2.0
#include "core/health/nodestatus.h"
#include "core/health/statusfields.h"

#include <QJsonArray>
#include <QMap>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace zos {

namespace {
using namespace Qt::StringLiterals;
using Phase = NodeStatus::Phase;
using Words = QLatin1StringView;

constexpr Words rowStates[] { Words("ok"), Words("warn"), Words("crit"), Words("run"), Words("off"),
    Words("unknown") };
constexpr Words unknownWord("unknown");

Words phaseName(Phase phase)
{
    switch (phase) {
    case Phase::Booting:
        return Words("booting");
    case Phase::Unconfigured:
        return Words("unconfigured");
    case Phase::Registering:
        return Words("registering");
    case Phase::Running:
        return Words("running");
    case Phase::Updating:
        return Words("updating");
    case Phase::DegradedBoot:
        return Words("degraded_boot");
    case Phase::ShuttingDown:
        return Words("shutting_down");
    case Phase::Failed:
        break;
    }
    return Words("failed");
}

Words levelName(NodeStatus::Level level)
{
    switch (level) {
    case NodeStatus::Level::Ok:
        return Words("ok");
    case NodeStatus::Level::Warn:
        return Words("warn");
    case NodeStatus::Level::Crit:
        break;
    }
    return Words("crit");
}

QJsonObject nodePart(const NodeStatus::Node &node)
{
    static constexpr Words states[] { Words("pending"), Words("in_progress"), Words("done"),
        Words("failed") };
    return {
        { u"id"_s, status::orNull(node.id) },
        { u"twin_id"_s, status::orNull(node.twinId) },
        { u"account"_s, status::textOrNull(node.account, 64) },
        { u"hostname"_s, status::text(node.hostname, 64) },
        { u"version"_s, status::text(node.version, 48) },
        { u"kernel"_s, status::text(node.kernel, 64) },
        { u"arch"_s, status::text(node.arch, 16) },
        { u"uptime_s"_s, status::count(node.uptimeSeconds) },
        { u"hardware"_s,
            QJsonObject { { u"vendor"_s, status::text(node.vendor, 64) },
                { u"product"_s, status::text(node.product, 64) },
                { u"serial_tail"_s, QJsonValue::Null },
                { u"cpu_model"_s, status::text(node.cpuModel, 96) },
                { u"cpu_threads"_s, qint64(node.cpuThreads) },
                { u"virtualized"_s, status::textOrNull(node.virtualized, 32) } } },
        { u"secure_boot"_s, node.secureBoot ? u"enabled"_s : u"disabled"_s },
        { u"tpm"_s, unknownWord },
        { u"kvm"_s, node.kvm },
        { u"registration"_s,
            QJsonObject {
                { u"state"_s, status::word(node.registrationState, states, Words("pending")) },
                { u"code"_s, status::code(node.registrationCode) }, { u"params"_s, QJsonObject() },
                { u"since_ms"_s, QJsonValue::Null } } },
    };
}

QJsonObject amountPart(const NodeStatus::Amount &amount)
{
    QJsonValue used = QJsonValue::Null;
    if (amount.used)
        used = status::count(status::hundredths(*amount.used, amount.total));
    return { { u"total"_s, status::count(amount.total) },
        { u"system"_s, status::count(amount.system) },
        { u"reserved"_s, status::count(amount.reserved) }, { u"used"_s, used } };
}

QJsonArray connectionsPart(const QList<NodeStatus::Connection> &connections)
{
    static constexpr Words ids[] { Words("lan"), Words("internet"), Words("chain"), Words("rmb"),
        Words("ygg"), Words("mycelium"), Words("hub"), Words("graphql"), Words("time") };
    QJsonArray list;
    for (const auto &row : connections) {
        if (list.size() == 16 || std::ranges::find(ids, row.id) == std::end(ids))
            continue;
        list += QJsonObject { { u"id"_s, row.id },
            { u"state"_s, status::word(row.state, rowStates, unknownWord) },
            { u"code"_s, status::code(row.code, QStringLiteral("conn.unknown")) },
            { u"params"_s, status::params(row.params) },
            { u"latency_ms"_s, status::orNull(row.latencyMs) },
            { u"since_ms"_s, status::orNull(row.sinceMs) } };
    }
    return list;
}

bool isMac(QStringView mac)
{
    if (mac.size() != 17)
        return false;
    for (qsizetype i = 0; i < mac.size(); ++i) {
        const QChar c = mac.at(i);
        const bool digit = (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
        if (i % 3 == 2 ? c != u':' : !digit)
            return false;
    }
    return true;
}

QJsonObject nicPart(const NodeStatus::Nic &nic)
{
    static constexpr Words roles[] { Words("zos"), Words("public"), Words("member"),
        Words("spare") };
    QJsonArray shownRoles;
    for (const auto &role : nic.roles)
        if (shownRoles.size() < 3 && std::ranges::find(roles, role) != std::end(roles))
            shownRoles += role;
    const QString mac = nic.mac.toLower();
    return { { u"name"_s, status::text(nic.name, 32) },
        { u"mac"_s, isMac(mac) ? mac : QStringLiteral("00:00:00:00:00:00") },
        { u"driver"_s, status::text(nic.driver, 32) },
        { u"state"_s, status::word(nic.state, rowStates, unknownWord) },
        { u"carrier"_s, nic.carrier }, { u"speed_mbps"_s, status::orNull(nic.speedMbps) },
        { u"role"_s, shownRoles }, { u"addresses"_s, status::texts(nic.addresses, 8, 64) },
        { u"rx_bps"_s, status::rate(nic.rxBps) }, { u"tx_bps"_s, status::rate(nic.txBps) },
        { u"errors"_s, status::count(nic.errors) } };
}

QJsonObject netPart(const NodeStatus &status)
{
    QJsonArray nics;
    QJsonValue exitNic = QJsonValue::Null;
    for (const auto &nic : status.nics) {
        if (nics.size() < 32)
            nics += nicPart(nic);
        if (exitNic.isNull() && nic.roles.contains(Words("zos")))
            exitNic = status::text(nic.name, 32);
    }
    const QJsonValue none = QJsonValue::Null;
    const QJsonObject noPublic { { u"set"_s, false }, { u"type"_s, u"none"_s }, { u"ipv4"_s, none },
        { u"gw4"_s, none }, { u"ipv6"_s, none }, { u"gw6"_s, none }, { u"domain"_s, none } };
    return {
        { u"nics"_s, nics },
        { u"bridge"_s,
            QJsonObject { { u"name"_s, status::text(status.bridge, 16) },
                { u"addresses"_s, status::texts(status.bridgeAddresses, 8, 64) },
                { u"gateway4"_s, status::textOrNull(status.gateway4, 64) },
                { u"gateway6"_s, status::textOrNull(status.gateway6, 64) } } },
        { u"dns"_s, status::texts(status.dns, 6, 64) },
        { u"ygg"_s,
            QJsonObject { { u"address"_s, status::textOrNull(status.yggAddress, 64) },
                { u"subnet"_s, status::textOrNull(status.yggSubnet, 64) },
                { u"peers"_s, std::max(0, status.yggPeers) } } },
        { u"mycelium"_s, QJsonObject { { u"address"_s, QJsonValue::Null }, { u"peers"_s, 0 } } },
        { u"exit"_s,
            QJsonObject { { u"mode"_s, status.bridge.isEmpty() ? u"unknown"_s : u"single"_s },
                { u"nic"_s, exitNic } } },
        { u"wg_ports"_s, std::max(0, status.wireguardPorts) },
        { u"public"_s, noPublic },
        { u"vlan"_s,
            QJsonObject { { u"private"_s, QJsonValue::Null }, { u"public"_s, QJsonValue::Null } } },
    };
}

QJsonObject storagePart(const NodeStatus &status)
{
    static constexpr Words kinds[] { Words("ssd"), Words("hdd"), Words("unknown") };
    static constexpr Words buses[] { Words("sata"), Words("sas"), Words("nvme"), Words("usb"),
        Words("virtio"), Words("raid") };
    static constexpr Words diskRoles[] { Words("pool"), Words("boot"), Words("config"),
        Words("ignored") };
    static constexpr Words poolRoles[] { Words("cache"), Words("vm"), Words("zdb"),
        Words("spare") };
    const QJsonValue none = QJsonValue::Null;
    QJsonArray disks;
    for (const auto &disk : status.disks) {
        if (disks.size() == 128)
            break;
        disks += QJsonObject { { u"name"_s, status::text(disk.name, 32) },
            { u"model"_s, status::text(disk.model, 96) },
            { u"serial"_s, status::text(disk.serial, 64) },
            { u"kind"_s, status::word(disk.kind, kinds, unknownWord) },
            { u"bus"_s, status::word(disk.bus, buses, unknownWord) }, { u"slot"_s, none },
            { u"size"_s, status::count(disk.size) },
            { u"state"_s, status::word(disk.state, rowStates, unknownWord) },
            { u"codes"_s, status::codes(disk.codes) }, { u"params"_s, QJsonObject() },
            { u"smart"_s, u"unavailable"_s }, { u"temp_c"_s, none }, { u"power_on_h"_s, none },
            { u"wear_pct"_s, none }, { u"reallocated"_s, none }, { u"pending"_s, none },
            { u"pool"_s, status::textOrNull(disk.pool, 40) },
            { u"role"_s, status::word(disk.role, diskRoles, Words("ignored")) } };
    }
    QJsonArray pools;
    for (const auto &pool : status.pools) {
        if (pools.size() == 128)
            break;
        pools += QJsonObject { { u"id"_s, status::text(pool.id, 40) },
            { u"kind"_s, status::word(pool.kind, std::span(kinds).first(2), Words("hdd")) },
            { u"role"_s, status::word(pool.role, poolRoles, Words("spare")) },
            { u"state"_s, status::word(pool.state, rowStates, unknownWord) },
            { u"codes"_s, QJsonArray() }, { u"total"_s, status::count(pool.total) },
            { u"reserved"_s, status::count(pool.reserved) },
            { u"used"_s, status::count(status::hundredths(pool.used, pool.total)) },
            { u"disks"_s, status::texts(pool.disks, 16, 32) }, { u"profile"_s, u"single"_s },
            { u"asleep"_s, false },
            { u"scrub"_s, QJsonObject { { u"last_ms"_s, none }, { u"errors"_s, none } } } };
    }
    return { { u"controllers"_s, QJsonArray() }, { u"disks"_s, disks }, { u"pools"_s, pools },
        { u"cache"_s,
            QJsonObject {
                { u"state"_s, unknownWord }, { u"total"_s, none }, { u"used"_s, none } } } };
}

// Not drawn: for whoever reads a node's feed to see what became of its calls.
QJsonObject busPart(const NodeStatus &status)
{
    constexpr qsizetype kMostPeers = 16;
    QJsonArray peers;
    for (const auto &peer : status.overlayPeers) {
        if (peers.size() < kMostPeers)
            peers += QJsonObject { { u"uri"_s, status::text(peer.uri, 128) }, { u"up"_s, peer.up },
                { u"latency_ms"_s, status::orNull(peer.latencyMs) } };
    }
    QJsonObject dropped;
    for (const auto &[name, count] : status.busCounters)
        dropped.insert(name, double(count));
    return { { u"overlay_peers"_s, peers }, { u"dropped"_s, dropped } };
}

QJsonObject workloadsPart(const NodeStatus &status)
{
    static constexpr Words states[] { Words("ok"), Words("error"), Words("paused"), Words("init"),
        Words("deleted"), Words("unchanged") };
    QMap<QString, qint64> byType;
    QMap<QString, qint64> byState { { u"ok"_s, 0 }, { u"error"_s, 0 }, { u"paused"_s, 0 },
        { u"init"_s, 0 } };
    QJsonArray items;
    for (const auto &row : status.workloads) {
        const QString type = status::text(row.type, 32);
        if (byType.size() < 32 || byType.contains(type))
            ++byType[type];
        const QString state = status::word(row.state, states, Words("init"));
        if (byState.contains(state))
            ++byState[state];
        if (items.size() == 200)
            continue;
        items += QJsonObject { { u"key"_s, status::text(row.key, 64) }, { u"type"_s, type },
            { u"state"_s, state }, { u"contract_id"_s, status::count(row.contractId) },
            { u"twin_id"_s, qint64(row.twinId) }, { u"cru"_s, status::count(row.cru) },
            { u"mru"_s, status::count(row.mru) }, { u"sru"_s, status::count(row.sru) },
            { u"hru"_s, status::count(row.hru) },
            { u"created_ms"_s, status::orNull(row.createdMs) },
            { u"code"_s, status::code(row.code) },
            { u"message"_s, status::textOrNull(row.message, 160) } };
    }
    QJsonObject types;
    for (auto it = byType.cbegin(); it != byType.cend(); ++it)
        types.insert(it.key(), it.value());
    QJsonObject counts;
    for (auto it = byState.cbegin(); it != byState.cend(); ++it)
        counts.insert(it.key(), it.value());
    return { { u"deployments"_s, std::max(0, status.deployments) },
        { u"total"_s, status.workloads.size() }, { u"by_state"_s, counts }, { u"by_type"_s, types },
        { u"items"_s, items }, { u"truncated"_s, status.workloads.size() > items.size() } };
}

bool isRef(const QString &ref)
{
    static const QRegularExpression form(u"^ZOS-[A-Z]{2,8}-[0-9]{3}$"_s);
    return form.match(ref).hasMatch();
}

QJsonArray alertsPart(const QList<NodeStatus::Alert> &alerts)
{
    static constexpr Words severities[] { Words("info"), Words("warn"), Words("crit") };
    QJsonArray list;
    for (const auto &alert : alerts) {
        const QJsonValue code = status::code(alert.code);
        if (list.size() == 32 || code.isNull() || !isRef(alert.ref))
            continue;
        list += QJsonObject { { u"key"_s, status::text(alert.key, 80) }, { u"code"_s, code },
            { u"ref"_s, alert.ref },
            { u"severity"_s, status::word(alert.severity, severities, Words("warn")) },
            { u"since_ms"_s, std::max<qint64>(0, alert.sinceMs) },
            { u"params"_s, status::params(alert.params) },
            { u"count"_s, std::max(1, alert.count) } };
    }
    return list;
}

QJsonArray logPart(const QList<NodeStatus::LogLine> &log)
{
    static constexpr Words levels[] { Words("debug"), Words("info"), Words("warn"),
        Words("error") };
    QJsonArray list;
    for (const auto &line : log.last(std::min<qsizetype>(60, log.size())))
        list += QJsonObject { { u"seq"_s, status::count(line.seq) },
            { u"t_ms"_s, std::max<qint64>(0, line.timeMs) },
            { u"level"_s, status::word(line.level, levels, Words("info")) },
            { u"unit"_s, status::text(line.unit, 16) },
            { u"msg"_s, status::text(line.message, 240) } };
    return list;
}

QJsonObject bootPart(const NodeStatus &status)
{
    static constexpr Words ids[] { Words("hardware"), Words("disks"), Words("network"),
        Words("time"), Words("identity"), Words("chain"), Words("registration"), Words("bus"),
        Words("workloads"), Words("update") };
    static constexpr Words states[] { Words("wait"), Words("run"), Words("ok"), Words("warn"),
        Words("failed"), Words("skipped") };
    QJsonArray steps;
    for (const auto &step : status.bootSteps) {
        if (steps.size() == 12 || std::ranges::find(ids, step.id) == std::end(ids))
            continue;
        steps += QJsonObject { { u"id"_s, step.id },
            { u"state"_s, status::word(step.state, states, Words("wait")) },
            { u"code"_s, status::code(step.code) }, { u"params"_s, status::params(step.params) },
            { u"started_ms"_s, status::orNull(step.startedMs) } };
    }
    return { { u"step"_s, std::max(0, status.bootStep) },
        { u"attempt"_s, std::max(1, status.bootAttempt) }, { u"steps"_s, steps } };
}

// Only https pages short enough for a code that a phone can read.
QJsonValue pageOrNull(const QString &url)
{
    return url.startsWith("https://"_L1) && url.size() <= 200 ? QJsonValue(url)
                                                              : QJsonValue(QJsonValue::Null);
}

QJsonObject displayPart(const NodeStatus &status)
{
    static const QRegularExpression form(u"^[a-z]{2}(_[A-Z]{2})?$"_s);
    const bool known = form.match(status.language).hasMatch();
    return { { u"language"_s, known ? status.language : u"en"_s }, { u"rotate"_s, status.rotate },
        { u"dim_after_s"_s, 600 }, { u"blank"_s, u"dim"_s }, { u"seconds"_s, true },
        { u"keys"_s, false } };
}
} // namespace

QJsonObject NodeStatus::toJson() const
{
    static constexpr Words farmStates[] { Words("unset"), Words("checking"), Words("ok"),
        Words("not_found") };
    static constexpr Words networks[] { Words("production"), Words("testing"), Words("qa"),
        Words("development"), Words("local") };
    const QJsonValue none = QJsonValue::Null;
    QJsonObject document {
        { u"schema"_s, u"zos.console/1"_s },
        { u"kind"_s, u"status"_s },
        { u"phase"_s, phaseName(phase) },
        { u"health"_s,
            QJsonObject { { u"level"_s, levelName(level()) }, { u"warn"_s, warnings() },
                { u"crit"_s, criticals() } } },
        { u"node"_s, nodePart(node) },
        { u"farm"_s,
            QJsonObject { { u"id"_s, status::orNull(farm.id) },
                { u"name"_s, status::textOrNull(farm.name, 64) },
                { u"state"_s, status::word(farm.state, farmStates, unknownWord) } } },
        { u"network"_s,
            QJsonObject { { u"name"_s, status::word(network, networks, unknownWord) },
                { u"runmode"_s, status::text(runmode, 16) } } },
        { u"alerts"_s, alertsPart(alerts) },
        { u"log"_s, logPart(log) },
        { u"boot"_s, bootPart(*this) },
        { u"time"_s,
            QJsonObject { { u"synced"_s, timeSynced }, { u"source"_s, none },
                { u"offset_ms"_s, none }, { u"zone"_s, status::text(timeZone, 48) },
                { u"utc_offset_s"_s, std::clamp(utcOffsetSeconds, -50400, 50400) } } },
        { u"links"_s,
            QJsonObject {
                { u"node_page"_s, pageOrNull(nodePage) }, { u"help"_s, pageOrNull(helpPage) } } },
        { u"display"_s, displayPart(*this) },
    };
    // A part that is not known yet is absent, so that the console leaves its page out.
    if (cru.total > 0 || mru.total > 0)
        document.insert(u"capacity"_s,
            QJsonObject { { u"cru"_s, amountPart(cru) }, { u"mru"_s, amountPart(mru) },
                { u"sru"_s, amountPart(sru) }, { u"hru"_s, amountPart(hru) },
                { u"ipv4"_s, amountPart(ipv4) } });
    if (cpuBusy || memoryBusy)
        document.insert(u"usage"_s,
            QJsonObject { { u"cpu"_s, status::fraction(cpuBusy) },
                { u"load1"_s, load1 ? QJsonValue(std::round(*load1 * 10) / 10) : none },
                { u"mem"_s, status::fraction(memoryBusy) }, { u"sample_s"_s, 2 } });
    if (!connections.isEmpty())
        document.insert(u"connections"_s, connectionsPart(connections));
    if (!nics.isEmpty() || !bridge.isEmpty())
        document.insert(u"net"_s, netPart(*this));
    if (!disks.isEmpty() || !pools.isEmpty())
        document.insert(u"storage"_s, storagePart(*this));
    if (phase != Phase::Booting && phase != Phase::Unconfigured) {
        document.insert(u"workloads"_s, workloadsPart(*this));
        document.insert(u"bus"_s, busPart(*this));
    }
    return document;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "qml/models/rows.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

// Everything the pages say that is not a code of the feed.
struct RowWords
{
    Q_DECLARE_TR_FUNCTIONS(RowWords)
};

QString networkOf(const RowContext &context)
{
    return context.document["network"_L1]["name"_L1].toString();
}

double part(double amount, double total)
{
    return total > 0 ? std::clamp(amount / total, 0.0, 1.0) : 0.0;
}

QVariantMap tile(const RowContext &context, const QString &key, const QString &name,
    const QString &total, const QJsonValue &live, const QString &liveText, const QString &liveShort)
{
    const QJsonObject amount = context.document["capacity"_L1][key].toObject();
    const double whole = amount["total"_L1].toDouble();
    const double system = part(amount["system"_L1].toDouble(), whole);
    const double taken
        = part(amount["system"_L1].toDouble() + amount["reserved"_L1].toDouble(), whole);
    const bool known = whole > 0;
    const QJsonValue used = amount["used"_L1];
    const bool isLive = known && live.isDouble();
    const QString share = isLive ? context.fmt.percent(live.toDouble()) : QString();
    return { { u"key"_s, key }, { u"name"_s, name }, { u"total"_s, known ? total : Fmt::dash() },
        { u"percent"_s, known ? context.fmt.percent(taken) : Fmt::dash() },
        { u"label"_s, known ? RowWords::tr("reserved") : RowWords::tr("none found") },
        { u"systemShare"_s, system }, { u"reservedShare"_s, taken },
        { u"marker"_s, known && used.isDouble() ? part(used.toDouble(), whole) : -1.0 },
        { u"live"_s, isLive ? liveText.arg(share) : QString() },
        { u"liveShort"_s, isLive ? liveShort.arg(share) : QString() } };
}

QJsonValue shareOf(const QJsonObject &amount)
{
    const double total = amount["total"_L1].toDouble();
    const QJsonValue used = amount["used"_L1];
    return total > 0 && used.isDouble() ? QJsonValue(part(used.toDouble(), total))
                                        : QJsonValue(QJsonValue::Null);
}

QString detailOfStep(const RowContext &context, const QString &id)
{
    const QJsonObject &document = context.document;
    if (id == "hardware"_L1) {
        const QJsonObject hardware = document["node"_L1]["hardware"_L1].toObject();
        QStringList parts;
        const QString model = Fmt::plain(
            hardware["vendor"_L1].toString() + u' ' + hardware["product"_L1].toString())
                                  .trimmed();
        if (!model.isEmpty())
            parts += model;
        if (const int threads = hardware["cpu_threads"_L1].toInt(); threads > 0)
            parts += RowWords::tr("%n thread(s)", "", threads);
        if (const double memory = document["capacity"_L1]["mru"_L1]["total"_L1].toDouble();
            memory > 0)
            parts += context.fmt.memory(memory);
        return parts.join(u" · "_s);
    }
    if (id == "disks"_L1) {
        int ssd = 0;
        int hdd = 0;
        for (const auto &disk : document["storage"_L1]["disks"_L1].toArray())
            ++(disk["kind"_L1].toString() == "ssd"_L1 ? ssd : hdd);
        return ssd + hdd > 0 ? RowWords::tr("%1 SSD · %2 HDD").arg(ssd).arg(hdd) : QString();
    }
    if (id == "network"_L1) {
        const QJsonObject nic = mainNic(document);
        const QString address = nic["addresses"_L1][0].toString().section(u'/', 0, 0);
        return nic.isEmpty() ? QString()
                             : Fmt::plain(nic["name"_L1].toString() + u" · "_s + address);
    }
    if (id == "time"_L1)
        return document["time"_L1]["synced"_L1].toBool() ? RowWords::tr("synchronised")
                                                         : RowWords::tr("not synchronised");
    return {};
}
} // namespace

QString shapeOf(const QString &state)
{
    static const QStringList known { u"ok"_s, u"warn"_s, u"crit"_s, u"run"_s, u"off"_s, u"paused"_s,
        u"starting"_s };
    static const QHash<QString, QString> words { { u"error"_s, u"crit"_s },
        { u"failed"_s, u"crit"_s }, { u"init"_s, u"starting"_s }, { u"unchanged"_s, u"ok"_s },
        { u"info"_s, u"run"_s } };
    return known.contains(state) ? state : words.value(state, u"off"_s);
}

QJsonObject mainNic(const QJsonObject &document)
{
    const QJsonObject net = document["net"_L1].toObject();
    QJsonObject first;
    for (const auto &value : net["nics"_L1].toArray()) {
        const QJsonObject nic = value.toObject();
        const QJsonArray roles = nic["role"_L1].toArray();
        const bool isMain = roles.contains(u"zos"_s) || roles.contains(u"member"_s);
        if (first.isEmpty() || (isMain && nic["carrier"_L1].toBool()))
            first = nic;
        if (isMain && nic["carrier"_L1].toBool())
            break;
    }
    // The address may sit on the bridge instead of the port.
    if (!first.isEmpty() && first["addresses"_L1].toArray().isEmpty())
        first[u"addresses"_s] = net["bridge"_L1]["addresses"_L1].toArray();
    return first;
}

Rows tileRows(const RowContext &context)
{
    const QJsonObject capacity = context.document["capacity"_L1].toObject();
    if (capacity.isEmpty())
        return {};
    const QJsonObject usage = context.document["usage"_L1].toObject();
    const Fmt &fmt = context.fmt;
    const auto total
        = [&capacity](QLatin1StringView key) { return capacity[key]["total"_L1].toDouble(); };
    const QString written = RowWords::tr("written: %1");
    return {
        tile(context, u"cru"_s, RowWords::tr("Processor"),
            RowWords::tr("%n vCPU", "", int(total("cru"_L1))), usage["cpu"_L1],
            RowWords::tr("busy now: %1"), RowWords::tr("busy %1", "short")),
        tile(context, u"mru"_s, RowWords::tr("Memory"), fmt.memory(total("mru"_L1)),
            usage["mem"_L1], RowWords::tr("in use now: %1"), RowWords::tr("in use %1", "short")),
        tile(context, u"sru"_s, RowWords::tr("SSD"), fmt.disk(total("sru"_L1)),
            shareOf(capacity["sru"_L1].toObject()), written, written),
        tile(context, u"hru"_s, RowWords::tr("HDD"), fmt.disk(total("hru"_L1)),
            shareOf(capacity["hru"_L1].toObject()), written, written),
    };
}

Rows connectionRows(const RowContext &context)
{
    Rows rows;
    for (const auto &value : context.document["connections"_L1].toArray()) {
        const QJsonObject row = value.toObject();
        const QString id = row["id"_L1].toString();
        const QJsonValue latency = row["latency_ms"_L1];
        rows += { { u"key"_s, id }, { u"state"_s, shapeOf(row["state"_L1].toString()) },
            { u"name"_s, context.phrases.connectionName(id, networkOf(context)) },
            { u"detail"_s,
                context.phrases.connectionDetail(
                    row["code"_L1].toString(), row["params"_L1].toObject()) },
            { u"latency"_s,
                latency.isDouble() ? context.fmt.milliseconds(latency.toDouble()) : QString() } };
    }
    return rows;
}

Rows workloadCountRows(const RowContext &context)
{
    const QJsonObject counts = context.document["workloads"_L1]["by_state"_L1].toObject();
    if (counts.isEmpty())
        return {};
    Rows rows;
    for (const auto &state : { u"ok"_s, u"error"_s, u"paused"_s, u"init"_s }) {
        const qint64 count = counts[state].toInteger();
        rows += { { u"key"_s, state }, { u"state"_s, count > 0 ? shapeOf(state) : u"off"_s },
            { u"name"_s, context.phrases.workloadState(state) },
            { u"count"_s, context.fmt.integer(count) } };
    }
    return rows;
}

Rows workloadRows(const RowContext &context)
{
    Rows rows;
    for (const auto &value : context.document["workloads"_L1]["items"_L1].toArray()) {
        const QJsonObject row = value.toObject();
        const QString state = row["state"_L1].toString();
        const auto amount = [&row](QLatin1StringView name) { return row[name].toDouble(); };
        QStringList size;
        if (amount("cru"_L1) > 0)
            size += RowWords::tr("%n vCPU", "", int(amount("cru"_L1)));
        for (const auto name : { "mru"_L1, "sru"_L1, "hru"_L1 })
            if (amount(name) > 0)
                size += context.fmt.memory(amount(name));
        QString shown = size.join(u" · "_s);
        if (shown.isEmpty() && (row["type"_L1] == u"ip"_s || row["type"_L1] == u"ipv4"_s))
            shown = u"IPv4"_s;
        const QString message = Fmt::plain(row["message"_L1].toString());
        if (state == "error"_L1 && !message.isEmpty())
            shown = message;
        const QJsonValue created = row["created_ms"_L1];
        rows += { { u"key"_s, row["key"_L1].toString() }, { u"state"_s, shapeOf(state) },
            { u"type"_s, Fmt::plain(row["type"_L1].toString()) },
            { u"stateName"_s, context.phrases.workloadState(state) }, { u"size"_s, shown },
            { u"contract"_s, QString::number(row["contract_id"_L1].toInteger()) },
            { u"twin"_s, QString::number(row["twin_id"_L1].toInteger()) },
            { u"age"_s,
                created.isDouble()
                    ? context.fmt.duration((context.nowMs - created.toInteger()) / 1000, 1)
                    : Fmt::dash() } };
    }
    return rows;
}

Rows alertRows(const RowContext &context)
{
    Rows rows;
    for (const auto &value : context.document["alerts"_L1].toArray()) {
        const QJsonObject alert = value.toObject();
        const auto words
            = context.phrases.alert(alert["code"_L1].toString(), alert["params"_L1].toObject());
        const qint64 age = (context.nowMs - alert["since_ms"_L1].toInteger()) / 1000;
        rows += { { u"key"_s, alert["key"_L1].toString() },
            { u"severity"_s, shapeOf(alert["severity"_L1].toString()) },
            { u"title"_s, words.title }, { u"detail"_s, words.detail },
            { u"advice"_s, words.advice },
            { u"age"_s, RowWords::tr("for %1", "age of an alert").arg(context.fmt.duration(age)) },
            { u"ref"_s, alert["ref"_L1].toString() } };
    }
    return rows;
}

Rows logRows(const RowContext &context)
{
    const qint64 zone = context.document["time"_L1]["utc_offset_s"_L1].toInteger();
    Rows rows;
    for (const auto &value : context.document["log"_L1].toArray()) {
        const QJsonObject line = value.toObject();
        const QString level = line["level"_L1].toString();
        rows += { { u"key"_s, QString::number(line["seq"_L1].toInteger()) },
            { u"time"_s, context.fmt.clock(line["t_ms"_L1].toInteger() / 1000 + zone, true) },
            { u"level"_s,
                level == "error"_L1      ? u"crit"_s
                    : level == "warn"_L1 ? u"warn"_s
                                         : u"off"_s },
            { u"unit"_s, Fmt::plain(line["unit"_L1].toString()) },
            { u"text"_s, Fmt::plain(line["msg"_L1].toString()) } };
    }
    return rows;
}

Rows stepRows(const RowContext &context)
{
    Rows rows;
    for (const auto &value : context.document["boot"_L1]["steps"_L1].toArray()) {
        const QJsonObject step = value.toObject();
        const QString id = step["id"_L1].toString();
        const QString state = step["state"_L1].toString();
        const QString code = step["code"_L1].toString();
        QString detail;
        if (state == "failed"_L1 || state == "warn"_L1) {
            const auto words = context.phrases.alert(code, step["params"_L1].toObject());
            detail
                = context.phrases.knowsAlert(code) ? words.title + u" · "_s + words.advice : code;
        } else if (state == "run"_L1) {
            detail = context.phrases.stepActivity(id);
        } else if (state == "ok"_L1) {
            detail = detailOfStep(context, id);
        }
        rows += { { u"key"_s, id }, { u"state"_s, shapeOf(state) },
            { u"name"_s, context.phrases.stepName(id, networkOf(context)) },
            { u"detail"_s, detail } };
    }
    return rows;
}

} // namespace zos::console

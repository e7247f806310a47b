// SPDX-License-Identifier: Apache-2.0
#include "qml/models/rows.h"

#include <QJsonArray>

#include <algorithm>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

struct PartWords
{
    Q_DECLARE_TR_FUNCTIONS(PartWords)
};

QString kindName(const QString &kind)
{
    return kind == "ssd"_L1 ? PartWords::tr("SSD")
        : kind == "hdd"_L1  ? PartWords::tr("HDD")
                            : Fmt::dash();
}

void addFact(Rows &rows, const QString &key, const QString &label, const QJsonValue &value)
{
    const QString text = Fmt::plain(value.toString());
    if (!text.isEmpty())
        rows += { { u"key"_s, key }, { u"label"_s, label }, { u"value"_s, text } };
}

QString shareText(const RowContext &context, double amount, double total)
{
    return total > 0 ? context.fmt.percent(std::clamp(amount / total, 0.0, 1.0)) : Fmt::dash();
}
} // namespace

Rows nicRows(const RowContext &context)
{
    Rows rows;
    const QString bridged = context.document["net"_L1]["bridge"_L1]["addresses"_L1][0].toString();
    for (const auto &value : context.document["net"_L1]["nics"_L1].toArray()) {
        const QJsonObject nic = value.toObject();
        const bool carrier = nic["carrier"_L1].toBool();
        const double speed = nic["speed_mbps"_L1].toDouble();
        const auto rate = [&](QLatin1StringView name) {
            return carrier && nic[name].isDouble() ? context.fmt.rate(nic[name].toDouble())
                                                   : QString();
        };
        const QString role = nic["role"_L1][0].toString();
        QString address = Fmt::plain(nic["addresses"_L1][0].toString());
        if (address.isEmpty() && (role == "zos"_L1 || role == "member"_L1))
            address = Fmt::plain(bridged);
        QString state = u"no cable"_s;
        if (carrier)
            state = speed > 0 ? context.fmt.rate(speed * 1e6) : PartWords::tr("connected");
        else
            state = PartWords::tr("no cable");
        rows += { { u"key"_s, Fmt::plain(nic["name"_L1].toString()) },
            { u"state"_s, carrier ? shapeOf(nic["state"_L1].toString()) : u"off"_s },
            { u"speed"_s, state }, { u"address"_s, address },
            { u"role"_s, carrier ? context.phrases.nicRole(role) : QString() },
            { u"down"_s, rate("rx_bps"_L1) }, { u"up"_s, rate("tx_bps"_L1) },
            { u"mac"_s, nic["mac"_L1].toString() } };
    }
    return rows;
}

Rows addressRows(const RowContext &context)
{
    const QJsonObject net = context.document["net"_L1].toObject();
    if (net.isEmpty())
        return {};
    QStringList dns;
    for (const auto &server : net["dns"_L1].toArray())
        dns += Fmt::plain(server.toString());
    QString exit = Fmt::dash();
    const QString mode = net["exit"_L1]["mode"_L1].toString();
    const QString nic = net["exit"_L1]["nic"_L1].toString();
    if (mode == "single"_L1)
        exit = PartWords::tr("single", "exit device");
    else if (mode == "dual"_L1)
        exit = PartWords::tr("dual", "exit device");
    if (!nic.isEmpty() && exit != Fmt::dash())
        exit += u" ("_s + nic + u')';
    Rows rows;
    addFact(
        rows, u"host"_s, PartWords::tr("Host name"), context.document["node"_L1]["hostname"_L1]);
    addFact(rows, u"gw4"_s, PartWords::tr("Gateway"), net["bridge"_L1]["gateway4"_L1]);
    addFact(rows, u"dns"_s, PartWords::tr("DNS"), dns.mid(0, 2).join(u", "_s));
    addFact(rows, u"ygg"_s, PartWords::tr("Yggdrasil"), net["ygg"_L1]["address"_L1]);
    addFact(rows, u"mycelium"_s, PartWords::tr("Mycelium"), net["mycelium"_L1]["address"_L1]);
    addFact(rows, u"exit"_s, PartWords::tr("Exit"), exit);
    return rows;
}

Rows publicRows(const RowContext &context)
{
    const QJsonObject pub = context.document["net"_L1]["public"_L1].toObject();
    Rows rows;
    if (!pub["set"_L1].toBool())
        return rows;
    addFact(rows, u"ipv4"_s, PartWords::tr("IPv4"), pub["ipv4"_L1]);
    addFact(rows, u"gw4"_s, PartWords::tr("IPv4 gateway"), pub["gw4"_L1]);
    addFact(rows, u"ipv6"_s, PartWords::tr("IPv6"), pub["ipv6"_L1]);
    addFact(rows, u"gw6"_s, PartWords::tr("IPv6 gateway"), pub["gw6"_L1]);
    addFact(rows, u"domain"_s, PartWords::tr("Domain"), pub["domain"_L1]);
    return rows;
}

Rows diskRows(const RowContext &context)
{
    Rows rows;
    for (const auto &value : context.document["storage"_L1]["disks"_L1].toArray()) {
        const QJsonObject disk = value.toObject();
        const QString serial = Fmt::plain(disk["serial"_L1].toString());
        const QString slot = Fmt::plain(disk["slot"_L1].toString());
        QStringList place;
        if (!serial.isEmpty())
            place += PartWords::tr("serial %1").arg(serial);
        if (!slot.isEmpty())
            place += PartWords::tr("bay %1").arg(slot);
        const QJsonValue temperature = disk["temp_c"_L1];
        QString kind = kindName(disk["kind"_L1].toString());
        if (temperature.isDouble())
            kind += u"  "_s + context.fmt.integer(temperature.toInteger()) + u"\u00A0°C"_s;
        rows += { { u"key"_s, Fmt::plain(disk["name"_L1].toString()) },
            { u"state"_s, shapeOf(disk["state"_L1].toString()) },
            { u"size"_s, context.fmt.disk(disk["size"_L1].toDouble()) },
            { u"model"_s, Fmt::plain(disk["model"_L1].toString()) },
            { u"place"_s, place.join(u" · "_s) },
            { u"health"_s, context.phrases.diskReason(disk["codes"_L1][0].toString(), disk) },
            { u"kind"_s, kind } };
    }
    return rows;
}

Rows poolRows(const RowContext &context)
{
    Rows rows;
    for (const auto &value : context.document["storage"_L1]["pools"_L1].toArray()) {
        const QJsonObject pool = value.toObject();
        const double total = pool["total"_L1].toDouble();
        const double reserved = pool["reserved"_L1].toDouble();
        const double used = pool["used"_L1].toDouble();
        const QJsonArray disks = pool["disks"_L1].toArray();
        QString on = Fmt::plain(disks[0].toString());
        if (disks.size() > 1)
            on += u" +"_s + QString::number(disks.size() - 1);
        const bool known = total > 0;
        rows += { { u"key"_s, Fmt::plain(pool["id"_L1].toString()) },
            { u"state"_s, shapeOf(pool["state"_L1].toString()) },
            { u"kind"_s, kindName(pool["kind"_L1].toString()) }, { u"disks"_s, on },
            { u"reservedShare"_s, known ? std::clamp(reserved / total, 0.0, 1.0) : 0.0 },
            { u"marker"_s, known ? std::clamp(used / total, 0.0, 1.0) : -1.0 },
            { u"reserved"_s, shareText(context, reserved, total) },
            { u"written"_s, shareText(context, used, total) } };
    }
    return rows;
}

} // namespace zos::console

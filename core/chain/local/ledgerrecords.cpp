// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgerrecords.h"

#include "core/base/json.h"
#include "core/chain/local/ledgerrules.h"

namespace zos {

namespace {

QVariant textOrNull(const QString &text)
{
    return text.isEmpty() ? QVariant() : QVariant(text);
}

QVariant bytesOrNull(const QByteArray &bytes)
{
    return bytes.isEmpty() ? QVariant() : QVariant(bytes);
}

QString amount(quint64 value)
{
    return QString::number(value);
}

QByteArray interfacesJson(const QList<NodeInterface> &interfaces)
{
    JsonWriter json;
    json.array();
    for (const auto &interface : interfaces) {
        json.object().key(u"name").string(interface.name).key(u"mac").string(interface.mac);
        json.key(u"ips").array();
        for (const auto &ip : interface.ips)
            json.string(ip);
        json.end().end();
    }
    return json.end().text();
}

Result<QList<NodeInterface>> interfacesFrom(const QString &text)
{
    const auto json = Json::parse(text.toUtf8());
    if (!json)
        return fail(
            ErrorCode::Corrupt, QStringLiteral("ledger: interfaces of a node cannot be read"));
    QList<NodeInterface> interfaces;
    for (const auto &item : json->items()) {
        NodeInterface interface;
        if (const auto *name = item.findExact(u"name"))
            interface.name = name->string();
        if (const auto *mac = item.findExact(u"mac"))
            interface.mac = mac->string();
        if (const auto *ips = item.findExact(u"ips")) {
            for (const auto &ip : ips->items())
                interface.ips += ip.string();
        }
        interfaces += interface;
    }
    return interfaces;
}

bool sameNode(const NodeRecord &a, const NodeRecord &b)
{
    return a.farm == b.farm && a.resources == b.resources && a.country == b.country
        && a.city == b.city && a.latitude == b.latitude && a.longitude == b.longitude
        && a.interfaces == b.interfaces && a.secureBoot == b.secureBoot
        && a.virtualized == b.virtualized && a.serial == b.serial;
}

Result<NodeId> callersNode(LedgerSql &sql, const AccountId &caller)
{
    const auto twin = LedgerRecords::twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto node = LedgerRecords::nodeOf(sql, *twin);
    if (!node && node.error().code == ErrorCode::NotFound)
        return LedgerRules::refused(QLatin1StringView("NodeNotExists"));
    return node;
}

} // namespace

Result<Twin> LedgerRecords::twin(LedgerSql &sql, TwinId id)
{
    auto row = sql.query(QStringLiteral("SELECT public_key, ip, relay, pk FROM twin WHERE id = ?"),
        { qint64(id.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("there is no twin %1").arg(id.text()));
    return Twin { id, row->value(0).toByteArray(), row->value(1).toString(),
        row->value(2).toString(), row->value(3).toByteArray() };
}

Result<TwinId> LedgerRecords::twinOf(LedgerSql &sql, const AccountId &account)
{
    auto row = sql.query(QStringLiteral("SELECT id FROM twin WHERE public_key = ?"), { account });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return LedgerRules::refused(QLatin1StringView("TwinNotExists"));
    return TwinId(row->value(0).toUInt());
}

Result<Farm> LedgerRecords::farm(LedgerSql &sql, FarmId id)
{
    auto row = sql.query(QStringLiteral("SELECT name, twin_id, dedicated FROM farm WHERE id = ?"),
        { qint64(id.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("there is no farm %1").arg(id.text()));
    Farm farm { id, row->value(0).toString(), TwinId(row->value(1).toUInt()),
        row->value(2).toBool(), {} };
    auto ips = sql.query(
        QStringLiteral(
            "SELECT ip, gateway, contract_id FROM farm_ip WHERE farm_id = ? ORDER BY pos"),
        { qint64(id.value()) });
    if (!ips)
        return fail(ips.error());
    while (ips->next()) {
        farm.publicIps += PublicIp { ips->value(0).toString(), ips->value(1).toString(),
            ContractId(ips->value(2).toULongLong()) };
    }
    return farm;
}

Result<NodeRecord> LedgerRecords::node(LedgerSql &sql, NodeId id)
{
    auto row = sql.query(
        QStringLiteral("SELECT farm_id, twin_id, cru, sru, hru, mru, country, city, latitude, "
                       "longitude, interfaces, "
                       "secure_boot, virtualized, serial_number FROM node WHERE id = ?"),
        { qint64(id.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("there is no node %1").arg(id.text()));
    const auto number = [&row](int column) { return row->value(column).toString().toULongLong(); };
    const auto interfaces = interfacesFrom(row->value(10).toString());
    if (!interfaces)
        return fail(interfaces.error());
    NodeRecord record;
    record.id = id;
    record.farm = FarmId(row->value(0).toUInt());
    record.twin = TwinId(row->value(1).toUInt());
    record.resources.cru = number(2);
    record.resources.sru = Bytes(number(3));
    record.resources.hru = Bytes(number(4));
    record.resources.mru = Bytes(number(5));
    record.country = row->value(6).toString();
    record.city = row->value(7).toString();
    record.latitude = row->value(8).toString();
    record.longitude = row->value(9).toString();
    record.interfaces = *interfaces;
    record.secureBoot = row->value(11).toBool();
    record.virtualized = row->value(12).toBool();
    record.serial = row->value(13).toString();
    return record;
}

Result<NodeId> LedgerRecords::nodeOf(LedgerSql &sql, TwinId twin)
{
    auto row = sql.query(
        QStringLiteral("SELECT id FROM node WHERE twin_id = ?"), { qint64(twin.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("twin %1 has no node").arg(twin.text()));
    return NodeId(row->value(0).toUInt());
}

Result<TwinId> LedgerRecords::ensureTwin(LedgerSql &sql, const AccountId &caller, const QString &ip,
    const QString &relay, const QByteArray &pk)
{
    if (const auto checked = LedgerRules::twin(ip, relay, pk); !checked)
        return fail(checked.error());
    const auto body = [&](TwinId id) {
        JsonWriter json;
        json.object()
            .key(u"twin_id")
            .number(id.value())
            .key(u"account")
            .string(QString::fromLatin1(caller.toHex()));
        json.key(u"ip").string(ip).key(u"relay").string(relay);
        json.key(u"pk").string(QString::fromLatin1(pk.toHex()));
        return json.end().text();
    };
    const auto known = twinOf(sql, caller);
    if (!known && known.error().code != ErrorCode::NotFound)
        return known;
    if (known) {
        const auto old = twin(sql, *known);
        if (!old)
            return fail(old.error());
        if (old->ip == ip && old->relay == relay && old->pk == pk)
            return known;
        const auto changed
            = sql.run(QStringLiteral("UPDATE twin SET ip = ?, relay = ?, pk = ? WHERE id = ?"),
                { textOrNull(ip), textOrNull(relay), bytesOrNull(pk), qint64(known->value()) });
        const auto told = changed
            ? sql.append(QStringLiteral("Tfgrid"), QStringLiteral("TwinUpdated"), {}, body(*known))
            : changed;
        return told ? known : fail(told.error());
    }
    // A first twin comes with its account and with the terms accepted, as clients of the chain do.
    auto done = sql.run(
        QStringLiteral("INSERT OR IGNORE INTO account (public_key) VALUES (?)"), { caller });
    if (done) {
        done = sql.run(QStringLiteral("INSERT INTO terms (public_key, timestamp, link, hash) "
                                      "VALUES (?, ?, 'local', 'local')"),
            { caller, qint64(sql.now().count()) });
    }
    if (!done)
        return fail(done.error());
    const auto id = sql.insert(
        QStringLiteral("INSERT INTO twin (public_key, ip, relay, pk) VALUES (?, ?, ?, ?)"),
        { caller, textOrNull(ip), textOrNull(relay), bytesOrNull(pk) });
    if (!id)
        return fail(id.error());
    const TwinId fresh { quint32(*id) };
    done = sql.append(QStringLiteral("Tfgrid"), QStringLiteral("TwinStored"), {}, body(fresh));
    return done ? Result<TwinId>(fresh) : fail(done.error());
}

Result<FarmId> LedgerRecords::createFarm(
    LedgerSql &sql, const AccountId &caller, const QString &name, const QList<PublicIp> &ips)
{
    if (const auto checked = LedgerRules::farm(name, ips); !checked)
        return fail(checked.error());
    const auto twin = twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto taken = sql.exists(QStringLiteral("SELECT 1 FROM farm WHERE name = ?"), { name });
    if (!taken)
        return fail(taken.error());
    if (*taken)
        return LedgerRules::refused(QLatin1StringView("FarmExists"));
    const auto id = sql.insert(QStringLiteral("INSERT INTO farm (name, twin_id) VALUES (?, ?)"),
        { name, qint64(twin->value()) });
    if (!id)
        return fail(id.error());
    for (qsizetype i = 0; i < ips.size(); ++i) {
        const auto added = sql.run(
            QStringLiteral("INSERT INTO farm_ip (farm_id, pos, ip, gateway) VALUES (?, ?, ?, ?)"),
            { *id, i, ips.at(i).ip, ips.at(i).gateway });
        if (!added)
            return fail(added.error());
    }
    const FarmId fresh { quint32(*id) };
    JsonWriter json;
    json.object().key(u"farm_id").number(fresh.value()).key(u"name").string(name);
    json.key(u"twin_id").number(twin->value());
    const auto told = sql.append(QStringLiteral("Tfgrid"), QStringLiteral("FarmStored"),
        { fresh, {}, {} }, json.end().text());
    return told ? Result<FarmId>(fresh) : fail(told.error());
}

Result<NodeId> LedgerRecords::ensureNode(
    LedgerSql &sql, const AccountId &caller, const NodeRecord &given)
{
    auto record = given;
    LedgerRules::completeNode(record);
    if (const auto checked = LedgerRules::node(record); !checked)
        return fail(checked.error());
    const auto twin = twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto farm = sql.exists(
        QStringLiteral("SELECT 1 FROM farm WHERE id = ?"), { qint64(record.farm.value()) });
    if (!farm)
        return fail(farm.error());
    if (!*farm)
        return LedgerRules::refused(QLatin1StringView("FarmNotExists"));
    const auto known = nodeOf(sql, *twin);
    if (!known && known.error().code != ErrorCode::NotFound)
        return known;
    const QVariantList values { qint64(record.farm.value()), amount(record.resources.hru.count()),
        amount(record.resources.sru.count()), amount(record.resources.cru),
        amount(record.resources.mru.count()), record.city, record.country, record.latitude,
        record.longitude, QString::fromUtf8(interfacesJson(record.interfaces)),
        record.secureBoot ? 1 : 0, record.virtualized ? 1 : 0, textOrNull(record.serial) };
    auto id = NodeId();
    auto name = QStringLiteral("NodeStored");
    if (known) {
        id = *known;
        name = QStringLiteral("NodeUpdated");
        const auto old = node(sql, id);
        if (!old)
            return fail(old.error());
        if (sameNode(*old, record))
            return id;
        const auto changed
            = sql.run(QStringLiteral("UPDATE node SET farm_id = ?, hru = ?, sru = ?, cru = ?, mru "
                                     "= ?, city = ?, country = ?, latitude = ?, "
                                     "longitude = ?, interfaces = ?, secure_boot = ?, virtualized "
                                     "= ?, serial_number = ? WHERE id = ?"),
                values + QVariantList { qint64(id.value()) });
        if (!changed)
            return fail(changed.error());
    } else {
        const auto row = sql.insert(
            QStringLiteral("INSERT INTO node (farm_id, hru, sru, cru, mru, city, country, "
                           "latitude, longitude, interfaces, "
                           "secure_boot, virtualized, serial_number, twin_id, created) VALUES (?, "
                           "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            values + QVariantList { qint64(twin->value()), qint64(sql.now().count()) });
        if (!row)
            return fail(row.error());
        id = NodeId(quint32(*row));
    }
    JsonWriter json;
    json.object().key(u"node_id").number(id.value()).key(u"farm_id").number(record.farm.value());
    json.key(u"twin_id").number(twin->value());
    const auto told
        = sql.append(QStringLiteral("Tfgrid"), name, { record.farm, id, {} }, json.end().text());
    return told ? Result<NodeId>(id) : fail(told.error());
}

Result<bool> LedgerRecords::reportUptime(
    LedgerSql &sql, const AccountId &caller, quint64 seconds, qint64 timestamp)
{
    constexpr qint64 tolerance = 60;
    const auto node = callersNode(sql, caller);
    if (!node)
        return fail(node.error());
    const auto now = qint64(sql.now().count());
    if (timestamp < now - tolerance || timestamp > now + tolerance)
        return LedgerRules::refused(QLatin1StringView("InvalidTimestampHint"));
    const auto stored = sql.run(
        QStringLiteral("INSERT INTO uptime (node_id, timestamp, uptime) VALUES (?, ?, ?)"),
        { qint64(node->value()), timestamp, qint64(seconds) });
    if (!stored)
        return fail(stored.error());
    JsonWriter json;
    json.object()
        .key(u"node_id")
        .number(node->value())
        .key(u"now")
        .number(quint64(sql.now().count()));
    json.key(u"uptime").number(seconds);
    const auto told = sql.append(QStringLiteral("Tfgrid"), QStringLiteral("NodeUptimeReported"),
        { {}, *node, {} }, json.end().text());
    return told ? Result<bool>(true) : fail(told.error());
}

Result<bool> LedgerRecords::reportResources(
    LedgerSql &sql, const AccountId &caller, const QList<ContractResources> &used)
{
    const auto node = callersNode(sql, caller);
    if (!node)
        return fail(node.error());
    for (const auto &entry : used) {
        const auto contract = qint64(entry.contract.value());
        auto row = sql.query(
            QStringLiteral("SELECT node_id FROM contract WHERE id = ? AND kind = 0 AND state <> 1"),
            { contract });
        if (!row)
            return fail(row.error());
        if (!row->next())
            continue;
        if (row->value(0).toUInt() != node->value())
            return LedgerRules::refused(QLatin1StringView("NodeNotAuthorizedToReportResources"));
        const auto stored = sql.run(QStringLiteral("INSERT OR REPLACE INTO resources (contract_id, "
                                                   "hru, sru, cru, mru) VALUES (?, ?, ?, ?, ?)"),
            { contract, amount(entry.used.hru.count()), amount(entry.used.sru.count()),
                amount(entry.used.cru), amount(entry.used.mru.count()) });
        if (!stored)
            return fail(stored.error());
        JsonWriter json;
        json.object().key(u"contract_id").number(entry.contract.value());
        json.key(u"cru").number(entry.used.cru).key(u"sru").number(entry.used.sru.count());
        json.key(u"hru").number(entry.used.hru.count()).key(u"mru").number(entry.used.mru.count());
        const auto told
            = sql.append(QStringLiteral("Contract"), QStringLiteral("UpdatedUsedResources"),
                { {}, *node, entry.contract }, json.end().text());
        if (!told)
            return fail(told.error());
    }
    return true;
}

Result<Capacity> LedgerRecords::resources(LedgerSql &sql, ContractId id)
{
    auto row
        = sql.query(QStringLiteral("SELECT hru, sru, cru, mru FROM contract LEFT JOIN resources "
                                   "ON contract_id = id WHERE id = ? AND kind = 0 AND state <> 1"),
            { qint64(id.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("there is no contract %1").arg(id.text()));
    const auto number = [&row](int column) { return row->value(column).toString().toULongLong(); };
    Capacity used;
    used.hru = Bytes(number(0));
    used.sru = Bytes(number(1));
    used.cru = number(2);
    used.mru = Bytes(number(3));
    return used;
}

} // namespace zos

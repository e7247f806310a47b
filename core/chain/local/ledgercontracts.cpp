// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgercontracts.h"

#include "core/base/json.h"
#include "core/chain/local/ledgerrecords.h"
#include "core/chain/local/ledgerrules.h"

namespace zos {

namespace {

enum class Cause { CanceledByUser = 0, OutOfFunds = 1 };

QByteArray contractBody(const Contract &contract)
{
    JsonWriter json;
    json.object()
        .key(u"contract_id")
        .number(contract.id.value())
        .key(u"twin_id")
        .number(contract.twin.value());
    switch (contract.kind) {
    case ContractKind::Node:
        json.key(u"node_id")
            .number(contract.node.value())
            .key(u"deployment_hash")
            .string(contract.hash);
        json.key(u"deployment_data")
            .string(contract.data)
            .key(u"public_ips")
            .number(quint64(contract.publicIps.size()));
        break;
    case ContractKind::Name:
        json.key(u"name").string(contract.name);
        break;
    case ContractKind::Rent:
        json.key(u"node_id").number(contract.node.value());
        break;
    }
    return json.end().text();
}

Result<> tell(LedgerSql &sql, const QString &name, const Contract &contract)
{
    return sql.append(QStringLiteral("Contract"), name, { {}, contract.node, contract.id },
        contractBody(contract));
}

Result<ContractId> livingRent(LedgerSql &sql, NodeId node, TwinId *renter)
{
    auto row = sql.query(
        QStringLiteral(
            "SELECT id, twin_id FROM contract WHERE kind = 2 AND state <> 1 AND node_id = ?"),
        { qint64(node.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("node %1 is not rented").arg(node.text()));
    if (renter)
        *renter = TwinId(row->value(1).toUInt());
    return ContractId(row->value(0).toULongLong());
}

// A rented node serves its renter only, a dedicated farm's node nobody else either.
Result<> mayDeploy(LedgerSql &sql, NodeId node, TwinId twin)
{
    TwinId renter;
    const auto rent = livingRent(sql, node, &renter);
    if (!rent && rent.error().code != ErrorCode::NotFound)
        return fail(rent.error());
    const auto dedicated
        = sql.exists(QStringLiteral("SELECT 1 FROM node JOIN farm ON farm.id = node.farm_id WHERE "
                                    "node.id = ? AND farm.dedicated <> 0"),
            { qint64(node.value()) });
    if (!dedicated)
        return fail(dedicated.error());
    if ((rent || *dedicated) && renter != twin)
        return LedgerRules::refused(QLatin1StringView("NodeNotAvailableToDeploy"));
    return {};
}

// The first free addresses of the farm in its order.
Result<> reserveIps(LedgerSql &sql, FarmId farm, ContractId contract, quint32 wanted)
{
    if (wanted == 0)
        return {};
    const auto farmRow = qint64(farm.value());
    auto count
        = sql.query(QStringLiteral("SELECT count(*) FROM farm_ip WHERE farm_id = ?"), { farmRow });
    if (!count)
        return fail(count.error());
    count->next();
    if (count->value(0).toUInt() < wanted)
        return LedgerRules::refused(QLatin1StringView("FarmHasNotEnoughPublicIPs"));
    const auto reserved = sql.query(
        QStringLiteral("UPDATE farm_ip SET contract_id = ? WHERE farm_id = ? AND pos IN "
                       "(SELECT pos FROM farm_ip WHERE farm_id = ? AND contract_id = 0 ORDER BY "
                       "pos LIMIT ?)"),
        { qint64(contract.value()), farmRow, farmRow, qint64(wanted) });
    if (!reserved)
        return fail(reserved.error());
    if (reserved->numRowsAffected() != int(wanted))
        return LedgerRules::refused(QLatin1StringView("FarmHasNotEnoughPublicIPsFree"));
    return {};
}

Result<bool> remove(LedgerSql &sql, const Contract &contract, Cause cause)
{
    const auto block = sql.blockAt(sql.now());
    if (!block)
        return fail(block.error());
    const auto id = qint64(contract.id.value());
    auto done = sql.run(
        QStringLiteral("UPDATE contract SET state = 1, cause = ?, removed_block = ? WHERE id = ?"),
        { int(cause), qint64(*block), id });
    if (done)
        done = sql.run(QStringLiteral("DELETE FROM resources WHERE contract_id = ?"), { id });
    if (done && !contract.publicIps.isEmpty()) {
        done = sql.run(
            QStringLiteral("UPDATE farm_ip SET contract_id = 0 WHERE contract_id = ?"), { id });
        if (done)
            done = tell(sql, QStringLiteral("IPsFreed"), contract);
    }
    if (done) {
        const auto name = contract.kind == ContractKind::Node
            ? QStringLiteral("NodeContractCanceled")
            : contract.kind == ContractKind::Name ? QStringLiteral("NameContractCanceled")
                                                  : QStringLiteral("RentContractCanceled");
        done = tell(sql, name, contract);
    }
    return done ? Result<bool>(true) : fail(done.error());
}

Result<Contract> living(LedgerSql &sql, ContractId id)
{
    const auto found = LedgerContracts::contract(sql, id);
    if (!found && found.error().code == ErrorCode::NotFound)
        return LedgerRules::refused(QLatin1StringView("ContractNotExists"));
    return found;
}

Result<Contract> owned(
    LedgerSql &sql, const AccountId &caller, ContractId id, QLatin1StringView refusal)
{
    const auto twin = LedgerRecords::twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto found = living(sql, id);
    if (found && found->twin != *twin)
        return LedgerRules::refused(refusal);
    return found;
}

Result<bool> setGrace(LedgerSql &sql, ContractId id, bool start)
{
    const auto contract = living(sql, id);
    if (!contract)
        return fail(contract.error());
    if ((contract->state == ContractState::GracePeriod) == start)
        return false;
    const auto block = sql.blockAt(sql.now());
    if (!block)
        return fail(block.error());
    const auto stored
        = sql.run(QStringLiteral("UPDATE contract SET state = ?, grace_block = ? WHERE id = ?"),
            { start ? 2 : 0, start ? QVariant(qint64(*block)) : QVariant(), qint64(id.value()) });
    const auto told = stored ? tell(sql,
                                   start ? QStringLiteral("ContractGracePeriodStarted")
                                         : QStringLiteral("ContractGracePeriodEnded"),
                                   *contract)
                             : stored;
    return told ? Result<bool>(true) : fail(told.error());
}

} // namespace

Result<Contract> LedgerContracts::contract(LedgerSql &sql, ContractId id)
{
    auto row = sql.query(
        QStringLiteral(
            "SELECT twin_id, kind, state, node_id, hash, data, name, grace_block FROM contract "
            "WHERE id = ? AND state <> 1"),
        { qint64(id.value()) });
    if (!row)
        return fail(row.error());
    if (!row->next())
        return fail(ErrorCode::NotFound, QStringLiteral("there is no contract %1").arg(id.text()));
    Contract found;
    found.id = id;
    found.twin = TwinId(row->value(0).toUInt());
    found.kind = ContractKind(row->value(1).toInt());
    found.state = ContractState(row->value(2).toInt());
    found.node = NodeId(row->value(3).toUInt());
    found.hash = row->value(4).toString();
    found.data = row->value(5).toString();
    found.name = row->value(6).toString();
    found.graceBlock = row->value(7).toULongLong();
    auto ips = sql.query(
        QStringLiteral(
            "SELECT ip, gateway FROM farm_ip WHERE contract_id = ? ORDER BY farm_id, pos"),
        { qint64(id.value()) });
    if (!ips)
        return fail(ips.error());
    while (ips->next())
        found.publicIps += PublicIp { ips->value(0).toString(), ips->value(1).toString(), id };
    return found;
}

Result<QList<ContractId>> LedgerContracts::active(LedgerSql &sql, NodeId node)
{
    // An unknown node is not a node without contracts: somebody looks at the wrong ledger.
    const auto known = LedgerRecords::node(sql, node);
    if (!known)
        return fail(known.error());
    auto rows = sql.query(
        QStringLiteral(
            "SELECT id FROM contract WHERE kind = 0 AND state <> 1 AND node_id = ? ORDER BY id"),
        { qint64(node.value()) });
    if (!rows)
        return fail(rows.error());
    QList<ContractId> ids;
    while (rows->next())
        ids += ContractId(rows->value(0).toULongLong());
    return ids;
}

Result<ContractId> LedgerContracts::rent(LedgerSql &sql, NodeId node)
{
    return livingRent(sql, node, nullptr);
}

Result<ContractId> LedgerContracts::createNode(
    LedgerSql &sql, const AccountId &caller, const NodeRequest &request)
{
    if (const auto checked = LedgerRules::deployment(request.hash, request.data); !checked)
        return fail(checked.error());
    const auto twin = LedgerRecords::twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto node = LedgerRecords::node(sql, request.node);
    if (!node) {
        if (node.error().code == ErrorCode::NotFound)
            return LedgerRules::refused(QLatin1StringView("NodeNotExists"));
        return fail(node.error());
    }
    if (const auto may = mayDeploy(sql, request.node, *twin); !may)
        return fail(may.error());
    const auto taken = sql.exists(
        QStringLiteral(
            "SELECT 1 FROM contract WHERE kind = 0 AND state <> 1 AND node_id = ? AND hash = ?"),
        { qint64(request.node.value()), request.hash });
    if (!taken)
        return fail(taken.error());
    if (*taken)
        return LedgerRules::refused(QLatin1StringView("ContractIsNotUnique"));
    const auto row
        = sql.insert(QStringLiteral("INSERT INTO contract (twin_id, kind, node_id, hash, data, "
                                    "public_ips, created) VALUES (?, 0, ?, ?, ?, ?, ?)"),
            { qint64(twin->value()), qint64(request.node.value()), request.hash, request.data,
                qint64(request.publicIps), qint64(sql.now().count()) });
    if (!row)
        return fail(row.error());
    const ContractId id { quint64(*row) };
    auto done = reserveIps(sql, node->farm, id, request.publicIps);
    if (!done)
        return fail(done.error());
    const auto fresh = contract(sql, id);
    if (!fresh)
        return fail(fresh.error());
    done = tell(sql, QStringLiteral("ContractCreated"), *fresh);
    return done ? Result<ContractId>(id) : fail(done.error());
}

Result<ContractId> LedgerContracts::createName(
    LedgerSql &sql, const AccountId &caller, const QString &name)
{
    if (const auto checked = LedgerRules::contractName(name); !checked)
        return fail(checked.error());
    const auto twin = LedgerRecords::twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto taken = sql.exists(
        QStringLiteral("SELECT 1 FROM contract WHERE kind = 1 AND state <> 1 AND name = ?"),
        { name });
    if (!taken)
        return fail(taken.error());
    if (*taken)
        return LedgerRules::refused(QLatin1StringView("NameExists"));
    const auto row = sql.insert(
        QStringLiteral("INSERT INTO contract (twin_id, kind, name, created) VALUES (?, 1, ?, ?)"),
        { qint64(twin->value()), name, qint64(sql.now().count()) });
    if (!row)
        return fail(row.error());
    Contract fresh;
    fresh.id = ContractId(quint64(*row));
    fresh.kind = ContractKind::Name;
    fresh.twin = *twin;
    fresh.name = name;
    const auto told = tell(sql, QStringLiteral("ContractCreated"), fresh);
    return told ? Result<ContractId>(fresh.id) : fail(told.error());
}

Result<ContractId> LedgerContracts::createRent(LedgerSql &sql, const AccountId &caller, NodeId node)
{
    const auto twin = LedgerRecords::twinOf(sql, caller);
    if (!twin)
        return fail(twin.error());
    const auto known = LedgerRecords::node(sql, node);
    if (!known && known.error().code == ErrorCode::NotFound)
        return LedgerRules::refused(QLatin1StringView("NodeNotExists"));
    const auto rented = sql.exists(
        QStringLiteral("SELECT 1 FROM contract WHERE kind = 2 AND state <> 1 AND node_id = ?"),
        { qint64(node.value()) });
    const auto others = sql.exists(QStringLiteral("SELECT 1 FROM contract WHERE kind = 0 AND state "
                                                  "<> 1 AND node_id = ? AND twin_id <> ?"),
        { qint64(node.value()), qint64(twin->value()) });
    if (!known || !rented || !others)
        return fail(!known ? known.error() : !rented ? rented.error() : others.error());
    if (*rented)
        return LedgerRules::refused(QLatin1StringView("NodeHasRentContract"));
    if (*others)
        return LedgerRules::refused(QLatin1StringView("NodeHasActiveContracts"));
    const auto row = sql.insert(
        QStringLiteral(
            "INSERT INTO contract (twin_id, kind, node_id, created) VALUES (?, 2, ?, ?)"),
        { qint64(twin->value()), qint64(node.value()), qint64(sql.now().count()) });
    if (!row)
        return fail(row.error());
    Contract fresh;
    fresh.id = ContractId(quint64(*row));
    fresh.kind = ContractKind::Rent;
    fresh.twin = *twin;
    fresh.node = node;
    const auto told = tell(sql, QStringLiteral("ContractCreated"), fresh);
    return told ? Result<ContractId>(fresh.id) : fail(told.error());
}

Result<bool> LedgerContracts::update(LedgerSql &sql, const AccountId &caller, ContractId id,
    const QString &hash, const QString &data)
{
    if (const auto checked = LedgerRules::deployment(hash, data); !checked)
        return fail(checked.error());
    auto found = owned(sql, caller, id, QLatin1StringView("TwinNotAuthorizedToUpdateContract"));
    if (!found)
        return fail(found.error());
    if (found->kind != ContractKind::Node)
        return LedgerRules::refused(QLatin1StringView("InvalidContractType"));
    if (found->state == ContractState::GracePeriod)
        return LedgerRules::refused(QLatin1StringView("CannotUpdateContractInGraceState"));
    const auto taken = sql.exists(QStringLiteral("SELECT 1 FROM contract WHERE kind = 0 AND state "
                                                 "<> 1 AND node_id = ? AND hash = ? AND id <> ?"),
        { qint64(found->node.value()), hash, qint64(id.value()) });
    if (!taken)
        return fail(taken.error());
    if (*taken)
        return LedgerRules::refused(QLatin1StringView("ContractIsNotUnique"));
    auto done = sql.run(QStringLiteral("UPDATE contract SET hash = ?, data = ? WHERE id = ?"),
        { hash, data, qint64(id.value()) });
    found->hash = hash;
    found->data = data;
    if (done)
        done = tell(sql, QStringLiteral("ContractUpdated"), *found);
    return done ? Result<bool>(true) : fail(done.error());
}

Result<bool> LedgerContracts::cancel(LedgerSql &sql, const AccountId &caller, ContractId id)
{
    const auto found
        = owned(sql, caller, id, QLatin1StringView("TwinNotAuthorizedToCancelContract"));
    if (!found)
        return fail(found.error());
    if (found->kind == ContractKind::Rent) {
        const auto active = LedgerContracts::active(sql, found->node);
        if (!active)
            return fail(active.error());
        if (!active->isEmpty())
            return LedgerRules::refused(QLatin1StringView("NodeHasActiveContracts"));
    }
    return remove(sql, *found, Cause::CanceledByUser);
}

Result<bool> LedgerContracts::startGrace(LedgerSql &sql, ContractId id)
{
    return setGrace(sql, id, true);
}

Result<bool> LedgerContracts::endGrace(LedgerSql &sql, ContractId id)
{
    return setGrace(sql, id, false);
}

Result<bool> LedgerContracts::expire(LedgerSql &sql, ContractId id)
{
    const auto found = living(sql, id);
    return found ? remove(sql, *found, Cause::OutOfFunds) : fail(found.error());
}

} // namespace zos

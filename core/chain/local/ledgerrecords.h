// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/local/ledgersql.h"

namespace zos {

// Twins, farms, nodes and reports in the ledger's tables. All run inside a transaction of `sql`;
// `caller` is the account that signs.
struct LedgerRecords
{
    static Result<Twin> twin(LedgerSql &sql, TwinId id);
    static Result<TwinId> twinOf(LedgerSql &sql, const AccountId &account);
    static Result<Farm> farm(LedgerSql &sql, FarmId id);
    static Result<NodeRecord> node(LedgerSql &sql, NodeId id);
    static Result<NodeId> nodeOf(LedgerSql &sql, TwinId twin);

    static Result<Capacity> resources(LedgerSql &sql, ContractId id);

    static Result<TwinId> ensureTwin(LedgerSql &sql, const AccountId &caller, const QString &ip,
        const QString &relay, const QByteArray &pk);
    static Result<FarmId> createFarm(
        LedgerSql &sql, const AccountId &caller, const QString &name, const QList<PublicIp> &ips);
    static Result<NodeId> ensureNode(
        LedgerSql &sql, const AccountId &caller, const NodeRecord &record);
    static Result<bool> reportUptime(
        LedgerSql &sql, const AccountId &caller, quint64 seconds, qint64 timestamp);
    static Result<bool> reportResources(
        LedgerSql &sql, const AccountId &caller, const QList<ContractResources> &used);
};

} // namespace zos

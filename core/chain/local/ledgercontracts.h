// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/local/ledgersql.h"

namespace zos {

// Contracts in the ledger's tables. All run inside a transaction of `sql`; `caller` is the account
// that signs. Removed contracts keep their row but no read shows them.
struct LedgerContracts
{
    static Result<Contract> contract(LedgerSql &sql, ContractId id);
    static Result<QList<ContractId>> active(LedgerSql &sql, NodeId node);
    static Result<ContractId> rent(LedgerSql &sql, NodeId node);

    struct NodeRequest
    {
        NodeId node;
        QString hash;
        QString data;
        quint32 publicIps = 0;
    };
    static Result<ContractId> createNode(
        LedgerSql &sql, const AccountId &caller, const NodeRequest &request);
    static Result<ContractId> createName(
        LedgerSql &sql, const AccountId &caller, const QString &name);
    static Result<ContractId> createRent(LedgerSql &sql, const AccountId &caller, NodeId node);
    static Result<bool> update(LedgerSql &sql, const AccountId &caller, ContractId id,
        const QString &hash, const QString &data);
    static Result<bool> cancel(LedgerSql &sql, const AccountId &caller, ContractId id);

    // Administrative: no caller.
    static Result<bool> startGrace(LedgerSql &sql, ContractId id);
    static Result<bool> endGrace(LedgerSql &sql, ContractId id);
    static Result<bool> expire(LedgerSql &sql, ContractId id);
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"
#include "core/identity/identity.h"

#include <memory>

namespace zos {

// The ledger of a one-machine network (demonstration, laboratory, tests): one SQLite file shared by
// node, farmer's tool and users, with the chain's rules, ids, states and error names (chain.md 14).
// No fees, no billing. Who may read and write is the file's permissions; calls are made in the name
// of `identity`. The file is opened by a thread of its own and followed there for other processes'
// changes; every event is final at once. On open the ledger starts after the newest event and
// emits gap(), so that the listener compares once.
class LocalLedger final : public Ledger
{
    Q_OBJECT
public:
    // The clock must outlive the ledger and is asked on the caller's thread only.
    LocalLedger(QString path, Identity identity, const Clock *clock, QObject *parent = nullptr);
    ~LocalLedger() override;

    // NotFound when the file is missing and `create` is not set. May be repeated after a failure.
    Task<Result<>> open(bool create);

    LedgerState state() const override;
    Task<Result<LedgerHead>> head() override;
    Task<Result<Twin>> twin(TwinId id) override;
    Task<Result<TwinId>> twinOf(AccountId account) override;
    Task<Result<Farm>> farm(FarmId id) override;
    Task<Result<NodeRecord>> node(NodeId id) override;
    Task<Result<NodeId>> nodeOf(TwinId twin) override;
    Task<Result<Contract>> contract(ContractId id) override;
    // An unknown node is NotFound, not an empty list.
    Task<Result<QList<ContractId>>> activeContracts(NodeId node) override;
    Task<Result<ContractId>> rentContract(NodeId node) override;

    Task<Result<Capacity>> contractResources(ContractId id) override;

    Task<Result<TwinId>> ensureTwin(QString ip, QString relay, QByteArray pk) override;
    Task<Result<NodeId>> ensureNode(NodeRecord record) override;
    Task<Result<>> reportUptime(quint64 seconds, qint64 timestamp) override;
    Task<Result<>> reportResources(QList<ContractResources> used) override;
    Task<Result<ContractId>> createNodeContract(
        NodeId node, QString hash, QString data, quint32 publicIps) override;
    Task<Result<>> updateNodeContract(ContractId id, QString hash, QString data) override;
    Task<Result<>> cancelContract(ContractId id) override;
    Task<Result<FarmId>> createFarm(QString name, QList<PublicIp> publicIps) override;
    Task<Result<ContractId>> createNameContract(QString name);
    Task<Result<ContractId>> createRentContract(NodeId node);

    // Administration, in nobody's name: what billing does on a real chain.
    Task<Result<>> startGrace(ContractId id);
    Task<Result<>> endGrace(ContractId id);
    Task<Result<>> expireContract(ContractId id);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos

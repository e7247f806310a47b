// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/ledger.h"

#include <QMap>
#include <QSet>

#include <functional>

namespace zos::testing {

// A chain in a few maps, for tests: no blocks, no fees. Every call answers through the event loop.
class MemoryLedger final : public Ledger
{
public:
    using Ledger::Ledger;

    // ---- script
    QMap<TwinId, Twin> twins;
    QMap<ContractId, Contract> contracts;
    QMap<NodeId, NodeRecord> nodes;
    QMap<FarmId, Farm> farms;
    QList<QList<ContractResources>> reports; // calls that were taken
    QMap<ContractId, Capacity> resources; // last reported
    QSet<ContractId> badContracts; // a report that names one of these fails as a whole
    bool offline = false;
    int offlineFrom = 0; // number of the call that finds it offline, 0 = none
    bool silent = false; // calls do not answer until answerAll()
    bool hideContracts = false; // their pallet cannot be read
    std::function<void()> beforeHead; // happens once, as the next head is read
    // Each call waits for it, and what is read waits for it again: an answer may be old news.
    std::function<Task<void>()> held;
    quint64 block = 100;
    QString genesis = QString(64, u'1');
    int calls = 0;

    void answerAll()
    {
        silent = false;
        const auto waiting = std::exchange(m_silence, CancelToken());
        waiting.cancel();
    }
    void goOnline()
    {
        offline = false;
        Q_EMIT stateChanged(LedgerState::Online);
    }
    void say(LedgerEvent::Kind kind, ContractId contract, bool final = true)
    {
        LedgerEvent news;
        news.kind = kind;
        news.contract = contract;
        news.block = block;
        Q_EMIT event(news, final);
    }
    void addContract(ContractId id, TwinId twin, NodeId node, const QString &hash)
    {
        Contract contract;
        contract.id = id;
        contract.twin = twin;
        contract.node = node;
        contract.hash = hash;
        contracts.insert(id, contract);
    }
    // As the chain does it: the contract is gone, then the news of it.
    void cancel(ContractId id)
    {
        contracts.remove(id);
        say(LedgerEvent::Kind::ContractCanceled, id);
    }
    void setGrace(ContractId id, bool grace)
    {
        contracts[id].state = grace ? ContractState::GracePeriod : ContractState::Created;
        say(grace ? LedgerEvent::Kind::GraceStarted : LedgerEvent::Kind::GraceEnded, id);
    }

    // ---- Ledger
    LedgerState state() const override
    {
        return offline ? LedgerState::Offline : LedgerState::Online;
    }
    Task<Result<LedgerHead>> head() override
    {
        if (const auto up = co_await answer(); !up)
            co_return fail(up.error());
        if (const auto happens = std::exchange(beforeHead, {}))
            happens();
        co_return LedgerHead { block, block, genesis };
    }
    Task<Result<Twin>> twin(TwinId id) override { return look(twins, id, QStringLiteral("twin")); }
    Task<Result<TwinId>> twinOf(AccountId account) override
    {
        if (const auto up = co_await answer(); !up)
            co_return fail(up.error());
        for (const auto &twin : std::as_const(twins)) {
            if (twin.account == account)
                co_return twin.id;
        }
        co_return fail(ErrorCode::NotFound, QStringLiteral("twin not found"));
    }
    Task<Result<Farm>> farm(FarmId id) override { return look(farms, id, QStringLiteral("farm")); }
    Task<Result<NodeRecord>> node(NodeId id) override
    {
        return look(nodes, id, QStringLiteral("node"));
    }
    Task<Result<NodeId>> nodeOf(TwinId) override { return refuse<NodeId>(); }
    Task<Result<Contract>> contract(ContractId id) override
    {
        if (hideContracts)
            return refuse<Contract>();
        return look(contracts, id, QStringLiteral("contract"));
    }
    Task<Result<QList<ContractId>>> activeContracts(NodeId id) override
    {
        if (const auto up = co_await answer(); !up)
            co_return fail(up.error());
        QList<ContractId> ids;
        for (const auto &contract : std::as_const(contracts)) {
            if (contract.node == id)
                ids += contract.id;
        }
        co_return ids;
    }
    Task<Result<ContractId>> rentContract(NodeId) override { return refuse<ContractId>(); }
    Task<Result<TwinId>> ensureTwin(QString, QString, QByteArray) override
    {
        return refuse<TwinId>();
    }
    Task<Result<NodeId>> ensureNode(NodeRecord) override { return refuse<NodeId>(); }
    Task<Result<>> reportUptime(quint64, qint64) override { co_return co_await answer(); }
    Task<Result<>> reportResources(QList<ContractResources> used) override
    {
        if (const auto up = co_await answer(); !up)
            co_return up;
        for (const auto &one : std::as_const(used)) {
            if (badContracts.contains(one.contract))
                co_return fail(
                    ErrorCode::Denied, QStringLiteral("NodeNotAuthorizedToComputeReport"));
        }
        reports += used;
        for (const auto &one : std::as_const(used))
            resources.insert(one.contract, one.used);
        co_return {};
    }
    Task<Result<Capacity>> contractResources(ContractId id) override
    {
        if (const auto up = co_await answer(); !up)
            co_return fail(up.error());
        if (!contracts.contains(id))
            co_return fail(ErrorCode::NotFound, QStringLiteral("contract not found"));
        co_return resources.value(id);
    }
    Task<Result<ContractId>> createNodeContract(NodeId, QString, QString, quint32) override
    {
        return refuse<ContractId>();
    }
    Task<Result<>> updateNodeContract(ContractId, QString, QString) override
    {
        return refuse<void>();
    }
    Task<Result<>> cancelContract(ContractId) override { return refuse<void>(); }
    Task<Result<FarmId>> createFarm(QString, QList<PublicIp>) override { return refuse<FarmId>(); }

private:
    Task<Result<>> answer()
    {
        if (++calls == offlineFrom)
            offline = true;
        co_await pause(std::chrono::milliseconds(0));
        if (silent) {
            const auto silence = m_silence;
            co_await pause(std::chrono::hours(24), silence);
        }
        if (held)
            co_await held();
        if (offline)
            co_return fail(ErrorCode::Unavailable, QStringLiteral("the chain cannot be reached"));
        co_return {};
    }
    template <class Key, class Value>
    Task<Result<Value>> look(const QMap<Key, Value> &map, Key key, QString what)
    {
        if (const auto up = co_await answer(); !up)
            co_return fail(up.error());
        const auto found = map.constFind(key);
        const auto read = found == map.cend()
            ? Result<Value>(fail(ErrorCode::NotFound,
                  QStringLiteral("%1 %2 not found").arg(what).arg(key.value())))
            : Result<Value>(*found);
        if (held)
            co_await held();
        co_return read;
    }
    template <class T> Task<Result<T>> refuse()
    {
        co_return fail(ErrorCode::Denied, QStringLiteral("not a part of this test"));
    }

    CancelToken m_silence;
};

} // namespace zos::testing

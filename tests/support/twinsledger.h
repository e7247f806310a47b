// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/ledger.h"

#include <QHash>

namespace zos::testing {

// A ledger that knows twins and nothing else. Everything else is NotFound.
class TwinsLedger final : public Ledger
{
public:
    using Ledger::Ledger;

    void put(const Twin &twin) { m_twins.insert(twin.id, twin); }
    void put(quint32 id, const AccountId &account, const QString &ip = {})
    {
        Twin twin;
        twin.id = TwinId(id);
        twin.account = account;
        twin.ip = ip;
        put(twin);
    }
    void remove(quint32 id) { m_twins.remove(TwinId(id)); }
    void announce(quint32 id)
    {
        LedgerEvent change { LedgerEvent::Kind::TwinUpdated, {}, {}, TwinId(id), {}, 0 };
        Q_EMIT event(change, false);
    }

    bool offline = false; // lookups fail with Unavailable
    std::chrono::milliseconds delay {}; // of every lookup
    int lookups = 0;

    LedgerState state() const override
    {
        return offline ? LedgerState::Offline : LedgerState::Online;
    }
    Task<Result<LedgerHead>> head() override { co_return LedgerHead {}; }
    Task<Result<Twin>> twin(TwinId id) override
    {
        ++lookups;
        if (delay > std::chrono::milliseconds::zero()) {
            auto rest = pause(delay);
            (void)co_await std::move(rest);
        }
        if (offline)
            co_return fail(ErrorCode::Unavailable, QStringLiteral("ledger is offline"));
        const auto found = m_twins.constFind(id);
        if (found == m_twins.cend())
            co_return fail(ErrorCode::NotFound, QStringLiteral("twin not found"));
        co_return *found;
    }
    Task<Result<TwinId>> twinOf(AccountId account) override
    {
        for (const Twin &twin : std::as_const(m_twins)) {
            if (twin.account == account)
                co_return twin.id;
        }
        co_return absent();
    }
    Task<Result<Farm>> farm(FarmId) override { co_return absent(); }
    Task<Result<NodeRecord>> node(NodeId) override { co_return absent(); }
    Task<Result<NodeId>> nodeOf(TwinId) override { co_return absent(); }
    Task<Result<Contract>> contract(ContractId) override { co_return absent(); }
    Task<Result<QList<ContractId>>> activeContracts(NodeId) override
    {
        co_return QList<ContractId> {};
    }
    Task<Result<ContractId>> rentContract(NodeId) override { co_return absent(); }
    Task<Result<TwinId>> ensureTwin(QString, QString, QByteArray) override { co_return absent(); }
    Task<Result<NodeId>> ensureNode(NodeRecord) override { co_return absent(); }
    Task<Result<>> reportUptime(quint64, qint64) override { co_return absent(); }
    Task<Result<Capacity>> contractResources(ContractId) override { co_return absent(); }
    Task<Result<>> reportResources(QList<ContractResources>) override { co_return absent(); }
    Task<Result<ContractId>> createNodeContract(NodeId, QString, QString, quint32) override
    {
        co_return absent();
    }
    Task<Result<>> updateNodeContract(ContractId, QString, QString) override { co_return absent(); }
    Task<Result<>> cancelContract(ContractId) override { co_return absent(); }
    Task<Result<FarmId>> createFarm(QString, QList<PublicIp>) override { co_return absent(); }

private:
    static std::unexpected<Error> absent()
    {
        return fail(ErrorCode::NotFound, QStringLiteral("not found"));
    }
    QHash<TwinId, Twin> m_twins;
};

} // namespace zos::testing

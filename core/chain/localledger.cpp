// SPDX-License-Identifier: Apache-2.0
#include "core/chain/localledger.h"

#include "core/chain/local/ledgercontracts.h"
#include "core/chain/local/ledgerrecords.h"
#include "core/chain/local/ledgerworker.h"

#include <QPointer>
#include <QThread>

namespace zos {

namespace {

// A task that only says whether it worked.
Task<Result<>> withoutValue(Task<Result<bool>> task)
{
    const auto done = co_await std::move(task);
    if (!done)
        co_return fail(done.error());
    co_return {};
}

} // namespace

struct LocalLedger::Private
{
    Private(LocalLedger *owner, QString path, const Identity &identity, const Clock *clock_)
        : q(owner)
        , clock(clock_)
        , account(identity.publicKey())
        , worker(std::move(path), [owner](LedgerWorker::News news) {
            // Runs on the worker's thread, which ends before the owner does.
            QMetaObject::invokeMethod(
                owner, [owner, news = std::move(news)] { owner->d->publish(news); },
                Qt::QueuedConnection);
        })
    {
    }

    void setState(LedgerState fresh)
    {
        if (state == fresh)
            return;
        state = fresh;
        Q_EMIT q->stateChanged(fresh);
    }

    void publish(const LedgerWorker::News &news)
    {
        setState(news.reachable ? LedgerState::Online : LedgerState::Offline);
        for (const auto &event : news.feed.events) {
            Q_EMIT q->event(event, false);
            Q_EMIT q->event(event, true);
        }
        if (news.feed.gap)
            Q_EMIT q->gap();
    }

    template <class T> Task<Result<T>> write(std::function<Result<T>(LedgerSql &)> change)
    {
        return worker.write<T>(clock->seconds(), std::move(change));
    }

    LocalLedger *q;
    const Clock *clock;
    AccountId account;
    LedgerState state = LedgerState::Offline;
    LedgerWorker worker;
};

LocalLedger::LocalLedger(QString path, Identity identity, const Clock *clock, QObject *parent)
    : Ledger(parent)
    , d(std::make_unique<Private>(this, std::move(path), identity, clock))
{
}

LocalLedger::~LocalLedger() = default;

Task<Result<>> LocalLedger::open(bool create)
{
    const QPointer<LocalLedger> self(this);
    std::function<Result<bool>(LedgerSql &)> job
        = [create, now = d->clock->seconds()](LedgerSql &sql) -> Result<bool> {
        const auto opened = sql.open(create, now);
        if (!opened)
            return fail(opened.error());
        return true;
    };
    const auto opened = co_await d->worker.run<bool>(std::move(job));
    if (!opened)
        co_return fail(opened.error());
    if (self) {
        d->setState(LedgerState::Online);
        Q_EMIT gap();
    }
    co_return {};
}

LedgerState LocalLedger::state() const
{
    return d->state;
}

Task<Result<LedgerHead>> LocalLedger::head()
{
    return d->worker.read<LedgerHead>(
        [now = d->clock->seconds()](LedgerSql &sql) -> Result<LedgerHead> {
            const auto block = sql.blockAt(now);
            if (!block)
                return fail(block.error());
            auto genesis = sql.genesis();
            if (!genesis)
                return fail(genesis.error());
            return LedgerHead { *block, *block, std::move(*genesis) };
        });
}

Task<Result<Twin>> LocalLedger::twin(TwinId id)
{
    return d->worker.read<Twin>([id](LedgerSql &sql) { return LedgerRecords::twin(sql, id); });
}

Task<Result<TwinId>> LocalLedger::twinOf(AccountId account)
{
    return d->worker.read<TwinId>(
        [account](LedgerSql &sql) { return LedgerRecords::twinOf(sql, account); });
}

Task<Result<Farm>> LocalLedger::farm(FarmId id)
{
    return d->worker.read<Farm>([id](LedgerSql &sql) { return LedgerRecords::farm(sql, id); });
}

Task<Result<NodeRecord>> LocalLedger::node(NodeId id)
{
    return d->worker.read<NodeRecord>(
        [id](LedgerSql &sql) { return LedgerRecords::node(sql, id); });
}

Task<Result<NodeId>> LocalLedger::nodeOf(TwinId twin)
{
    return d->worker.read<NodeId>(
        [twin](LedgerSql &sql) { return LedgerRecords::nodeOf(sql, twin); });
}

Task<Result<Contract>> LocalLedger::contract(ContractId id)
{
    return d->worker.read<Contract>(
        [id](LedgerSql &sql) { return LedgerContracts::contract(sql, id); });
}

Task<Result<QList<ContractId>>> LocalLedger::activeContracts(NodeId node)
{
    return d->worker.read<QList<ContractId>>(
        [node](LedgerSql &sql) { return LedgerContracts::active(sql, node); });
}

Task<Result<ContractId>> LocalLedger::rentContract(NodeId node)
{
    return d->worker.read<ContractId>(
        [node](LedgerSql &sql) { return LedgerContracts::rent(sql, node); });
}

Task<Result<Capacity>> LocalLedger::contractResources(ContractId id)
{
    return d->worker.read<Capacity>(
        [id](LedgerSql &sql) { return LedgerRecords::resources(sql, id); });
}

Task<Result<TwinId>> LocalLedger::ensureTwin(QString ip, QString relay, QByteArray pk)
{
    return d->write<TwinId>([account = d->account, ip, relay, pk](LedgerSql &sql) {
        return LedgerRecords::ensureTwin(sql, account, ip, relay, pk);
    });
}

Task<Result<NodeId>> LocalLedger::ensureNode(NodeRecord record)
{
    return d->write<NodeId>([account = d->account, record = std::move(record)](LedgerSql &sql) {
        return LedgerRecords::ensureNode(sql, account, record);
    });
}

Task<Result<>> LocalLedger::reportUptime(quint64 seconds, qint64 timestamp)
{
    return withoutValue(d->write<bool>([account = d->account, seconds, timestamp](LedgerSql &sql) {
        return LedgerRecords::reportUptime(sql, account, seconds, timestamp);
    }));
}

Task<Result<>> LocalLedger::reportResources(QList<ContractResources> used)
{
    return withoutValue(
        d->write<bool>([account = d->account, used = std::move(used)](LedgerSql &sql) {
            return LedgerRecords::reportResources(sql, account, used);
        }));
}

Task<Result<ContractId>> LocalLedger::createNodeContract(
    NodeId node, QString hash, QString data, quint32 publicIps)
{
    // Text columns know no null.
    LedgerContracts::NodeRequest request { node, std::move(hash),
        data.isNull() ? QStringLiteral("") : data, publicIps };
    return d->write<ContractId>(
        [account = d->account, request = std::move(request)](
            LedgerSql &sql) { return LedgerContracts::createNode(sql, account, request); });
}

Task<Result<>> LocalLedger::updateNodeContract(ContractId id, QString hash, QString data)
{
    return withoutValue(d->write<bool>([account = d->account, id, hash, data](LedgerSql &sql) {
        return LedgerContracts::update(sql, account, id, hash, data);
    }));
}

Task<Result<>> LocalLedger::cancelContract(ContractId id)
{
    return withoutValue(d->write<bool>([account = d->account, id](LedgerSql &sql) {
        return LedgerContracts::cancel(sql, account, id);
    }));
}

Task<Result<FarmId>> LocalLedger::createFarm(QString name, QList<PublicIp> publicIps)
{
    return d->write<FarmId>([account = d->account, name, publicIps](LedgerSql &sql) {
        return LedgerRecords::createFarm(sql, account, name, publicIps);
    });
}

Task<Result<ContractId>> LocalLedger::createNameContract(QString name)
{
    return d->write<ContractId>([account = d->account, name](LedgerSql &sql) {
        return LedgerContracts::createName(sql, account, name);
    });
}

Task<Result<ContractId>> LocalLedger::createRentContract(NodeId node)
{
    return d->write<ContractId>([account = d->account, node](LedgerSql &sql) {
        return LedgerContracts::createRent(sql, account, node);
    });
}

Task<Result<>> LocalLedger::startGrace(ContractId id)
{
    return withoutValue(
        d->write<bool>([id](LedgerSql &sql) { return LedgerContracts::startGrace(sql, id); }));
}

Task<Result<>> LocalLedger::endGrace(ContractId id)
{
    return withoutValue(
        d->write<bool>([id](LedgerSql &sql) { return LedgerContracts::endGrace(sql, id); }));
}

Task<Result<>> LocalLedger::expireContract(ContractId id)
{
    return withoutValue(
        d->write<bool>([id](LedgerSql &sql) { return LedgerContracts::expire(sql, id); }));
}

} // namespace zos

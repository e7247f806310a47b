// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/model/zmachine.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// How deployments end, and what the chain has to say about it.

namespace zos {

using namespace std::chrono_literals;

namespace {

constexpr auto kBetweenLooks = 10min;
constexpr auto kBetweenStrangeLooks = 24h;
constexpr qint64 kHistorySeconds = 30 * 24 * 3600;

bool usesNetwork(const Workload &workload, const QString &network)
{
    const auto *machine = workload.as<ZMachine>();
    return machine
        && std::ranges::any_of(machine->interfaces,
            [&network](const MachineInterface &interface) { return interface.network == network; });
}

} // namespace

void EngineCore::beginEnd(const Key &key, const QString &reason)
{
    auto *deployment = find(key);
    if (!deployment || deployment->stored.deleting || over())
        return;
    qCInfo(lcEngine) << "deployment" << key.text() << "ends:" << reason;
    deployment->stored.deleting = true;
    deployment->endReason = reason;
    deployment->retries = 0;
    deployment->stop.soft.cancel();
    m_agenda.drop(retryName(key));
    for (const auto &live : std::as_const(deployment->workloads)) {
        const auto id = workloadId(key.twin, key.contract, live.workload.name);
        m_supervisor.forget(id);
        m_restarting.remove(id);
    }
    spawn(recordEnd(key));
}

Task<void> EngineCore::recordEnd(Key key)
{
    auto *deployment = find(key);
    // A new version that is being written comes first, and back here: the end is of all of it.
    if (!deployment || deployment->endRecorded || m_updating.contains(key))
        co_return;
    StoreChange change;
    change.deployments = { deployment->stored };
    const auto now = m_ports.clock->seconds().count();
    for (const auto &live : std::as_const(deployment->workloads))
        change.tombstones += Tombstone { key, live.workload, deployment->endReason, now, false };
    const auto written = co_await commit(change);
    deployment = find(key);
    if (!deployment || over())
        co_return;
    if (!written) {
        qCCritical(lcEngine) << "the end of deployment" << key.text()
                             << "could not be written:" << written.error().what;
        m_agenda.at(u"end " + key.text(), 10s, [this, key] { spawn(recordEnd(key)); });
        co_return;
    }
    deployment->endRecorded = true;
    for (const auto &tombstone : std::as_const(change.tombstones))
        putTombstone(tombstone);
    queueSettle(key, true);
}

// As in the store: one of each name.
void EngineCore::putTombstone(const Tombstone &tombstone)
{
    auto &tombstones = m_tombstones[tombstone.key];
    tombstones.removeIf([&tombstone](const Tombstone &other) {
        return other.workload.name == tombstone.workload.name;
    });
    tombstones += tombstone;
}

// Removes what has a tombstone, in the reverse of the order in which it was made.
Task<bool> EngineCore::bury(Key key)
{
    auto tombstones = m_tombstones.value(key);
    std::ranges::stable_sort(tombstones, {},
        [](const Tombstone &tombstone) { return installRank(tombstone.workload.type); });
    std::ranges::reverse(tombstones);
    bool good = true;
    for (const auto &tombstone : std::as_const(tombstones)) {
        auto *deployment = find(key);
        if (!deployment || over())
            co_return false;
        const auto name = tombstone.workload.name;
        const auto id = workloadId(key.twin, key.contract, name);
        if (!tombstone.keepResult && tombstone.workload.type == u"network"
            && networkNeeded(key, name)) {
            qCInfo(lcEngine) << "network" << id << "is still used by machines and waits for them";
            good = false;
            co_await keepUp(key, name);
            continue;
        }
        if (auto *provisioner = m_registry.find(tombstone.workload.type)) {
            if (provisioner->pass() == Provisioner::Pass::Machines)
                m_supervisor.forget(id);
            const auto gone = co_await provisioner->deprovision(
                context(key, tombstone.workload, "remove", false, deployment->stop));
            if (over())
                co_return false;
            if (!gone) {
                qCWarning(lcEngine)
                    << "workload" << id << "cannot be removed yet:" << gone.error().what;
                good = false;
                noteRemains(key, tombstone, gone.error().what);
                continue;
            }
        }
        deployment = find(key);
        if (!deployment)
            co_return false;
        StoreChange change;
        change.droppedTombstones = { WorkloadKey { key, name } };
        if (!tombstone.keepResult) {
            auto workload = tombstone.workload;
            workload.result = { m_ports.clock->seconds().count(), ResultState::Deleted,
                tombstone.reason, workload.result.data };
            change.log = { LogEntry { 0, key, workload } };
            if (deployment->stored.deleting)
                change.droppedWorkloads = { WorkloadKey { key, name } };
            else
                change.reports = { reportOf(key) }; // an update took it away: it uses less now
        }
        const auto written = co_await commit(change);
        deployment = find(key);
        if (!deployment || over())
            co_return false;
        if (!written) {
            good = false;
            continue;
        }
        auto &left = m_tombstones[key];
        left.removeIf([&](const Tombstone &other) {
            return other.workload.name == name && other.keepResult == tombstone.keepResult;
        });
        if (left.isEmpty())
            m_tombstones.remove(key);
        deployment->log += change.log;
        if (!change.reports.isEmpty() && !deployment->stored.deleting)
            m_reporter.queue(change.reports.first());
        if (deployment->stored.deleting && !tombstone.keepResult)
            deployment->workloads.removeIf(
                [&name](const LiveWorkload &live) { return live.workload.name == name; });
        recount(key, name);
        if (tombstone.workload.type == u"zmachine")
            settleWaiting(key);
        says(key);
    }
    co_return good;
}

// After a restart nothing else would bring it back.
Task<void> EngineCore::keepUp(Key key, QString name)
{
    auto *deployment = find(key);
    const auto *before = deployment->find(name);
    if (!before || before->present || !isOkay(before->workload.result.state))
        co_return;
    const auto workload = before->workload;
    const auto outcome = co_await m_registry.find(workload.type)
                             ->provision(context(key, workload, "restore", true, deployment->stop));
    deployment = find(key);
    auto *live = deployment ? deployment->find(workload) : nullptr;
    if (!live || over())
        co_return;
    if (outcome)
        live->present = true;
    else
        qCWarning(lcEngine) << "network" << name << "of deployment" << key.text()
                            << "is not restored yet:" << outcome.error().what;
}

Task<bool> EngineCore::finishEnd(Key key)
{
    StoreChange change;
    change.ended = { key };
    change.endedAt = m_ports.clock->seconds().count();
    change.forgetEndedBefore = change.endedAt - kHistorySeconds;
    const auto written = co_await commit(change);
    if (over() || !written)
        co_return false;
    m_deployments.remove(key);
    m_tombstones.remove(key);
    m_capacity.releaseAll(key);
    m_reporter.forget(key);
    m_agenda.drop(retryName(key));
    says(key);
    settleWaiting(key);
    retrySoon();
    co_return true;
}

// A network of this twin may have waited for a machine that went just now.
void EngineCore::settleWaiting(const Key &gone)
{
    for (const auto &[other, tombstones] : ofTwin(m_tombstones, gone.twin)) {
        if (other != gone)
            queueSettle(other);
    }
}

bool EngineCore::networkNeeded(const Key &key, const QString &name) const
{
    for (const auto &[other, deployment] : ofTwin(m_deployments, key.twin)) {
        if (deployment.stored.deleting)
            continue;
        for (const auto &live : deployment.workloads) {
            if (live.workload.result.state != ResultState::Error
                && usesNetwork(live.workload, name))
                return true;
        }
    }
    for (const auto &[other, tombstones] : ofTwin(m_tombstones, key.twin)) {
        if (std::ranges::any_of(tombstones, [&name](const Tombstone &tombstone) {
                return usesNetwork(tombstone.workload, name);
            }))
            return true;
    }
    return false;
}

void EngineCore::ledgerEvent(const LedgerEvent &event, bool final)
{
    const auto keys = m_deployments.keys();
    for (const auto &key : keys) {
        if (key.contract != event.contract)
            continue;
        switch (event.kind) {
        case LedgerEvent::Kind::ContractCanceled:
            if (final && find(key)->stored.contractChecked) {
                find(key)->stop.soft.cancel(); // nothing more begins while it is looked into
                spawn(cancelled(key));
            }
            break;
        case LedgerEvent::Kind::ContractCreated:
        case LedgerEvent::Kind::ContractUpdated:
        case LedgerEvent::Kind::GraceStarted:
        case LedgerEvent::Kind::GraceEnded:
            spawn(refreshContract(key));
            break;
        default:
            break;
        }
    }
}

void EngineCore::ledgerState(LedgerState state)
{
    if (state != LedgerState::Online)
        return;
    for (const auto &[key, deployment] : m_deployments.asKeyValueRange()) {
        if (!deployment.stored.contractChecked)
            queueSettle(key);
    }
    compareSoon();
    retrySoon();
}

void EngineCore::compareSoon()
{
    if (m_machinesOpen && !over())
        m_agenda.earlier(QStringLiteral("compare"), 1s, [this] { spawn(compare()); });
}

Task<void> EngineCore::refreshContract(Key key)
{
    const auto contract = co_await step(m_stop, 30s, QStringLiteral("reading the contract"),
        [&] { return m_ports.ledger->contract(key.contract); });
    auto *deployment = find(key);
    if (!contract || !deployment || deployment->stored.deleting)
        co_return;
    if (!deployment->stored.contractChecked) {
        queueSettle(key);
        co_return;
    }
    if (contract->twin != key.twin)
        co_return;
    deployment->missing.reset();
    const auto seen = seenFrom(key, *contract);
    if (seen.state == deployment->seen.state && seen.hash == deployment->seen.hash)
        co_return;
    const bool turned = seen.state != deployment->seen.state;
    deployment->seen = seen;
    StoreChange change;
    change.contracts = { seen };
    const auto written = co_await commit(change);
    if (!written && !over())
        qCWarning(lcEngine) << "a contract's state could not be written:" << written.error().what;
    if (turned && !over())
        queueSettle(key);
}

Task<void> EngineCore::cancelled(Key key)
{
    const auto head = co_await step(m_stop, 30s, QStringLiteral("reading the chain's head"),
        [&] { return m_ports.ledger->head(); });
    const bool ours = head && co_await knowsTheChain(*head);
    if (ours) {
        beginEnd(key, QStringLiteral("contract canceled event received"));
    } else if (!over() && find(key)) {
        queueSettle(key);
        compareSoon();
    }
}

// Nothing may end on the word of another chain, where contracts of ours are not even missing.
Task<bool> EngineCore::knowsTheChain(LedgerHead head)
{
    if (!head.genesis.isEmpty() && m_chain.isEmpty()) {
        StoreChange change;
        change.chain = head.genesis;
        const auto written = co_await commit(change);
        if (!written)
            co_return false;
        m_chain = head.genesis;
    }
    const bool foreign = !head.genesis.isEmpty() && head.genesis != m_chain;
    if (foreign != std::exchange(m_foreignChain, foreign)) {
        if (foreign)
            qCCritical(lcEngine)
                << "the chain is another one than before: nothing ends on its word";
        else
            qCInfo(lcEngine) << "the chain is the one this node belongs to again";
    }
    if (foreign)
        co_return false;
    const auto own = co_await step(m_stop, 30s, QStringLiteral("reading this node's record"),
        [&] { return m_ports.ledger->node(m_config.node); });
    co_return own && !over() && (m_config.twin == TwinId() || own->twin == m_config.twin);
}

Task<void> EngineCore::compare()
{
    if (m_comparing)
        co_return;
    m_comparing = true;
    const auto head = co_await step(m_stop, 30s, QStringLiteral("reading the chain's head"),
        [&] { return m_ports.ledger->head(); });
    const bool ours = head && co_await knowsTheChain(*head);
    if (ours) {
        const bool compared = co_await compareContracts(*head);
        if (compared)
            co_await compareStrays();
    }
    m_comparing = false;
    if (!m_stop.soft.cancelled())
        m_agenda.at(QStringLiteral("compare"), kBetweenLooks, [this] { spawn(compare()); });
}

// A contract is gone when two looks, ten minutes and a finalised block apart, do not find it. That
// all of several are gone at once is rather a mistake of the chain's end point: that has to stay so
// for a day.
Task<bool> EngineCore::compareContracts(LedgerHead head)
{
    qsizetype there = 0;
    QList<Key> missing;
    const auto keys = m_deployments.keys();
    for (const auto &key : keys) {
        const auto contract = co_await step(m_stop, 30s, QStringLiteral("reading the contract"),
            [&] { return m_ports.ledger->contract(key.contract); });
        auto *deployment = find(key);
        if (!deployment || deployment->stored.deleting || !deployment->stored.contractChecked)
            continue;
        if (contract) {
            ++there;
            co_await refreshContract(key);
            continue;
        }
        if (contract.error().code != ErrorCode::NotFound)
            co_return false;
        missing += key;
    }
    const std::chrono::milliseconds patience
        = there == 0 && missing.size() > 1 ? kBetweenStrangeLooks : kBetweenLooks;
    const auto now = m_ports.clock->monotonic();
    for (const auto &key : std::as_const(missing)) {
        auto *deployment = find(key);
        if (!deployment || deployment->stored.deleting)
            continue;
        if (!deployment->missing)
            deployment->missing = { now, head.finalised };
        else if (now - deployment->missing->since >= patience
            && head.finalised > deployment->missing->finalised)
            beginEnd(key, QStringLiteral("contract not active on chain"));
    }
    co_return true;
}

// Objects that carry the id of a workload nobody knows: removed when their contract is known to be
// gone, in two looks as well. Anything else stays and is only mentioned.
Task<void> EngineCore::compareStrays()
{
    const auto volumes = co_await step(
        m_stop, 60s, QStringLiteral("listing volumes"), [&] { return m_ports.volumes->list(); });
    const auto machines = co_await step(
        m_stop, 60s, QStringLiteral("listing machines"), [&] { return m_ports.machines->list(); });
    const auto roots = co_await step(
        m_stop, 60s, QStringLiteral("listing images"), [&] { return m_ports.images->mounted(); });
    if (!volumes || !machines || !roots)
        co_return;
    QStringList ids = *roots;
    for (const auto &machine : *machines)
        ids += machine.id;
    for (const auto &volume : *volumes)
        ids += volume.id.startsWith(u"rootfs:") ? volume.id.mid(7) : volume.id;
    ids.removeDuplicates();
    QMap<QString, std::chrono::milliseconds> strays;
    const auto now = m_ports.clock->monotonic();
    bool foreignMachines = false;
    for (const auto &id : std::as_const(ids)) {
        const auto [key, name] = ownerOf(id);
        if (!name.isEmpty() && m_deployments.contains(key))
            continue;
        foreignMachines
            = foreignMachines || std::ranges::contains(*machines, id, &MachineFacts::id);
        if (name.isEmpty())
            continue;
        const auto contract = co_await step(m_stop, 30s, QStringLiteral("reading the contract"),
            [&] { return m_ports.ledger->contract(key.contract); });
        if (contract || contract.error().code != ErrorCode::NotFound || m_deployments.contains(key))
            continue;
        const auto since = m_strays.value(id, now);
        strays.insert(id, since);
        if (now - since < kBetweenLooks)
            continue;
        qCInfo(lcEngine) << "removing what is left of workload" << id << "whose contract is gone";
        const auto stopped = co_await step(m_stop, 60s, QStringLiteral("stopping the machine"),
            [&] { return m_ports.machines->destroy(id); });
        const auto unmounted = co_await step(m_stop, 60s, QStringLiteral("unmounting the image"),
            [&] { return m_ports.images->unmountRoot(id); });
        const auto root = co_await step(m_stop, 60s, QStringLiteral("removing the root volume"),
            [&] { return m_ports.volumes->removeVolume(u"rootfs:" + id); });
        const auto disk = co_await step(m_stop, 60s, QStringLiteral("removing the disk"),
            [&] { return m_ports.volumes->removeDisk(id); });
        if (stopped && unmounted && root && disk)
            strays.remove(id);
    }
    // A tap does not say whose it is: only when no machine is unknown is one without an owner left
    // over.
    if (!foreignMachines)
        co_await compareTaps(&strays);
    m_strays = strays;
}

Task<void> EngineCore::compareTaps(QMap<QString, std::chrono::milliseconds> *strays)
{
    const auto taps = co_await step(m_stop, 60s, QStringLiteral("listing network cards"),
        [&] { return m_ports.networks->taps(); });
    if (!taps)
        co_return;
    QSet<QString> known;
    const auto note = [&known](const Key &key, const Workload &workload) {
        const auto *machine = workload.as<ZMachine>();
        if (!machine)
            return;
        for (const auto &interface : machine->interfaces)
            known += tapName(workloadId(key.twin, key.contract, workload.name), interface.network);
    };
    for (const auto &[key, deployment] : m_deployments.asKeyValueRange()) {
        for (const auto &live : deployment.workloads)
            note(key, live.workload);
    }
    for (const auto &[key, tombstones] : m_tombstones.asKeyValueRange()) {
        for (const auto &tombstone : tombstones)
            note(key, tombstone.workload);
    }
    const auto now = m_ports.clock->monotonic();
    for (const auto &tap : *taps) {
        if (known.contains(tap))
            continue;
        const auto since = m_strays.value(tap, now);
        strays->insert(tap, since);
        if (now - since < kBetweenLooks)
            continue;
        qCInfo(lcEngine) << "removing network card" << tap << "that no machine has";
        const auto removed = co_await step(m_stop, 30s, QStringLiteral("removing the network card"),
            [&] { return m_ports.networks->removeTap(tap); });
        if (removed)
            strays->remove(tap);
    }
}

void EngineCore::machineStopped(const QString &id, const QString &reason)
{
    const auto [key, name] = ownerOf(id);
    const auto *deployment = find(key);
    const auto *live
        = deployment && !deployment->stored.deleting ? deployment->find(name) : nullptr;
    if (live && live->workload.result.state != ResultState::Error)
        m_supervisor.stopped(id, reason);
    lookSoon(); // what ended it may have ended more
}

void EngineCore::machineRebooted(const QString &id)
{
    m_supervisor.rebooted(id);
    const auto [key, name] = ownerOf(id);
    auto *deployment = find(key);
    auto *live = deployment && !deployment->stored.deleting ? deployment->find(name) : nullptr;
    if (!live || live->runs.isEmpty() || live->runs == live->digest)
        return;
    live->renews = true;
    queueSettle(key);
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/model/upgrade.h"
#include "core/model/zmachine.h"
#include "core/provision/enginecore.h"

#include <QScopeGuard>

#include <algorithm>

// From a checked request to a committed new version of a deployment.

namespace zos {

Result<> EngineCore::checkNetworkUse(
    const Key &key, const QStringList &removed, const Deployment &next) const
{
    const auto uses = [](const Workload &workload, const QString &network) {
        const auto *machine = workload.as<ZMachine>();
        return machine
            && std::ranges::any_of(
                machine->interfaces, [&network](const MachineInterface &interface) {
                    return interface.network == network;
                });
    };
    const auto refuse = [](const QString &network, const QString &machine) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("network '%1' is still used by machine '%2': upgrade validation error")
                .arg(network, machine));
    };
    for (const auto &network : removed) {
        for (const auto &workload : next.workloads) {
            if (uses(workload, network))
                return refuse(network, workload.name);
        }
        for (const auto &[other, deployment] : ofTwin(m_deployments, key.twin)) {
            if (other == key || deployment.stored.deleting)
                continue;
            for (const auto &live : deployment.workloads) {
                if (live.workload.result.state != ResultState::Error
                    && uses(live.workload, network))
                    return refuse(network, live.workload.name);
            }
        }
    }
    return {};
}

// A disk goes with all that is on it: not from under a machine that stays, nor from under one that
// may still have it, because a change that takes it out is not made yet.
Result<> EngineCore::checkDiskUse(
    const Key &key, const QStringList &removed, const Deployment &next) const
{
    const auto used = [&removed](const Workload &workload) -> QString {
        const auto *machine = workload.as<ZMachine>();
        const auto mounts = machine ? machine->mounts : QList<MachineMount>();
        const auto found = std::ranges::find_if(
            mounts, [&removed](const MachineMount &mount) { return removed.contains(mount.name); });
        return found == mounts.end() ? QString() : found->name;
    };
    const auto refuse = [](const QString &text, const QString &disk, const QString &machine) {
        return fail(ErrorCode::Invalid, text.arg(disk, machine));
    };
    for (const auto &workload : next.workloads) {
        if (const auto disk = used(workload); !disk.isEmpty())
            return refuse(
                QStringLiteral("disk '%1' is still used by machine '%2': upgrade validation error"),
                disk, workload.name);
        const auto *live = find(key)->find(workload.name);
        if (!live || live->workload.result.state == ResultState::Error)
            continue;
        for (const auto &form : { live->workload, live->pending.value_or(live->workload),
                 live->begun.value_or(live->workload) }) {
            if (const auto disk = used(form); !disk.isEmpty())
                return refuse(QStringLiteral("disk '%1' is still used by machine '%2', take it out "
                                             "of the machine first: upgrade validation error"),
                    disk, workload.name);
        }
    }
    return {};
}

Task<Result<>> EngineCore::acceptUpdate(TwinId sender, QByteArray json, SignedRequest given)
{
    const auto &next = given.deployment;
    const Key key { next.twin, next.contract };
    const auto missing = [this, &key]() -> Error {
        const auto others = ofTwin(m_deployments, key.twin);
        const bool known = others.begin() != others.end();
        return { ErrorCode::NotFound,
            known ? QStringLiteral("deployment not found: deployment does not exist")
                  : QStringLiteral("twin not found: deployment does not exist") };
    };
    auto *deployment = find(key);
    if (!deployment || deployment->stored.deleting)
        co_return fail(missing());
    if (m_accepting.contains(key))
        co_return fail(
            ErrorCode::Busy, QStringLiteral("another update of this deployment is being accepted"));
    auto stored = deployment->header;
    for (const auto &live : std::as_const(deployment->workloads))
        stored.workloads += live.pending ? *live.pending : live.workload;
    const auto upgrade = Upgrade::between(stored, next);
    if (!upgrade)
        co_return fail(upgrade.error());
    QList<Workload> added;
    QList<Workload> updated;
    for (const auto &name : upgrade->add)
        added += *next.find(name);
    for (const auto &name : upgrade->update)
        updated += *next.find(name);
    const auto removed = upgrade->remove;
    if (const auto supported = checkSupported(next); !supported)
        co_return supported;
    for (const auto &workload : std::as_const(updated)) {
        if (!m_registry.find(workload.type)->canUpdate())
            co_return fail(ErrorCode::Invalid,
                QStringLiteral("workload '%1' does not support upgrade: upgrade validation error")
                    .arg(workload.type));
    }
    if (const auto free = checkConflicts(key, next); !free)
        co_return free;
    QStringList removedNetworks;
    for (const auto &name : std::as_const(removed)) {
        if (isShareable(deployment->find(name)->workload.type))
            removedNetworks += name;
    }
    if (const auto unused = checkNetworkUse(key, removedNetworks, next); !unused)
        co_return unused;
    if (const auto unused = checkDiskUse(key, removed, next); !unused)
        co_return unused;
    const auto isNew = [&upgrade](const Workload &workload) {
        return upgrade->add.contains(workload.name) || upgrade->update.contains(workload.name);
    };
    if (const auto possible = checkPossible(next, isNew); !possible)
        co_return possible;

    QList<CapacityLedger::Request> requests;
    for (const auto &workload : std::as_const(added))
        requests += requestOf(key, workload);
    for (const auto &workload : std::as_const(updated))
        requests += growthOf(key, deployment->find(workload.name)->workload, workload);
    m_accepting.insert(key, shareableNames(next));
    bool reserved = false;
    const auto undo = qScopeGuard([&] {
        m_accepting.remove(key);
        if (reserved) {
            for (const auto &workload : added + updated)
                recount(key, workload.name);
        }
    });
    if (const auto room = m_capacity.reserve(key, requests, roomFor(key, requests)); !room)
        co_return room;
    reserved = true;
    const auto contract = co_await checkContract(given);
    if (!contract)
        co_return fail(contract.error());
    if (!*contract)
        co_return fail(ErrorCode::Unavailable,
            QStringLiteral("failed to get deployment contract: the chain cannot be reached"));
    deployment = find(key);
    if (!deployment || deployment->stored.deleting)
        co_return fail(missing());

    const auto now = m_ports.clock->seconds().count();
    StoreChange change;
    auto row = deployment->stored;
    row.request = json;
    row.sender = sender;
    row.contractChecked = true;
    change.deployments = { row };
    change.contracts = { seenFrom(key, **contract) };
    change.accounts = given.newAccounts;
    QList<Workload> begun = added;
    for (const auto &workload : std::as_const(updated)) {
        // One that never came to life has nothing to keep: its new version starts afresh.
        if (deployment->find(workload.name)->workload.result.state == ResultState::Error) {
            begun += workload;
            // A change that waited for its turn when it failed is overtaken.
            change.appliedPending += PendingWorkload { key, workload };
        } else {
            change.pending += PendingWorkload { key, workload };
            const auto *live = deployment->find(workload.name);
            if (live->begun && !live->concluded)
                change.pending += PendingWorkload { key, *live->begun, true };
        }
    }
    for (auto &workload : begun) {
        workload.result = { now, ResultState::Init, {}, "null" };
        change.workloads += StoredWorkload { key, workload, {} };
        change.log += LogEntry { 0, key, workload };
    }
    for (const auto &name : std::as_const(removed)) {
        const auto *live = deployment->find(name);
        change.tombstones += Tombstone { key, live->workload,
            QStringLiteral("deleted by an update"), now, false };
        change.droppedWorkloads += WorkloadKey { key, name };
        if (live->pending)
            change.appliedPending += PendingWorkload { key, *live->pending };
    }
    m_updating += key;
    const auto written = co_await commit(change);
    m_updating.removeOne(key);
    deployment = find(key);
    // It may have been decided meanwhile that all of it ends. What is stored is accepted all the
    // same, or the next restart would make a liar of the refusal; the end follows.
    const bool deletingMeanwhile = deployment && deployment->stored.deleting;
    const auto end = qScopeGuard([&] {
        if (deletingMeanwhile)
            spawn(recordEnd(key)); // of the version that is in force by then
    });
    if (!written && deployment)
        queueSettle(key); // what did not begin meanwhile
    if (!written)
        co_return fail(written.error().wrapped(QStringLiteral("the update could not be stored")));
    m_accounts.insert(given.newAccounts);
    if (!deployment)
        co_return {};
    deployment->stored = row;
    deployment->stored.deleting = deletingMeanwhile;
    deployment->seen = change.contracts.first();
    deployment->log += change.log;
    deployment->header = headerOf(next);
    QList<LiveWorkload> workloads;
    for (const auto &workload : std::as_const(next.workloads)) {
        const auto *live = deployment->find(workload.name);
        LiveWorkload one = live ? *live : LiveWorkload {};
        if (const auto fresh = std::ranges::find(begun, workload.name, &Workload::name);
            fresh != begun.end())
            one = LiveWorkload { *fresh, {}, {}, false, {}, false, {}, {} };
        else if (const auto changed = std::ranges::find(updated, workload.name, &Workload::name);
            changed != updated.end())
            one.pending = *changed;
        else
            one.takeWords(workload);
        workloads += one;
    }
    deployment->workloads = workloads;
    for (const auto &tombstone : std::as_const(change.tombstones))
        putTombstone(tombstone);
    for (const auto &name : std::as_const(removed))
        recount(key, name);
    qCInfo(lcEngine) << "accepted version" << next.version << "of deployment" << key.text();
    if (!deletingMeanwhile)
        queueSettle(key);
    says(key);
    co_return {};
}

} // namespace zos

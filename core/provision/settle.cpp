// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/model/zmachine.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// The one job of a lane: bring a deployment from what is recorded to what is wanted.

namespace zos {

using namespace std::chrono_literals;

namespace {

// What a program reads of a failure; the message is for people. A first start that failed is not
// tried again.
QByteArray failureData(const Error &error, const QString &stage)
{
    return JsonWriter()
        .object()
        .key(u"code")
        .string(errorName(error.code))
        .key(u"stage")
        .string(stage)
        .key(u"retry_at")
        .null()
        .end()
        .text();
}

} // namespace

QStringList installOrder(QList<const Workload *> workloads)
{
    std::ranges::stable_sort(workloads, [](const Workload *a, const Workload *b) {
        const auto rankA = installRank(a->type);
        const auto rankB = installRank(b->type);
        if (rankA != rankB)
            return rankA < rankB;
        const bool disks = a->type == u"zmount" || a->type == u"volume";
        return disks && a->type == b->type && a->capacity().sru > b->capacity().sru;
    });
    QStringList names;
    for (const auto *workload : std::as_const(workloads))
        names += workload->name;
    return names;
}

void EngineCore::queueSettle(const Key &key, bool urgent)
{
    if (!m_working)
        return; // start() has a job for each
    m_agenda.drop(retryName(key));
    m_lanes.add(key, QStringLiteral("settle"), urgent, [this, key] { return job(key); });
}

Task<void> EngineCore::job(Key key)
{
    if (auto *deployment = find(key)) {
        deployment->workedOnSince = m_ports.clock->monotonic();
        ++deployment->jobs;
    }
    co_await settle(key);
    if (auto *deployment = find(key))
        deployment->workedOnSince.reset();
    if (m_firstPass.erase(key) > 0 && m_firstPass.empty())
        m_firstPassOver->open();
}

Task<void> EngineCore::settle(Key key)
{
    auto *deployment = find(key);
    if (!deployment || m_stop.soft.cancelled())
        co_return;
    // Decided to end, but the decision is not in the store yet: recordEnd() comes back here.
    if (deployment->stored.deleting && !deployment->endRecorded)
        co_return;
    deployment->stop = freshStop();
    bool good = co_await bury(key);
    deployment = find(key);
    if (!deployment || over())
        co_return;
    if (deployment->stored.deleting) {
        if (!deployment->endRecorded)
            co_return;
        if (good && m_tombstones.contains(key))
            queueSettle(key, true); // the end was decided meanwhile: now everything has to go
        else if (good)
            good = co_await finishEnd(key);
        if (!good)
            retryLater(key);
        co_return;
    }
    if (!deployment->stored.contractChecked) {
        const bool checked = co_await settleContract(key);
        deployment = find(key);
        if (!deployment || over() || deployment->stored.deleting)
            co_return;
        if (!checked) {
            retryLater(key);
            co_return;
        }
    }
    QList<const Workload *> workloads;
    for (const auto &live : std::as_const(deployment->workloads))
        workloads += &live.workload;
    const auto names = installOrder(std::move(workloads));
    good = co_await settlePauses(key, names) && good;
    for (const auto &name : names) {
        deployment = find(key);
        if (!deployment || over() || deployment->stored.deleting
            || deployment->stop.soft.cancelled())
            co_return;
        const bool done = co_await settleWorkload(key, name);
        good = good && done;
        deployment = find(key);
        if (!deployment || over() || deployment->stored.deleting
            || deployment->stop.soft.cancelled())
            co_return;
    }
    if (good)
        deployment->retries = 0;
    else
        retryLater(key);
    says(key);
}

Task<bool> EngineCore::settleContract(Key key)
{
    auto *deployment = find(key);
    auto request = Deployment::fromJson(deployment->stored.request);
    if (!request)
        co_return true;
    const auto contract = co_await checkContract({ *request, request->challengeHashes() });
    deployment = find(key);
    if (!deployment || over() || deployment->stored.deleting)
        co_return true;
    if (contract && !*contract) {
        for (auto &live : deployment->workloads)
            live.notice = QStringLiteral("waiting for the chain");
        says(key);
        co_return false;
    }
    if (!contract && contract.error().code == ErrorCode::Cancelled)
        co_return false;
    // An update that is being accepted brings a newer request and has seen the contract itself:
    // what is known here would be written over it.
    if (m_accepting.contains(key))
        co_return false;
    StoreChange change;
    auto stored = deployment->stored;
    stored.contractChecked = true;
    change.deployments = { stored };
    QList<Workload> failed;
    if (contract) {
        change.contracts = { seenFrom(key, **contract) };
    } else {
        for (const auto &live : std::as_const(deployment->workloads)) {
            auto workload = live.workload;
            workload.result
                = { m_ports.clock->seconds().count(), ResultState::Error, contract.error().what,
                      failureData(contract.error(), QStringLiteral("checking the contract")) };
            change.workloads += StoredWorkload { key, workload, {} };
            change.log += LogEntry { 0, key, workload };
            failed += workload;
        }
    }
    const auto written = co_await commit(change);
    deployment = find(key);
    if (!written || !deployment)
        co_return false;
    deployment->stored.contractChecked = true;
    if (contract)
        deployment->seen = change.contracts.first();
    for (auto &live : deployment->workloads)
        live.notice.clear();
    for (const auto &workload : std::as_const(failed)) {
        if (auto *live = deployment->find(workload.name))
            live->workload = workload;
        deployment->log += LogEntry { 0, key, workload };
        recount(key, workload.name);
    }
    says(key);
    co_return true;
}

Task<bool> EngineCore::settleWorkload(Key key, QString name)
{
    auto *deployment = find(key);
    auto *live = deployment ? deployment->find(name) : nullptr;
    auto *provisioner = live ? m_registry.find(live->workload.type) : nullptr;
    if (!provisioner)
        co_return true;
    if (provisioner->pass() == Provisioner::Pass::Machines && !m_machinesOpen)
        co_return true;
    if (live->workload.result.state == ResultState::Error && live->pending) {
        const bool begun = co_await beginAfresh(key, name);
        if (!begun)
            co_return false;
        deployment = find(key);
        live = deployment ? deployment->find(name) : nullptr;
        if (!live || deployment->stored.deleting)
            co_return true;
    }
    const auto state = live->workload.result.state;
    if (state == ResultState::Init) {
        const auto buried = m_tombstones.constFind(key);
        if (buried != m_tombstones.cend()
            && std::ranges::any_of(*buried,
                [&name](const Tombstone &tombstone) { return tombstone.workload.name == name; })) {
            live->notice = QStringLiteral("waiting for the removal of its predecessor");
            co_return false;
        }
        if (const auto missing = waitsFor(key, live->workload); !missing.isEmpty()) {
            live->notice = QStringLiteral("waiting for %1").arg(missing);
            says(key);
            co_return false;
        }
        const bool done = co_await provision(key, name);
        if (!done)
            co_return false;
    } else if (!isOkay(state)) {
        co_return true;
    } else if (!live->present) {
        const bool done = co_await restore(key, name);
        if (!done)
            co_return false;
    }
    deployment = find(key);
    live = deployment ? deployment->find(name) : nullptr;
    if (!live || over() || deployment->stored.deleting || !isOkay(live->workload.result.state)
        || !live->present)
        co_return true;
    if (live->pending && provisioner->pass() == Provisioner::Pass::Machines) {
        // A paused machine is not started anew: its change comes when it may run again.
        const bool done = co_await settlePause(key, name);
        if (!done)
            co_return false;
        deployment = find(key);
        live = deployment ? deployment->find(name) : nullptr;
        if (!live || over() || deployment->stored.deleting
            || live->workload.result.state != ResultState::Ok)
            co_return true;
        if (const auto missing = live->pending ? waitsFor(key, *live->pending) : QString();
            !missing.isEmpty()) {
            live->notice = QStringLiteral("waiting for %1").arg(missing);
            says(key);
            co_return false;
        }
    }
    if (live->pending) {
        const bool done = co_await applyUpdates(key, name);
        if (!done)
            co_return false;
        deployment = find(key);
        live = deployment ? deployment->find(name) : nullptr;
        if (!live || over() || deployment->stored.deleting)
            co_return true;
    }
    if (live->renews || m_restarting.contains(workloadId(key.twin, key.contract, name))) {
        const bool done = co_await restartMachine(key, name);
        if (!done)
            co_return false;
    }
    co_return co_await settlePause(key, name);
}

// What a machine needs and may still get: better late than an error for ever.
QString EngineCore::waitsFor(const Key &key, const Workload &workload) const
{
    const auto *machine = workload.as<ZMachine>();
    if (!machine)
        return {};
    const auto comes = [](const LiveWorkload *live) {
        return live
            && (live->workload.result.state == ResultState::Init
                || (isOkay(live->workload.result.state) && (!live->present || live->begun)));
    };
    for (const auto &mount : machine->mounts) {
        if (comes(find(key)->find(mount.name)))
            return QStringLiteral("disk '%1'").arg(mount.name);
    }
    for (const auto &interface : machine->interfaces) {
        for (const auto &[other, deployment] : ofTwin(m_deployments, key.twin)) {
            const auto *live
                = deployment.stored.deleting ? nullptr : deployment.find(interface.network);
            if (live && isShareable(live->workload.type) && comes(live))
                return QStringLiteral("network '%1'").arg(interface.network);
        }
    }
    return {};
}

// A change of something that failed before the change's turn came: there is nothing to keep.
Task<bool> EngineCore::beginAfresh(Key key, QString name)
{
    Transition transition;
    transition.applied = find(key)->find(name)->pending;
    transition.next = *transition.applied;
    transition.next.result
        = { m_ports.clock->seconds().count(), ResultState::Init, {}, QByteArray("null") };
    transition.logged = transition.next;
    transition.digest = QString();
    co_return co_await record(key, transition);
}

Task<bool> EngineCore::provision(Key key, QString name)
{
    auto *deployment = find(key);
    const auto workload = deployment->find(name)->workload;
    auto *provisioner = m_registry.find(workload.type);
    const auto stop = deployment->stop;
    const auto id = workloadId(key.twin, key.contract, name);
    if (provisioner->pass() == Provisioner::Pass::Machines)
        m_supervisor.starting(id);
    const auto outcome
        = co_await provisioner->provision(context(key, workload, "create", false, stop));
    deployment = find(key);
    auto *live = deployment ? deployment->find(workload) : nullptr;
    if (!live || over() || deployment->stored.deleting)
        co_return true;
    if (!outcome && stop.soft.cancelled())
        co_return true; // it is stopped, not refused: still init, and begun again later
    live->notice.clear();
    Transition transition;
    transition.next = workload;
    transition.next.result = { m_ports.clock->seconds().count(),
        outcome ? ResultState::Ok : ResultState::Error, outcome ? QString() : outcome.error().what,
        outcome ? outcome->data
                : failureData(outcome.error(), m_timeline->lastFailure(key, name)) };
    transition.logged = transition.next;
    if (outcome)
        transition.digest = live->runs = outcome->digest;
    else
        transition.leavesRemains = true;
    const bool recorded = co_await record(key, transition);
    if (!recorded)
        co_return false;
    if (!outcome) {
        qCInfo(lcEngine) << "workload" << id << "failed:" << outcome.error().what;
        co_return co_await bury(key);
    }
    if (provisioner->pass() == Provisioner::Pass::Machines)
        m_supervisor.running(id);
    co_return true;
}

Task<bool> EngineCore::restore(Key key, QString name)
{
    auto *deployment = find(key);
    const auto workload = deployment->find(name)->workload;
    auto *provisioner = m_registry.find(workload.type);
    const auto stop = deployment->stop;
    const bool machine = provisioner->pass() == Provisioner::Pass::Machines;
    const auto id = workloadId(key.twin, key.contract, name);
    if (machine)
        m_supervisor.starting(id);
    using Life = ProvisionContext::Life;
    const bool changes = deployment->find(name)->pending && workload.result.state == ResultState::Ok
        && !isInGrace(key);
    auto outcome = co_await provisioner->provision(
        context(key, workload, "restore", true, stop, changes ? Life::Await : Life::Keep));
    // Also one that was found running: an earlier attempt may have started it and no more.
    if (outcome && machine && workload.result.state == ResultState::Paused && !outcome->paused) {
        const auto paused
            = co_await provisioner->pause(context(key, workload, "restore", true, stop));
        if (!paused)
            outcome = fail(paused.error());
    }
    if (outcome && machine && outcome->paused && !outcome->started
        && workload.result.state == ResultState::Ok && !isInGrace(key)) {
        const auto resumed
            = co_await provisioner->resume(context(key, workload, "restore", true, stop));
        if (!resumed)
            outcome = fail(resumed.error());
    }
    if (outcome && isShareable(workload.type) && m_machinesOpen) {
        const auto plugged = co_await plugIn(key, name);
        if (!plugged)
            outcome = fail(plugged.error());
    }
    deployment = find(key);
    auto *live = deployment ? deployment->find(workload) : nullptr;
    if (!live || over() || deployment->stored.deleting || (!outcome && stop.soft.cancelled()))
        co_return true;
    if (!outcome) {
        live->trouble = outcome.error().what;
        qCWarning(lcEngine) << "workload" << id << "is not restored yet:" << outcome.error().what;
        says(key);
        co_return false;
    }
    if (!live->trouble.isEmpty())
        retrySoon(); // what was in its way was perhaps in that of others
    live->trouble.clear();
    live->notice.clear();
    live->present = true;
    if (isShareable(workload.type))
        retryTwin(key.twin);
    if (machine && workload.result.state == ResultState::Ok)
        m_supervisor.running(id);
    says(key);
    live->runs = outcome->digest;
    if (outcome->digest == live->digest)
        co_return true;
    if (!live->digest.isEmpty() && !outcome->started) {
        qCInfo(lcEngine) << "machine" << id
                         << "runs in an older form; it gets the new one at its next start";
        co_return true;
    }
    Transition transition;
    transition.next = live->workload;
    transition.digest = outcome->digest;
    co_return co_await record(key, transition);
}

} // namespace zos

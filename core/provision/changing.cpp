// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// What becomes of a workload that is there: it is changed, paused, resumed, started again.

namespace zos {

namespace {

bool isRefusal(ErrorCode code)
{
    return code == ErrorCode::Invalid || code == ErrorCode::Limit || code == ErrorCode::Exists;
}

} // namespace

// Changes come into force in the order they were accepted. One that has begun is brought to an end
// before a newer one has its turn, because what it did cannot be taken back.
Task<bool> EngineCore::applyUpdates(Key key, QString name)
{
    for (;;) {
        auto *deployment = find(key);
        auto *live = deployment ? deployment->find(name) : nullptr;
        if (!live || over() || deployment->stored.deleting || deployment->stop.soft.cancelled()
            || !live->pending)
            co_return true;
        const bool again = live->begun.has_value();
        // What takes its place is being written: the store would not know that it has begun.
        if (!again && m_updating.contains(key))
            co_return true;
        if (!again)
            live->begun = live->pending;
        const bool done = co_await applyUpdate(key, name, *live->begun, again);
        if (!done)
            co_return false;
    }
}

Task<bool> EngineCore::applyUpdate(Key key, QString name, Workload wanted, bool again)
{
    auto *deployment = find(key);
    const auto old = deployment->find(name)->workload;
    const auto stop = deployment->stop;
    auto *provisioner = m_registry.find(old.type);
    const bool machine = provisioner->pass() == Provisioner::Pass::Machines;
    const auto id = workloadId(key.twin, key.contract, name);
    const auto outcome
        = co_await provisioner->update(context(key, wanted, "update", true, stop), old);
    deployment = find(key);
    auto *live = deployment ? deployment->find(old) : nullptr;
    if (!live || over() || deployment->stored.deleting || (!outcome && stop.soft.cancelled()))
        co_return true;
    // Nobody waits for it any more, and it may be made all the same: neither done nor refused.
    // Asked again it comes after what still runs, and then it is known. Of what was begun before
    // and may have been made by then, only a refusal says that it was not. Machines are put back.
    if (!outcome
        && (outcome.error().code == ErrorCode::Timeout
            || (again && !machine && !isRefusal(outcome.error().code)))) {
        if (live->notice.isEmpty())
            live->notice = outcome.error().what;
        says(key);
        co_return false;
    }
    live->notice.clear();
    const auto now = m_ports.clock->seconds().count();
    Transition transition;
    transition.applied = wanted;
    if (outcome) {
        transition.next = wanted;
        transition.next.result = { now, ResultState::Ok, {}, outcome->data };
        transition.logged = transition.next;
        if (machine)
            transition.digest = outcome->digest;
        if (machine && outcome->started) {
            live->runs = outcome->digest;
            m_supervisor.running(id);
        }
    } else {
        transition.next = old;
        transition.next.result.message = outcome.error().what;
        transition.logged = wanted;
        transition.logged->result
            = { now, ResultState::Unchanged, outcome.error().what, old.result.data };
        qCInfo(lcEngine) << "an update of workload" << id << "failed:" << outcome.error().what;
    }
    const bool recorded = co_await record(key, transition);
    if (!recorded || outcome || !machine)
        co_return recorded;
    // It may have been stopped on the way.
    deployment = find(key);
    live = deployment && !deployment->stored.deleting ? deployment->find(old) : nullptr;
    if (!live)
        co_return true;
    live->present = false;
    co_return co_await restore(key, name);
}

// Machines stand still before what they use does.
Task<bool> EngineCore::settlePauses(Key key, QStringList names)
{
    bool good = true;
    std::ranges::reverse(names);
    for (const auto &name : std::as_const(names)) {
        auto *deployment = find(key);
        if (!deployment || over() || deployment->stored.deleting
            || deployment->stop.soft.cancelled() || !isInGrace(key))
            break;
        const auto *live = deployment->find(name);
        if (!live || !live->present || live->pending)
            continue;
        const bool done = co_await settlePause(key, name);
        good = good && done;
    }
    co_return good;
}

Task<bool> EngineCore::settlePause(Key key, QString name)
{
    auto *deployment = find(key);
    auto *live = deployment ? deployment->find(name) : nullptr;
    if (!live || !isOkay(live->workload.result.state))
        co_return true;
    const bool paused = live->workload.result.state == ResultState::Paused;
    const bool wanted = isInGrace(key);
    if (paused == wanted)
        co_return true;
    const auto workload = live->workload;
    const auto stop = deployment->stop;
    auto *provisioner = m_registry.find(workload.type);
    const bool machine = provisioner->pass() == Provisioner::Pass::Machines;
    const auto id = workloadId(key.twin, key.contract, name);
    if (machine && wanted)
        m_supervisor.forget(id);
    auto done = wanted ? co_await provisioner->pause(context(key, workload, "pause", true, stop))
                       : co_await provisioner->resume(context(key, workload, "resume", true, stop));
    Transition transition;
    if (machine && !done && done.error().code == ErrorCode::NotFound) {
        // It ended meanwhile: nothing runs, as wanted, or it is started instead.
        done = {};
        if (!wanted) {
            m_supervisor.starting(id);
            auto running = workload;
            running.result.state = ResultState::Ok;
            const auto started
                = co_await provisioner->provision(context(key, running, "resume", true, stop));
            if (!started)
                done = fail(started.error());
            else if (!started->started)
                done = fail(ErrorCode::Busy, QStringLiteral("the machine is there after all"));
            else
                transition.digest = started->digest;
        }
    }
    deployment = find(key);
    live = deployment ? deployment->find(workload) : nullptr;
    if (!live || over() || deployment->stored.deleting || (!done && stop.soft.cancelled()))
        co_return true;
    if (!done) {
        qCWarning(lcEngine) << "workload" << id
                            << (wanted ? "could not be paused:" : "could not be resumed:")
                            << done.error().what;
        live->notice = done.error().what;
        if (!std::exchange(live->refusedPause, true))
            co_await logUnchanged(key, workload, done.error().what);
        co_return false;
    }
    live->refusedPause = false;
    if (machine && !wanted)
        m_supervisor.running(id);
    live->notice.clear(); // a machine's crash loop: the supervisor has forgotten it
    if (transition.digest)
        live->runs = *transition.digest;
    transition.next = workload;
    transition.next.result.created = m_ports.clock->seconds().count();
    transition.next.result.state = wanted ? ResultState::Paused : ResultState::Ok;
    transition.next.result.message = wanted ? QStringLiteral("paused") : QString();
    transition.logged = transition.next;
    co_return co_await record(key, transition);
}

// Once, however often it is tried again. Clients do not see it (reducedChanges).
Task<void> EngineCore::logUnchanged(Key key, Workload workload, QString why)
{
    workload.result.created = m_ports.clock->seconds().count();
    workload.result.state = ResultState::Unchanged;
    workload.result.message = why;
    StoreChange change;
    change.log = { LogEntry { 0, key, workload } };
    const auto written = co_await commit(change);
    auto *deployment = find(key);
    if (written && deployment)
        deployment->log += change.log;
}

// After it ended by itself; or its guest starts anew, and there is another form for it.
Task<bool> EngineCore::restartMachine(Key key, QString name)
{
    const auto id = workloadId(key.twin, key.contract, name);
    m_restarting.remove(id);
    auto *deployment = find(key);
    auto *live = deployment->find(name);
    const bool renews = std::exchange(live->renews, false);
    const auto workload = live->workload;
    const auto stop = deployment->stop;
    if (workload.result.state != ResultState::Ok)
        co_return true;
    m_supervisor.starting(id);
    using Life = ProvisionContext::Life;
    const auto outcome = co_await m_registry.find(workload.type)
                             ->provision(context(key, workload, "restart", true, stop,
                                 renews ? Life::Renew : Life::Keep));
    deployment = find(key);
    live = deployment ? deployment->find(workload) : nullptr;
    if (!live || over() || deployment->stored.deleting)
        co_return true;
    if (!outcome && stop.soft.cancelled()) {
        m_restarting.insert(id); // it may be down by now
        co_return true;
    }
    if (!outcome) {
        m_supervisor.startFailed(id, outcome.error().what);
        co_return true;
    }
    m_supervisor.running(id);
    live->runs = outcome->digest;
    if (outcome->started)
        live->lacks.clear();
    if (outcome->digest == live->digest || !outcome->started)
        co_return true;
    Transition transition;
    transition.next = live->workload;
    transition.digest = outcome->digest;
    co_return co_await record(key, transition);
}

} // namespace zos

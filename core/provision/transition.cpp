// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/model/network.h"
#include "core/model/zmachine.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// What a job is given of the engine, and how the engine takes over what it did.

namespace zos {

Task<bool> EngineCore::record(Key key, Transition transition)
{
    const auto *deployment = find(key);
    const auto name = transition.next.name;
    const auto *before = deployment->find(name);
    const auto digest = transition.digest.value_or(before->digest);
    StoreChange change;
    change.workloads = { StoredWorkload { key, transition.next, digest } };
    if (transition.applied)
        change.appliedPending = { PendingWorkload { key, *transition.applied } };
    if (transition.logged)
        change.log = { LogEntry { 0, key, *transition.logged } };
    if (transition.leavesRemains)
        change.tombstones = { Tombstone { key, transition.next,
            QStringLiteral("remains of a failed start"), m_ports.clock->seconds().count(), true } };
    const auto state = transition.next.result.state;
    if (transition.logged)
        change.reports
            = { reportOf(key, name, isOkay(state) ? transition.next.capacity() : Capacity {}) };
    const auto conclude = [&](bool writes) {
        auto *live = over() || !find(key) ? nullptr : find(key)->find(name);
        if (live && transition.applied)
            live->concluded
                = writes && live->begun && live->begun->version <= transition.applied->version;
    };
    conclude(true);
    const auto written = co_await commit(change);
    conclude(false);
    auto *after = find(key);
    if (over() || !after)
        co_return false;
    if (!written) {
        qCCritical(lcEngine) << "the state of workload" << workloadId(key.twin, key.contract, name)
                             << "could not be written:" << written.error().what;
        co_return false;
    }
    after->log += change.log;
    for (const auto &tombstone : std::as_const(change.tombstones))
        putTombstone(tombstone);
    if (transition.logged && !after->stored.deleting)
        m_reporter.queue(change.reports.first());
    if (auto *live = after->find(name)) {
        const auto words = live->workload; // perhaps newer than those the job began with
        live->workload = transition.next;
        live->takeWords(words);
        live->digest = digest;
        live->present = isOkay(state);
        if (transition.applied && live->pending
            && live->pending->version <= transition.applied->version)
            live->pending.reset();
        if (transition.applied && live->begun
            && live->begun->version <= transition.applied->version)
            live->begun.reset();
    }
    recount(key, name);
    says(key);
    if (isOkay(state) && isShareable(transition.next.type))
        retryTwin(key.twin);
    co_return true;
}

// Shown in place of its state, not recorded: an end that is not done yet is no state to stay in.
void EngineCore::noteRemains(const Key &key, const Tombstone &tombstone, const QString &why)
{
    auto *deployment = find(key);
    auto *live = deployment && deployment->stored.deleting && !tombstone.keepResult
        ? deployment->find(tombstone.workload.name)
        : nullptr;
    if (!live)
        return;
    live->remains = why;
    says(key);
}

bool EngineCore::isInGrace(const Key &key) const
{
    const auto *deployment = find(key);
    return deployment && deployment->seen.state == u"grace";
}

ProvisionContextPtr EngineCore::context(const Key &key, const Workload &workload,
    const char *purpose, bool again, StopSignal stop, ProvisionContext::Life life)
{
    auto made = std::make_shared<ProvisionContext>();
    made->twin = key.twin;
    made->contract = key.contract;
    made->workload = workload;
    made->again = again;
    made->life = life;
    made->stop
        = m_timeline->watched(std::move(stop), key, workload.name, QString::fromLatin1(purpose));
    made->dns = m_config.dns;
    made->hostCpus = m_config.hostCpus;
    made->paused = workload.result.state == ResultState::Paused || isInGrace(key);
    if (const auto *deployment = find(key)) {
        for (const auto &live : deployment->workloads) {
            made->siblings += live.workload;
            if (live.workload.name == workload.name) {
                made->digest = live.digest;
                made->runs = live.runs;
            }
            // Okay on paper is not enough to build upon: it must be there.
            if (isOkay(live.workload.result.state) && !live.present)
                made->siblings.last().result.state = ResultState::Init;
        }
    }
    // One whose contract ended stays as long as machines run in it, and these may start again
    // there.
    made->network = [this, twin = key.twin, again](const QString &name) -> Result<NetworkPlan> {
        for (const auto &[other, deployment] : ofTwin(m_deployments, twin)) {
            const auto *live = deployment.find(name);
            const auto *data = live ? live->workload.as<Network>() : nullptr;
            if (data && isOkay(live->workload.result.state) && live->present
                && (again || !deployment.stored.deleting))
                return planNetwork(twin, name, *data);
        }
        return fail(ErrorCode::NotFound, QStringLiteral("network '%1' not found").arg(name));
    };
    made->addressTaken
        = [this, key, self = workload.name](const QString &network, const IpAddress &ip) {
              for (const auto &[other, deployment] : ofTwin(m_deployments, key.twin)) {
                  for (const auto &live : deployment.workloads) {
                      const auto *machine = live.workload.as<ZMachine>();
                      if (!machine || !isOkay(live.workload.result.state)
                          || (other == key && live.workload.name == self))
                          continue;
                      for (const auto &interface : machine->interfaces) {
                          if (interface.network == network && interface.ip == ip)
                              return true;
                      }
                  }
              }
              return false;
          };
    made->portTaken = [this, key, self = workload.name](quint16 port) {
        return std::ranges::any_of(m_deployments.asKeyValueRange(), [&](const auto &entry) {
            const auto &[other, deployment] = entry;
            return std::ranges::any_of(deployment.workloads, [&](const LiveWorkload &live) {
                const auto *data = live.workload.type == u"network"
                    ? live.workload.template as<Network>()
                    : nullptr;
                return data && data->wireguardListenPort == port
                    && isOkay(live.workload.result.state)
                    && (other != key || live.workload.name != self);
            });
        });
    };
    made->progress = [weak = weak_from_this(), key, name = workload.name](const QString &text) {
        const auto self = weak.lock();
        auto *deployment = self && !self->over() ? self->find(key) : nullptr;
        auto *live = deployment ? deployment->find(name) : nullptr;
        if (live && live->workload.result.state == ResultState::Init && live->notice != text) {
            live->notice = text;
            self->says(key);
        }
    };
    return made;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/model/zmachine.h"
#include "core/provision/enginecore.h"

#include <algorithm>

// Whether what is recorded as okay is there. What vanished while the node runs is not forgotten:
// machines are started again, networks are made again and machines plugged into them. A disk is
// looked for until it is found, because an empty one in its place would hide that its data is lost:
// until then it is shown as not there, which raises an alarm, and no machine is started with it.
// One that runs runs on with what it has open, and says that it would not come back.

namespace zos {

using namespace std::chrono_literals;

namespace {
constexpr auto kBetweenLooks = 10min;

bool isGone(ErrorCode code)
{
    return code == ErrorCode::NotFound || code == ErrorCode::Corrupt;
}
} // namespace

void EngineCore::machinesAnswer()
{
    lookSoon();
    retrySoon();
}

void EngineCore::lookSoon()
{
    if (m_machinesOpen && !over())
        m_agenda.earlier(QStringLiteral("look"), 1s, [this] { spawn(lookAround()); });
}

Task<void> EngineCore::lookAround()
{
    if (std::exchange(m_looking, true))
        co_return;
    co_await lookForNetworks();
    co_await lookForDisks();
    co_await lookForMachines();
    co_await lookForRoots();
    m_looking = false;
    if (!m_stop.soft.cancelled())
        m_agenda.earlier(QStringLiteral("look"), kBetweenLooks, [this] { spawn(lookAround()); });
}

// Those no job works on or is about to.
QList<EngineCore::Standing> EngineCore::standing(QStringView type) const
{
    QList<Standing> all;
    for (const auto &[key, deployment] : m_deployments.asKeyValueRange()) {
        if (deployment.stored.deleting || deployment.workedOnSince || m_lanes.position(key) >= 0)
            continue;
        for (const auto &live : deployment.workloads) {
            if (live.present && isOkay(live.workload.result.state) && live.workload.type == type)
                all += Standing { key, live.workload, deployment.jobs };
        }
    }
    return all;
}

// Null when something was done to it since: what was seen is old news.
LiveWorkload *EngineCore::unchanged(const Standing &standing)
{
    auto *deployment = find(standing.key);
    if (!deployment || over() || deployment->stored.deleting || deployment->workedOnSince
        || deployment->jobs != standing.jobs)
        return nullptr;
    auto *live = deployment->find(standing.workload);
    return live && live->present ? live : nullptr;
}

void EngineCore::vanished(const Standing &standing, const QString &what)
{
    auto *live = unchanged(standing);
    if (!live)
        return;
    qCCritical(lcEngine) << "workload"
                         << workloadId(
                                standing.key.twin, standing.key.contract, standing.workload.name)
                         << "was okay and is not there:" << what;
    live->present = false;
    live->trouble = what;
    says(standing.key);
    queueSettle(standing.key);
}

Task<void> EngineCore::lookForNetworks()
{
    const auto expected = standing(u"network");
    if (expected.isEmpty())
        co_return;
    const auto there = co_await step(
        m_stop, 60s, QStringLiteral("listing networks"), [&] { return m_ports.networks->list(); });
    if (!there)
        co_return;
    for (const auto &one : expected) {
        const auto id = networkId(one.key.twin, one.workload.name);
        if (!there->contains(id)) {
            vanished(one, QStringLiteral("the network does not exist any more"));
            continue;
        }
        const auto taps = tapsIn(one.key.twin, one.workload.name);
        const auto state = co_await step(m_stop, 60s, QStringLiteral("looking at the network"),
            [&] { return m_ports.networks->state(id); });
        if (!state)
            continue;
        if (const auto trouble = state->trouble(taps); !trouble.isEmpty())
            vanished(one, trouble);
        else if (!state->wireguard)
            vanished(one, QStringLiteral("its WireGuard interface is missing or down"));
    }
}

Task<void> EngineCore::lookForDisks()
{
    for (const auto &one : standing(u"zmount")) {
        const auto id = workloadId(one.key.twin, one.key.contract, one.workload.name);
        const auto disk = co_await step(m_stop, 60s, QStringLiteral("looking for the disk"),
            [&] { return m_ports.volumes->disk(id); });
        if (!disk && isGone(disk.error().code))
            vanished(one, disk.error().what);
    }
}

Task<void> EngineCore::lookForMachines()
{
    const auto expected = standing(u"zmachine");
    if (expected.isEmpty())
        co_return;
    const auto there = co_await step(
        m_stop, 60s, QStringLiteral("listing machines"), [&] { return m_ports.machines->list(); });
    if (!there)
        co_return;
    for (const auto &one : expected) {
        const auto id = workloadId(one.key.twin, one.key.contract, one.workload.name);
        auto *live = unchanged(one);
        // One that ends while it is paused is started when it may run again.
        if (!live || live->workload.result.state != ResultState::Ok || m_supervisor.waits(id))
            continue;
        const auto found = std::ranges::find(*there, id, &MachineFacts::id);
        if (found != there->end() && found->running)
            continue;
        if (found != there->end()) {
            qCWarning(lcEngine) << "machine" << id << "is paused and ought to run";
            live->present = false; // restored, it runs
            queueSettle(one.key);
        } else if (m_supervisor.isUp(id)) {
            m_supervisor.stopped(id, QStringLiteral("it vanished"));
        } else {
            m_restarting.insert(id);
            queueSettle(one.key);
        }
    }
}

Task<void> EngineCore::lookForRoots()
{
    for (const auto &one : standing(u"zmachine")) {
        const auto id = workloadId(one.key.twin, one.key.contract, one.workload.name);
        const auto root = co_await step(m_stop, 60s, QStringLiteral("looking for the root volume"),
            [&] { return m_ports.volumes->volume(u"rootfs:" + id); });
        auto *live = unchanged(one);
        if (!live || (!root && !isGone(root.error().code)))
            continue; // who cannot look knows nothing
        const auto lacks = root
            ? QString()
            : QStringLiteral("its root volume is not there: %1").arg(root.error().what);
        if (std::exchange(live->lacks, lacks) == lacks)
            continue;
        if (!lacks.isEmpty())
            qCCritical(lcEngine) << "machine" << id << "could not be started again:" << lacks;
        says(one.key);
    }
}

// Of the machines that are there.
QStringList EngineCore::tapsIn(TwinId twin, const QString &network) const
{
    QStringList taps;
    for (const auto &[other, deployment] : ofTwin(m_deployments, twin)) {
        for (const auto &live : deployment.workloads) {
            const auto *machine = live.workload.as<ZMachine>();
            if (machine && live.present && isOkay(live.workload.result.state)
                && std::ranges::contains(machine->interfaces, network, &MachineInterface::network))
                taps
                    += tapName(workloadId(other.twin, other.contract, live.workload.name), network);
        }
    }
    return taps;
}

// The machines of a network that was made again.
Task<Result<>> EngineCore::plugIn(Key key, QString network)
{
    const auto taps = tapsIn(key.twin, network);
    const auto bridge = networkNames(networkId(key.twin, network)).bridge;
    for (const auto &tap : taps) {
        const auto plugged
            = co_await step(m_stop, 30s, QStringLiteral("plugging a machine into the network"),
                [&] { return m_ports.networks->addTap(tap, bridge); });
        if (!plugged)
            co_return plugged;
    }
    co_return {};
}

} // namespace zos

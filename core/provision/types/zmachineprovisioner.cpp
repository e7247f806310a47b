// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/zmachineprovisioner.h"

#include "core/model/upgrade.h"
#include "core/model/zmachine.h"
#include "core/ports/networks.h"
#include "core/ports/volumes.h"

#include <algorithm>

namespace zos {

using namespace std::chrono_literals;

namespace {

constexpr auto kGuestPatience = 15s; // for a guest that has to end

QString rootVolumeId(const QString &id)
{
    return u"rootfs:" + id;
}

// No planetary or mycelium address and no console listener stand behind a machine yet.
QByteArray machineResult(const QString &id, const IpAddress &ip)
{
    return JsonWriter()
        .object()
        .key(u"id")
        .string(id)
        .key(u"ip")
        .string(ip.text())
        .key(u"planetary_ip")
        .string({})
        .key(u"mycelium_ip")
        .string({})
        .key(u"console_url")
        .string({})
        .end()
        .text();
}

// What no state of the node changes.
Result<> checkAlways(const ZMachine &data)
{
    if (!data.gpu.isEmpty())
        return fail(
            ErrorCode::Denied, QStringLiteral("usage of GPU is not allowed unless node is rented"));
    if (data.interfaces.size() != 1)
        return fail(ErrorCode::Invalid, QStringLiteral("only one private network is support"));
    if (!data.publicIp.isEmpty())
        return fail(ErrorCode::Invalid,
            QStringLiteral("public ipv4 is requested, but not supported on this node"));
    if (data.mycelium)
        return fail(ErrorCode::Invalid,
            QStringLiteral("mycelium is not available on this node, leave it out of the machine"));
    return {};
}

// What can be said before anything is touched.
Result<NetworkPlan> checkMachine(const ProvisionContext &context, const ZMachine &data)
{
    if (data.cpu < 1 || data.cpu > context.hostCpus)
        return fail(ErrorCode::Limit,
            QStringLiteral("invalid cpu must be between 1 and %1").arg(context.hostCpus));
    if (const auto good = checkAlways(data); !good)
        return fail(good.error());
    const auto &interface = data.interfaces.first();
    const auto network = context.network(interface.network);
    if (!network)
        return fail(
            network.error().wrapped(QStringLiteral("could not get network resource subnet")));
    if (context.addressTaken(interface.network, interface.ip))
        return fail(ErrorCode::Exists,
            QStringLiteral("IP %1 is used by another machine of this network")
                .arg(interface.ip.text()));
    return *network;
}

Result<> checkMount(const Workload *workload, const MachineMount &mount)
{
    if (!workload)
        return fail(ErrorCode::NotFound,
            QStringLiteral("failed to get mount '%1' workload").arg(mount.name));
    if (workload->type != u"zmount")
        return fail(ErrorCode::Invalid,
            QStringLiteral("expecting a reservation of type 'zmount' or 'qsfs' for disk '%1'")
                .arg(mount.name));
    return {};
}

// It was started with this size and these disks, as far as anybody knows. Of one that nobody has
// notes of, its digest has to do.
bool isOfShape(const MachineFacts &running, const ProvisionContext &context, const ZMachine &data)
{
    if (running.cpu == 0)
        return context.digest.isEmpty() || running.specDigest == context.digest;
    QStringList disks;
    for (const auto &mount : data.mounts)
        disks += workloadId(context.twin, context.contract, mount.name);
    return running.cpu == data.cpu && running.memory == data.memory
        && running.disks.value_or(disks) == disks;
}

DiskPlan planDisk(
    const QString &path, qsizetype index, const MachineMount &mount, const QString &id = {})
{
    return { path, QStringLiteral("zd-%1").arg(index), mount.mountpoint, id };
}

} // namespace

Result<> ZMachineProvisioner::check(const Deployment &deployment, const Workload &workload) const
{
    const auto *data = workload.as<ZMachine>();
    if (!data)
        return fail(
            ErrorCode::Bug, QStringLiteral("workload '%1' carries no machine").arg(workload.name));
    if (const auto good = checkAlways(*data); !good)
        return good;
    MachineInput input;
    input.id = workloadId(deployment.twin, deployment.contract, workload.name);
    input.name = workload.name;
    input.data = data;
    for (const auto &mount : data->mounts) {
        if (const auto fits = checkMount(deployment.find(mount.name), mount); !fits)
            return fits;
        input.disks += planDisk({}, input.disks.size(), mount);
    }
    const auto plan = planMachine(input);
    if (!plan)
        return fail(plan.error());
    return {};
}

Task<Result<Provisioned>> ZMachineProvisioner::provision(ProvisionContextPtr context)
{
    const auto id = context->id();
    const auto *data = context->workload.as<ZMachine>();
    if (!data)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("workload '%1' carries no machine").arg(context->workload.name));
    const auto machines = co_await running(context);
    if (!machines)
        co_return fail(machines.error());
    const auto known = std::ranges::find(*machines, id, &MachineFacts::id);
    const bool listed = known != machines->end();
    // What was okay and still lives is taken over as it is: a newer program may describe machines
    // differently, and that is no reason to stop one. It gets the new form at its next start. One
    // of another size is what a change left that did not come into force.
    const bool awaits = context->life == ProvisionContext::Life::Await;
    const bool renews = context->life == ProvisionContext::Life::Renew;
    if (context->again && listed && !renews && (awaits || isOfShape(*known, *context, *data)))
        co_return Provisioned { context->workload.result.data, known->specDigest, false,
            !known->running };
    if (context->again && awaits)
        co_return Provisioned { context->workload.result.data, {} }; // nothing runs

    const auto plan = co_await prepare(context);
    if (!plan)
        co_return fail(plan.error());
    auto launched = co_await launch(context, *plan, listed);
    if (!launched)
        co_return fail(launched.error());
    launched->data = machineResult(id, data->interfaces.first().ip);
    co_return launched;
}

Task<Result<QList<MachineFacts>>> ZMachineProvisioner::running(ProvisionContextPtr context)
{
    co_return co_await namedStep(context->stop, 30s, QStringLiteral("listing machines"),
        [&] { return m_ports.machines->list(); });
}

Task<Result<MachinePlan>> ZMachineProvisioner::prepare(ProvisionContextPtr context)
{
    const auto id = context->id();
    const auto *data = context->workload.as<ZMachine>();
    const auto network = checkMachine(*context, *data);
    if (!network)
        co_return fail(network.error());
    auto made = co_await disks(context);
    if (!made)
        co_return fail(made.error());
    const auto mounted = co_await root(context);
    if (!mounted)
        co_return fail(mounted.error());
    const auto nic = planPrivateNic(id, *network, data->interfaces.first().ip, context->dns);
    if (!nic)
        co_return fail(nic.error());
    const auto plugged
        = co_await step(context->stop, 30s, QStringLiteral("adding the network card"),
            [&] { return m_ports.networks->addTap(nic->tap, nic->bridge); });
    if (!plugged)
        co_return fail(plugged.error().wrapped(QStringLiteral("could not set up tap device")));

    MachineInput input;
    input.id = id;
    input.twin = context->twin;
    input.contract = context->contract;
    input.name = context->workload.name;
    input.data = data;
    input.rootPath = mounted->path;
    input.startupToml = mounted->startupToml;
    input.disks = *made;
    input.nics = { *nic };
    auto plan = planMachine(input);
    co_return plan;
}

Task<Result<QList<DiskPlan>>> ZMachineProvisioner::disks(ProvisionContextPtr context)
{
    QList<DiskPlan> plans;
    const auto *data = context->workload.as<ZMachine>();
    for (const auto &mount : data->mounts) {
        const auto *disk = context->sibling(mount.name);
        if (const auto fits = checkMount(disk, mount); !fits)
            co_return fail(fits.error());
        if (!isOkay(disk->result.state))
            co_return fail(
                ErrorCode::Invalid, QStringLiteral("invalid disk '%1' state").arg(mount.name));
        const auto diskId = workloadId(context->twin, context->contract, mount.name);
        const auto stored = co_await namedStep(context->stop, 60s,
            QStringLiteral("looking for disk '%1'").arg(mount.name),
            [&] { return m_ports.volumes->disk(diskId); });
        if (!stored)
            co_return fail(stored.error());
        plans += planDisk(stored->path, plans.size(), mount, diskId);
    }
    co_return plans;
}

Task<Result<MachineRoot>> ZMachineProvisioner::root(ProvisionContextPtr context)
{
    const auto id = context->id();
    const auto *data = context->workload.as<ZMachine>();
    const auto volumeId = rootVolumeId(id);
    // As with disks: a root that was there is found again or waited for, never replaced.
    const auto volume = context->again
        ? co_await step(context->stop, 60s, QStringLiteral("looking for the root volume"),
              [&] { return m_ports.volumes->volume(volumeId); })
        : co_await step(context->stop, 60s, QStringLiteral("creating the root volume"),
              [&] { return m_ports.volumes->createVolume(volumeId, data->rootSize()); });
    if (!volume)
        co_return fail(volume.error().wrapped(QStringLiteral("failed to create vm rootfs")));
    const ImageProgress progress = [context](double, const QString &text) {
        if (context->progress)
            context->progress(text);
    };
    auto mounted = co_await step(context->stop, 10min, QStringLiteral("mounting the image"), [&] {
        return m_ports.images->mountRoot(
            id, data->flist, volume->path, progress, context->stop.soft);
    });
    if (!mounted)
        co_return fail(
            mounted.error().wrapped(QStringLiteral("failed to mount flist: %1").arg(id)));
    if (mounted->mode != ImageMode::Container)
        co_return fail(ErrorCode::Invalid,
            QStringLiteral("failed to mount flist: %1: images with a kernel of their own are not "
                           "supported by this node")
                .arg(id));
    co_return mounted;
}

// Only ever larger: what its guest wrote has to find room.
Task<Result<>> ZMachineProvisioner::growRoot(ProvisionContextPtr context)
{
    const auto volumeId = rootVolumeId(context->id());
    const auto size = context->workload.as<ZMachine>()->rootSize();
    const auto found
        = co_await namedStep(context->stop, 60s, QStringLiteral("looking for the root volume"),
            [&] { return m_ports.volumes->volume(volumeId); });
    if (!found)
        co_return fail(found.error());
    if (found->size >= size)
        co_return {};
    const auto grown
        = co_await namedStep(context->stop, 60s, QStringLiteral("growing the root volume"),
            [&] { return m_ports.volumes->growVolume(volumeId, size); });
    if (!grown)
        co_return fail(grown.error());
    co_return {};
}

Task<Result<Provisioned>> ZMachineProvisioner::launch(
    ProvisionContextPtr context, MachinePlan plan, bool listed)
{
    const auto digest = plan.digest();
    plan.paused = context->paused;
    if (listed) {
        // Left by a start that was interrupted before it was recorded, or to be replaced. The same
        // machine: keep it.
        const auto machines = co_await running(context);
        if (!machines)
            co_return fail(machines.error());
        const auto found = std::ranges::find(*machines, plan.id, &MachineFacts::id);
        listed = found != machines->end();
        if (listed && found->specDigest == digest)
            co_return Provisioned { "null", digest, true, !found->running };
        // A guest that starts anew by itself holds nothing any more.
        const bool holds = context->again && context->life != ProvisionContext::Life::Renew;
        const std::chrono::milliseconds patience = holds ? kGuestPatience : 0s;
        const auto stopped = co_await namedStep(context->stop, 60s + patience,
            QStringLiteral("stopping the machine"),
            [&] { return m_ports.machines->stop(plan.id, patience); });
        if (!stopped)
            co_return fail(stopped.error());
    }
    // Never under a guest that runs: what it wrote may look like nothing.
    for (const auto &mount : context->workload.as<ZMachine>()->mounts) {
        const auto formatted = co_await namedStep(
            context->stop, 2min, QStringLiteral("formatting disk '%1'").arg(mount.name), [&] {
                return m_ports.volumes->formatDisk(
                    workloadId(context->twin, context->contract, mount.name));
            });
        if (!formatted)
            co_return fail(formatted.error());
    }
    const auto started = co_await namedStep(context->stop, 2min,
        QStringLiteral("starting the machine"), [&] { return m_ports.machines->run(plan); });
    if (!started)
        co_return fail(started.error());
    co_return Provisioned { "null", digest, true, plan.paused };
}

Task<Result<Provisioned>> ZMachineProvisioner::update(ProvisionContextPtr context, Workload old)
{
    const auto id = context->id();
    const auto *wanted = context->workload.as<ZMachine>();
    const auto *before = old.as<ZMachine>();
    if (!wanted || !before)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("workload '%1' carries no machine").arg(context->workload.name));
    const auto change = MachineChange::between(*before, *wanted);
    const bool restarts = change.size || change.mounts;
    // Only its words are new. What runs may be what an earlier change made that never came into
    // force: that one is looked at.
    if (!restarts && !change.start && !change.root && context->runs == context->digest)
        co_return Provisioned { old.result.data, context->digest };
    const auto machines = co_await running(context);
    if (!machines)
        co_return fail(machines.error());
    const auto known = std::ranges::find(*machines, id, &MachineFacts::id);
    const bool listed = known != machines->end();
    const auto plan = co_await prepare(context);
    if (!plan)
        co_return fail(plan.error());
    const auto grown = co_await growRoot(context);
    if (!grown)
        co_return fail(grown.error());
    if (listed && !restarts && isOfShape(*known, *context, *wanted))
        co_return Provisioned { old.result.data, plan->digest() };
    auto launched = co_await launch(context, *plan, listed);
    if (!launched)
        co_return fail(launched.error());
    launched->data = old.result.data;
    co_return launched;
}

Task<Result<>> ZMachineProvisioner::deprovision(ProvisionContextPtr context)
{
    const auto id = context->id();
    const auto volumeId = rootVolumeId(id);
    const auto *data = context->workload.as<ZMachine>();
    // Each object on its own: one that resists must not keep the others alive.
    QList<Error> troubles;
    const auto note = [&troubles](const auto &outcome) {
        if (!outcome)
            troubles += outcome.error();
    };
    note(co_await step(context->stop, 60s, QStringLiteral("stopping the machine"),
        [&] { return m_ports.machines->destroy(id); }));
    note(co_await step(context->stop, 60s, QStringLiteral("unmounting the image"),
        [&] { return m_ports.images->unmountRoot(id); }));
    note(co_await step(context->stop, 60s, QStringLiteral("removing the root volume"),
        [&] { return m_ports.volumes->removeVolume(volumeId); }));
    QStringList taps;
    if (data) {
        for (const auto &interface : data->interfaces) {
            taps += tapName(id, interface.network);
            note(co_await step(context->stop, 30s, QStringLiteral("removing the network card"),
                [&] { return m_ports.networks->removeTap(taps.last()); }));
        }
    }
    if (troubles.isEmpty()) {
        const auto machines = co_await step(context->stop, 30s, QStringLiteral("listing machines"),
            [&] { return m_ports.machines->list(); });
        note(machines);
        if (machines && std::ranges::contains(*machines, id, &MachineFacts::id))
            troubles
                += Error { ErrorCode::Busy, QStringLiteral("machine %1 is still there").arg(id) };
        const auto volume
            = co_await step(context->stop, 30s, QStringLiteral("looking for the root volume"),
                [&] { return m_ports.volumes->volume(volumeId); });
        if (volume || volume.error().code != ErrorCode::NotFound)
            troubles += volume ? Error { ErrorCode::Busy,
                QStringLiteral("the root volume of %1 is still there").arg(id) }
                               : volume.error();
    }
    if (troubles.isEmpty())
        co_return {};
    if (troubles.size() == 1)
        co_return fail(troubles.first());
    co_return fail(troubles.first().code,
        QStringLiteral("%1 (and %2 more)").arg(troubles.first().what).arg(troubles.size() - 1));
}

Task<Result<>> ZMachineProvisioner::pause(ProvisionContextPtr context)
{
    const auto id = context->id();
    co_return co_await step(context->stop, 60s, QStringLiteral("pausing the machine"),
        [&] { return m_ports.machines->pauseMachine(id); });
}

Task<Result<>> ZMachineProvisioner::resume(ProvisionContextPtr context)
{
    const auto id = context->id();
    co_return co_await step(context->stop, 60s, QStringLiteral("resuming the machine"),
        [&] { return m_ports.machines->resumeMachine(id); });
}

} // namespace zos

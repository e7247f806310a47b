// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/zmachineprovisioner.h"

#include "core/model/zmachine.h"
#include "core/ports/machines.h"
#include "core/ports/networks.h"
#include "core/ports/volumes.h"

#include <algorithm>

namespace zos {

using namespace std::chrono_literals;

namespace {

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

DiskPlan planDisk(const QString &path, qsizetype index, const MachineMount &mount)
{
    return { path, QStringLiteral("zd-%1").arg(index), mount.mountpoint };
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
    const auto machines = co_await namedStep(context->stop, 30s, QStringLiteral("listing machines"),
        [&] { return m_ports.machines->list(); });
    if (!machines)
        co_return fail(machines.error());
    const auto running = std::ranges::find(*machines, id, &MachineFacts::id);
    const bool listed = running != machines->end();
    // What was okay and still lives is taken over as it is: a newer program may describe machines
    // differently, and that is no reason to stop one. It gets the new form at its next start.
    if (context->again && listed)
        co_return Provisioned { context->workload.result.data, running->specDigest, false,
            !running->running };

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
    if (!plan)
        co_return fail(plan.error());
    auto launched = co_await launch(context, *plan, listed);
    if (!launched)
        co_return fail(launched.error());
    launched->data = machineResult(id, data->interfaces.first().ip);
    co_return launched;
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
        const auto formatted = co_await namedStep(context->stop, 2min,
            QStringLiteral("formatting disk '%1'").arg(mount.name),
            [&] { return m_ports.volumes->formatDisk(diskId); });
        if (!formatted)
            co_return fail(formatted.error());
        plans += planDisk(stored->path, plans.size(), mount);
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

Task<Result<Provisioned>> ZMachineProvisioner::launch(
    ProvisionContextPtr context, MachinePlan plan, bool listed)
{
    const auto digest = plan.digest();
    plan.paused = context->paused;
    if (listed) {
        // Left by a start that was interrupted before it was recorded. The same machine: keep it.
        const auto machines = co_await namedStep(context->stop, 30s,
            QStringLiteral("listing machines"), [&] { return m_ports.machines->list(); });
        if (!machines)
            co_return fail(machines.error());
        const auto found = std::ranges::find(*machines, plan.id, &MachineFacts::id);
        if (found != machines->end() && found->specDigest != digest) {
            const auto destroyed = co_await namedStep(context->stop, 60s,
                QStringLiteral("removing an unfinished machine"),
                [&] { return m_ports.machines->destroy(plan.id); });
            if (!destroyed)
                co_return fail(destroyed.error());
        }
    }
    const auto started = co_await namedStep(context->stop, 2min,
        QStringLiteral("starting the machine"), [&] { return m_ports.machines->run(plan); });
    if (!started)
        co_return fail(started.error());
    co_return Provisioned { "null", digest, true, plan.paused };
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

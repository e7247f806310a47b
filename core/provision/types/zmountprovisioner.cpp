// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/zmountprovisioner.h"

#include "core/model/zmachine.h"
#include "core/model/zmount.h"
#include "core/ports/machines.h"
#include "core/ports/volumes.h"

#include <algorithm>

namespace zos {

using namespace std::chrono_literals;

namespace {

Provisioned diskResult(const QString &id)
{
    return { JsonWriter().object().key(u"volume_id").string(id).end().text(), {}, false };
}

// Ids of the machines that have it as a disk, or may have.
QStringList mountingMachines(const ProvisionContext &context)
{
    QStringList ids;
    for (const auto &sibling : context.siblings) {
        const auto *machine = sibling.as<ZMachine>();
        if (machine && sibling.result.state != ResultState::Error
            && std::ranges::contains(machine->mounts, context.workload.name, &MachineMount::name))
            ids += workloadId(context.twin, context.contract, sibling.name);
    }
    return ids;
}

} // namespace

Task<Result<Provisioned>> ZMountProvisioner::provision(ProvisionContextPtr context)
{
    const auto id = context->id();
    const auto *data = context->workload.as<ZMount>();
    if (!data)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("workload '%1' carries no disk").arg(context->workload.name));
    // A disk that was promised and cannot be found is on a pool that is missing. An empty one in
    // its place would look fine and hide the tenant's data for ever.
    const auto stored = context->again
        ? co_await namedStep(context->stop, 60s, QStringLiteral("looking for the disk"),
              [&] { return m_ports.volumes->disk(id); })
        : co_await namedStep(context->stop, 5min, QStringLiteral("creating the disk"),
              [&] { return m_ports.volumes->createDisk(id, data->size); });
    if (!stored)
        co_return fail(stored.error());
    co_return diskResult(id);
}

Task<Result<>> ZMountProvisioner::deprovision(ProvisionContextPtr context)
{
    const auto id = context->id();
    const auto removed = co_await step(context->stop, 60s, QStringLiteral("removing the disk"),
        [&] { return m_ports.volumes->removeDisk(id); });
    if (!removed)
        co_return removed;
    const auto left = co_await step(context->stop, 60s, QStringLiteral("looking for the disk"),
        [&] { return m_ports.volumes->disk(id); });
    if (left)
        co_return fail(ErrorCode::Busy, QStringLiteral("disk %1 is still there").arg(id));
    if (left.error().code != ErrorCode::NotFound)
        co_return fail(left.error());
    co_return {};
}

Task<Result<Provisioned>> ZMountProvisioner::update(ProvisionContextPtr context, Workload old)
{
    const auto id = context->id();
    const auto *wanted = context->workload.as<ZMount>();
    const auto *before = old.as<ZMount>();
    if (!wanted || !before)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("workload '%1' carries no disk").arg(context->workload.name));
    auto current = co_await namedStep(context->stop, 60s, QStringLiteral("looking for the disk"),
        [&] { return m_ports.volumes->disk(id); });
    if (!current)
        co_return fail(current.error());
    if (wanted->size < current->size)
        co_return fail(ErrorCode::Invalid, QStringLiteral("not safe to shrink a disk"));
    if (wanted->size > current->size) {
        current = co_await namedStep(context->stop, 5min, QStringLiteral("growing the disk"),
            [&] { return m_ports.volumes->growDisk(id, wanted->size); });
        if (!current)
            co_return fail(current.error());
    }
    // Also when it had grown already: the node may have gone before it could say so.
    if (wanted->size > before->size) {
        const auto told = co_await tellMachines(context, current->path);
        if (!told)
            co_return fail(told.error());
    }
    co_return diskResult(id);
}

// The disk is as large as it should be, and that cannot be taken back: what keeps a guest from
// seeing it is tried again until it does.
Task<Result<>> ZMountProvisioner::tellMachines(ProvisionContextPtr context, QString path)
{
    for (const auto &machine : mountingMachines(*context)) {
        const auto told = co_await namedStep(context->stop, 60s,
            QStringLiteral("telling the machine of its larger disk"),
            [&] { return m_ports.machines->growDisk(machine, path); });
        // One that does not run sees it when it starts.
        if (!told && told.error().code != ErrorCode::NotFound)
            co_return fail(told.error().code == ErrorCode::Cancelled ? ErrorCode::Cancelled
                                                                     : ErrorCode::Timeout,
                told.error().what);
    }
    co_return {};
}

} // namespace zos

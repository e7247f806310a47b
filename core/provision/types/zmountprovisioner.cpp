// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/zmountprovisioner.h"

#include "core/model/zmachine.h"
#include "core/model/zmount.h"
#include "core/ports/volumes.h"

#include <algorithm>

namespace zos {

using namespace std::chrono_literals;

namespace {

Provisioned diskResult(const QString &id)
{
    return { JsonWriter().object().key(u"volume_id").string(id).end().text(), {}, false };
}

bool mountedByMachine(const ProvisionContext &context)
{
    return std::ranges::any_of(context.siblings, [&context](const Workload &sibling) {
        const auto *machine = sibling.as<ZMachine>();
        return machine && isOkay(sibling.result.state)
            && std::ranges::any_of(machine->mounts, [&context](const MachineMount &mount) {
                   return mount.name == context.workload.name;
               });
    });
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

Task<Result<Provisioned>> ZMountProvisioner::update(ProvisionContextPtr context, Workload)
{
    const auto id = context->id();
    const auto *wanted = context->workload.as<ZMount>();
    if (!wanted)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("workload '%1' carries no disk").arg(context->workload.name));
    const auto current = co_await namedStep(context->stop, 60s,
        QStringLiteral("looking for the disk"), [&] { return m_ports.volumes->disk(id); });
    if (!current)
        co_return fail(current.error());
    if (wanted->size < current->size)
        co_return fail(ErrorCode::Invalid, QStringLiteral("not safe to shrink a disk"));
    if (wanted->size == current->size)
        co_return diskResult(id);
    if (mountedByMachine(*context))
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("disk is mounted, please delete the VM first"));
    const auto grown = co_await namedStep(context->stop, 5min, QStringLiteral("growing the disk"),
        [&] { return m_ports.volumes->growDisk(id, wanted->size); });
    if (!grown)
        co_return fail(grown.error());
    co_return diskResult(id);
}

} // namespace zos

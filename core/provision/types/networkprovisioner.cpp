// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/networkprovisioner.h"

#include "core/ports/networks.h"

namespace zos {

using namespace std::chrono_literals;

namespace {
Result<NetworkPlan> planOf(TwinId twin, const Workload &workload)
{
    const auto *data = workload.as<Network>();
    if (!data)
        return fail(
            ErrorCode::Bug, QStringLiteral("workload '%1' carries no network").arg(workload.name));
    return planNetwork(twin, workload.name, *data);
}

// Who had the port first keeps it, also while a restart has not brought it back yet.
Result<> checkPort(const ProvisionContext &context)
{
    const auto *data = context.workload.as<Network>();
    if (!data || !context.portTaken(data->wireguardListenPort))
        return {};
    return fail(ErrorCode::Exists,
        QStringLiteral("setting up the network: wireguard listen port already in use, pick another "
                       "one: port %1 is already in the set")
            .arg(data->wireguardListenPort));
}
} // namespace

Result<> NetworkProvisioner::check(const Deployment &deployment, const Workload &workload) const
{
    const auto plan = planOf(deployment.twin, workload);
    if (!plan)
        return fail(plan.error());
    return {};
}

Task<Result<Provisioned>> NetworkProvisioner::provision(ProvisionContextPtr context)
{
    const auto plan = planOf(context->twin, context->workload);
    if (!plan)
        co_return fail(plan.error());
    if (const auto free = context->again ? Result<>() : checkPort(*context); !free)
        co_return fail(free.error());
    const auto applied = co_await namedStep(context->stop, 60s,
        QStringLiteral("setting up the network"), [&] { return m_ports.networks->apply(*plan); });
    if (!applied)
        co_return fail(applied.error());
    co_return Provisioned {};
}

Task<Result<>> NetworkProvisioner::deprovision(ProvisionContextPtr context)
{
    const auto id = networkId(context->twin, context->workload.name);
    const auto removed = co_await step(context->stop, 60s, QStringLiteral("removing the network"),
        [&] { return m_ports.networks->remove(id); });
    if (!removed)
        co_return removed;
    const auto left = co_await step(context->stop, 30s, QStringLiteral("listing networks"),
        [&] { return m_ports.networks->list(); });
    if (!left)
        co_return fail(left.error());
    if (left->contains(id))
        co_return fail(ErrorCode::Busy, QStringLiteral("network %1 is still there").arg(id));
    co_return {};
}

Task<Result<Provisioned>> NetworkProvisioner::update(ProvisionContextPtr context, Workload old)
{
    if (const auto free = checkPort(*context); !free)
        co_return fail(free.error());
    const auto outcome = co_await provision(context);
    if (outcome || outcome.error().code == ErrorCode::Cancelled)
        co_return outcome;
    // Half a change would cut off peers that were fine: back to what was.
    const auto before = planOf(context->twin, old);
    if (before) {
        const auto restored
            = co_await namedStep(context->stop, 60s, QStringLiteral("restoring the network"),
                [&] { return m_ports.networks->apply(*before); });
        if (!restored)
            co_return fail(
                outcome.error().code, outcome.error().what + u"; " + restored.error().what);
        // Calls about one network take turns: whatever became of the change, it is undone.
        if (outcome.error().code == ErrorCode::Timeout)
            co_return fail(ErrorCode::Unavailable, outcome.error().what);
    }
    co_return outcome;
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/provision/enginecore.h"

#include <algorithm>

// What would become of a request, without anything becoming of it.

namespace zos {

namespace {

// What a workload would keep on a pool.
std::optional<VolumeWish> wishOf(const Deployment &deployment, const Workload &workload)
{
    const auto size = workload.capacity().sru;
    if (size == Bytes())
        return {};
    const auto id = workloadId(deployment.twin, deployment.contract, workload.name);
    if (workload.type == u"zmount")
        return VolumeWish { id, size, true };
    if (workload.type.startsWith(u"zmachine"))
        return VolumeWish { u"rootfs:" + id, size, false };
    return VolumeWish { id, size, false };
}

// The widest room in one pool once the first wishes are there.
Bytes roomLeft(QList<PoolFacts> pools, const QList<VolumeWish> &wishes, const QStringList &placed)
{
    Bytes most;
    for (auto &pool : pools) {
        for (qsizetype n = 0; n < placed.size(); ++n) {
            if (placed.at(n) == pool.id)
                pool.reserved += wishes.at(n).size;
        }
        if (pool.kind == DiskKind::Ssd && pool.healthy)
            most = std::max(most, pool.size - pool.reserved);
    }
    return most;
}

} // namespace

Task<Result<Rehearsal>> EngineCore::rehearse(TwinId sender, QByteArray json)
{
    const auto self = shared_from_this();
    const auto request = co_await readRequest(sender, json);
    if (!request)
        co_return fail(request.error());
    const auto &deployment = request->deployment;
    const Key key { deployment.twin, deployment.contract };
    if (const auto good = checkNew(key, deployment); !good)
        co_return fail(good.error());

    Rehearsal rehearsal;
    rehearsal.hash = QString::fromLatin1(request->hashes.first().toHex());
    QList<CapacityLedger::Request> requests;
    for (const auto &workload : deployment.workloads) {
        requests += CapacityLedger::Request { workload.name, workload.capacity() };
        rehearsal.parts
            += Rehearsal::Part { workload.name, workload.type, workload.capacity(), {} };
    }
    const auto pools = m_ports.volumes->pools();
    if (const auto lack = m_capacity.lacks(key, requests, pools)) {
        rehearsal.refusal = lack->error.what;
        rehearsal.limit
            = Rehearsal::Limit { lack->resource, lack->workload, lack->asked, lack->available };
        co_return std::as_const(rehearsal);
    }

    // Room in all is not room in one pool: each finds its place in the order they would be made.
    QList<VolumeWish> wishes;
    QStringList names;
    QList<const Workload *> workloads;
    for (const auto &workload : deployment.workloads)
        workloads += &workload;
    for (const auto &name : installOrder(std::move(workloads))) {
        if (const auto wish = wishOf(deployment, *deployment.find(name))) {
            wishes += *wish;
            names += name;
        }
    }
    const auto placement = m_ports.volumes->place(wishes);
    for (qsizetype n = 0; n < placement.pools.size(); ++n)
        std::ranges::find(rehearsal.parts, names.at(n), &Rehearsal::Part::name)->pool
            = placement.pools.at(n);
    if (placement.refusal) {
        const auto &homeless = wishes.at(placement.pools.size());
        rehearsal.refusal = placement.refusal->what;
        rehearsal.limit
            = Rehearsal::Limit { QStringLiteral("ssd"), names.at(placement.pools.size()),
                  homeless.size.count(), roomLeft(pools, wishes, placement.pools).count() };
    }
    co_return std::as_const(rehearsal);
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/provision/enginecore.h"

#include <algorithm>

// What would become of a request, without anything becoming of it.

namespace zos {

namespace {

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
            most = std::max(most, pool.free());
    }
    return most;
}

} // namespace

EngineCore::Fit EngineCore::fit(const Key &key, const Deployment &deployment) const
{
    QList<CapacityLedger::Request> requests;
    for (const auto &workload : deployment.workloads)
        requests += requestOf(key, workload);
    const auto room = roomFor(key, requests);
    Fit fit;
    fit.lack = m_capacity.lacks(key, requests, room);
    if (fit.lack)
        return fit;
    // Room in all is not room in one pool: each finds its place in the order they would be made.
    // Promises to others are left out, because nobody knows yet where those will be.
    QList<VolumeWish> wishes;
    QStringList names;
    QList<const Workload *> workloads;
    for (const auto &workload : deployment.workloads)
        workloads += &workload;
    for (const auto &name : installOrder(std::move(workloads))) {
        const auto wish = std::ranges::find(requests, name, &CapacityLedger::Request::name)->volume;
        if (wish) {
            wishes += *wish;
            names += name;
        }
    }
    const auto placement = m_ports.volumes->place(wishes);
    for (qsizetype n = 0; n < placement.pools.size(); ++n)
        fit.pools.insert(names.at(n), placement.pools.at(n));
    // Volumes that cannot tell refuse nobody.
    if (placement.refusal && placement.refusal->code == ErrorCode::Limit) {
        const auto homeless = placement.pools.size();
        fit.lack = CapacityLedger::Lack { QStringLiteral("ssd"), names.at(homeless),
            wishes.at(homeless).size.count(), roomLeft(room.pools, wishes, placement.pools).count(),
            *placement.refusal };
    }
    return fit;
}

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
    for (const auto &workload : deployment.workloads)
        rehearsal.parts
            += Rehearsal::Part { workload.name, workload.type, workload.capacity(), {} };
    const auto found = fit(key, deployment);
    for (auto &part : rehearsal.parts)
        part.pool = found.pools.value(part.name);
    if (found.lack) {
        rehearsal.refusal = found.lack->error.what;
        rehearsal.limit = Rehearsal::Limit { found.lack->resource, found.lack->workload,
            found.lack->asked, found.lack->available };
    }
    co_return std::as_const(rehearsal);
}

} // namespace zos

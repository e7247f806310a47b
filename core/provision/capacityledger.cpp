// SPDX-License-Identifier: Apache-2.0
#include "core/provision/capacityledger.h"

#include <algorithm>

namespace zos {

namespace {

// Of which workload it is: growth has a name of its own, with a mark no workload's name can have.
QString workloadOf(const CapacityLedger::Request &request)
{
    return request.name.endsWith(u'+') ? request.name.chopped(1) : request.name;
}

// Where an amount does not suffice; the error is what its user is told.
std::optional<CapacityLedger::Lack> lack(const char *resource, const QString &workload,
    quint64 asked, quint64 available, const QString &what)
{
    return CapacityLedger::Lack { QString::fromLatin1(resource), workload, asked, available,
        { ErrorCode::Limit, what } };
}

// Of a machine: clients that fit their disks into the pools by themselves forget it.
bool isRoot(const CapacityLedger::Request &request)
{
    return request.cpus > 0;
}

QString ofThemRoots(const QList<CapacityLedger::Request> &requests)
{
    Bytes sum;
    for (const auto &request : requests)
        sum += isRoot(request) ? request.capacity.sru : Bytes();
    return sum == Bytes() ? QString()
                          : QStringLiteral(" (%1 of them for roots of machines)").arg(sum.count());
}

QString nameOf(const PoolFacts &pool)
{
    return pool.id.isEmpty() ? QStringLiteral("none") : pool.id;
}

} // namespace

std::optional<CapacityLedger::Lack> CapacityLedger::lacks(
    const DeploymentKey &key, const QList<Request> &requests, const Room &room) const
{
    Capacity asked;
    Request largest;
    auto promisedMemory = m_all.mru;
    // What a name holds already is replaced by what is asked for it.
    for (const auto &request : requests)
        promisedMemory -= m_holds.value({ key, request.name }).capacity.mru;
    for (const auto &request : requests) {
        if (request.cpus > m_limits.cpus)
            return lack("cpu", workloadOf(request), request.cpus, m_limits.cpus,
                QStringLiteral("invalid cpu must be between 1 and %1: workload '%2' asks %3")
                    .arg(m_limits.cpus)
                    .arg(workloadOf(request))
                    .arg(request.cpus));
        asked += request.capacity;
        if (request.capacity.sru > largest.capacity.sru)
            largest = request;
    }
    const auto usable = m_limits.memory - m_limits.reservedMemory - promisedMemory;
    if (asked.mru > usable)
        return lack("memory", {}, asked.mru.count(), usable.count(),
            QStringLiteral("failed to satisfy required capacity: cannot fulfil required memory "
                           "size %1 bytes out of usable %2 bytes")
                .arg(asked.mru.count())
                .arg(usable.count()));

    Bytes free;
    PoolFacts widest;
    for (const auto &pool : room.pools) {
        if (pool.kind != DiskKind::Ssd || !pool.healthy)
            continue;
        free += pool.free();
        if (widest.id.isEmpty() || pool.free() > widest.free())
            widest = pool;
    }
    free -= room.promised;
    if (asked.sru > free)
        return lack("ssd", {}, asked.sru.count(), free.count(),
            QStringLiteral("not enough space left in pools of this type ssd: asked %1 bytes%2, "
                           "available %3 bytes, most of it in pool %4 (%5 bytes)")
                .arg(QString::number(asked.sru.count()), ofThemRoots(requests),
                    QString::number(free.count()), nameOf(widest),
                    QString::number(widest.free().count())));
    if (largest.capacity.sru > widest.free())
        return lack("ssd", workloadOf(largest), largest.capacity.sru.count(), widest.free().count(),
            QStringLiteral("not enough space left in pools of this type ssd: %1 of '%2' asks %3 "
                           "bytes, the largest free space in one pool is %4 bytes (pool %5)")
                .arg(isRoot(largest) ? QStringLiteral("the root") : QStringLiteral("the disk"),
                    workloadOf(largest), QString::number(largest.capacity.sru.count()),
                    QString::number(widest.free().count()), nameOf(widest)));
    if (asked.hru > Bytes(0))
        return lack("hdd", {}, asked.hru.count(), 0,
            QStringLiteral("couldn't allocate device to satisfy namespace size: no more free "
                           "devices found: asked %1 bytes, available 0 bytes")
                .arg(asked.hru.count()));
    return {};
}

QList<VolumeWish> CapacityLedger::awaited(
    const DeploymentKey &key, const QList<Request> &requests) const
{
    QMap<QString, VolumeWish> wishes; // a disk that is to be made and to grow is one disk
    for (const auto &[holder, wish] : m_awaited.asKeyValueRange()) {
        if (holder.first == key && std::ranges::contains(requests, holder.second, &Request::name))
            continue;
        auto &known = wishes[wish.id];
        if (known.size < wish.size)
            known = wish;
    }
    return wishes.values();
}

Result<> CapacityLedger::reserve(
    const DeploymentKey &key, const QList<Request> &requests, const Room &room)
{
    if (const auto missing = lacks(key, requests, room))
        return fail(missing->error);
    for (const auto &request : requests)
        hold(key, request, false);
    return {};
}

void CapacityLedger::hold(const DeploymentKey &key, const Request &request, bool okay)
{
    release(key, request.name);
    m_holds.insert({ key, request.name }, { request.capacity, okay });
    m_all += request.capacity;
    if (okay)
        m_okay += request.capacity;
    else if (request.volume)
        m_awaited.insert({ key, request.name }, *request.volume);
}

void CapacityLedger::release(QMap<Holder, Hold>::iterator hold)
{
    m_all -= hold->capacity;
    if (hold->okay)
        m_okay -= hold->capacity;
    m_awaited.remove(hold.key());
    m_holds.erase(hold);
}

void CapacityLedger::release(const DeploymentKey &key, const QString &name)
{
    if (const auto hold = m_holds.find({ key, name }); hold != m_holds.end())
        release(hold);
}

void CapacityLedger::releaseAll(const DeploymentKey &key)
{
    for (auto hold = m_holds.lowerBound({ key, {} });
        hold != m_holds.end() && hold.key().first == key; hold = m_holds.lowerBound({ key, {} }))
        release(hold);
}

} // namespace zos

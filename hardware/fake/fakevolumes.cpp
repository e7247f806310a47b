// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakevolumes.h"

namespace zos::hw {

namespace {

// A disk and a volume of one id are different objects.
QString volumeKey(const QString &id, bool disk)
{
    return (disk ? u"disk " : u"volume ") + id;
}

Result<> checkId(const QString &id)
{
    if (!isVolumeId(id))
        return fail(ErrorCode::Invalid, QStringLiteral("'%1' is not the id of a workload").arg(id));
    return {};
}

Bytes reservedIn(const FakeWorld &world, const QString &pool)
{
    Bytes sum;
    for (const auto &volume : world.volumes) {
        if (volume.stored.poolId == pool)
            sum += volume.stored.size;
    }
    return sum;
}

// The pool with most room, if it is enough.
const PoolFacts *roomiest(const QList<PoolFacts> &pools, Bytes size)
{
    const PoolFacts *best = nullptr;
    for (const auto &pool : pools) {
        const auto free = pool.free();
        if (pool.kind == DiskKind::Ssd && free >= size && (!best || free > best->free()))
            best = &pool;
    }
    return best;
}

Error noRoom(Bytes size)
{
    return { ErrorCode::Limit,
        QStringLiteral("not enough space left in pools of this type ssd: asked %1 bytes")
            .arg(size.count()) };
}

} // namespace

Task<Result<>> FakeVolumes::start()
{
    const auto entered = co_await m_world.enter(QStringLiteral("volumes.start"), {});
    if (!entered)
        co_return entered;
    if (m_world.pools.isEmpty()) {
        for (auto &disk : m_world.disks) {
            disk.poolId = u"pool-" + disk.name;
            disk.decision = DiskFacts::Decision::Adopt;
            m_world.pools += PoolFacts { disk.poolId, disk.kind, disk.path, u"/mnt/" + disk.poolId,
                disk.size, {}, {}, true, {}, {} };
        }
    }
    co_return co_await m_world.leave();
}

QList<PoolFacts> FakeVolumes::pools() const
{
    auto pools = m_world.pools;
    for (auto &pool : pools)
        pool.reserved = reservedIn(m_world, pool.id);
    return pools;
}

Placement FakeVolumes::place(const QList<VolumeWish> &wishes) const
{
    Placement placement;
    for (const auto &wish : wishes)
        placement.missing
            += wish.size - m_world.volumes.value(volumeKey(wish.id, wish.disk)).stored.size;
    auto all = pools();
    for (const auto &wish : wishes) {
        const auto existing = m_world.volumes.constFind(volumeKey(wish.id, wish.disk));
        if (existing != m_world.volumes.cend()) {
            placement.pools += existing->stored.poolId;
            continue;
        }
        const auto *best = roomiest(all, wish.size);
        if (!best) {
            placement.refusal = noRoom(wish.size);
            break;
        }
        placement.pools += best->id;
        all[best - all.constData()].reserved += wish.size;
    }
    return placement;
}

Task<Result<StoredVolume>> FakeVolumes::create(QString call, QString id, Bytes size, bool disk)
{
    const auto entered = co_await m_world.enter(call, id);
    if (!entered)
        co_return fail(entered.error());
    if (const auto valid = checkId(id); !valid)
        co_return fail(valid.error());
    if (size == Bytes(0))
        co_return fail(ErrorCode::Invalid, QStringLiteral("invalid size"));
    const auto key = volumeKey(id, disk);
    if (!m_world.volumes.contains(key)) {
        const auto all = pools();
        const auto *best = roomiest(all, size);
        if (!best)
            co_return fail(noRoom(size));
        const StoredVolume stored { id, best->path + u'/' + (disk ? u"disks/" : u"volumes/") + id,
            size, best->id };
        m_world.volumes.insert(key, { stored, disk, false });
        m_world.disksChanged();
    }
    const auto stored = m_world.volumes.value(key).stored;
    const auto left = co_await m_world.leave();
    if (!left)
        co_return fail(left.error());
    co_return stored;
}

Task<Result<StoredVolume>> FakeVolumes::find(QString call, QString id, bool disk)
{
    const auto entered = co_await m_world.enter(call, id);
    if (!entered)
        co_return fail(entered.error());
    if (const auto valid = checkId(id); !valid)
        co_return fail(valid.error());
    const auto found = m_world.volumes.constFind(volumeKey(id, disk));
    if (found == m_world.volumes.cend())
        co_return fail(ErrorCode::NotFound,
            QStringLiteral("%1 %2 does not exist").arg(disk ? u"disk" : u"volume", id));
    co_return found->stored;
}

Task<Result<>> FakeVolumes::remove(QString call, QString id, bool disk)
{
    const auto entered = co_await m_world.enter(call, id);
    if (!entered)
        co_return entered;
    if (const auto valid = checkId(id); !valid)
        co_return valid;
    m_world.volumes.remove(volumeKey(id, disk));
    m_world.disksChanged();
    co_return co_await m_world.leave();
}

Task<Result<StoredVolume>> FakeVolumes::createDisk(QString id, Bytes size)
{
    return create(QStringLiteral("volumes.createDisk"), id, size, true);
}
Task<Result<StoredVolume>> FakeVolumes::disk(QString id)
{
    return find(QStringLiteral("volumes.disk"), id, true);
}
Task<Result<>> FakeVolumes::removeDisk(QString id)
{
    return remove(QStringLiteral("volumes.removeDisk"), id, true);
}
Task<Result<StoredVolume>> FakeVolumes::createVolume(QString id, Bytes size)
{
    return create(QStringLiteral("volumes.createVolume"), id, size, false);
}
Task<Result<StoredVolume>> FakeVolumes::volume(QString id)
{
    return find(QStringLiteral("volumes.volume"), id, false);
}
Task<Result<>> FakeVolumes::removeVolume(QString id)
{
    return remove(QStringLiteral("volumes.removeVolume"), id, false);
}

Task<Result<StoredVolume>> FakeVolumes::growDisk(QString id, Bytes size)
{
    return grow(QStringLiteral("volumes.growDisk"), id, size, true);
}
Task<Result<StoredVolume>> FakeVolumes::growVolume(QString id, Bytes size)
{
    return grow(QStringLiteral("volumes.growVolume"), id, size, false);
}

Task<Result<StoredVolume>> FakeVolumes::grow(QString call, QString id, Bytes size, bool disk)
{
    const auto entered = co_await m_world.enter(call, id);
    if (!entered)
        co_return fail(entered.error());
    if (const auto valid = checkId(id); !valid)
        co_return fail(valid.error());
    const QString what = disk ? QStringLiteral("disk") : QStringLiteral("volume");
    const auto found = m_world.volumes.find(volumeKey(id, disk));
    if (found == m_world.volumes.end())
        co_return fail(ErrorCode::NotFound, QStringLiteral("%1 %2 does not exist").arg(what, id));
    auto &stored = found->stored;
    if (size < stored.size)
        co_return fail(ErrorCode::Invalid, QStringLiteral("not safe to shrink a %1").arg(what));
    const auto all = pools();
    for (const auto &pool : all) {
        if (pool.id == stored.poolId && size - stored.size > pool.free())
            co_return fail(noRoom(size - stored.size));
    }
    stored.size = size;
    m_world.disksChanged();
    const auto grown = stored;
    const auto left = co_await m_world.leave();
    if (!left)
        co_return fail(left.error());
    co_return grown;
}

Task<Result<>> FakeVolumes::formatDisk(QString id)
{
    const auto entered = co_await m_world.enter(QStringLiteral("volumes.formatDisk"), id);
    if (!entered)
        co_return entered;
    if (const auto valid = checkId(id); !valid)
        co_return valid;
    const auto found = m_world.volumes.find(volumeKey(id, true));
    if (found == m_world.volumes.end())
        co_return fail(ErrorCode::NotFound, QStringLiteral("disk %1 does not exist").arg(id));
    found->formatted = true;
    m_world.disksChanged();
    co_return co_await m_world.leave();
}

Task<Result<QList<StoredVolume>>> FakeVolumes::list()
{
    const auto entered = co_await m_world.enter(QStringLiteral("volumes.list"), {});
    if (!entered)
        co_return fail(entered.error());
    QList<StoredVolume> all;
    for (const auto &volume : std::as_const(m_world.volumes))
        all += volume.stored;
    co_return all;
}

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#include "hardware/storage/btrfsvolumes.h"

#include "core/base/files.h"
#include "core/base/logging.h"
#include "hardware/process/commandrunner.h"
#include "hardware/storage/poolfs.h"

namespace zos::hw {

namespace {

QString diskOwner(const QString &id)
{
    return QStringLiteral("disk:") + id;
}
QString volumeOwner(const QString &id)
{
    return QStringLiteral("volume:") + id;
}

Result<> checkVolumeId(const QString &id)
{
    if (!isVolumeId(id))
        return fail(ErrorCode::Invalid, QStringLiteral("%1 is not a workload id").arg(quoted(id)));
    return {};
}

Result<> checkVolumeRequest(const QString &id, Bytes size)
{
    if (const auto valid = checkVolumeId(id); !valid)
        return valid;
    if (size == Bytes() || size > Bytes(1ULL << 50))
        return fail(ErrorCode::Invalid, QStringLiteral("invalid size"));
    return {};
}

std::unexpected<Error> noSuchVolume(const QString &what, const QString &id)
{
    return fail(ErrorCode::NotFound, QStringLiteral("%1 %2 does not exist").arg(what, quoted(id)));
}

} // namespace

BtrfsVolumes::BtrfsVolumes(
    Inventory *inventory, CommandRunner *runner, QString mountRoot, QMap<QString, DiskKind> pins)
    : m_inventory(inventory)
    , m_runner(runner)
    , m_mountRoot(std::move(mountRoot))
    , m_pins(std::move(pins))
{
}

BtrfsVolumes::~BtrfsVolumes() = default;

QList<PoolFacts> BtrfsVolumes::pools() const
{
    auto pools = m_pools;
    for (auto &pool : pools) {
        pool.reserved = m_ledger.reserved(pool.id);
        pool.system = pool.size - SpaceLedger::allocatable(pool.size);
    }
    return pools;
}

PoolFacts *BtrfsVolumes::pool(const QString &id)
{
    const auto found = std::ranges::find(m_pools, id, &PoolFacts::id);
    return found == m_pools.end() ? nullptr : &*found;
}

Task<void> BtrfsVolumes::refresh()
{
    const auto pools = m_pools;
    for (const auto &one : pools)
        co_await refreshPool(one.id);
}

Task<void> BtrfsVolumes::refreshPool(QString poolId)
{
    const auto *before = pool(poolId);
    if (!before || before->path.isEmpty())
        co_return;
    const auto path = before->path;
    const auto use = co_await onWorker([path] {
        const auto seen = poolfs::spaceUse(path);
        return seen ? seen : poolfs::spaceUse(path); // once may be chance, twice is the disk
    });
    auto *facts = pool(poolId);
    if (!facts)
        co_return;
    if (use)
        facts->used = use->used;
    const bool broken = !use || use->readOnly;
    if (broken && facts->healthy) {
        facts->healthy = false;
        facts->trouble
            = use ? QStringLiteral("the file system turned read-only") : use.error().what;
        m_ledger.removePool(poolId); // nothing new goes there
    }
}

Placement BtrfsVolumes::place(const QList<VolumeWish> &wishes) const
{
    Placement placement;
    for (const auto &wish : wishes)
        placement.missing += wish.size - (wish.disk ? m_disks : m_volumes).value(wish.id).size;
    SpaceLedger::Draft draft;
    for (const auto &wish : wishes) {
        const auto &existing = wish.disk ? m_disks : m_volumes;
        if (const auto found = existing.constFind(wish.id); found != existing.cend()) {
            placement.pools += found->poolId;
            continue;
        }
        const auto owner = wish.disk ? diskOwner(wish.id) : volumeOwner(wish.id);
        const auto size = wish.disk ? poolfs::rounded(wish.size) : wish.size;
        const auto chosen = m_ledger.choose(owner, size, draft);
        if (!chosen) {
            placement.refusal = chosen.error();
            break;
        }
        draft[*chosen] += { owner, size };
        placement.pools += *chosen;
    }
    return placement;
}

Task<Result<StoredVolume>> BtrfsVolumes::createDisk(QString id, Bytes size)
{
    if (const auto valid = checkVolumeRequest(id, size); !valid)
        co_return fail(valid.error());
    const auto turn = co_await m_queue.enter(diskOwner(id));
    if (const auto found = m_disks.constFind(id); found != m_disks.cend())
        co_return *found;
    auto placed = co_await placeDisk(id, size);
    co_return placed;
}

Task<Result<StoredVolume>> BtrfsVolumes::placeDisk(QString id, Bytes size)
{
    const auto owner = diskOwner(id);
    const auto real = poolfs::rounded(size);
    const auto chosen = m_ledger.choose(owner, real);
    if (!chosen)
        co_return fail(chosen.error());
    const auto poolId = *chosen;
    if (const auto booked = m_ledger.book(poolId, owner, real); !booked)
        co_return fail(booked.error());
    const auto path = pool(poolId)->path;
    const auto made = co_await onWorker([path, id, size]() -> Result<> {
        const auto folder = path + QStringLiteral("/vdisks");
        if (!poolfs::isSubvolume(folder)) {
            auto vdisks = poolfs::makeSubvolume(path, QStringLiteral("vdisks"));
            if (!vdisks
                && !poolfs::isSubvolume(folder)) // two first disks at once: one of them made it
                return vdisks;
        }
        return poolfs::makeDiskFile(folder, id, size, size);
    });
    if (!made) {
        m_ledger.release(poolId, owner);
        co_return fail(made.error().wrapped(QStringLiteral("create disk %1").arg(id)));
    }
    const StoredVolume stored { id, path + QStringLiteral("/vdisks/") + id, size, poolId };
    m_disks.insert(id, stored);
    co_await refreshPool(poolId);
    co_return stored;
}

Task<Result<StoredVolume>> BtrfsVolumes::disk(QString id)
{
    if (const auto valid = checkVolumeId(id); !valid)
        co_return fail(valid.error());
    const auto found = m_disks.constFind(id);
    if (found == m_disks.cend())
        co_return noSuchVolume(QStringLiteral("disk"), id);
    const auto stored = *found;
    const bool gone = co_await onWorker([path = stored.path] { return isAbsent(path); });
    if (gone)
        co_return fail(ErrorCode::Corrupt, QStringLiteral("the file of disk %1 is gone").arg(id));
    co_return stored;
}

Task<Result<StoredVolume>> BtrfsVolumes::growDisk(QString id, Bytes size)
{
    if (const auto valid = checkVolumeRequest(id, size); !valid)
        co_return fail(valid.error());
    const auto turn = co_await m_queue.enter(diskOwner(id));
    auto grown = co_await enlarge(id, size);
    co_return grown;
}

Task<Result<StoredVolume>> BtrfsVolumes::enlarge(QString id, Bytes size)
{
    const auto found = m_disks.constFind(id);
    if (found == m_disks.cend())
        co_return noSuchVolume(QStringLiteral("disk"), id);
    auto stored = *found;
    if (size < stored.size)
        co_return fail(ErrorCode::Invalid, QStringLiteral("not safe to shrink a disk"));
    const auto more = poolfs::rounded(size) - poolfs::rounded(stored.size);
    if (const auto booked = m_ledger.book(stored.poolId, diskOwner(id), more); !booked)
        co_return fail(booked.error());
    const auto grown = co_await onWorker(
        [path = stored.path, size] { return poolfs::growDiskFile(path, size, size); });
    if (!grown) {
        m_ledger.release(stored.poolId, diskOwner(id), more);
        co_return fail(grown.error().wrapped(QStringLiteral("grow disk %1").arg(id)));
    }
    stored.size = size;
    m_disks.insert(id, stored);
    co_await refreshPool(stored.poolId);
    co_return stored;
}

Task<Result<>> BtrfsVolumes::formatDisk(QString id)
{
    if (const auto valid = checkVolumeId(id); !valid)
        co_return valid;
    const auto turn = co_await m_queue.enter(diskOwner(id));
    const auto found = m_disks.constFind(id);
    if (found == m_disks.cend())
        co_return noSuchVolume(QStringLiteral("disk"), id);
    const auto path = found->path;
    const auto made = co_await makeFileSystem(path);
    if (!made)
        co_return fail(made.error().wrapped(QStringLiteral("format disk %1").arg(id)));
    co_return {};
}

Task<Result<>> BtrfsVolumes::makeFileSystem(QString path)
{
    Command look;
    look.program = QStringLiteral("blkid");
    look.arguments = { QStringLiteral("-p"), QStringLiteral("-o"), QStringLiteral("export"), path };
    const auto seen = co_await m_runner->run(look);
    if (!seen)
        co_return fail(seen.error());
    if (seen->exitCode == 0 || seen->exitCode == 8)
        co_return {}; // something is there already, perhaps several things: never touched
    if (seen->exitCode != 2)
        co_return fail(ErrorCode::Io, QStringLiteral("blkid: ") + lastErrorLine(*seen));
    // nodiscard: discarding would give back the blocks that were reserved for this disk.
    Command make;
    make.program = QStringLiteral("mkfs.ext4");
    make.arguments
        = { QStringLiteral("-q"), QStringLiteral("-m"), QStringLiteral("0"), QStringLiteral("-E"),
              QStringLiteral("nodiscard,lazy_itable_init=1,lazy_journal_init=1"), path };
    make.deadline = std::chrono::seconds(120);
    const auto made = co_await runOk(m_runner, make);
    if (!made)
        co_return fail(made.error());
    co_return {};
}

Task<Result<>> BtrfsVolumes::removeDisk(QString id)
{
    if (const auto valid = checkVolumeId(id); !valid)
        co_return valid;
    const auto turn = co_await m_queue.enter(diskOwner(id));
    const auto found = m_disks.constFind(id);
    if (found == m_disks.cend())
        co_return {};
    const auto stored = *found;
    const auto folder = stored.path.left(stored.path.lastIndexOf(u'/'));
    const auto removed = co_await onWorker([folder, id] { return poolfs::removeFile(folder, id); });
    if (!removed)
        co_return fail(removed.error().wrapped(QStringLiteral("remove disk %1").arg(id)));
    m_disks.remove(id);
    m_ledger.release(stored.poolId, diskOwner(id));
    co_await refreshPool(stored.poolId);
    co_return {};
}

Task<Result<StoredVolume>> BtrfsVolumes::createVolume(QString id, Bytes size)
{
    if (const auto valid = checkVolumeRequest(id, size); !valid)
        co_return fail(valid.error());
    const auto turn = co_await m_queue.enter(volumeOwner(id));
    const auto found = m_volumes.constFind(id);
    if (found != m_volumes.cend() && found->size > Bytes())
        co_return *found;
    auto placed = co_await placeVolume(id, size);
    co_return placed;
}

Task<Result<StoredVolume>> BtrfsVolumes::placeVolume(QString id, Bytes size)
{
    const auto owner = volumeOwner(id);
    // A volume without limit was left by a crash between the two steps: it is finished where it is.
    const auto half = m_volumes.constFind(id);
    const auto chosen
        = half == m_volumes.cend() ? m_ledger.choose(owner, size) : Result<QString>(half->poolId);
    if (!chosen)
        co_return fail(chosen.error());
    const auto poolId = *chosen;
    if (const auto booked = m_ledger.book(poolId, owner, size); !booked)
        co_return fail(booked.error());
    const auto parent = pool(poolId)->path;
    const auto made = co_await onWorker([parent, id, size]() -> Result<> {
        const auto path = parent + u'/' + id;
        const bool present = poolfs::isSubvolume(path);
        if (!present) {
            if (auto subvolume = poolfs::makeSubvolume(parent, id); !subvolume)
                return subvolume;
        }
        auto limited = poolfs::setLimit(path, size);
        if (!limited && !present) {
            if (const auto undone = poolfs::removeSubvolume(parent, id); !undone)
                return fail(limited.error().wrapped(undone.error().what));
        }
        return limited;
    });
    if (!made) {
        m_ledger.release(poolId, owner);
        co_return fail(made.error().wrapped(QStringLiteral("create volume %1").arg(id)));
    }
    const StoredVolume stored { id, parent + u'/' + id, size, poolId };
    m_volumes.insert(id, stored);
    co_return stored;
}

Task<Result<StoredVolume>> BtrfsVolumes::growVolume(QString id, Bytes size)
{
    if (const auto valid = checkVolumeRequest(id, size); !valid)
        co_return fail(valid.error());
    const auto owner = volumeOwner(id);
    const auto turn = co_await m_queue.enter(owner);
    const auto found = m_volumes.constFind(id);
    if (found == m_volumes.cend())
        co_return noSuchVolume(QStringLiteral("volume"), id);
    auto stored = *found;
    if (size < stored.size)
        co_return fail(ErrorCode::Invalid, QStringLiteral("not safe to shrink a volume"));
    const auto more = size - stored.size;
    if (const auto booked = m_ledger.book(stored.poolId, owner, more); !booked)
        co_return fail(booked.error());
    const auto limited
        = co_await onWorker([path = stored.path, size] { return poolfs::setLimit(path, size); });
    if (!limited) {
        m_ledger.release(stored.poolId, owner, more);
        co_return fail(limited.error().wrapped(QStringLiteral("grow volume %1").arg(id)));
    }
    stored.size = size;
    m_volumes.insert(id, stored);
    co_return stored;
}

Task<Result<StoredVolume>> BtrfsVolumes::volume(QString id)
{
    if (const auto valid = checkVolumeId(id); !valid)
        co_return fail(valid.error());
    const auto found = m_volumes.constFind(id);
    if (found == m_volumes.cend())
        co_return noSuchVolume(QStringLiteral("volume"), id);
    const auto stored = *found;
    const bool there
        = co_await onWorker([path = stored.path] { return poolfs::isSubvolume(path); });
    if (!there)
        co_return fail(ErrorCode::Corrupt, QStringLiteral("the subvolume of %1 is gone").arg(id));
    co_return stored;
}

Task<Result<>> BtrfsVolumes::removeVolume(QString id)
{
    if (const auto valid = checkVolumeId(id); !valid)
        co_return valid;
    const auto turn = co_await m_queue.enter(volumeOwner(id));
    const auto found = m_volumes.constFind(id);
    if (found == m_volumes.cend())
        co_return {};
    const auto stored = *found;
    const auto parent = stored.path.left(stored.path.lastIndexOf(u'/'));
    const auto removed
        = co_await onWorker([parent, id] { return poolfs::removeSubvolume(parent, id); });
    if (!removed)
        co_return fail(removed.error().wrapped(QStringLiteral("remove volume %1").arg(id)));
    m_volumes.remove(id);
    m_ledger.release(stored.poolId, volumeOwner(id));
    co_await refreshPool(stored.poolId);
    co_return {};
}

Task<Result<QList<StoredVolume>>> BtrfsVolumes::list()
{
    co_await refresh();
    co_return m_disks.values() + m_volumes.values();
}

} // namespace zos::hw

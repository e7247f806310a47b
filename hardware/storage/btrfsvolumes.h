// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/keyedlock.h"
#include "core/ports/volumes.h"
#include "hardware/storage/spaceledger.h"

#include <QMap>

#include <memory>

namespace zos::hw {

class CommandRunner;

// One btrfs file system per device: disks are preallocated files in its subvolume "vdisks", volumes
// are subvolumes with a quota limit. The disks themselves are the only record; booking is in memory
// and read back from them at start. Lives on the event loop, blocking work runs on workers.
class BtrfsVolumes final : public Volumes
{
public:
    // Pools are mounted at <mountRoot>/<label>. pins: kind of a device by path, name or serial.
    BtrfsVolumes(Inventory *inventory, CommandRunner *runner, QString mountRoot,
        QMap<QString, DiskKind> pins = {});
    ~BtrfsVolumes() override;

    Task<Result<>> start() override;
    QList<PoolFacts> pools() const override;
    Placement place(const QList<VolumeWish> &wishes) const override;
    Task<Result<StoredVolume>> createDisk(QString id, Bytes size) override;
    Task<Result<StoredVolume>> disk(QString id) override;
    Task<Result<StoredVolume>> growDisk(QString id, Bytes size) override;
    Task<Result<>> formatDisk(QString id) override;
    Task<Result<>> removeDisk(QString id) override;
    Task<Result<StoredVolume>> createVolume(QString id, Bytes size) override;
    Task<Result<StoredVolume>> volume(QString id) override;
    Task<Result<StoredVolume>> growVolume(QString id, Bytes size) override;
    Task<Result<>> removeVolume(QString id) override;
    Task<Result<QList<StoredVolume>>> list() override;

    // Reads use and health of all pools again.
    Task<void> refresh();

private:
    Task<Result<>> openPool(DiskFacts disk);
    Task<Result<QString>> formatDevice(DiskFacts disk);
    Task<Result<DiskKind>> settleKind(DiskFacts disk, QString pool);
    Task<Result<>> loadContent(PoolFacts pool);
    Task<Result<StoredVolume>> placeDisk(QString id, Bytes size);
    Task<Result<StoredVolume>> placeVolume(QString id, Bytes size);
    Task<Result<StoredVolume>> enlarge(QString id, Bytes size);
    Task<Result<>> makeFileSystem(QString path);
    Task<void> refreshPool(QString poolId);
    PoolFacts *pool(const QString &id);

    Inventory *const m_inventory;
    CommandRunner *const m_runner;
    const QString m_mountRoot;
    const QMap<QString, DiskKind> m_pins;
    QList<PoolFacts> m_pools;
    SpaceLedger m_ledger;
    QMap<QString, StoredVolume> m_disks;
    QMap<QString, StoredVolume> m_volumes;
    KeyedLock m_queue;
};

} // namespace zos::hw

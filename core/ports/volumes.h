// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"

namespace zos {

struct PoolFacts
{
    QString id; // btrfs label, a UUID text
    DiskKind kind = DiskKind::Unknown;
    QString device; // /dev/sda
    QString path; // where it is mounted
    Bytes size; // of the device
    Bytes reserved; // promised to disk files and volumes
    Bytes used; // really written
    bool healthy = true;
    QString trouble; // why not healthy
    Bytes system; // of `size`, kept by the node: its file system's own needs. Never promised

    Bytes free() const { return size - system - reserved; } // may still be promised
};

struct StoredVolume
{
    QString id;
    QString path; // file of a disk, directory of a volume
    Bytes size; // the promise
    QString poolId;
};

bool isVolumeId(QStringView id); // "<workload id>", "rootfs:<workload id>"

// Something that may be asked for.
struct VolumeWish
{
    QString id;
    Bytes size;
    bool disk = true; // else a volume
};

// The pool of each wish in order, up to the first that finds no place.
struct Placement
{
    QStringList pools;
    std::optional<Error> refusal; // Limit
    Bytes missing; // what all wishes together need beyond what exists of them
};

// Pools on the node's disks and what tenants keep in them. Ids are workload ids
// "<twin>-<contract>-<name>", for a machine's root "rootfs:<workload id>"; anything else is
// Invalid. A disk and a volume of one id are two things. Every call is idempotent, and what it
// reports as done has reached the disk. Calls about one thing take turns in the order they came.
class Volumes
{
public:
    virtual ~Volumes() = default;
    // Brings the pools of the given devices up (formats only devices decided Format).
    virtual Task<Result<>> start() = 0;
    virtual QList<PoolFacts> pools() const = 0;
    // Where these would be made, one after the other. Nothing is made, nothing is promised.
    virtual Placement place(const QList<VolumeWish> &wishes) const = 0;

    // A disk file (zmount) whose blocks are all reserved and read as zero. An existing one of that
    // id is returned as it is. Limit: "not enough space left in pools of this type ssd: ...".
    virtual Task<Result<StoredVolume>> createDisk(QString id, Bytes size) = 0;
    virtual Task<Result<StoredVolume>> disk(QString id) = 0; // NotFound
    // Invalid: "not safe to shrink a disk". NotFound, Limit as above.
    virtual Task<Result<StoredVolume>> growDisk(QString id, Bytes size) = 0;
    // ext4, unless the disk already carries any file system or partition table. NotFound.
    virtual Task<Result<>> formatDisk(QString id) = 0;
    virtual Task<Result<>> removeDisk(QString id) = 0; // absent is success

    // A directory with a size limit (btrfs subvolume with quota).
    virtual Task<Result<StoredVolume>> createVolume(QString id, Bytes size) = 0;
    virtual Task<Result<StoredVolume>> volume(QString id) = 0; // NotFound
    // Another limit, at once. Invalid: "not safe to shrink a volume". NotFound, Limit as above.
    virtual Task<Result<StoredVolume>> growVolume(QString id, Bytes size) = 0;
    virtual Task<Result<>> removeVolume(QString id) = 0; // absent is success

    // Everything of the two kinds that exists, for the comparison after a restart.
    virtual Task<Result<QList<StoredVolume>>> list() = 0;
};

} // namespace zos

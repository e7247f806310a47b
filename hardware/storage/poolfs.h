// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/volumes.h"

// What a pool is made of, one system call or two each. All of it blocks: worker threads only.
// What returns success has reached the disk.
namespace zos::hw::poolfs {

// Mounts the device at the path (made when missing); mounted there already is success.
Result<> mountPool(const QString &device, const QString &path);
// Simple quotas, classic ones where the kernel has no simple ones; already on is success.
Result<> enableQuota(const QString &pool);

QString readKindFile(const QString &pool); // "ssd", "hdd" or empty
Result<> writeKindFile(const QString &pool, const QString &kind);

struct SpaceUse
{
    Bytes used;
    bool readOnly = false;
};
Result<SpaceUse> spaceUse(const QString &pool);

Result<> makeSubvolume(const QString &parent, const QString &name);
Result<> removeSubvolume(const QString &parent, const QString &name); // absent is success
bool isSubvolume(const QString &path);
Result<> setLimit(const QString &subvolume, Bytes limit);
Result<Bytes> limit(const QString &subvolume); // 0 = none

// A file of `size` (rounded up to 4096) whose blocks are reserved, read as zero and are written in
// place; it appears under its name only when complete. `promise` is remembered with it.
Result<> makeDiskFile(const QString &folder, const QString &name, Bytes size, Bytes promise);
Result<> growDiskFile(const QString &path, Bytes size, Bytes promise);
Result<> removeFile(const QString &folder, const QString &name); // absent is success
Result<Bytes> promiseOf(const QString &file); // NotFound

struct PoolContent
{
    QList<StoredVolume> disks;
    QList<StoredVolume> volumes;
};
// Disk files and subvolumes with valid ids; removes half-made disk files of a crash.
Result<PoolContent> scanPool(const QString &pool, const QString &poolId);

// Disk files are multiples of this.
Bytes rounded(Bytes size);

} // namespace zos::hw::poolfs

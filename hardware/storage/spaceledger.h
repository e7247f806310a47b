// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/base/units.h"

#include <QMap>
#include <QString>

#include <optional>

namespace zos::hw {

// Who was promised how much of which pool. No I/O: callers book first, act, and release when the
// act failed. Promises never exceed what a pool may give away.
class SpaceLedger
{
public:
    // What a device of this size may promise: the rest is for metadata (storage rules, 7.2).
    static Bytes allocatable(Bytes deviceSize);

    void addPool(const QString &pool, Bytes deviceSize);
    void removePool(const QString &pool);
    // What would be booked besides, pool by pool: owners and sizes.
    using Draft = QMap<QString, QList<std::pair<QString, Bytes>>>;
    // The pool for `size` more bytes of `owner`; pools holding things of the same deployment first.
    // Limit: "not enough space left in pools of this type ssd: requested N, largest free M in
    // pool P".
    Result<QString> choose(const QString &owner, Bytes size, const Draft &draft = {}) const;
    // Adds to the owner's promise. Limit when the pool has not that much left.
    Result<> book(const QString &pool, const QString &owner, Bytes size);
    // As book() for what was found on the disk: it exists, so it counts whatever the sum is.
    void load(const QString &pool, const QString &owner, Bytes size);
    void release(const QString &pool, const QString &owner); // all of it
    void release(const QString &pool, const QString &owner, Bytes size); // a part

    Bytes reserved(const QString &pool) const;
    Bytes free(const QString &pool) const;

private:
    struct Pool
    {
        Bytes allocatable;
        Bytes reserved;
        QMap<QString, Bytes> owners;
    };
    static Bytes freeOf(const Pool &pool) { return pool.allocatable - pool.reserved; }
    static bool serves(const Pool &pool, const QString &deployment);
    static Error noSpace(Bytes requested, Bytes largestFree, const QString &pool);

    QMap<QString, Pool> m_pools;
};

} // namespace zos::hw

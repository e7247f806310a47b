// SPDX-License-Identifier: Apache-2.0
#include "hardware/storage/spaceledger.h"

#include <algorithm>
#include <array>

namespace zos::hw {

namespace {

// "disk:7-12-data" and "volume:rootfs:7-12-vm" belong to deployment "7-12-".
QString deploymentOf(const QString &owner)
{
    const auto id = owner.mid(owner.lastIndexOf(u':') + 1);
    const auto end = id.indexOf(u'-', id.indexOf(u'-') + 1);
    return id.left(end + 1);
}

// What an owner's name may begin with.
constexpr std::array<QStringView, 3> kOwnerKinds { u"disk:", u"volume:", u"volume:rootfs:" };

} // namespace

Bytes SpaceLedger::allocatable(Bytes deviceSize)
{
    const auto size = deviceSize.count();
    if (deviceSize >= 100_GiB)
        return Bytes(size / 100 * 97) - 2_GiB;
    return Bytes(size / 100 * 95) - 1_GiB;
}

void SpaceLedger::addPool(const QString &pool, Bytes deviceSize)
{
    m_pools[pool].allocatable = allocatable(deviceSize);
}

void SpaceLedger::removePool(const QString &pool)
{
    m_pools.remove(pool);
}

Error SpaceLedger::noSpace(Bytes requested, Bytes largestFree, const QString &pool)
{
    return Error { ErrorCode::Limit,
        QStringLiteral(
            "not enough space left in pools of this type ssd: requested %1, largest free %2 in "
            "pool %3")
            .arg(QString::number(requested.count()), QString::number(largestFree.count()),
                pool.isEmpty() ? QStringLiteral("none") : pool) };
}

// Without a look at everything: a node keeps thousands of things.
bool SpaceLedger::serves(const Pool &pool, const QString &deployment)
{
    return std::ranges::any_of(kOwnerKinds, [&](QStringView kind) {
        const auto prefix = kind + deployment;
        const auto next = pool.owners.lowerBound(prefix);
        return next != pool.owners.cend() && next.key().startsWith(prefix);
    });
}

Result<QString> SpaceLedger::choose(const QString &owner, Bytes size, const Draft &draft) const
{
    const auto deployment = deploymentOf(owner);
    QString same; // has something of this deployment
    QString tight; // least free among pools the request is small for
    QString roomy; // most free
    Bytes tightest;
    Bytes roomiest;
    for (auto it = m_pools.cbegin(); it != m_pools.cend(); ++it) {
        auto free = freeOf(*it);
        const auto drafted = draft.value(it.key());
        for (const auto &[other, bytes] : drafted)
            free -= bytes;
        const bool fits = free >= size;
        if (roomy.isEmpty() || free > roomiest) {
            roomy = it.key();
            roomiest = free;
        }
        if (fits && size.count() < it->allocatable.count() / 10
            && (tight.isEmpty() || free < tightest)) {
            tight = it.key();
            tightest = free;
        }
        const auto related = [&](const std::pair<QString, Bytes> &other) {
            return deploymentOf(other.first) == deployment;
        };
        if (fits && same.isEmpty()
            && (serves(*it, deployment) || std::ranges::any_of(drafted, related)))
            same = it.key();
    }
    if (roomy.isEmpty() || roomiest < size)
        return fail(noSpace(size, roomiest, roomy));
    return !same.isEmpty() ? same : !tight.isEmpty() ? tight : roomy;
}

Result<> SpaceLedger::book(const QString &pool, const QString &owner, Bytes size)
{
    const auto found = m_pools.find(pool);
    const auto free = found == m_pools.end() ? Bytes() : freeOf(*found);
    if (free < size || found == m_pools.end())
        return fail(noSpace(size, free, pool));
    load(pool, owner, size);
    return {};
}

void SpaceLedger::load(const QString &pool, const QString &owner, Bytes size)
{
    auto &entry = m_pools[pool];
    entry.owners[owner] += size;
    entry.reserved += size;
}

void SpaceLedger::release(const QString &pool, const QString &owner)
{
    if (const auto found = m_pools.find(pool); found != m_pools.end())
        found->reserved -= found->owners.take(owner);
}

void SpaceLedger::release(const QString &pool, const QString &owner, Bytes size)
{
    const auto found = m_pools.find(pool);
    if (found == m_pools.end() || !found->owners.contains(owner))
        return;
    const auto part = std::min(size, found->owners[owner]);
    found->owners[owner] -= part;
    found->reserved -= part;
}

Bytes SpaceLedger::reserved(const QString &pool) const
{
    return m_pools.value(pool).reserved;
}

Bytes SpaceLedger::free(const QString &pool) const
{
    return freeOf(m_pools.value(pool));
}

} // namespace zos::hw

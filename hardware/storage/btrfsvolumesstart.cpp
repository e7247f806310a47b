// SPDX-License-Identifier: Apache-2.0
// Bringing pools up: the part of BtrfsVolumes that runs once.
#include "core/base/logging.h"
#include "hardware/process/commandrunner.h"
#include "hardware/storage/btrfsvolumes.h"
#include "hardware/storage/poolfs.h"
#include "hardware/storage/seekprobe.h"

#include <QUuid>

namespace zos::hw {

namespace {

std::optional<DiskKind> pinnedKind(const QMap<QString, DiskKind> &pins, const DiskFacts &disk)
{
    for (const auto &key : { disk.path, disk.name, disk.serial }) {
        if (!key.isEmpty() && pins.contains(key))
            return pins.value(key);
    }
    return {};
}

DiskKind kindOf(const QString &text)
{
    return text == u"ssd" ? DiskKind::Ssd : text == u"hdd" ? DiskKind::Hdd : DiskKind::Unknown;
}

} // namespace

Task<Result<>> BtrfsVolumes::start()
{
    const auto disks = co_await m_inventory->disks();
    if (!disks)
        co_return fail(disks.error().wrapped(QStringLiteral("list disks")));
    for (const auto &disk : *disks) {
        if (disk.decision == DiskFacts::Decision::Skip) {
            qCInfo(lcStorage).noquote() << disk.path << "is not used:" << disk.reason;
            continue;
        }
        if (std::ranges::contains(m_pools, disk.path, &PoolFacts::device))
            continue; // started twice
        const auto opened = co_await openPool(disk);
        if (opened)
            continue;
        // One broken disk must not take the others along: it is shown, nothing goes there.
        PoolFacts broken;
        broken.id = disk.poolId;
        broken.kind = disk.kind;
        broken.device = disk.path;
        broken.size = disk.size;
        broken.healthy = false;
        broken.trouble = opened.error().what;
        m_pools += broken;
    }
    co_return {};
}

Task<Result<>> BtrfsVolumes::openPool(DiskFacts disk)
{
    if (disk.decision == DiskFacts::Decision::Format) {
        const auto label = co_await formatDevice(disk);
        if (!label)
            co_return fail(label.error().wrapped(QStringLiteral("format %1").arg(disk.path)));
        disk.poolId = *label;
    }
    // The label becomes a path: only a UUID may.
    if (QUuid::fromString(disk.poolId).isNull())
        co_return fail(ErrorCode::Corrupt, QStringLiteral("%1 has no pool label").arg(disk.path));
    if (pool(disk.poolId))
        co_return fail(ErrorCode::Exists,
            QStringLiteral("%1 carries the label of another pool, %2").arg(disk.path, disk.poolId));
    PoolFacts facts;
    facts.id = disk.poolId;
    facts.device = disk.path;
    facts.size = disk.size;
    facts.path = m_mountRoot + u'/' + disk.poolId;
    const auto mounted
        = co_await onWorker([device = facts.device, path = facts.path]() -> Result<> {
              if (auto done = poolfs::mountPool(device, path); !done)
                  return done;
              return poolfs::enableQuota(path);
          });
    if (!mounted)
        co_return fail(mounted.error().wrapped(QStringLiteral("pool on %1").arg(disk.path)));
    const auto kind = co_await settleKind(disk, facts.path);
    if (!kind)
        co_return fail(kind.error().wrapped(QStringLiteral("pool on %1").arg(disk.path)));
    facts.kind = *kind;
    const auto loaded = co_await loadContent(facts);
    if (!loaded)
        co_return fail(loaded.error().wrapped(QStringLiteral("pool on %1").arg(disk.path)));
    m_pools += facts;
    co_await refreshPool(facts.id);
    co_return {};
}

// The label of the new pool.
Task<Result<QString>> BtrfsVolumes::formatDevice(DiskFacts disk)
{
    // Looked at again right before: something may have been written since.
    const auto again = co_await m_inventory->disks();
    if (!again)
        co_return fail(again.error());
    const auto found = std::ranges::find(*again, disk.path, &DiskFacts::path);
    if (found == again->end() || found->decision != DiskFacts::Decision::Format)
        co_return fail(ErrorCode::Exists, QStringLiteral("the disk is not empty any more"));
    const auto label = QUuid::createUuid().toString(QUuid::WithoutBraces);
    Command command; // without -f: it refuses a disk that holds anything
    command.program = QStringLiteral("mkfs.btrfs");
    command.arguments = { QStringLiteral("-q"), QStringLiteral("-L"), label, disk.path };
    command.deadline = std::chrono::seconds(120);
    const auto made = co_await runOk(m_runner, command);
    if (!made)
        co_return fail(made.error());
    qCInfo(lcStorage).noquote() << "new pool" << label << "on" << disk.path;
    co_return label;
}

// Pin, then what the pool itself says, then the disk's properties, then a measurement; kept on the
// pool so that later starts agree.
Task<Result<DiskKind>> BtrfsVolumes::settleKind(DiskFacts disk, QString pool)
{
    const auto written = co_await onWorker([pool] { return poolfs::readKindFile(pool); });
    auto kind = pinnedKind(m_pins, disk).value_or(kindOf(written));
    if (kind == DiskKind::Unknown)
        kind = disk.kind;
    if (kind == DiskKind::Unknown) {
        const auto measured
            = co_await onWorker([device = disk.path] { return measureDiskKind(device); });
        if (!measured)
            co_return fail(measured.error());
        kind = *measured;
    }
    if (kind != kindOf(written)) {
        const auto kept = co_await onWorker(
            [pool, text = kindName(kind)] { return poolfs::writeKindFile(pool, text); });
        if (!kept)
            co_return fail(kept.error());
    }
    co_return kind;
}

Task<Result<>> BtrfsVolumes::loadContent(PoolFacts facts)
{
    const auto content = co_await onWorker(
        [path = facts.path, id = facts.id] { return poolfs::scanPool(path, id); });
    if (!content)
        co_return fail(content.error());
    // Pools of spinning disks are for key-value stores: nothing else is placed there.
    if (facts.kind == DiskKind::Ssd)
        m_ledger.addPool(facts.id, facts.size);
    for (const auto &disk : content->disks) {
        m_disks.insert(disk.id, disk);
        m_ledger.load(facts.id, QStringLiteral("disk:") + disk.id, poolfs::rounded(disk.size));
    }
    for (const auto &volume : content->volumes) {
        m_volumes.insert(volume.id, volume);
        m_ledger.load(facts.id, QStringLiteral("volume:") + volume.id, volume.size);
    }
    co_return {};
}

} // namespace zos::hw

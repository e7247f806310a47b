// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/diskpolicy.h"

#include <QUuid>

namespace zos::hw {

namespace {

using Decision = DiskFacts::Decision;

struct Verdict
{
    Decision decision;
    QString reason;
};

bool isVirtualMajor(unsigned major)
{
    // ram, floppy, optical, nbd, md
    return major == 1 || major == 2 || major == 9 || major == 11 || major == 43;
}

bool isPoolLabel(const QString &label)
{
    return !QUuid::fromString(label).isNull();
}

bool isOwnPool(const DiskProbe &probe)
{
    return probe.btrfsDevices == 1 && isPoolLabel(probe.btrfsLabel);
}

Verdict verdictOf(const DiskProbe &probe, Bytes minimum)
{
    const auto skip = [](QString reason) { return Verdict { Decision::Skip, std::move(reason) }; };
    if (!probe.trouble.isEmpty())
        return skip(probe.trouble);
    if (isVirtualMajor(probe.major) || probe.name.startsWith(u"zram")
        || probe.name.startsWith(u"dm-"))
        return skip(QStringLiteral("virtual devices are not used"));
    if (probe.partition)
        return skip(QStringLiteral("a partition, only whole disks are used"));
    if (probe.size == Bytes())
        return skip(QStringLiteral("no medium"));
    if (probe.readOnly)
        return skip(QStringLiteral("read only"));
    // A loop device is here because somebody named it.
    if (!probe.isLoop() && (probe.usb || probe.removable))
        return skip(QStringLiteral("USB/removable disks are not used"));
    if (probe.size < minimum)
        return skip(QStringLiteral("too small"));
    if (!probe.holders.isEmpty())
        return skip(QStringLiteral("in use by %1").arg(probe.holders.first()));
    if (probe.swap)
        return skip(QStringLiteral("in use as swap"));
    if (probe.signature.endsWith(u"_member"))
        return skip(QStringLiteral("member of another volume (%1)").arg(probe.signature));
    if (isOwnPool(probe))
        return { Decision::Adopt, QStringLiteral("pool") };
    if (!probe.mountPoints.isEmpty())
        return skip(QStringLiteral("in use, mounted at %1").arg(probe.mountPoints.first()));
    if (probe.btrfsDevices > 0)
        return skip(probe.btrfsDevices > 1
                ? QStringLiteral("holds one device of a larger btrfs file system")
                : QStringLiteral("holds a btrfs file system that is not a pool"));
    if (probe.partitionTable)
        return skip(QStringLiteral("holds a %1 partition table").arg(probe.signature));
    if (!probe.signature.isEmpty())
        return skip(QStringLiteral("holds %1 data").arg(probe.signature));
    if (!probe.edgesZero)
        return skip(QStringLiteral("holds unknown data"));
    return { Decision::Format, QStringLiteral("new pool") };
}

} // namespace

DiskKind kindWithoutMeasuring(const DiskProbe &probe)
{
    if (probe.isLoop())
        return DiskKind::Unknown;
    if (probe.bus == u"nvme")
        return DiskKind::Ssd;
    if (probe.rpm)
        return *probe.rpm == 0 ? DiskKind::Ssd : DiskKind::Hdd;
    if (probe.rotational && !*probe.rotational)
        return DiskKind::Ssd;
    return DiskKind::Unknown;
}

DiskFacts decideDisk(const DiskProbe &probe, Bytes minimum)
{
    DiskFacts facts;
    facts.name = probe.name;
    facts.path = probe.path;
    facts.model = probe.model;
    facts.serial = probe.serial;
    facts.bus = probe.raidVolume ? QStringLiteral("raid")
        : probe.usb              ? QStringLiteral("usb")
        : probe.bus == u"ata"    ? QStringLiteral("sata")
        : probe.bus == u"scsi"   ? QStringLiteral("sas")
        : probe.bus.isEmpty()    ? QStringLiteral("unknown")
                                 : probe.bus;
    facts.kind = kindWithoutMeasuring(probe);
    facts.size = probe.size;
    facts.readOnly = probe.readOnly;
    auto [decision, reason] = verdictOf(probe, minimum);
    facts.decision = decision;
    facts.reason = std::move(reason);
    if (probe.btrfsDevices > 0)
        facts.poolId = probe.btrfsLabel;
    return facts;
}

} // namespace zos::hw

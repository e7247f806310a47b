// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"

#include <optional>

namespace zos::hw {

// Everything that was seen of one device, before any decision: udev and sysfs properties and what
// the device's own bytes say.
struct DiskProbe
{
    QString given; // path as the node was given it
    QString path; // canonical, /dev/sda
    QString name; // sda
    QString trouble; // why it could not be looked at; the rest is empty then
    QString model;
    QString serial;
    QString bus; // ata scsi usb nvme virtio loop raid mmc, empty when unknown
    unsigned major = 0;
    Bytes size;
    bool readOnly = false;
    bool removable = false;
    bool usb = false; // any parent is a USB device
    bool partition = false;
    std::optional<bool> rotational;
    std::optional<int> rpm; // 0 = solid state
    bool raidVolume = false; // a RAID controller's logical volume
    QStringList holders; // device mapper, md ... on top of it
    QStringList mountPoints; // of this very device
    bool swap = false;

    QString signature; // blkid's TYPE or PTTYPE, "unknown" when it could not decide
    bool partitionTable = false; // the signature is a partition table
    QString btrfsLabel;
    quint64 btrfsDevices = 0; // 0 = no btrfs
    bool edgesZero = false; // first and last MiB hold only zeroes

    bool isLoop() const { return major == 7; }
};

// Reads udev, sysfs, mountinfo and the device's edges. Blocking: worker threads only. The signature
// is left to readSignature().
DiskProbe probeDisk(const QString &given);

// Applies the output of "blkid -p -o export" (exit code 2 = nothing there) to the probe.
void readSignature(DiskProbe &probe, int exitCode, const QByteArray &exported);

// Applies a btrfs superblock found in the device's first MiB.
void readBtrfsSuper(DiskProbe &probe, const QByteArray &firstMiB);

} // namespace zos::hw

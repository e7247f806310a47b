// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/allowedprograms.h"

namespace zos::hw {

namespace {

struct AllowedProgram
{
    const char *name;
    const char *path;
    const char *reason;
};

constexpr AllowedProgram kAllowedPrograms[] = {
    { "ip", "/usr/sbin/ip", "links, addresses, routes, network namespaces" },
    { "nft", "/usr/sbin/nft", "listing and loading rule sets inside a namespace" },
    { "wg", "/usr/bin/wg", "WireGuard configuration and peer state" },
    { "wireguard-go", "/usr/bin/wireguard-go", "WireGuard where the kernel has none" },
    { "sysctl", "/usr/sbin/sysctl", "forwarding inside a namespace" },
    { "bridge", "/usr/sbin/bridge", "isolation of bridge ports" },
    { "tc", "/usr/sbin/tc", "bandwidth of a machine's card" },
    { "modprobe", "/usr/sbin/modprobe", "kernel modules of links and file systems" },
    { "btrfs", "/usr/bin/btrfs", "quota of pools" },
    { "mkfs.btrfs", "/usr/sbin/mkfs.btrfs", "a new pool" },
    { "mkfs.ext4", "/usr/sbin/mkfs.ext4", "the file system of a tenant's new disk" },
    { "blkid", "/usr/sbin/blkid", "signatures of a disk, read from the disk itself" },
    { "mount", "/usr/bin/mount", "images (loop device and mount in one step)" },
    { "umount", "/usr/bin/umount", "images" },
    { "losetup", "/usr/sbin/losetup", "finding loop devices of images" },
    { "dmidecode", "/usr/sbin/dmidecode", "hardware facts of the firmware" },
    { "qemu-img", "/usr/bin/qemu-img", "inspection of disk images" },
    { "yggdrasil", "/usr/sbin/yggdrasil", "address and configuration of the overlay" },
    { "yggdrasilctl", "/usr/sbin/yggdrasilctl", "state of the overlay" },
    { "virsh", "/usr/bin/virsh", "diagnosis of a machine that does not start" },
};

} // namespace

QMap<QString, QString> allowedPrograms()
{
    QMap<QString, QString> programs;
    for (const auto &program : kAllowedPrograms)
        programs.insert(QString::fromLatin1(program.name), QString::fromLatin1(program.path));
    return programs;
}

} // namespace zos::hw

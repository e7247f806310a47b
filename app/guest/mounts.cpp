// SPDX-License-Identifier: Apache-2.0
#include "app/guest/mounts.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace zos::guest {

namespace {

// From the kernel's private ext4 header; part of its stable interface all the same.
constexpr unsigned long kExt4Resize = _IOW('f', 16, std::uint64_t);

std::string diskBySerial(const std::string &serial)
{
    std::string found;
    DIR *const disks = ::opendir("/sys/block");
    while (const auto *entry = disks ? ::readdir(disks) : nullptr) {
        std::string text;
        const auto path = std::string(entry->d_name) + "/serial";
        if (!readFile(::dirfd(disks), path.c_str(), 128, text))
            continue;
        if (const auto end = text.find('\n'); end != std::string::npos)
            text.resize(end);
        if (text == serial)
            found = std::string("/dev/") + entry->d_name;
    }
    if (disks)
        ::closedir(disks);
    return found;
}

bool magicAt(int fd, off_t offset, std::string_view magic)
{
    char bytes[16];
    return ::pread(fd, bytes, magic.size(), offset) == static_cast<ssize_t>(magic.size())
        && std::string_view(bytes, magic.size()) == magic;
}

// By superblock magic: trying one file system after the other would load them all.
const char *fileSystemOf(const std::string &device)
{
    const int fd = ::open(device.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return nullptr;
    const char *name = nullptr;
    if (magicAt(fd, 0x438, "\x53\xef"))
        name = "ext4";
    else if (magicAt(fd, 0x10040, "_BHRfS_M"))
        name = "btrfs";
    else if (magicAt(fd, 0, "XFSB"))
        name = "xfs";
    else if (magicAt(fd, 82, "FAT32") || magicAt(fd, 54, "FAT1"))
        name = "vfat";
    ::close(fd);
    return name;
}

// A disk that grew while the machine was down is usable in full at once.
void growToDevice(const std::string &device, const std::string &target, std::string_view kind)
{
    const int disk = ::open(device.c_str(), O_RDONLY | O_CLOEXEC);
    const int mounted = ::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::uint64_t bytes = 0;
    int failed = 0;
    if (disk >= 0 && mounted >= 0 && ::ioctl(disk, BLKGETSIZE64, &bytes) == 0) {
        if (kind == "ext4") {
            std::uint32_t now = 0; // blocks, low half: enough to see that nothing changed
            std::uint32_t shift = 0;
            if (::pread(disk, &now, 4, 0x404) == 4 && ::pread(disk, &shift, 4, 0x418) == 4) {
                std::uint64_t blocks = bytes >> (10 + (shift & 7));
                if (static_cast<std::uint32_t>(blocks) != now)
                    failed = ::ioctl(mounted, kExt4Resize, &blocks);
            }
        } else if (kind == "btrfs") {
            btrfs_ioctl_vol_args arguments {};
            std::strcpy(arguments.name, "max");
            failed = ::ioctl(mounted, BTRFS_IOC_RESIZE, &arguments);
        }
    }
    if (failed != 0)
        say("grow %s: %s", device.c_str(), std::strerror(errno));
    if (disk >= 0)
        ::close(disk);
    if (mounted >= 0)
        ::close(mounted);
}

bool mountDisk(const Mount &wanted, const Modules &modules)
{
    std::string device;
    if (!eventually(100, [&] { return !(device = diskBySerial(wanted.source)).empty(); })) {
        say("disk %s did not appear", wanted.source.c_str());
        return false;
    }
    const char *const kind = fileSystemOf(device);
    if (!kind) {
        say("disk %s carries no file system", wanted.source.c_str());
        return false;
    }
    if (std::string_view(kind) == "btrfs")
        modules.load("btrfs");
    if (::mount(device.c_str(), wanted.target.c_str(), kind, MS_NOATIME, nullptr) != 0) {
        say("disk %s (%s): %s", wanted.source.c_str(), kind, std::strerror(errno));
        return false;
    }
    growToDevice(device, wanted.target, kind);
    say("%s (%s) on %s", device.c_str(), kind, wanted.target.c_str());
    return true;
}

bool mountShare(const Mount &wanted)
{
    if (::mount(wanted.source.c_str(), wanted.target.c_str(), "virtiofs", 0, nullptr) == 0)
        return true;
    say("share %s: %s", wanted.source.c_str(), std::strerror(errno));
    return false;
}

} // namespace

int mountAll(const Seed &seed, const Modules &modules)
{
    int failed = 0;
    for (const auto &wanted : seed.mounts) {
        makePath(wanted.target, 0755);
        if (wanted.share ? mountShare(wanted) : mountDisk(wanted, modules))
            continue;
        ++failed;
        say("mount-failed %s", wanted.target.c_str());
    }
    return failed;
}

} // namespace zos::guest

// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/diskprobe.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <fcntl.h>
#include <libudev.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <memory>

namespace zos::hw {

namespace {

constexpr qint64 kEdge = 1 << 20;

using Udev = std::unique_ptr<udev, decltype(&udev_unref)>;
using UdevDevice = std::unique_ptr<udev_device, decltype(&udev_device_unref)>;

// Text from a disk's firmware: bounded, printable, without the padding.
QString firmwareText(const char *text)
{
    QString clean;
    for (const auto c : QString::fromUtf8(text ? QByteArray(text).left(128) : QByteArray()))
        clean += c.isPrint() ? c : u' ';
    return clean.trimmed();
}

QByteArray sysfsValue(udev_device *device, const char *name)
{
    const char *value = udev_device_get_sysattr_value(device, name);
    return value ? QByteArray(value).left(256).trimmed() : QByteArray();
}

const char *udevProperty(udev_device *device, const char *name)
{
    return udev_device_get_property_value(device, name);
}

QString firstText(std::initializer_list<const char *> candidates)
{
    for (const char *candidate : candidates) {
        if (const auto text = firmwareText(candidate); !text.isEmpty())
            return text;
    }
    return {};
}

void readParents(DiskProbe &probe, udev_device *device)
{
    for (auto *parent = udev_device_get_parent(device); parent;
        parent = udev_device_get_parent(parent)) {
        const QByteArray subsystem(udev_device_get_subsystem(parent));
        if (subsystem == "usb")
            probe.usb = true;
        if (probe.bus.isEmpty()
            && (subsystem == "nvme" || subsystem == "virtio" || subsystem == "mmc"))
            probe.bus = QString::fromLatin1(subsystem);
    }
}

// Table of storage.md 2.5, as far as the kernel tells it without asking the controller.
bool isRaidVolume(udev_device *device)
{
    auto *scsi = udev_device_get_parent_with_subsystem_devtype(device, "scsi", "scsi_device");
    if (!scsi)
        return false;
    const auto vendor = sysfsValue(scsi, "vendor");
    const auto model = sysfsValue(scsi, "model");
    const auto level = sysfsValue(scsi, "raid_level");
    if (level.startsWith("RAID"))
        return true;
    const auto address = QByteArray(udev_device_get_sysname(scsi)).split(':');
    auto *host = udev_device_get_parent_with_subsystem_devtype(scsi, "scsi", "scsi_host");
    if (host && address.size() == 4) {
        const auto folder = QString::fromUtf8(udev_device_get_syspath(host));
        QFile driver(folder + QStringLiteral("/scsi_host/")
            + QString::fromUtf8(udev_device_get_sysname(host)) + QStringLiteral("/proc_name"));
        if (driver.open(QIODevice::ReadOnly) && driver.read(64).trimmed() == "megaraid_sas"
            && address[1].toInt() >= 2)
            return true;
    }
    return (vendor == "DELL" && model.startsWith("PERC"))
        || ((vendor == "LSI" || vendor == "AVAGO" || vendor == "BROADCOM")
            && model.startsWith("MR"))
        || (vendor == "HP" && model.startsWith("LOGICAL VOLUME"))
        || (vendor == "Adaptec" && model.startsWith("RAID"))
        || (vendor == "FUJITSU" && model.startsWith("D26"))
        || (vendor == "IBM" && model.startsWith("ServeRAID"));
}

void readUdev(DiskProbe &probe, dev_t number)
{
    const Udev context(udev_new(), udev_unref);
    const UdevDevice device(
        context ? udev_device_new_from_devnum(context.get(), 'b', number) : nullptr,
        udev_device_unref);
    if (!device)
        return; // no sysfs: nothing is known, the caller sees size and signatures only
    auto *raw = device.get();
    probe.partition = QByteArray(udev_device_get_devtype(raw)) == "partition";
    probe.model = firstText(
        { udevProperty(raw, "ID_MODEL"), udev_device_get_sysattr_value(raw, "device/model") });
    probe.serial = firstText({ udevProperty(raw, "ID_SCSI_SERIAL"),
        udevProperty(raw, "ID_SERIAL_SHORT"), udev_device_get_sysattr_value(raw, "serial"),
        udev_device_get_sysattr_value(raw, "device/serial") });
    probe.readOnly = probe.readOnly || sysfsValue(raw, "ro") == "1";
    probe.removable = sysfsValue(raw, "removable") == "1";
    if (const auto rotational = sysfsValue(raw, "queue/rotational"); !rotational.isEmpty())
        probe.rotational = rotational == "1";
    bool isNumber = false;
    if (const auto rpm = QByteArray(udevProperty(raw, "ID_ATA_ROTATION_RATE_RPM")).toInt(&isNumber);
        isNumber)
        probe.rpm = rpm;
    probe.bus = firmwareText(udevProperty(raw, "ID_BUS"));
    readParents(probe, raw);
    if (probe.isLoop())
        probe.bus = QStringLiteral("loop");
    probe.raidVolume = isRaidVolume(raw);
    const auto folder = QString::fromUtf8(udev_device_get_syspath(raw));
    probe.holders = QDir(folder + QStringLiteral("/holders"))
                        .entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
}

void readMounts(DiskProbe &probe)
{
    QFile mounts(QStringLiteral("/proc/self/mountinfo"));
    if (mounts.open(QIODevice::ReadOnly)) {
        for (const auto &line : mounts.read(8 << 20).split('\n')) {
            const auto fields = line.split(' ');
            const auto dash = fields.indexOf("-");
            if (dash < 0 || dash + 2 >= fields.size() || fields.size() < 5)
                continue;
            const auto source = QFile::decodeName(fields[dash + 2]);
            if (source == probe.path || source == probe.given)
                probe.mountPoints += QFile::decodeName(fields[4]);
        }
    }
    QFile swaps(QStringLiteral("/proc/swaps"));
    if (swaps.open(QIODevice::ReadOnly))
        probe.swap = swaps.read(1 << 20).contains(QByteArray(probe.path.toUtf8() + ' '));
}

bool readEdges(DiskProbe &probe, int fd)
{
    const auto size = static_cast<qint64>(probe.size.count());
    QByteArray first(std::min(kEdge, size), Qt::Uninitialized);
    QByteArray last(first.size(), Qt::Uninitialized);
    if (::pread(fd, first.data(), static_cast<size_t>(first.size()), 0) != first.size()
        || ::pread(fd, last.data(), static_cast<size_t>(last.size()), size - last.size())
            != last.size())
        return false;
    const auto zero = [](const QByteArray &bytes) {
        return std::ranges::all_of(bytes, [](char c) { return c == 0; });
    };
    probe.edgesZero = zero(first) && zero(last);
    readBtrfsSuper(probe, first);
    return true;
}

} // namespace

DiskProbe probeDisk(const QString &given)
{
    DiskProbe probe;
    probe.given = given;
    probe.path = QFileInfo(given).canonicalFilePath();
    probe.name = QFileInfo(probe.path).fileName();
    struct stat facts {};
    if (probe.path.isEmpty() || ::stat(QFile::encodeName(probe.path).constData(), &facts) != 0) {
        probe.path = given;
        probe.name = QFileInfo(given).fileName();
        probe.trouble = QStringLiteral("no such device");
        return probe;
    }
    if (!S_ISBLK(facts.st_mode)) {
        probe.trouble = QStringLiteral("not a block device");
        return probe;
    }
    probe.major = major(facts.st_rdev);
    const int fd
        = ::open(QFile::encodeName(probe.path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        probe.trouble = QStringLiteral("cannot be opened: ") + qt_error_string(errno);
        return probe;
    }
    quint64 size = 0;
    int readOnly = 0;
    if (::ioctl(fd, BLKGETSIZE64, &size) == 0)
        probe.size = Bytes(size);
    if (::ioctl(fd, BLKROGET, &readOnly) == 0)
        probe.readOnly = readOnly != 0;
    readUdev(probe, facts.st_rdev);
    readMounts(probe);
    if (size > 0 && !readEdges(probe, fd))
        probe.trouble = QStringLiteral("cannot be read");
    ::close(fd);
    return probe;
}

void readSignature(DiskProbe &probe, int exitCode, const QByteArray &exported)
{
    if (exitCode == 2 && exported.trimmed().isEmpty())
        return; // blkid found nothing
    probe.signature = QStringLiteral("unknown");
    if (exitCode != 0)
        return; // 8: several at once; anything else: it could not look
    QString type;
    QString table;
    for (const auto &line : exported.split('\n')) {
        if (line.startsWith("TYPE="))
            type = firmwareText(line.mid(5).constData());
        else if (line.startsWith("PTTYPE="))
            table = firmwareText(line.mid(7).constData());
    }
    probe.partitionTable = type.isEmpty() && !table.isEmpty();
    if (!type.isEmpty() || !table.isEmpty())
        probe.signature = type.isEmpty() ? table : type;
}

void readBtrfsSuper(DiskProbe &probe, const QByteArray &firstMiB)
{
    constexpr qsizetype super = 0x10000;
    if (firstMiB.size() < super + 0x1000
        || QByteArrayView(firstMiB).sliced(super + 0x40, 8) != "_BHRfS_M")
        return;
    probe.btrfsDevices
        = std::max<quint64>(1, qFromLittleEndian<quint64>(firstMiB.constData() + super + 0x88));
    const auto label = firstMiB.sliced(super + 0x12b, 256);
    probe.btrfsLabel = firmwareText(label.left(label.indexOf('\0')).constData());
}

} // namespace zos::hw

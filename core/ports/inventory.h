// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"

#include <QList>
#include <QMap>
#include <QString>

namespace zos {

enum class DiskKind { Unknown, Ssd, Hdd };
QString kindName(DiskKind kind); // "unknown", "ssd", "hdd"

// A block device the node was given, and what it may do with it.
struct DiskFacts
{
    enum class Decision { Adopt, Format, Skip };
    QString name; // sda
    QString path; // /dev/sda
    QString model;
    QString serial;
    QString bus; // sata sas nvme usb virtio loop raid unknown
    DiskKind kind = DiskKind::Unknown;
    Bytes size;
    bool readOnly = false;
    Decision decision = Decision::Skip;
    QString reason; // for people: "new pool", "holds an ext4 file system", "too small"
    QString poolId; // label of the btrfs file system, when it has one
};

struct CpuFacts
{
    QString model;
    quint32 threads = 0;
    bool virtualisationFlag = false; // vmx or svm in the flags
};

struct MemoryFacts
{
    Bytes total; // MemTotal
    Bytes available; // MemAvailable
};

// One DMI handle as zos.system.dmi shows it.
struct DmiSection
{
    QString handleLine;
    int type = 0;
    QString title;
    QList<std::pair<QString, QString>>
        properties; // in table order; serials and asset tags left out
    QMap<QString, QStringList> lists; // properties that are lists
};

struct HostFacts
{
    QString hostname;
    QString kernel;
    QString arch;
    QString vendor; // DMI system
    QString product;
    QString virtualised; // name of the hypervisor the node itself runs in, empty on bare metal
    bool secureBoot = false;
    CpuFacts cpu;
    QList<DmiSection> dmi;
};

struct LoadFacts
{
    double cpu = 0; // busy fraction of all threads since the last call, 0..1
    double load1 = 0;
    MemoryFacts memory;
    quint64 uptimeSeconds = 0; // of the machine
    quint32 openConnections = 0; // established TCP
};

// What the machine is made of. Reads only.
class Inventory
{
public:
    virtual ~Inventory() = default;
    virtual Task<Result<HostFacts>> host() = 0;
    virtual Task<Result<LoadFacts>> load() = 0;
    // The given devices only, probed with their decision (storage rules of the farm).
    virtual Task<Result<QList<DiskFacts>>> disks() = 0;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/procfacts.h"

#include <QFile>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstring>

namespace zos::hw {

CpuFacts parseCpuInfo(const QByteArray &cpuinfo)
{
    CpuFacts facts;
    for (const auto &line : cpuinfo.split('\n')) {
        const auto colon = line.indexOf(':');
        const auto key = line.left(std::max<qsizetype>(0, colon)).trimmed();
        if (key == "processor")
            ++facts.threads;
        else if (key == "model name" && facts.model.isEmpty())
            facts.model = QString::fromUtf8(line.mid(colon + 1).trimmed().left(128));
        else if (key == "flags" && !facts.virtualisationFlag) {
            const auto flags = line.mid(colon + 1).trimmed().split(' ');
            facts.virtualisationFlag = flags.contains("vmx") || flags.contains("svm");
        }
    }
    return facts;
}

MemoryFacts parseMemInfo(const QByteArray &meminfo)
{
    MemoryFacts facts;
    for (const auto &line : meminfo.split('\n')) {
        const auto words = line.simplified().split(' ');
        if (words.size() < 2)
            continue;
        const Bytes value(words[1].toULongLong() << 10);
        if (words[0] == "MemTotal:")
            facts.total = value;
        else if (words[0] == "MemAvailable:")
            facts.available = value;
    }
    return facts;
}

CpuTimes parseCpuTimes(const QByteArray &stat)
{
    // cpu user nice system idle iowait irq softirq steal guest guest_nice (the guests are in user)
    const auto words = stat.left(stat.indexOf('\n')).simplified().split(' ');
    CpuTimes times;
    for (qsizetype i = 1; i < words.size() && i <= 8; ++i) {
        const auto ticks = words[i].toULongLong();
        times.total += ticks;
        if (i != 4 && i != 5)
            times.busy += ticks;
    }
    return times;
}

quint32 parseEstablished(const QByteArray &snmp)
{
    QList<QByteArray> names;
    for (const auto &line : snmp.split('\n')) {
        if (!line.startsWith("Tcp: "))
            continue;
        const auto words = line.simplified().split(' ');
        if (names.isEmpty())
            names = words;
        else if (const auto at = names.indexOf("CurrEstab"); at >= 0 && at < words.size())
            return words[at].toUInt();
    }
    return 0;
}

QString hypervisorName(const QByteArray &cpuSignature, const QString &dmiVendor)
{
    static constexpr std::pair<const char *, const char *> signatures[] = {
        { "KVMKVMKVM", "kvm" },
        { "TCGTCGTCGTCG", "qemu" },
        { "VMwareVMware", "vmware" },
        { "Microsoft Hv", "hyper-v" },
        { "XenVMMXenVMM", "xen" },
        { "bhyve bhyve ", "bhyve" },
        { "VBoxVBoxVBox", "virtualbox" },
        { "ACRNACRNACRN", "acrn" },
    };
    static constexpr std::pair<const char *, const char *> vendors[] = {
        { "QEMU", "qemu" },
        { "VMware", "vmware" },
        { "innotek", "virtualbox" },
        { "Xen", "xen" },
        { "Bochs", "bochs" },
        { "Parallels", "parallels" },
        { "Amazon EC2", "amazon" },
        { "Google", "google" },
    };
    for (const auto &[signature, name] : signatures) {
        if (cpuSignature.startsWith(signature))
            return QString::fromLatin1(name);
    }
    if (!cpuSignature.isEmpty())
        return QStringLiteral("unknown hypervisor");
    for (const auto &[vendor, name] : vendors) {
        if (dmiVendor.startsWith(QLatin1StringView(vendor)))
            return QString::fromLatin1(name);
    }
    return {};
}

QByteArray cpuHypervisorSignature()
{
#if defined(__x86_64__)
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1U << 31)) == 0)
        return {};
    __cpuid(0x40000000, a, b, c, d);
    QByteArray signature(12, '\0');
    std::memcpy(signature.data(), &b, 4);
    std::memcpy(signature.data() + 4, &c, 4);
    std::memcpy(signature.data() + 8, &d, 4);
    return signature;
#else
    return {};
#endif
}

QByteArray readFile(const QString &path, qint64 limit)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(limit) : QByteArray();
}

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/systeminventory.h"

#include "hardware/inventory/diskpolicy.h"
#include "hardware/inventory/dmitable.h"
#include "hardware/process/commandrunner.h"

#include <QFile>
#include <QSet>

#include <sys/utsname.h>
#include <time.h>

namespace zos::hw {

namespace {

constexpr qsizetype kMaxDevices = 256;

QString firmwareField(const char *name)
{
    return QString::fromUtf8(
        readFile(QStringLiteral("/sys/class/dmi/id/") + QString::fromLatin1(name), 128).trimmed());
}

HostFacts readHost()
{
    HostFacts facts;
    utsname names {};
    if (::uname(&names) == 0) {
        facts.hostname = QString::fromLocal8Bit(names.nodename);
        facts.kernel = QString::fromLocal8Bit(names.release);
        facts.arch = QString::fromLocal8Bit(names.machine);
    }
    facts.vendor = firmwareField("sys_vendor");
    facts.product = firmwareField("product_name");
    facts.cpu = parseCpuInfo(readFile(QStringLiteral("/proc/cpuinfo"), 4 << 20));
    facts.virtualised = hypervisorName(cpuHypervisorSignature(), facts.vendor);
    const auto secureBoot = readFile(QStringLiteral(
        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"));
    facts.secureBoot = secureBoot.size() == 5 && secureBoot[4] == 1;
    return facts;
}

struct LoadReading
{
    LoadFacts facts;
    CpuTimes times;
};

LoadReading readLoad()
{
    LoadReading reading;
    reading.times = parseCpuTimes(readFile(QStringLiteral("/proc/stat"), 4096));
    reading.facts.load1
        = readFile(QStringLiteral("/proc/loadavg"), 128).split(' ').value(0).toDouble();
    reading.facts.memory = parseMemInfo(readFile(QStringLiteral("/proc/meminfo"), 64 << 10));
    reading.facts.openConnections
        = parseEstablished(readFile(QStringLiteral("/proc/net/snmp"), 64 << 10));
    timespec uptime {};
    if (::clock_gettime(CLOCK_BOOTTIME, &uptime) == 0)
        reading.facts.uptimeSeconds = static_cast<quint64>(uptime.tv_sec);
    return reading;
}

} // namespace

SystemInventory::SystemInventory(QStringList devices, CommandRunner *runner, Bytes minDevice)
    : m_devices(std::move(devices))
    , m_runner(runner)
    , m_minDevice(minDevice)
{
}

Task<Result<HostFacts>> SystemInventory::host()
{
    auto *runner = m_runner;
    auto facts = co_await onWorker([] { return readHost(); });
    const bool hasDmi = co_await onWorker(
        [] { return QFile::exists(QStringLiteral("/sys/firmware/dmi/tables/DMI")); });
    if (hasDmi) {
        Command command;
        command.program = QStringLiteral("dmidecode");
        const auto output = co_await runner->run(command);
        if (output && output->exitCode == 0)
            facts.dmi = parseDmi(output->out);
    }
    co_return facts;
}

Task<Result<LoadFacts>> SystemInventory::load()
{
    auto reading = co_await onWorker([] { return readLoad(); });
    const auto total = reading.times.total - m_lastTimes.total;
    if (reading.times.total > m_lastTimes.total && reading.times.busy >= m_lastTimes.busy)
        reading.facts.cpu = double(reading.times.busy - m_lastTimes.busy) / double(total);
    m_lastTimes = reading.times;
    co_return reading.facts;
}

Task<Result<QList<DiskFacts>>> SystemInventory::disks()
{
    const auto devices = m_devices;
    auto *runner = m_runner;
    const auto minimum = m_minDevice;
    if (devices.size() > kMaxDevices)
        co_return fail(ErrorCode::Limit, QStringLiteral("more than %1 devices").arg(kMaxDevices));
    QList<DiskFacts> disks;
    QSet<QString> seen;
    for (const auto &given : devices) {
        auto probe = co_await onWorker([given] { return probeDisk(given); });
        if (seen.contains(probe.path))
            continue; // one disk under two names
        seen.insert(probe.path);
        if (probe.trouble.isEmpty() && probe.size > Bytes()) {
            Command command;
            command.program = QStringLiteral("blkid");
            command.arguments = { QStringLiteral("-p"), QStringLiteral("-o"),
                QStringLiteral("export"), probe.path };
            const auto output = co_await runner->run(command);
            if (output)
                readSignature(probe, output->exitCode, output->out);
            else
                probe.trouble = QStringLiteral("signatures cannot be read: ") + output.error().what;
        }
        disks += decideDisk(probe, minimum);
    }
    co_return disks;
}

} // namespace zos::hw

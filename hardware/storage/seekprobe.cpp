// SPDX-License-Identifier: Apache-2.0
#include "hardware/storage/seekprobe.h"

#include "hardware/storage/filehandle.h"

#include <QRandomGenerator>

#include <linux/fs.h>
#include <sys/ioctl.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <vector>

namespace zos::hw {

namespace {

using Micros = std::chrono::duration<double, std::micro>;

constexpr int kReads = 64;
constexpr double kMovingHead = 1000;

Result<double> medianSeek(int fd, quint64 size, quint32 block)
{
    const std::unique_ptr<void, decltype(&std::free)> buffer(
        std::aligned_alloc(4096, 4096), std::free);
    std::vector<double> times;
    for (int i = 0; i < kReads; ++i) {
        const auto at = QRandomGenerator::global()->generate64() % (size / block) * block;
        const auto begin = std::chrono::steady_clock::now();
        if (::pread(fd, buffer.get(), block, static_cast<off_t>(at)) != static_cast<ssize_t>(block))
            return fail(ErrorCode::Io, QStringLiteral("read: ") + qt_error_string(errno));
        times.push_back(Micros(std::chrono::steady_clock::now() - begin).count());
    }
    std::ranges::nth_element(times, times.begin() + kReads / 2);
    return times[kReads / 2];
}

} // namespace

Result<DiskKind> measureDiskKind(const QString &device)
{
    const FileHandle handle(device, O_RDONLY | O_DIRECT);
    quint64 size = 0;
    int block = 0;
    if (!handle.isOpen() || ::ioctl(handle.fd(), BLKGETSIZE64, &size) != 0
        || ::ioctl(handle.fd(), BLKSSZGET, &block) != 0 || block < 512 || block > 4096
        || size < static_cast<quint64>(block))
        return fail(
            ErrorCode::Io, QStringLiteral("measure %1: %2").arg(device, qt_error_string(errno)));
    int moving = 0;
    int rounds = 0;
    while (rounds < 3) {
        const auto median = medianSeek(handle.fd(), size, static_cast<quint32>(block));
        if (!median)
            return fail(median.error().wrapped(QStringLiteral("measure %1").arg(device)));
        ++rounds;
        moving += *median >= kMovingHead ? 1 : 0;
        if (rounds == 1 && (*median < kMovingHead / 2 || *median > kMovingHead * 2))
            break;
    }
    return moving * 2 > rounds ? DiskKind::Hdd : DiskKind::Ssd;
}

} // namespace zos::hw

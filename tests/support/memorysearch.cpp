// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memorysearch.h"

#include <QByteArray>
#include <QFile>
#include <QList>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace zos::testing {

namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr quintptr kTables = quintptr(1) << 30; // of a sanitizer: terabytes that hold no data

struct Mapping
{
    quintptr begin = 0;
    quintptr end = 0;
    QByteArray flags;
};

QList<Mapping> mappings()
{
    QFile file(QStringLiteral("/proc/self/smaps"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no /proc/self/smaps");
    QList<Mapping> found;
    const auto lines = file.readAll().split('\n');
    for (const auto &line : lines) {
        if (line.startsWith("VmFlags:")) {
            found.last().flags = line.sliced(8).simplified();
            continue;
        }
        const auto range = line.first(std::max<qsizetype>(line.indexOf(' '), 0)).split('-');
        if (range.size() == 2)
            found += Mapping { range.first().toULongLong(nullptr, 16),
                range.last().toULongLong(nullptr, 16), {} };
    }
    return found;
}

bool has(const Mapping &mapping, const char *flag)
{
    return mapping.flags.split(' ').contains(flag);
}

} // namespace

qsizetype copiesInOrdinaryMemory(std::span<const quint8> bytes, std::size_t size)
{
    // What is read in is a copy as well: it goes to locked memory, which is not searched.
    auto *piece = static_cast<char *>(::mmap(
        nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
    if (piece == MAP_FAILED)
        qFatal("cannot lock 1 MiB of memory; see RLIMIT_MEMLOCK");
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    qsizetype copies = 0;
    const auto all = mappings();
    for (const auto &mapping : all) {
        if (!has(mapping, "wr") || !has(mapping, "rd") || has(mapping, "lo") || has(mapping, "io")
            || mapping.end - mapping.begin > kTables)
            continue;
        // Pieces overlap so that no copy lies on a border.
        const auto step = kPiece - size + 1;
        for (auto at = mapping.begin; at < mapping.end; at += step) {
            const auto wanted = std::min<std::size_t>(kPiece, mapping.end - at);
            const auto read = ::pread(memory, piece, wanted, off_t(at));
            const auto length = std::size_t(std::max<ssize_t>(read, 0));
            for (std::size_t i = 0; i + size <= bytes.size(); i += size)
                copies += ::memmem(piece, length, bytes.data() + i, size) ? 1 : 0;
        }
    }
    ::close(memory);
    ::munmap(piece, kPiece);
    return copies;
}

QByteArray flagsOfMemoryAt(quintptr address)
{
    const auto all = mappings();
    const auto found = std::ranges::find_if(all, [address](const Mapping &mapping) {
        return address >= mapping.begin && address < mapping.end;
    });
    return found == all.end() ? QByteArray() : found->flags;
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"

#include "core/identity/identity.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>

#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace zos::fuzz {

namespace {

bool s_counting = false;
qsizetype s_live = 0;
qsizetype s_peak = 0;

void allocated(const volatile void *, std::size_t size)
{
    if (!s_counting)
        return;
    s_live += qsizetype(size);
    s_peak = std::max(s_peak, s_live);
}

void released(const volatile void *memory)
{
    if (s_counting && memory)
        s_live -= qsizetype(__sanitizer_get_allocated_size(memory));
}

double processorSeconds()
{
    timespec time {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

// Seeds lie in the corpus beside what was found, named by their content.
void writeSeeds(const QString &folder)
{
    QDir().mkpath(folder);
    for (const auto &seed : seeds()) {
        const auto name = QCryptographicHash::hash(seed, QCryptographicHash::Sha1).toHex();
        QFile file(folder + u'/' + QString::fromLatin1(name));
        if (!file.exists() && (!file.open(QIODevice::WriteOnly) || file.write(seed) != seed.size()))
            qFatal("cannot write %s", qPrintable(file.fileName()));
    }
}

} // namespace

void expect(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

AllocationMeter::AllocationMeter()
{
    s_live = 0;
    s_peak = 0;
    s_counting = true;
}

AllocationMeter::~AllocationMeter()
{
    s_counting = false;
}

void AllocationMeter::expectAtMost(qsizetype perByte, qsizetype input, qsizetype extra) const
{
    const auto peak = s_peak;
    if (peak <= perByte * input + extra)
        return;
    std::fprintf(
        stderr, "%lld bytes allocated for an input of %lld\n", qlonglong(peak), qlonglong(input));
    expect(false, "allocation is bounded");
}

} // namespace zos::fuzz

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static QCoreApplication application(*argc, *argv);
    if (const auto ready = zos::initCrypto(); !ready)
        qFatal("%s", qPrintable(ready.error().what));
    __sanitizer_install_malloc_and_free_hooks(zos::fuzz::allocated, zos::fuzz::released);
    // The first folder is the corpus.
    for (int i = 1; i < *argc; ++i) {
        if ((*argv)[i][0] != '-') {
            if (const QFileInfo path(QString::fromLocal8Bit((*argv)[i])); !path.isFile())
                zos::fuzz::writeSeeds(path.filePath());
            break;
        }
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    // Processor time: a busy machine is nobody's fault. What is instrumented takes some times as
    // long as it does in the product.
    constexpr double kLongest = 0.1;
    const double begun = zos::fuzz::processorSeconds();
    zos::fuzz::tryInput({ reinterpret_cast<const char *>(data), qsizetype(size) });
    zos::fuzz::expect(
        zos::fuzz::processorSeconds() - begun <= kLongest, "an input takes at most 100 ms");
    return 0;
}

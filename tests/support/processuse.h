// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

namespace zos::testing {

// What a process costs, as the kernel counts it; zeroes when it is gone. Processor time and
// wake-ups are totals of all its threads since it began: take two and subtract.
struct ProcessUse
{
    double cpuSeconds = 0; // exact to a microsecond or so, unlike the ticks of "ps"
    double wakeups = 0; // times a thread went to sleep by itself and was woken
    double rssMib = 0;
    double pssMib = 0; // shared pages count in parts
    int threads = 0;

    static ProcessUse of(qint64 pid);
};

} // namespace zos::testing

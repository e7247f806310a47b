// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/task.h"
#include "core/health/selftests.h"

namespace zos::app {

struct CpuBenchmark
{
    quint32 threads = 1; // logical processors of the host
    quint32 rounds = 1; // of the work, for each thread
    quint32 workloads = 0; // that the node serves meanwhile
};
inline constexpr quint32 kBenchmarkRounds = 250; // about a second of a processor of 2020

// The self test "cpu-benchmark": {"single":s,"multi":s,"threads":n,"workloads":n}. `single` is the
// processor time one thread needs for a fixed work (the primes below 1 000 000, `rounds` times),
// `multi` what the slowest of `threads` threads needs for the same work side by side; less is
// better. Threads have the lowest priority: they take what nobody else wants.
Task<SelfTestResult> benchmarkCpu(CpuBenchmark benchmark, const Clock *clock, CancelToken token);

} // namespace zos::app

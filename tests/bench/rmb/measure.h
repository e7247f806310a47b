// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QElapsedTimer>
#include <QJsonObject>

#include <sys/types.h>

#include <functional>
#include <optional>
#include <vector>

namespace zos::bench {

// One round trip: how long it took, or that it failed.
struct Round
{
    bool good = false;
    qint64 nanoseconds = 0;
};
using Step = std::function<Task<Round>()>;

// A step that is nothing but its round trip.
Step timed(std::function<Task<bool>()> trip);

// Another process whose CPU is counted for each round trip.
struct Helper
{
    QString name; // of the figure: <name>_cpu_us
    pid_t pid = 0;
};

double cpuSecondsOf(pid_t pid);
// Keeps `inFlight` steps going for that time, or for BENCH_SECONDS (default 1): per_second, p50_us,
// p99_us, p999_us, failed, own_cpu_us and the helpers'.
QJsonObject measure(const Step &step, int inFlight, const std::vector<Helper> &helpers,
    std::optional<double> time = {});

} // namespace zos::bench

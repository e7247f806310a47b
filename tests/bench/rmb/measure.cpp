// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/measure.h"

#include <QFile>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace zos::bench {

namespace {

using namespace Qt::StringLiterals;

double ownCpuSeconds()
{
    rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds
        = [](const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Tally
{
    std::vector<qint64> nanoseconds;
    int failed = 0;
};

Task<void> keepGoing(Step step, QElapsedTimer *clock, qint64 end, Tally *tally)
{
    while (clock->nsecsElapsed() < end) {
        auto going = step();
        const Round round = co_await std::move(going);
        tally->nanoseconds.push_back(round.nanoseconds);
        tally->failed += round.good ? 0 : 1;
    }
}

Task<Round> timedTrip(std::function<Task<bool>()> trip)
{
    QElapsedTimer clock;
    clock.start();
    auto going = trip();
    const bool good = co_await std::move(going);
    co_return Round { good, clock.nsecsElapsed() };
}

} // namespace

Step timed(std::function<Task<bool>()> trip)
{
    return [trip = std::move(trip)] { return timedTrip(trip); };
}

double cpuSecondsOf(pid_t pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (pid <= 0 || !file.open(QIODevice::ReadOnly))
        return 0;
    const auto text = file.readAll();
    const auto fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    return (fields.value(11).toDouble() + fields.value(12).toDouble())
        / double(::sysconf(_SC_CLK_TCK));
}

QJsonObject measure(
    const Step &step, int inFlight, const std::vector<Helper> &helpers, std::optional<double> time)
{
    const double seconds
        = time.value_or(std::max(0.1, qEnvironmentVariable("BENCH_SECONDS", u"1"_s).toDouble()));
    Tally tally;
    TaskScope scope;
    std::vector<double> helpersCpu;
    for (const auto &helper : helpers)
        helpersCpu.push_back(cpuSecondsOf(helper.pid));
    const double ownCpu = ownCpuSeconds();
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < inFlight; ++i)
        scope.spawn(keepGoing(step, &clock, qint64(seconds * 1e9), &tally));
    QCoro::waitFor(scope.finish());
    const double took = double(clock.nsecsElapsed()) / 1e9;
    auto &times = tally.nanoseconds;
    std::ranges::sort(times);
    const auto count = double(times.size());
    const auto at = [&times](double share) {
        return double(times.at(size_t(double(times.size() - 1) * share))) / 1e3;
    };
    QJsonObject result { { u"in_flight"_s, inFlight },
        { u"per_second"_s, std::round(count / took) }, { u"p50_us"_s, at(0.5) },
        { u"p99_us"_s, at(0.99) }, { u"p999_us"_s, at(0.999) }, { u"failed"_s, tally.failed },
        { u"own_cpu_us"_s, (ownCpuSeconds() - ownCpu) / count * 1e6 } };
    for (size_t i = 0; i < helpers.size(); ++i) {
        result.insert(helpers[i].name + u"_cpu_us"_s,
            (cpuSecondsOf(helpers[i].pid) - helpersCpu[i]) / count * 1e6);
    }
    return result;
}

} // namespace zos::bench

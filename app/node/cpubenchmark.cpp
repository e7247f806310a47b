// SPDX-License-Identifier: Apache-2.0
#include "app/node/cpubenchmark.h"

#include "core/base/json.h"

#include <QCoro/QCoroFuture>
#include <QPromise>

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <numeric>
#include <thread>
#include <vector>

namespace zos::app {

namespace {

constexpr int kBelow = 1'000'000;
constexpr int kPrimes = 78'498; // below that

int primesBelow(std::vector<char> &isComposite)
{
    std::ranges::fill(isComposite, 0);
    int count = 0;
    for (int number = 2; number < kBelow; ++number) {
        if (isComposite[size_t(number)])
            continue;
        ++count;
        for (qint64 multiple = qint64(number) * number; multiple < kBelow; multiple += number)
            isComposite[size_t(multiple)] = 1;
    }
    return count;
}

struct Effort
{
    double seconds = 0;
    bool right = true;
};

Effort work(quint32 rounds, const std::atomic_bool &stop)
{
    const sched_param lowest {};
    (void)::sched_setscheduler(
        0, SCHED_IDLE, &lowest); // of this thread; at worst it is not lowered
    std::vector<char> space(kBelow);
    const auto now = [] {
        timespec time {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
    };
    Effort effort;
    const double begun = now();
    for (quint32 round = 0; round < rounds && !stop; ++round)
        effort.right = primesBelow(space) == kPrimes && effort.right;
    effort.seconds = now() - begun;
    return effort;
}

struct Outcome
{
    double single = 0;
    double multi = 0;
    bool right = true;
};

Outcome measure(const CpuBenchmark &benchmark, const std::atomic_bool &stop)
{
    const auto alone = work(benchmark.rounds, stop);
    Outcome outcome { alone.seconds, 0, alone.right };
    std::vector<Effort> efforts(benchmark.threads);
    {
        std::vector<std::jthread> threads;
        for (auto &effort : efforts)
            threads.emplace_back([&] { effort = work(benchmark.rounds, stop); });
    }
    for (const auto &effort : efforts) {
        outcome.multi = std::max(outcome.multi, effort.seconds);
        outcome.right = outcome.right && effort.right;
    }
    return outcome;
}

} // namespace

Task<SelfTestResult> benchmarkCpu(CpuBenchmark benchmark, const Clock *clock, CancelToken token)
{
    std::atomic_bool stop = false;
    QPromise<Outcome> promise;
    promise.start();
    auto future = promise.future();
    QObject guard;
    token.onCancel(&guard, [&stop] { stop = true; });
    // Of its own: the shared workers have other things to do.
    std::jthread thread([&] {
        promise.addResult(measure(benchmark, stop));
        promise.finish();
    });
    const auto outcome = co_await future;
    thread.join();
    JsonWriter json;
    json.object().key(u"single").raw(QByteArray::number(outcome.single, 'f', 6));
    json.key(u"multi").raw(QByteArray::number(outcome.multi, 'f', 6));
    json.key(u"threads").number(benchmark.threads);
    json.key(u"workloads").number(benchmark.workloads).end();
    QStringList troubles;
    if (!outcome.right)
        troubles += QStringLiteral("a processor computes wrongly");
    co_return SelfTestResult { QStringLiteral("cpu-benchmark"),
        QStringLiteral("processor time for the primes below a million, %1 times")
            .arg(benchmark.rounds),
        clock->seconds().count(), json.text(), troubles };
}

} // namespace zos::app

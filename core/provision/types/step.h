// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/agenda.h"
#include "core/base/task.h"

namespace zos {

// Who is told which steps a job makes.
class StepWatch
{
public:
    virtual ~StepWatch() = default;
    virtual quint64 begun(const QString &name) = 0; // a number for ended()
    virtual void ended(quint64 step, const QString &error) = 0; // empty = it went well
};

// How a running job is told to end, and the clock its limits are counted by.
struct StopSignal
{
    CancelToken soft; // no further step begins; the running one is waited for
    CancelToken hard; // not even the running step is waited for
    Agenda *deadlines = nullptr; // outlives the job
    std::shared_ptr<StepWatch> watch = {}; // null: nobody wants to know
};

// For what has to be waited for until its outcome is known.
inline constexpr auto kNoLimit = std::chrono::milliseconds::max();

namespace detail {

// Tells the watch of one step, however that ends.
class Watched
{
public:
    Watched(std::shared_ptr<StepWatch> watch, const QString &name)
        : m_watch(std::move(watch))
        , m_step(m_watch ? m_watch->begun(name) : 0)
    {
    }
    ~Watched() { end(QStringLiteral("abandoned")); }
    Watched(const Watched &) = delete;
    Watched &operator=(const Watched &) = delete;
    void end(const QString &error)
    {
        if (const auto watch = std::exchange(m_watch, nullptr))
            watch->ended(m_step, error);
    }

private:
    std::shared_ptr<StepWatch> m_watch;
    const quint64 m_step;
};

// Opens a gate when the time has come or the token is cancelled, as long as it lives. A delay of
// kNoLimit never comes.
class Alarm
{
public:
    Alarm(Agenda &agenda, std::chrono::milliseconds delay, const CancelToken &token,
        std::function<void()> ring);
    ~Alarm();
    Alarm(const Alarm &) = delete;
    Alarm &operator=(const Alarm &) = delete;

private:
    QObject m_context;
    Agenda &m_agenda;
    const QString m_name;
};

} // namespace detail

// One step of a job on the machine: begins it unless the job shall stop, and waits at most `limit`.
// The name is what a person reads when it takes too long: "mount image did not finish within 600
// s".
template <class F>
auto step(StopSignal stop, std::chrono::milliseconds limit, QString name, F begin)
    -> std::invoke_result_t<F>
{
    using Outcome = typename std::invoke_result_t<F>::value_type;
    using T = typename Outcome::value_type;
    if (stop.soft.cancelled() || stop.hard.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("%1 was not begun").arg(name));
    detail::Watched watched(stop.watch, name);
    auto raced = std::make_shared<detail::Raced<T>>();
    auto runner = detail::deliver(begin(), raced);
    if (!raced->value) {
        const detail::Alarm alarm(
            *stop.deadlines, limit, stop.hard, [raced] { raced->gate.open(); });
        co_await raced->gate.opened();
    }
    // After a hard stop the outcome belongs to nobody, even when there is one.
    if (stop.hard.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("%1 was abandoned").arg(name));
    if (raced->value) {
        watched.end(raced->value->has_value() ? QString() : raced->value->error().what);
        co_return std::move(*raced->value);
    }
    const auto late = QStringLiteral("%1 did not finish within %2 s")
                          .arg(name)
                          .arg(double(limit.count()) / 1000);
    watched.end(late);
    co_return fail(ErrorCode::Timeout, late);
}

// A step whose failure is told to people as it is: "creating the disk: no space left on device".
template <class F>
auto namedStep(StopSignal stop, std::chrono::milliseconds limit, QString name, F begin)
    -> std::invoke_result_t<F>
{
    auto outcome = co_await step(stop, limit, name, begin);
    if (!outcome && !outcome.error().what.startsWith(name))
        co_return fail(outcome.error().wrapped(name));
    co_return outcome;
}

// Waits between two looks. Cancelled when the job shall stop.
Task<Result<>> rest(StopSignal stop, std::chrono::milliseconds time);

} // namespace zos

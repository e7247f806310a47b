// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QAbstractEventDispatcher>
#include <QCoro/QCoroFuture>
#include <QFutureInterface>
#include <QThreadPool>
#include <QTimer>

#include <coroutine>
#include <optional>
#include <vector>

namespace zos {

namespace detail {

// A one-shot gate several coroutines may race to open and several may wait at, all of one thread.
// Who waits resumes when the event loop comes round, never inside open(); inside openInPlace() only
// where the opener is at the end of its own work and may be called again from there.
class Gate
{
public:
    struct Opening
    {
        Gate *gate;
        bool await_ready() const { return gate->m_open; }
        void await_suspend(std::coroutine_handle<> waiting) const
        {
            gate->m_waiting.push_back(waiting);
        }
        void await_resume() const { }
    };

    Gate() = default;
    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;

    void open()
    {
        if (std::exchange(m_open, true) || m_waiting.empty())
            return;
        // The gate may be gone by then.
        QMetaObject::invokeMethod(
            QAbstractEventDispatcher::instance(),
            [waiting = std::exchange(m_waiting, {})] {
                for (const auto &coroutine : waiting)
                    coroutine.resume();
            },
            Qt::QueuedConnection);
    }
    void openInPlace()
    {
        m_open = true;
        for (const auto &coroutine : std::exchange(m_waiting, {}))
            coroutine.resume();
    }
    bool isOpen() const { return m_open; }
    Opening opened() { return { this }; } // to await

private:
    std::vector<std::coroutine_handle<>> m_waiting;
    bool m_open = false;
};

QThreadPool *workerPool();

template <class T> struct Raced
{
    Gate gate;
    std::optional<Result<T>> value;
};

template <class T> Task<void> deliver(Task<Result<T>> task, std::shared_ptr<Raced<T>> raced)
{
    auto value = co_await std::move(task);
    raced->value.emplace(std::move(value));
    raced->gate.open();
}

} // namespace detail

template <class T>
Task<Result<T>> withDeadline(Task<Result<T>> task, std::chrono::milliseconds limit, QString step)
{
    auto raced = std::make_shared<detail::Raced<T>>();
    auto runner = detail::deliver(std::move(task), raced);
    if (!raced->value) {
        QTimer timer;
        timer.setSingleShot(true);
        QObject::connect(&timer, &QTimer::timeout, &timer, [raced] { raced->gate.open(); });
        timer.start(limit);
        co_await raced->gate.opened();
    }
    if (raced->value)
        co_return std::move(*raced->value);
    co_return fail(ErrorCode::Timeout,
        QStringLiteral("%1 did not finish within %2 s")
            .arg(step)
            .arg(double(limit.count()) / 1000));
}

template <class F> auto onWorker(F function) -> Task<std::invoke_result_t<F>>
{
    using T = std::invoke_result_t<F>;
    auto gate = std::make_shared<QFutureInterface<void>>();
    gate->reportStarted();
    auto future = gate->future();
    if constexpr (std::is_void_v<T>) {
        detail::workerPool()->start([gate, function = std::move(function)]() mutable {
            function();
            gate->reportFinished();
        });
        co_await future;
    } else {
        auto value = std::make_shared<std::optional<T>>();
        detail::workerPool()->start([gate, value, function = std::move(function)]() mutable {
            value->emplace(function());
            gate->reportFinished();
        });
        co_await future;
        co_return std::move(**value);
    }
}

} // namespace zos

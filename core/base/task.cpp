// SPDX-License-Identifier: Apache-2.0
#include "core/base/task.h"

#include <QPointer>
#include <QThread>

#include <algorithm>

namespace zos {

void choosePlainEventLoop()
{
    qputenv("QT_NO_GLIB", "1");
}

struct CancelToken::State
{
    static constexpr size_t kFewCalls = 16;
    bool cancelled = false;
    size_t sweepAt = kFewCalls; // then those whose context has gone are dropped
    std::vector<std::pair<QPointer<QObject>, std::function<void()>>> calls;
};

CancelToken::CancelToken()
    : m_state(std::make_shared<State>())
{
}

void CancelToken::cancel() const
{
    if (m_state->cancelled)
        return;
    m_state->cancelled = true;
    const auto state = m_state; // calls may drop the last other copy
    const auto calls = std::exchange(state->calls, {});
    for (const auto &[context, call] : calls) {
        if (context)
            call();
    }
}

bool CancelToken::cancelled() const
{
    return m_state->cancelled;
}

void CancelToken::onCancel(QObject *context, std::function<void()> call) const
{
    if (m_state->cancelled) {
        call();
        return;
    }
    if (m_state->calls.size() >= m_state->sweepAt) {
        std::erase_if(m_state->calls, [](const auto &entry) { return entry.first.isNull(); });
        m_state->sweepAt = std::max(State::kFewCalls, 2 * m_state->calls.size());
    }
    m_state->calls.emplace_back(context, std::move(call));
}

struct TaskScope::State
{
    int running = 0;
    CancelToken token;
    std::vector<std::shared_ptr<detail::Gate>> waiting;

    void finished()
    {
        if (--running == 0) {
            for (const auto &gate : std::exchange(waiting, {}))
                gate->open();
        }
    }
};

TaskScope::TaskScope()
    : m_state(std::make_shared<State>())
{
}

TaskScope::~TaskScope()
{
    Q_ASSERT_X(m_state->running == 0, "TaskScope", "destroyed with running tasks; await finish()");
}

void TaskScope::spawn(Task<void> task)
{
    ++m_state->running;
    // A captureless coroutine keeps the scope's state alive until the task is done.
    [](std::shared_ptr<State> state, Task<void> inner) -> Task<void> {
        co_await std::move(inner);
        state->finished();
    }(m_state, std::move(task));
}

int TaskScope::running() const
{
    return m_state->running;
}

CancelToken TaskScope::token() const
{
    return m_state->token;
}

Task<void> TaskScope::finish()
{
    auto state = m_state;
    state->token.cancel();
    if (state->running > 0) {
        auto gate = std::make_shared<detail::Gate>();
        state->waiting.push_back(gate);
        co_await gate->opened();
    }
}

Task<Result<>> pause(std::chrono::milliseconds time, CancelToken token)
{
    if (token.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    detail::Gate gate;
    QTimer timer;
    timer.setSingleShot(true);
    QObject::connect(&timer, &QTimer::timeout, &timer, [&gate] { gate.open(); });
    token.onCancel(&timer, [&gate] { gate.open(); });
    timer.start(time);
    co_await gate.opened();
    if (token.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    co_return {};
}

namespace detail {
QThreadPool *workerPool()
{
    static QThreadPool *const pool = [] {
        auto *made = new QThreadPool;
        made->setMaxThreadCount(std::max(4, QThread::idealThreadCount()));
        return made;
    }();
    return pool;
}
} // namespace detail

} // namespace zos

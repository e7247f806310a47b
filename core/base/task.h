// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QCoro/QCoroTask>
#include <QList>
#include <QObject>

#include <chrono>
#include <functional>
#include <memory>

namespace zos {

// An asynchronous operation on the event loop. Tasks start at once and keep running when dropped:
// always co_await a task or give it to the owner's TaskScope.
template <class T = void> using Task = QCoro::Task<T>;

// Before the application object is made: lets Qt's own event loop run the program instead of
// GLib's, which goes to the kernel for every event that is posted and every descriptor that is
// watched.
void choosePlainEventLoop();

// Says "stop" to everything that holds a copy. There is no pre-emption: long operations look at
// cancelled() between steps, waits take the token and end early.
class CancelToken
{
public:
    CancelToken();
    void cancel() const;
    bool cancelled() const;
    // Called once, at cancel() or at once when cancelled already; dropped with `context`.
    void onCancel(QObject *context, std::function<void()> call) const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

// Owns running tasks of a long-lived object. The destructor waits for nothing: it asserts that the
// owner awaited finish() first, because a coroutine that resumes in a dead object is a crash.
class TaskScope
{
public:
    TaskScope();
    ~TaskScope();
    TaskScope(const TaskScope &) = delete;
    TaskScope &operator=(const TaskScope &) = delete;

    // Takes a task over. Its outcome is its own business (it must handle its errors).
    void spawn(Task<void> task);
    int running() const;
    CancelToken token() const; // cancelled by finish()
    // Cancels the token and resolves when no task is left.
    Task<void> finish();

private:
    struct State;
    std::shared_ptr<State> m_state;
};

// Resolves after the time or as soon as the token is cancelled (then Error Cancelled).
Task<Result<>> pause(std::chrono::milliseconds time, CancelToken token = {});

// The outcome of `task`, or Error Timeout "<step> did not finish within N s" when it takes longer.
// The task itself is not stopped (there is no way to): pass it a token and cancel that.
template <class T>
Task<Result<T>> withDeadline(Task<Result<T>> task, std::chrono::milliseconds limit, QString step);

// Runs a pure function of copies on the worker pool and resumes on the event loop.
template <class F> auto onWorker(F function) -> Task<std::invoke_result_t<F>>;

} // namespace zos

#include "core/base/task_impl.h"

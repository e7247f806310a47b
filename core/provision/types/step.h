// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

namespace zos {

// How a running job is told to end.
struct StopSignal
{
    CancelToken soft; // no further step begins; the running one is waited for
    CancelToken hard; // not even the running step is waited for
};

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
    auto raced = std::make_shared<detail::Raced<T>>();
    auto runner = detail::deliver(begin(), raced);
    if (!raced->value) {
        QTimer timer;
        timer.setSingleShot(true);
        QObject::connect(&timer, &QTimer::timeout, &timer, [raced] { raced->gate.open(); });
        stop.hard.onCancel(&timer, [raced] { raced->gate.open(); });
        timer.start(limit);
        co_await raced->gate.future();
    }
    // After a hard stop the outcome belongs to nobody, even when there is one.
    if (stop.hard.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("%1 was abandoned").arg(name));
    if (raced->value)
        co_return std::move(*raced->value);
    co_return fail(ErrorCode::Timeout,
        QStringLiteral("%1 did not finish within %2 s")
            .arg(name)
            .arg(double(limit.count()) / 1000));
}

} // namespace zos

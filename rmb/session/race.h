// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QTimer>

namespace zos::rmb {

// The outcome of `task`, or Cancelled as soon as the token says so; the task then goes on alone, so
// it must not use anything of the caller's.
template <class T> Task<Result<T>> untilCancelled(Task<Result<T>> task, CancelToken token)
{
    auto raced = std::make_shared<zos::detail::Raced<T>>();
    auto runner = zos::detail::deliver(std::move(task), raced);
    if (!raced->value && !token.cancelled()) {
        QObject context;
        token.onCancel(&context, [raced] { raced->gate.open(); });
        co_await raced->gate.opened();
    }
    if (raced->value)
        co_return std::move(*raced->value);
    co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
}

// What a call came to; Timeout when that is not known within its lifetime. Whoever works on it goes
// on alone.
template <class T>
Task<Result<T>> answeredWithin(std::shared_ptr<zos::detail::Raced<T>> outcome,
    std::chrono::milliseconds lifetime, QString step)
{
    if (!outcome->value) {
        QTimer timer;
        timer.setSingleShot(true);
        QObject::connect(&timer, &QTimer::timeout, &timer, [outcome] { outcome->gate.open(); });
        timer.start(lifetime);
        co_await outcome->gate.opened();
    }
    if (outcome->value)
        co_return std::move(*outcome->value);
    co_return fail(ErrorCode::Timeout,
        QStringLiteral("%1 was not answered within %2 s")
            .arg(step)
            .arg(double(lifetime.count()) / 1000));
}

} // namespace zos::rmb

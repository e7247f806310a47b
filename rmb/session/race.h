// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

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

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "core/store/failingstore.h"

namespace zos {

namespace {
Task<Result<>> failWith(Error error)
{
    co_return fail(std::move(error));
}
} // namespace

void FailingStore::failAll(const Error &error)
{
    m_before = [error] { return failWith(error); };
}

Task<Result<>> FailingStore::commit(StoreChange change)
{
    ++m_commits;
    if (m_before) {
        const auto allowed = co_await m_before();
        if (!allowed)
            co_return allowed;
    }
    const auto done = co_await m_inner.commit(std::move(change));
    if (m_after)
        co_await m_after();
    co_return done;
}

} // namespace zos

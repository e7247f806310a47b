// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgerworker.h"

#include "core/chain/local/filechanges.h"

#include <QElapsedTimer>
#include <QThread>
#include <QUuid>

#include <deque>
#include <mutex>
#include <utility>

namespace zos {

namespace {

using namespace std::chrono_literals;

// A write is seen before its transaction is: SQLite publishes the commit in shared memory, which
// tells nobody. So the thread looks again a few times after each touch, and seldom otherwise.
constexpr auto kAfterTouch = 30ms;
constexpr auto kSettling = 300ms;
constexpr auto kSeldom = 5000ms;

std::chrono::milliseconds nap(const FileChanges &changes, const QElapsedTimer &sinceTouch)
{
    if (!changes.watches())
        return kSettling;
    if (!sinceTouch.isValid() || sinceTouch.durationElapsed() > 2 * kSettling)
        return kSeldom;
    return sinceTouch.durationElapsed() < kAfterTouch ? kAfterTouch : kSettling;
}

} // namespace

struct LedgerWorker::State
{
    explicit State(QString file)
        : path(std::move(file))
        , changes(path)
    {
    }

    QString path;
    std::function<void(News)> sink;
    FileChanges changes;
    std::mutex mutex;
    std::deque<std::function<void(LedgerSql &)>> jobs;
    bool quit = false;
};

LedgerWorker::LedgerWorker(QString path, std::function<void(News)> sink)
    : m_state(std::make_shared<State>(std::move(path)))
{
    m_state->sink = std::move(sink);
    m_thread.reset(QThread::create([state = m_state] { loop(state); }));
    m_thread->setObjectName(QStringLiteral("ledger"));
    m_thread->start();
}

LedgerWorker::~LedgerWorker()
{
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->quit = true;
    }
    m_state->changes.wake();
    m_thread->wait();
}

void LedgerWorker::enqueue(
    const std::shared_ptr<State> &state, std::function<void(LedgerSql &)> job)
{
    {
        const std::lock_guard lock(state->mutex);
        state->jobs.push_back(std::move(job));
    }
    state->changes.wake();
}

void LedgerWorker::loop(const std::shared_ptr<State> &state)
{
    LedgerSql sql(
        state->path, QStringLiteral("ledger-") + QUuid::createUuid().toString(QUuid::Id128));
    bool reachable = true;
    QElapsedTimer sinceTouch;
    while (true) {
        if (state->changes.wait(nap(state->changes, sinceTouch)))
            sinceTouch.start();
        std::deque<std::function<void(LedgerSql &)>> jobs;
        {
            const std::lock_guard lock(state->mutex);
            jobs = std::exchange(state->jobs, {});
            if (jobs.empty() && state->quit)
                return;
        }
        for (const auto &job : jobs)
            job(sql);
        if (!sql.isOpen())
            continue;
        auto feed = sql.news();
        const bool was = std::exchange(reachable, feed.has_value());
        if (!feed) {
            if (was)
                state->sink({ {}, false });
            continue;
        }
        // Back after a failure: whoever listens compares everything.
        feed->gap = feed->gap || !was;
        if (feed->gap || !feed->events.isEmpty())
            state->sink({ std::move(*feed), true });
    }
}

} // namespace zos

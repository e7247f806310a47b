// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgerworker.h"

#include <QThread>
#include <QUuid>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace zos {

namespace {

constexpr std::chrono::milliseconds kPoll { 250 };

}

struct LedgerWorker::State
{
    QString path;
    std::function<void(News)> sink;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void(LedgerSql &)>> jobs;
    bool quit = false;
};

LedgerWorker::LedgerWorker(QString path, std::function<void(News)> sink)
    : m_state(std::make_shared<State>())
{
    m_state->path = std::move(path);
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
    m_state->wake.notify_one();
    m_thread->wait();
}

void LedgerWorker::enqueue(
    const std::shared_ptr<State> &state, std::function<void(LedgerSql &)> job)
{
    {
        const std::lock_guard lock(state->mutex);
        state->jobs.push_back(std::move(job));
    }
    state->wake.notify_one();
}

void LedgerWorker::loop(const std::shared_ptr<State> &state)
{
    LedgerSql sql(
        state->path, QStringLiteral("ledger-") + QUuid::createUuid().toString(QUuid::Id128));
    bool reachable = true;
    while (true) {
        std::deque<std::function<void(LedgerSql &)>> jobs;
        {
            std::unique_lock lock(state->mutex);
            const auto due = [&state] { return state->quit || !state->jobs.empty(); };
            if (sql.isOpen())
                state->wake.wait_for(lock, kPoll, due);
            else
                state->wake.wait(lock, due);
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

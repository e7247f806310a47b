// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/verifier.h"

#include "core/identity/identity.h"

#include <QThread>

#include <algorithm>
#include <iterator>

namespace zos::rmb {

namespace {

constexpr size_t kBatch = 32;
constexpr size_t kTurn = 16; // jobs of a turn of those who wait
constexpr int kQueued = 256;
constexpr size_t kQueuedOfSuspect = 32;

int batchLimit()
{
    static const int limit = std::max(1, QThread::idealThreadCount() - 1);
    return limit;
}

Verifier::Verdict verdictOn(
    const QByteArray &key, const QByteArray &challenge, const QByteArray &signature)
{
    return verifyTyped(key, challenge, signature) ? Verifier::Verdict::Genuine
                                                  : Verifier::Verdict::Forged;
}

// What a worker needs of the jobs; the rest stays on the event loop.
struct Question
{
    QByteArray key;
    QByteArray challenge;
    QByteArray signature;
};

std::function<std::vector<Verifier::Verdict>()> questioning(const std::vector<Verifier::Job> &jobs)
{
    std::vector<Question> questions;
    questions.reserve(jobs.size());
    for (const auto &job : jobs)
        questions.push_back({ job.key, job.challenge, job.signature });
    return [questions = std::move(questions)] {
        std::vector<Verifier::Verdict> verdicts;
        verdicts.reserve(questions.size());
        for (const auto &question : questions)
            verdicts.push_back(verdictOn(question.key, question.challenge, question.signature));
        return verdicts;
    };
}

} // namespace

Verifier::Verifier(QObject *parent)
    : QObject(parent)
{
}

Verifier::~Verifier() = default;

void Verifier::check(Job job)
{
    m_waiting.push_back(std::move(job));
    schedule();
}

void Verifier::checkInTurn(TwinId claimed, bool suspect, Job job)
{
    schedule();
    const auto own = m_queues.find(claimed);
    const size_t ownJobs = own == m_queues.end() ? 0 : own->second.size();
    const bool tooMuch = suspect && ownJobs >= kQueuedOfSuspect;
    if (tooMuch || (m_queued >= kQueued && !makeRoomFor(ownJobs))) {
        m_unchecked.push_back(std::move(job));
        return;
    }
    if (ownJobs == 0)
        m_turns.push_back(claimed);
    m_queues[claimed].push_back(std::move(job));
    ++m_queued;
}

// Jobs gather until the event loop comes round: everything that arrived with one read is a batch.
void Verifier::schedule()
{
    if (!std::exchange(m_scheduled, true))
        QMetaObject::invokeMethod(this, &Verifier::flush, Qt::QueuedConnection);
}

void Verifier::flush()
{
    m_scheduled = false;
    if (m_stopping) {
        std::ranges::move(std::exchange(m_waiting, {}), std::back_inserter(m_unchecked));
        for (auto &[twin, queue] : std::exchange(m_queues, {}))
            std::ranges::move(queue, std::back_inserter(m_unchecked));
        m_turns.clear();
        m_queued = 0;
    }
    for (auto &job : std::exchange(m_unchecked, {}))
        job.then(Verdict::Unchecked);
    if (m_waiting.size() == 1 && m_batches == 0) {
        Job job = std::move(m_waiting.front());
        m_waiting.clear();
        job.then(verdictOn(job.key, job.challenge, job.signature));
    }
    while (!m_waiting.empty() && m_batches < batchLimit())
        startBatch();
    if (m_queued > 0 && m_turnsRunning == 0)
        startTurn();
}

void Verifier::startBatch()
{
    const size_t size = std::min(m_waiting.size(), kBatch);
    const auto end = m_waiting.begin() + static_cast<std::ptrdiff_t>(size);
    Jobs jobs(std::make_move_iterator(m_waiting.begin()), std::make_move_iterator(end));
    m_waiting.erase(m_waiting.begin(), end);
    m_scope.spawn(runBatch(std::move(jobs), &m_batches));
}

void Verifier::startTurn()
{
    Jobs jobs;
    while (!m_turns.empty() && jobs.size() < kTurn) {
        const TwinId twin = m_turns.front();
        m_turns.pop_front();
        const auto queue = m_queues.find(twin);
        jobs.push_back(std::move(queue->second.front()));
        queue->second.pop_front();
        --m_queued;
        if (queue->second.empty())
            m_queues.erase(queue);
        else
            m_turns.push_back(twin);
    }
    m_scope.spawn(runBatch(std::move(jobs), &m_turnsRunning));
}

// A full queue takes a newcomer only at the cost of the twin that waits with the most.
bool Verifier::makeRoomFor(size_t ownJobs)
{
    const auto longest = std::ranges::max_element(
        m_queues, {}, [](const auto &entry) { return entry.second.size(); });
    if (longest == m_queues.end() || longest->second.size() <= ownJobs + 1)
        return false;
    m_unchecked.push_back(std::move(longest->second.back()));
    longest->second.pop_back();
    --m_queued;
    return true;
}

Task<void> Verifier::runBatch(Jobs jobs, int *running)
{
    ++*running;
    auto work = onWorker(questioning(jobs));
    const auto verdicts = co_await std::move(work);
    --*running;
    schedule();
    for (size_t i = 0; i < jobs.size(); ++i)
        jobs[i].then(verdicts[i]);
}

Task<void> Verifier::stop()
{
    m_stopping = true;
    flush();
    auto finishing = m_scope.finish();
    co_await std::move(finishing);
    flush();
}

} // namespace zos::rmb

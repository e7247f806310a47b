// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/router.h"

#include <QStringList>

#include <algorithm>
#include <deque>
#include <map>
#include <ranges>

namespace zos::rmb {

// Named, not anonymous: coroutine frames and the private part hold these types.
namespace routing {

constexpr int kRunningPerTwin = 8;
constexpr int kRunning = 64;
constexpr int kWaiting = 256;
constexpr qsizetype kWaitingBytes = 32 << 20; // payloads of waiting calls together

struct WaitingCall
{
    TwinId twin;
    qsizetype bytes = 0;
    detail::Gate gate;
    bool admitted = false;
    bool left = false; // deadline passed: not in a queue any more
};

// Who runs and who waits. Twins take turns, so one that floods only delays itself.
class Admission
{
public:
    bool tryEnter(TwinId twin)
    {
        if (m_running >= kRunning || m_runningOf[twin] >= kRunningPerTwin) {
            forgetIdle(twin);
            return false;
        }
        ++m_running;
        ++m_runningOf[twin];
        return true;
    }

    bool enqueue(const std::shared_ptr<WaitingCall> &call)
    {
        if (m_waitingBytes + call->bytes > kWaitingBytes)
            return false;
        if (m_waiting >= kWaiting && !makeRoomFor(call->twin))
            return false;
        if (m_queues[call->twin].empty())
            m_turns.push_back(call->twin);
        m_queues[call->twin].push_back(call);
        ++m_waiting;
        m_waitingBytes += call->bytes;
        return true;
    }

    void leaveQueue(const std::shared_ptr<WaitingCall> &call)
    {
        auto queue = m_queues.find(call->twin);
        if (queue == m_queues.end())
            return;
        if (std::erase(queue->second, call) > 0) {
            --m_waiting;
            m_waitingBytes -= call->bytes;
        }
        dropEmpty(queue);
    }

    void leave(TwinId twin)
    {
        --m_running;
        --m_runningOf[twin];
        forgetIdle(twin);
        admitNext();
    }

    int running() const { return m_running; }
    quint64 turnedAway() const { return m_turnedAway; }
    Error turnAway(ErrorCode code)
    {
        ++m_turnedAway;
        return { code, QStringLiteral("node is busy") };
    }

private:
    using Queues = std::map<TwinId, std::deque<std::shared_ptr<WaitingCall>>>;

    void forgetIdle(TwinId twin)
    {
        if (const auto found = m_runningOf.find(twin);
            found != m_runningOf.end() && found->second == 0)
            m_runningOf.erase(found);
    }

    void dropEmpty(Queues::iterator queue)
    {
        if (queue->second.empty()) {
            std::erase(m_turns, queue->first);
            m_queues.erase(queue);
        }
    }

    // A full queue takes a newcomer only at the cost of the twin that waits with the most calls.
    bool makeRoomFor(TwinId newcomer)
    {
        const auto longest = std::ranges::max_element(
            m_queues, {}, [](const auto &entry) { return entry.second.size(); });
        const auto own = m_queues.find(newcomer);
        const size_t ownSize = own == m_queues.end() ? 0 : own->second.size();
        if (longest == m_queues.end() || longest->second.size() <= ownSize + 1)
            return false;
        const auto victim = longest->second.back();
        leaveQueue(victim);
        victim->gate.open(); // not admitted: answered "node is busy"
        return true;
    }

    void admitNext()
    {
        for (size_t tried = 0; tried < m_turns.size() && m_running < kRunning;) {
            const TwinId twin = m_turns.front();
            m_turns.pop_front();
            m_turns.push_back(twin);
            if (!tryEnter(twin)) {
                ++tried;
                continue;
            }
            tried = 0;
            const auto queue = m_queues.find(twin);
            const auto call = queue->second.front();
            leaveQueue(call);
            call->admitted = true;
            call->gate.open();
        }
    }

    std::map<TwinId, int> m_runningOf;
    Queues m_queues;
    std::deque<TwinId> m_turns;
    quint64 m_turnedAway = 0;
    int m_running = 0;
    int m_waiting = 0;
    qsizetype m_waitingBytes = 0;
};

// The handler with its place, kept until it really ends: a deadline does not free the place of a
// handler that goes on working.
Task<Answer> runHandler(std::shared_ptr<Admission> admission, Handler handler, Call call)
{
    Answer answer = fail(ErrorCode::Bug, QStringLiteral("handler gave no answer"));
    const TwinId twin = call.twin;
    try {
        answer = co_await handler(std::move(call));
    } catch (const std::exception &exception) {
        answer = fail(ErrorCode::Bug,
            QStringLiteral("handler panicked with: %1")
                .arg(QString::fromLocal8Bit(exception.what())));
    } catch (...) {
        answer = fail(ErrorCode::Bug, QStringLiteral("handler panicked with: unknown exception"));
    }
    admission->leave(twin);
    co_return answer;
}

// Waits for a place; the outcome says whether the call holds one.
Task<bool> waitForPlace(std::shared_ptr<Admission> admission, std::shared_ptr<WaitingCall> call,
    std::chrono::milliseconds lifetime)
{
    QTimer timer;
    timer.setSingleShot(true);
    QObject::connect(&timer, &QTimer::timeout, &timer, [call] {
        call->left = true;
        call->gate.open();
    });
    timer.start(lifetime);
    co_await call->gate.opened();
    if (call->left && !call->admitted)
        admission->leaveQueue(call);
    co_return call->admitted;
}

} // namespace routing

struct Router::Private
{
    QHash<QString, Handler> handlers;
    std::shared_ptr<routing::Admission> admission = std::make_shared<routing::Admission>();
};

Router::Router()
    : d(std::make_unique<Private>())
{
}

Router::~Router() = default;

void Router::add(const QString &command, Handler handler)
{
    d->handlers[command] = std::move(handler);
}

bool Router::knows(const QString &command) const
{
    return d->handlers.contains(command);
}

QStringList Router::commands() const
{
    QStringList names = d->handlers.keys();
    names.sort();
    return names;
}

int Router::running() const
{
    return d->admission->running();
}

quint64 Router::turnedAway() const
{
    return d->admission->turnedAway();
}

Task<Answer> Router::route(Call call, std::chrono::milliseconds lifetime)
{
    const auto found = d->handlers.constFind(call.command);
    if (found == d->handlers.cend())
        co_return fail(ErrorCode::NotFound, QStringLiteral("function not found"));
    const Handler handler = *found;
    const auto admission = d->admission;
    const QString command = call.command;
    const QDeadlineTimer deadline(lifetime);
    if (lifetime <= std::chrono::milliseconds::zero())
        co_return fail(
            ErrorCode::Timeout, QStringLiteral("%1: the caller's lifetime is over").arg(command));
    if (!admission->tryEnter(call.twin)) {
        auto waiting = std::make_shared<routing::WaitingCall>();
        waiting->twin = call.twin;
        waiting->bytes = call.payload.size();
        if (!admission->enqueue(waiting))
            co_return fail(admission->turnAway(ErrorCode::Busy));
        const bool admitted = co_await routing::waitForPlace(admission, waiting, lifetime);
        if (!admitted)
            co_return fail(
                admission->turnAway(waiting->left ? ErrorCode::Timeout : ErrorCode::Busy));
    }
    const CancelToken cancel = call.cancel;
    auto work = routing::runHandler(admission, handler, std::move(call));
    const auto left = std::max(std::chrono::milliseconds(1),
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline.remainingTimeAsDuration()));
    auto answer = co_await withDeadline(std::move(work), left, command);
    // Also stops a handler that outlived its caller; one that is done does not look any more.
    if (!answer && answer.error().code == ErrorCode::Timeout)
        cancel.cancel();
    co_return answer;
}

} // namespace zos::rmb

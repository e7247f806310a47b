// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/callbook.h"

#include "core/base/encoding.h"
#include "rmb/session/race.h"

#include <QUuid>

namespace zos::rmb {

namespace {

constexpr int kAttempts = 5;
constexpr QLatin1StringView kOwnReturn("zos.reply.");

Answer answerOf(const DirectMessage &reply)
{
    // rmb-rs counts any text as an error, older daemons write "" for success.
    if (reply.err && !reply.err->isEmpty())
        return fail(peerError(*reply.err));
    auto payload = strictBase64(reply.dat);
    if (!payload)
        return fail(ErrorCode::Protocol, QStringLiteral("peer's answer is not valid base64"));
    if (payload->isEmpty())
        return QByteArray("null");
    return std::move(*payload);
}

} // namespace

bool waitsAlready(const DirectMessage &request)
{
    return request.ret.startsWith(kOwnReturn);
}

CallBook::CallBook(PeerCore *core)
    : m_core(core)
{
}

Task<Answer> CallBook::call(TwinId twin, QString command, QByteArray payload,
    std::chrono::milliseconds lifetime, bool failFast)
{
    if (!m_core->running)
        co_return fail(ErrorCode::Unavailable, QStringLiteral("the message bus is not running"));
    const QString step = QStringLiteral("%1 of twin %2").arg(command).arg(twin.value());
    DirectMessage message;
    message.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
    message.cmd = std::move(command);
    message.exp = static_cast<quint64>(std::chrono::ceil<std::chrono::seconds>(lifetime).count());
    message.tries = 3;
    message.dat = payload.toBase64();
    message.src = m_core->session->twin();
    message.dst = { twin };
    message.ret = kOwnReturn + QString::number(++m_nextReturn);
    auto outcome = std::make_shared<zos::detail::Raced<QByteArray>>();
    const CancelToken over;
    m_core->scope.spawn(exchange(std::move(message), failFast ? 1 : kAttempts, over, outcome));
    auto waiting = answeredWithin(outcome, lifetime, step);
    auto answer = co_await std::move(waiting);
    over.cancel();
    co_return answer;
}

// Runs in the peer's scope until the answer is there, the caller's time is over or the peer stops.
Task<void> CallBook::exchange(
    DirectMessage message, int attempts, CancelToken over, Outcome outcome)
{
    auto waiter = std::make_shared<Waiter>();
    waiter->asked = message.dst.first();
    const CancelToken sending;
    const std::function<void()> end = [waiter, sending] {
        sending.cancel();
        waiter->gate.open();
    };
    QObject context;
    over.onCancel(&context, end);
    m_core->scope.token().onCancel(&context, end);

    const QString uid = message.uid;
    auto lookup = m_core->session->twins().twin(waiter->asked);
    const auto found = co_await std::move(lookup);
    Answer result = fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    if (!found) {
        result = fail(ErrorCode::Unavailable,
            found.error().wrapped(QStringLiteral("twin %1").arg(waiter->asked.value())).what);
    } else {
        m_waiters.insert(uid, waiter);
        const auto routes = m_core->courier.routesTo(*found, {});
        auto delivery = m_core->courier.deliver(
            std::move(message), "/zbus-remote", routes, attempts, sending);
        const auto delivered = co_await std::move(delivery);
        if (!delivered)
            result = fail(delivered.error());
        else
            co_await waiter->gate.opened();
        if (waiter->answer)
            result = std::move(*waiter->answer);
        m_waiters.remove(uid);
    }
    outcome->value.emplace(std::move(result));
    outcome->gate.open();
}

Task<HttpResponse> CallBook::take(DirectMessage message, QHostAddress from)
{
    const auto waiter = m_waiters.value(message.uid);
    // Late and repeated answers are normal: taken and dropped, as both known daemons do.
    if (!waiter) {
        ++m_core->counters.unsolicitedAnswers;
        co_return acceptedResponse();
    }
    Refusal refusal;
    if (message.src != waiter->asked) {
        refusal.status = 401;
        refusal.message = QStringLiteral("twin %1 was not asked").arg(message.src.value());
        ++m_core->counters.refused;
        co_return refusedResponse(refusal);
    }
    auto checking = m_core->keeper.admit(std::move(message), Gatekeeper::Kind::Reply, from);
    auto visitor = co_await std::move(checking);
    if (!visitor) {
        ++m_core->counters.refused;
        co_return refusedResponse(visitor.error());
    }
    if (waiter->answer) {
        ++m_core->counters.lateAnswers;
    } else {
        ++m_core->counters.accepted;
        waiter->answer = answerOf(visitor->message);
        waiter->gate.open();
    }
    co_return acceptedResponse();
}

} // namespace zos::rmb

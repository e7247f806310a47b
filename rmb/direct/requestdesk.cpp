// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/requestdesk.h"

#include "core/base/encoding.h"
#include "core/base/json.h"
#include "core/base/logging.h"
#include "rmb/direct/callbook.h"

#include <QUuid>

namespace zos::rmb {

namespace {

constexpr int kMaxAttempts = 5;
constexpr qsizetype kMaxPoll = 256; // bytes
constexpr quint64 kPollStamp = 10; // seconds an answer to pollers is not signed anew
constexpr QLatin1StringView kProxyCommand("system.proxy.request");

void fill(DirectMessage &reply, const Answer &answer)
{
    if (!answer)
        reply.err = answer.error().what.isEmpty() ? QStringLiteral("failed") : answer.error().what;
    else if (answer->size() > kMaxAnswer)
        reply.err = answerTooLarge(answer->size()).what;
    else
        reply.dat = answer->toBase64();
}

void logUndelivered(const DirectMessage &request, const Error &error)
{
    qCDebug(lcRmb).noquote() << "answer to" << quoted(request.cmd) << quoted(request.uid)
                             << "of twin" << request.src.value() << "not delivered:" << error.what;
}

} // namespace

RequestDesk::RequestDesk(PeerCore *core)
    : m_core(core)
    , m_results({}, core->session->clock())
{
}

Task<std::expected<RequestDesk::Guest, Refusal>> RequestDesk::admit(
    DirectMessage message, QHostAddress observed, CancelToken over)
{
    const TwinId claimed = message.src;
    const QString command = message.cmd;
    const QString id = message.uid;
    auto checking = m_core->keeper.admit(std::move(message), Gatekeeper::Kind::Request, observed);
    auto visitor = co_await std::move(checking);
    Refusal refusal;
    if (!visitor) {
        refusal = std::move(visitor.error());
    } else if (!m_core->running) {
        refusal = { 503, QStringLiteral("shutting down") };
    } else if (over.cancelled()) {
        // It was told so already and will try again: that would make two of it.
        ++m_core->counters.busy;
        refusal = { 503, QStringLiteral("node is busy") };
    } else {
        auto place = m_core->session->enter(visitor->message.src, visitor->message.dat.size());
        if (place) {
            ++m_core->counters.accepted;
            Guest guest { std::move(*visitor), std::move(*place) };
            co_return guest;
        }
        refusal = { 503, place.error().what };
    }
    ++m_core->counters.refused;
    m_core->session->logRefusal(claimed, command, id, refusal.message);
    co_return std::unexpected(std::move(refusal));
}

Task<HttpResponse> RequestDesk::takeRemote(
    DirectMessage message, QHostAddress observed, CancelToken over)
{
    auto admitting = admit(std::move(message), observed, over);
    auto guest = co_await std::move(admitting);
    if (!guest)
        co_return refusedResponse(guest.error());
    auto sent = std::make_shared<Sent>();
    HttpResponse response = acceptedResponse();
    response.afterSent = [sent] { sent->gate.open(); };
    m_core->scope.spawn(serve(std::move(*guest), observed, sent));
    co_return response;
}

Task<HttpResponse> RequestDesk::takeCommand(
    DirectMessage message, QHostAddress observed, CancelToken over)
{
    auto admitting = admit(std::move(message), observed, over);
    auto guest = co_await std::move(admitting);
    if (!guest)
        co_return refusedResponse(guest.error());
    const QString queue = QUuid::createUuid().toString(QUuid::WithoutBraces);
    m_core->scope.spawn(serveStored(std::move(*guest), queue));
    JsonWriter writer;
    writer.object().key(u"retqueue").string(queue).end();
    co_return plainResponse(200, writer.text());
}

// Anybody may poll as often as they like: what is asked is tiny, and an answer is signed once in
// a while.
HttpResponse RequestDesk::poll(const QByteArray &body)
{
    const auto json = body.size() <= kMaxPoll
        ? Json::parse(body)
        : Result<Json>(fail(ErrorCode::Limit, QStringLiteral("too large")));
    const Json *queue = json && json->isObject() ? json->find(u"retqueue") : nullptr;
    if (!queue || !queue->isString() || !isUuid(queue->string())) {
        ++m_core->counters.malformed;
        ++m_core->counters.refused;
        Refusal refusal;
        refusal.message = QStringLiteral("retqueue is not a UUID");
        return refusedResponse(refusal);
    }
    StoredResult *stored = m_results.find(queue->string());
    if (!stored)
        return plainResponse(200, "[]");
    const quint64 time = m_core->time();
    if (stored->text.isEmpty() || time - stored->stamped >= kPollStamp) {
        stored->stamped = time;
        stored->message.now = time;
        stored->message.sign(m_core->session->identity());
        stored->text = '[' + stored->message.encode() + ']';
    }
    return plainResponse(200, stored->text);
}

Task<Answer> RequestDesk::run(TwinId caller, DirectMessage message)
{
    auto payload = strictBase64(message.dat);
    if (!payload)
        co_return fail(ErrorCode::Invalid, QStringLiteral("dat is not valid base64"));
    Call call;
    call.twin = caller;
    call.command = message.cmd;
    call.payload = std::move(*payload);
    call.requestId = message.uid;
    auto work = m_core->session->serve(std::move(call),
        std::chrono::seconds(message.lifetime(m_core->time())), m_core->scope.token());
    auto answer = co_await std::move(work);
    co_return answer;
}

// A call in an envelope: somebody's proxy sent us the user's own signed message (rmb.md 1.7). Its
// answer is our signed message, carried home as the answer to the envelope.
Task<Answer> RequestDesk::runProxied(DirectMessage envelope, QHostAddress observed)
{
    auto text = strictBase64(envelope.dat);
    if (!text)
        co_return fail(ErrorCode::Invalid, QStringLiteral("dat is not valid base64"));
    auto reading = m_core->keeper.decode(std::move(*text));
    auto inner = co_await std::move(reading);
    if (!inner)
        co_return fail(ErrorCode::Invalid, inner.error().message);
    auto checking = m_core->keeper.admit(std::move(*inner), Gatekeeper::Kind::Request, observed);
    auto visitor = co_await std::move(checking);
    if (!visitor)
        co_return fail(ErrorCode::Denied, visitor.error().message);
    DirectMessage message = std::move(visitor->message);
    message.uid = envelope.uid;
    auto work = run(message.src, message);
    const auto answer = co_await std::move(work);
    DirectMessage reply = message.reply(m_core->time());
    fill(reply, answer);
    reply.sign(m_core->session->identity());
    co_return reply.encode();
}

Task<void> RequestDesk::serve(Guest guest, QHostAddress observed, std::shared_ptr<Sent> sent)
{
    Visitor visitor = std::move(guest.visitor);
    const Quota::Place place = std::move(guest.place);
    const CancelToken token = m_core->scope.token();
    auto work = visitor.message.cmd == kProxyCommand ? runProxied(visitor.message, observed)
                                                     : run(visitor.message.src, visitor.message);
    auto answer = co_await std::move(work);
    if (visitor.message.lifetime(m_core->time()) == 0) {
        ++m_core->counters.repliesFailed; // nobody waits any more
        co_return;
    }
    if (!token.cancelled() && !waitsAlready(visitor.message)) {
        co_await sent->gate.opened();
        auto rest = pause(m_core->config.replyDelay, token);
        (void)co_await std::move(rest);
    }
    if (!token.cancelled()) {
        auto sending = sendAnswer(std::move(visitor), observed, std::move(answer));
        co_await std::move(sending);
    }
}

Task<void> RequestDesk::sendAnswer(Visitor visitor, QHostAddress observed, Answer answer)
{
    DirectMessage reply = visitor.message.reply(m_core->time());
    fill(reply, answer);
    answer = QByteArray();
    visitor.message.dat.clear();
    // It is kept until the caller takes it: with its attempts and pauses for minutes.
    const auto room = m_core->session->hold(visitor.twin.id, reply.dat.size());
    if (!room) {
        reply.dat.clear();
        reply.err = room.error().what;
    }
    const int attempts
        = static_cast<int>(std::clamp<quint64>(visitor.message.tries, 1, kMaxAttempts));
    const auto routes = m_core->courier.routesTo(visitor.twin, observed);
    auto sending = m_core->courier.deliver(
        std::move(reply), "/zbus-reply", routes, attempts, m_core->scope.token());
    const auto delivered = co_await std::move(sending);
    if (delivered) {
        ++m_core->counters.repliesSent;
    } else {
        ++m_core->counters.repliesFailed;
        logUndelivered(visitor.message, delivered.error());
    }
}

Task<void> RequestDesk::serveStored(Guest guest, QString queue)
{
    const Quota::Place place = std::move(guest.place);
    DirectMessage message = std::move(guest.visitor.message);
    const TwinId caller = message.src;
    message.pxy = true;
    message.ret = queue;
    auto work = run(caller, message);
    const auto answer = co_await std::move(work);
    DirectMessage reply = message.reply(m_core->time());
    fill(reply, answer);
    // The poller gets the text itself in place of base64.
    reply.dat = QString::fromUtf8(QByteArray::fromBase64(reply.dat)).toUtf8();
    m_core->counters.resultsEvicted += static_cast<quint64>(m_results.put(queue, caller, reply));
}

} // namespace zos::rmb

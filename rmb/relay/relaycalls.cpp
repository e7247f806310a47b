// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/relaycalls.h"

#include "rmb/relay/relaycodes.h"
#include "rmb/session/race.h"

#include <QUuid>

#include <utility>

namespace zos::rmb {

namespace {

constexpr qsizetype kMaxCalls = 1024;
constexpr size_t kMaxPast = 1024;
constexpr QLatin1StringView kFailFast("fail-fast");

Error complaintError(const QString &text)
{
    const bool busy = text.contains(u"rate limit");
    return { busy ? ErrorCode::Busy : ErrorCode::Unavailable,
        QStringLiteral("relay: %1").arg(text.left(512)) };
}

} // namespace

RelayCalls::RelayCalls(Session *session, RelayLinks *links, PeerAddress own, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_links(links)
    , m_own(std::move(own))
{
    connect(links, &RelayLinks::changed, this, [this] {
        const auto waiters = m_waiters.values();
        for (const auto &waiter : waiters) {
            if (waiter->link < 0)
                waiter->rouse();
        }
    });
}

Task<void> RelayCalls::stop()
{
    m_running = false;
    auto finishing = m_scope.finish();
    co_await std::move(finishing);
}

Task<Answer> RelayCalls::call(TwinId twin, QString command, QByteArray payload,
    std::chrono::milliseconds lifetime, bool failFast)
{
    if (!m_running)
        co_return fail(ErrorCode::Unavailable, QStringLiteral("the message bus is not running"));
    if (m_waiters.size() >= kMaxCalls)
        co_return fail(ErrorCode::Busy, QStringLiteral("too many calls wait for their answers"));
    const QString step = QStringLiteral("%1 of twin %2").arg(command).arg(twin.value());
    Envelope request;
    request.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
    if (failFast)
        request.tags = kFailFast;
    request.timestamp = m_session->time();
    request.expiration = std::clamp<quint64>(
        static_cast<quint64>(std::chrono::ceil<std::chrono::seconds>(lifetime).count()), 1,
        kMaxLifetime);
    request.source = m_own;
    request.destination = PeerAddress { twin, {} };
    request.message = RequestPart { std::move(command) };
    request.schema = QStringLiteral("application/json");
    request.payloadKind = Envelope::Payload::Plain;
    request.payload = payload.isEmpty() ? QByteArray("null") : std::move(payload);

    auto waiter = std::make_shared<Waiter>();
    waiter->asked = twin;
    auto outcome = std::make_shared<zos::detail::Raced<QByteArray>>();
    const CancelToken over;
    m_scope.spawn(exchange(waiter, std::move(request), over, outcome));
    auto waiting = answeredWithin(outcome, lifetime, step);
    auto answer = co_await std::move(waiting);
    over.cancel();
    if (!outcome->value && waiter->link < 0 && !m_links->up())
        co_return fail(ErrorCode::Unavailable, whyNoRelay());
    co_return answer;
}

// Runs in the peer's scope until the answer is there, the caller's time is over or the peer stops.
Task<void> RelayCalls::exchange(
    WaiterPtr waiter, Envelope request, CancelToken over, Outcome outcome)
{
    const std::function<void()> end = [waiter] { waiter->rouse(); };
    QObject context;
    over.onCancel(&context, end);
    m_scope.token().onCancel(&context, end);
    m_waiters.insert(request.uid, waiter);

    auto lookup = m_session->twins().twin(waiter->asked);
    const auto twin = co_await std::move(lookup);
    auto ownLookup = m_session->twins().twin(m_session->twin());
    (void)co_await std::move(ownLookup); // whether our own key is published
    Answer result = fail(ErrorCode::Unavailable, QString());
    if (twin) {
        const bool published = m_session->keyIsPublished();
        auto trying = attempt(waiter, request, *twin, over);
        result = co_await std::move(trying);
        std::optional<Twin> changed;
        if (waiter->unread) {
            auto asking = changedKeys(*twin, published);
            changed = co_await std::move(asking);
        }
        if (changed) {
            // The peer has decided about the first uid.
            forget(request.uid);
            request.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
            request.stamp(m_session->time());
            waiter->tried.clear();
            waiter->link = -1;
            waiter->answer.reset();
            m_waiters.insert(request.uid, waiter);
            auto again = attempt(waiter, request, *changed, over);
            result = co_await std::move(again);
        }
    } else {
        result = fail(ErrorCode::Unavailable,
            twin.error().wrapped(QStringLiteral("twin %1").arg(waiter->asked.value())).what);
    }
    forget(request.uid);
    outcome->value.emplace(std::move(result));
    outcome->gate.open();
}

Task<Answer> RelayCalls::attempt(WaiterPtr waiter, Envelope request, Twin twin, CancelToken over)
{
    const bool failFast = request.tags == kFailFast;
    const auto frame = frameOf(std::move(request), twin);
    if (!frame)
        co_return fail(frame.error());
    for (;;) {
        if (waiter->answer)
            co_return std::move(*waiter->answer);
        if (m_scope.token().cancelled() || over.cancelled())
            co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
        const bool onItsWay = waiter->link >= 0 && waiter->complaint.isEmpty();
        const bool passed = onItsWay || passOn(*waiter, *frame, twin.relay);
        if (!passed && waiter->link >= 0)
            co_return fail(complaintError(waiter->complaint));
        if (!passed && failFast)
            co_return fail(ErrorCode::Unavailable, whyNoRelay());
        waiter->gate = std::make_shared<zos::detail::Gate>();
        const auto gate = waiter->gate;
        co_await gate->opened();
        waiter->gate.reset();
    }
}

// The twin as the ledger has it now, if encryption has become another since.
Task<std::optional<Twin>> RelayCalls::changedKeys(Twin twin, bool published)
{
    auto asking = m_session->twins().refreshed(twin.id);
    const auto fresh = co_await std::move(asking);
    auto askingOwn = m_session->twins().refreshed(m_session->twin());
    (void)co_await std::move(askingOwn);
    if (fresh && (fresh->pk != twin.pk || m_session->keyIsPublished() != published))
        co_return *fresh;
    co_return std::nullopt;
}

Result<QByteArray> RelayCalls::frameOf(Envelope request, const Twin &twin) const
{
    if (!twin.pk.isEmpty() && m_session->keyIsPublished()) {
        const auto key = m_session->endToEnd(twin);
        if (!key)
            return fail(ErrorCode::Unavailable, key.error().what);
        request.payload = key->seal(request.payload);
        request.payloadKind = Envelope::Payload::Cipher;
    }
    request.sign(m_session->identity());
    QByteArray frame = request.encode();
    if (frame.size() > kMaxEnvelope)
        return fail(ErrorCode::Limit,
            QStringLiteral("the call has %1 bytes, at most %2 can be sent")
                .arg(frame.size())
                .arg(kMaxEnvelope));
    return frame;
}

// By the next link that did not have it yet.
bool RelayCalls::passOn(Waiter &waiter, const QByteArray &frame, const QString &relayField) const
{
    const auto order = m_links->towards(relayField);
    for (const int number : order) {
        if (waiter.tried.contains(number) || !m_links->link(number).send(frame))
            continue;
        waiter.tried.insert(number);
        waiter.link = number;
        waiter.complaint.clear();
        return true;
    }
    return false;
}

void RelayCalls::take(Envelope answer, int link)
{
    BusCounters &counters = m_session->counters();
    const auto waiter = m_waiters.value(answer.uid);
    if (!waiter || waiter->answer) {
        const bool late = waiter || m_past.contains(answer.uid);
        ++(late ? counters.lateAnswers : counters.unsolicitedAnswers);
        return;
    }
    if (answer.source->twin != waiter->asked) {
        ++counters.misdirected;
        ++counters.refused;
        return;
    }
    Claim claim;
    claim.sender = { waiter->asked, qHash(m_links->link(link).state().relay) };
    claim.challenge = answer.challenge();
    claim.signature = answer.signature;
    claim.bytes = answer.payload.size();
    claim.once = false;
    m_session->vouch(std::move(claim), this,
        [this, waiter, answer = std::move(answer)](
            const Result<Twin> &twin) { vouched(waiter, answer, twin); });
}

// What is not the asked twin's word changes nothing: the true answer may still come.
void RelayCalls::vouched(const WaiterPtr &waiter, const Envelope &answer, const Result<Twin> &twin)
{
    BusCounters &counters = m_session->counters();
    if (!twin) {
        ++counters.refused;
    } else if (waiter->answer || !m_waiters.contains(answer.uid)) {
        ++counters.lateAnswers;
    } else {
        if (const auto *error = std::get_if<ErrorPart>(&answer.message))
            waiter->unread = error->code == std::to_underlying(RelayCode::NotDecrypted)
                || error->code == std::to_underlying(RelayCode::NoPublicKey);
        auto text = read(answer, *twin);
        const bool garbled = !text && text.error().code == ErrorCode::Protocol;
        if (garbled && m_session->twins().mayHaveChanged(waiter->asked))
            m_scope.spawn(readWithFreshKey(waiter, answer));
        else
            settle(waiter, std::move(text));
    }
}

Task<void> RelayCalls::readWithFreshKey(WaiterPtr waiter, Envelope answer)
{
    auto asking = m_session->twins().refreshed(waiter->asked);
    const auto twin = co_await std::move(asking);
    if (!waiter->answer)
        settle(waiter, twin ? read(answer, *twin) : Answer(fail(twin.error())));
}

void RelayCalls::settle(const WaiterPtr &waiter, Answer answer)
{
    ++m_session->counters().accepted;
    waiter->answer = std::move(answer);
    waiter->rouse();
}

Answer RelayCalls::read(const Envelope &answer, const Twin &twin) const
{
    if (const auto *error = std::get_if<ErrorPart>(&answer.message))
        return fail(peerError(error->message));
    if (answer.schema != u"application/json")
        return fail(ErrorCode::Protocol, QStringLiteral("the peer's answer is not JSON"));
    QByteArray payload = answer.payload;
    if (answer.payloadKind == Envelope::Payload::Cipher) {
        const auto key = m_session->endToEnd(twin);
        auto opened = key ? key->open(answer.payload) : Result<QByteArray>(fail(key.error()));
        if (!opened) {
            ++m_session->counters().undecryptable;
            return fail(ErrorCode::Protocol,
                opened.error().wrapped(QStringLiteral("the peer's answer cannot be read")).what);
        }
        payload = std::move(*opened);
    }
    if (payload.isEmpty())
        return QByteArray("null");
    return payload;
}

void RelayCalls::relayComplains(const Envelope &complaint, int link)
{
    const auto waiter = m_waiters.value(complaint.uid);
    if (!waiter || waiter->link != link)
        return;
    const QString &text = std::get<ErrorPart>(complaint.message).message;
    waiter->complaint = text.isEmpty() ? QStringLiteral("not delivered") : text;
    waiter->rouse();
}

void RelayCalls::forget(const QString &uid)
{
    m_waiters.remove(uid);
    if (m_pastOrder.size() >= kMaxPast) {
        m_past.remove(m_pastOrder.front());
        m_pastOrder.pop_front();
    }
    m_past.insert(uid);
    m_pastOrder.push_back(uid);
}

QString RelayCalls::whyNoRelay() const
{
    const auto states = m_links->states();
    return states.isEmpty() ? QStringLiteral("no relay is configured")
                            : QStringLiteral("no relay is connected: %1 (%2)")
                                  .arg(states.first().relay.authority(), states.first().trouble);
}

} // namespace zos::rmb

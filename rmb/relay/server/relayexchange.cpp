// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayexchange.h"

#include "core/base/logging.h"

#include <QRegularExpression>

namespace zos::rmb {

namespace {

constexpr int kMostLookups = 256; // envelopes that wait for their destination's twin
constexpr quint64 kErrorLifetime = 300;

bool hasTag(const QString &tags, QStringView wanted)
{
    static const QRegularExpression separators(QStringLiteral("[, ]+"));
    return QStringView(tags).split(separators, Qt::SkipEmptyParts).contains(wanted);
}

} // namespace

RelayExchange::RelayExchange(TwinDirectory *twins, const Clock *clock,
    const LocalRelayLimits &limits, LocalRelayCounters *counters, QObject *parent)
    : QObject(parent)
    , m_twins(twins)
    , m_clock(clock)
    , m_perTwin(limits.perTwin)
    , m_counters(counters)
    , m_rates(limits.messagesPerMinute, limits.bytesPerMinute, clock)
    , m_mail({ limits.queued, limits.queuedBytesPerSender, limits.queuedBytes }, clock)
{
}

void RelayExchange::join(RelaySession *session)
{
    const PeerAddress peer = session->peer();
    if (RelaySession *previous = m_sessions.value(peer)) {
        ++m_counters->evicted;
        qCDebug(lcRmb).noquote() << "relay: newer session of twin" << peer.twin.text()
                                 << quoted(peer.connection) << "replaces the one before";
        previous->end(QWebSocketProtocol::CloseCodeGoingAway,
            QStringLiteral("replaced by a newer connection"));
    }
    if (const auto others = m_sessionsOf.value(peer.twin); others.size() >= m_perTwin) {
        ++m_counters->evicted;
        others.first()->end(QWebSocketProtocol::CloseCodePolicyViolated,
            QStringLiteral("more than %1 sessions of one twin").arg(m_perTwin));
    }
    session->setParent(this);
    m_sessions.insert(peer, session);
    m_sessionsOf[peer.twin].append(session);
    ++m_counters->sessions;
    connect(session, &RelaySession::ended, this, [this, session] { leave(session); });
    connect(session, &RelaySession::received, this,
        [this, session](const QByteArray &bytes) { receive(session, bytes); });
    connect(session, &RelaySession::roomAgain, this, [this, peer] { handOut(peer); });
    handOut(peer);
}

void RelayExchange::leave(RelaySession *session)
{
    const PeerAddress &peer = session->peer();
    if (m_sessions.value(peer) == session)
        m_sessions.remove(peer);
    const auto others = m_sessionsOf.find(peer.twin);
    if (others == m_sessionsOf.end())
        return;
    others->removeOne(session);
    if (others->isEmpty())
        m_sessionsOf.erase(others);
}

void RelayExchange::receive(RelaySession *from, const QByteArray &bytes)
{
    const auto verdict = m_rates.take(from->peer().twin, bytes.size());
    if (verdict == RelayRates::Verdict::Abuse) {
        ++m_counters->dropped;
        from->end(QWebSocketProtocol::CloseCodePolicyViolated,
            QStringLiteral("exceeded rate limits tenfold"));
        return;
    }
    auto envelope = Envelope::decode(bytes);
    if (!envelope) {
        ++m_counters->dropped;
        from->end(QWebSocketProtocol::CloseCodeProtocolError, QStringLiteral("not an envelope"));
        return;
    }
    const Complaint complaint { from->peer(), envelope->uid,
        std::holds_alternative<RequestPart>(envelope->message) };
    if (verdict == RelayRates::Verdict::Over)
        return complain(complaint, QStringLiteral("exceeded rate limits, dropping message"));
    if (envelope->source != from->peer())
        return complain(complaint, QStringLiteral("message wrong source"));
    if (std::holds_alternative<PingPart>(envelope->message))
        return answerPing(from, std::move(*envelope));
    if (!envelope->destination || envelope->destination->twin.value() == 0)
        return complain(complaint, QStringLiteral("message with missing destination"));
    if (passOn(*envelope->destination, bytes))
        return;
    if (m_scope.running() >= kMostLookups)
        return complain(complaint, QStringLiteral("relay is busy"));
    m_scope.spawn(keepOrComplain(parcel(*envelope, from->peer().twin, bytes), complaint));
}

void RelayExchange::answerPing(RelaySession *from, Envelope ping)
{
    std::swap(ping.source, ping.destination);
    ping.message = PongPart {};
    ping.signature.clear();
    ping.payloadKind = Envelope::Payload::Plain;
    ping.payload = "hello world";
    from->send(ping.encode());
}

void RelayExchange::complain(const Complaint &complaint, const QString &reason)
{
    ++m_counters->dropped;
    RelaySession *session = m_sessions.value(complaint.to);
    if (!complaint.wanted || !session)
        return;
    Envelope error;
    error.uid = complaint.uid;
    error.timestamp = time();
    error.expiration = kErrorLifetime;
    error.destination = complaint.to;
    error.message = ErrorPart { 0, reason };
    if (session->send(error.encode()))
        ++m_counters->answeredErrors;
}

bool RelayExchange::passOn(const PeerAddress &to, const QByteArray &bytes)
{
    RelaySession *session = m_sessions.value(to);
    if (!session || !m_mail.isEmpty(to) || !session->send(bytes))
        return false;
    ++m_counters->forwarded;
    return true;
}

void RelayExchange::handOut(const PeerAddress &to)
{
    RelaySession *session = m_sessions.value(to);
    const QByteArray *message = nullptr;
    while (session && (message = m_mail.first(to)) && session->send(*message)) {
        m_mail.removeFirst(to);
        ++m_counters->forwarded;
    }
}

RelayExchange::Parcel RelayExchange::parcel(
    const Envelope &envelope, TwinId from, const QByteArray &bytes) const
{
    // More than an hour is not kept anyway.
    const auto lifetime = std::min<quint64>(envelope.lifetime(time()), 3600);
    return { *envelope.destination, from, hasTag(envelope.tags, u"fail-fast"),
        std::chrono::seconds(static_cast<qint64>(lifetime)), bytes };
}

Task<Result<>> RelayExchange::keep(Parcel parcel)
{
    const auto twin = co_await m_twins->twin(parcel.to.twin);
    if (!twin && twin.error().code == ErrorCode::NotFound)
        co_return fail(ErrorCode::NotFound, QStringLiteral("unknown twin destination"));
    if (!twin)
        co_return fail(twin.error().wrapped(QStringLiteral("failed to get twin")));
    if (passOn(parcel.to, parcel.bytes)) // it may have come meanwhile
        co_return {};
    if (!m_sessions.contains(parcel.to)) { // else it is only slow
        if (twin->relay.isEmpty())
            co_return fail(
                ErrorCode::NotFound, QStringLiteral("relay info is not set for this twin"));
        if (parcel.failFast || parcel.lifetime == std::chrono::seconds::zero())
            co_return fail(ErrorCode::NotFound, QStringLiteral("destination offline"));
    }
    if (!m_mail.put(parcel.to, parcel.from, parcel.bytes, parcel.lifetime))
        co_return fail(
            ErrorCode::Limit, QStringLiteral("destination offline and its queue is full"));
    ++m_counters->queued;
    co_return {};
}

Task<void> RelayExchange::keepOrComplain(Parcel parcel, Complaint complaint)
{
    auto keeping = keep(std::move(parcel));
    const auto kept = co_await std::move(keeping);
    if (!kept)
        complain(complaint, kept.error().what);
}

Task<Result<>> RelayExchange::federate(QByteArray bytes)
{
    // All other relays together are as good as one twin.
    if (m_rates.take(TwinId(), bytes.size()) != RelayRates::Verdict::Fine)
        co_return fail(ErrorCode::Limit, QStringLiteral("exceeded rate limits, dropping message"));
    const auto envelope = Envelope::decode(bytes);
    if (!envelope)
        co_return fail(envelope.error());
    if (!envelope->destination || envelope->destination->twin.value() == 0)
        co_return fail(ErrorCode::NotFound, QStringLiteral("message with missing destination"));
    if (passOn(*envelope->destination, bytes))
        co_return {};
    auto keeping = keep(parcel(*envelope, TwinId(), bytes));
    const auto kept = co_await std::move(keeping);
    co_return kept;
}

Task<void> RelayExchange::stop()
{
    const auto sessions = m_sessions.values();
    for (RelaySession *session : sessions)
        session->end(QWebSocketProtocol::CloseCodeGoingAway, QStringLiteral("the relay ends"));
    co_await m_scope.finish();
}

} // namespace zos::rmb

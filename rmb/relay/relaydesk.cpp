// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/relaydesk.h"

#include <QCryptographicHash>

#include <utility>

namespace zos::rmb {

namespace {

constexpr quint64 kAnswerLife = 300; // seconds
constexpr qsizetype kEnvelopeOverhead = 512; // of everything but the payload

QString jsonSchema()
{
    return QStringLiteral("application/json");
}

// When the message's own times refuse it. Fields are signed one after another without borders: a
// connection id that begins with a digit could lend it to the expiration. Such a message is
// remembered for as long as any could live.
quint64 validUntil(const Envelope &request)
{
    const QString &connection = request.source->connection;
    const bool clearBorder = connection.isEmpty() || !connection.front().isDigit();
    return request.timestamp
        + (clearBorder ? std::min(request.expiration, kMaxLifetime) : kMaxLifetime);
}

// A request is known by its uid: a sender that signs it anew with another time means the same one.
// Tags follow the uid in what is signed, so characters may have moved over; the digits of a time
// that is accepted cannot.
QByteArray markOf(const Envelope &request)
{
    const QString name = request.uid + request.tags;
    return name.isEmpty() ? QByteArray()
                          : QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Md5);
}

} // namespace

RelayDesk::RelayDesk(Session *session, RelayLinks *links, PeerAddress own, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_links(links)
    , m_own(std::move(own))
{
}

Task<void> RelayDesk::stop()
{
    auto finishing = m_scope.finish();
    co_await std::move(finishing);
}

void RelayDesk::take(Envelope request, int link)
{
    BusCounters &counters = m_session->counters();
    const quint64 time = m_session->time();
    Guest guest;
    guest.request = std::move(request);
    guest.link = link;
    const Envelope &message = guest.request;
    if (!m_session->synchronised()) {
        ++counters.notSynchronised;
        refuseUnproven(guest, Code::Other,
            QStringLiteral("the clock is not synchronised yet, try again later"));
        return;
    }
    const auto inTime = message.checkTime(time);
    if (!inTime || message.lifetime(time) == 0) {
        ++counters.expired;
        refuseUnproven(guest, Code::Expired,
            inTime ? QStringLiteral("message has expired") : inTime.error().what);
        return;
    }
    if (message.signature.isEmpty()) {
        ++counters.badSignatures;
        refuseUnproven(guest, Code::BadSignature, QStringLiteral("message is not signed"));
        return;
    }
    Claim claim;
    claim.sender = { message.source->twin, qHash(m_links->link(link).state().relay) };
    claim.challenge = message.challenge();
    claim.mark = markOf(message);
    claim.signature = message.signature;
    claim.stamped = message.timestamp;
    claim.expires = validUntil(message);
    claim.bytes = message.payload.size() + kEnvelopeOverhead;
    m_session->vouch(
        std::move(claim), this, [this, guest = std::move(guest)](Result<Twin> twin) mutable {
            vouched(std::move(guest), std::move(twin));
        });
}

void RelayDesk::vouched(Guest guest, Result<Twin> twin)
{
    if (twin) {
        guest.twin = std::move(*twin);
        open(std::move(guest));
        return;
    }
    const Error &error = twin.error();
    switch (error.code) {
    case ErrorCode::Exists: // the first one is answered
        noteRefusal(guest, error.what);
        return;
    case ErrorCode::NotFound:
        refuseUnproven(guest, Code::UnknownTwin,
            QStringLiteral("unknown twin %1").arg(guest.request.source->twin.value()));
        return;
    case ErrorCode::Denied:
        refuseUnproven(guest, Code::BadSignature, error.what);
        return;
    case ErrorCode::Busy:
        refuseUnproven(guest, Code::FromHandler, error.what);
        return;
    default:
        refuseUnproven(guest, Code::Other, error.what);
        return;
    }
}

void RelayDesk::open(Guest guest)
{
    const Envelope &message = guest.request;
    if (message.schema != jsonSchema()) {
        refuse(guest, Code::UnsupportedPayload, QStringLiteral("unsupported schema"));
        return;
    }
    if (message.payloadKind != Envelope::Payload::Cipher) {
        QByteArray payload = message.payload;
        admit(std::move(guest), std::move(payload));
        return;
    }
    Code code = Code::NotDecrypted;
    const auto key = m_session->endToEnd(guest.twin);
    Result<QByteArray> payload = fail(ErrorCode::NotFound, QString());
    if (key)
        payload = key->open(message.payload);
    else if (key.error().code == ErrorCode::NotFound)
        code = Code::NoPublicKey;
    if (payload) {
        admit(std::move(guest), std::move(*payload));
    } else if (!guest.askedAgain && m_session->twins().mayHaveChanged(guest.twin.id)) {
        m_scope.spawn(openWithFreshKey(std::move(guest)));
    } else {
        ++m_session->counters().undecryptable;
        refuse(guest, code,
            code == Code::NoPublicKey ? key.error().what
                                      : QStringLiteral("message cannot be decrypted"));
    }
}

// The user may have changed the key since we asked the ledger.
Task<void> RelayDesk::openWithFreshKey(Guest guest)
{
    guest.askedAgain = true;
    auto asking = m_session->twins().refreshed(guest.twin.id);
    const auto fresh = co_await std::move(asking);
    if (fresh)
        guest.twin.pk = fresh->pk;
    open(std::move(guest));
}

void RelayDesk::admit(Guest guest, QByteArray payload)
{
    const QString &command = std::get<RequestPart>(guest.request.message).command;
    if (!m_session->router()->knows(command)) {
        refuse(guest, Code::FromHandler, QStringLiteral("function is not found"));
        return;
    }
    auto place = m_session->enter(guest.twin.id, payload.size());
    if (!place) {
        refuse(guest, Code::FromHandler, place.error().what);
        return;
    }
    ++m_session->counters().accepted;
    m_scope.spawn(serve(std::move(guest), std::move(payload), std::move(*place)));
}

Task<void> RelayDesk::serve(Guest guest, QByteArray payload, Quota::Place place)
{
    const Quota::Place held = std::move(place);
    Call call;
    call.twin = guest.twin.id;
    call.command = std::get<RequestPart>(guest.request.message).command;
    call.payload = std::move(payload);
    call.requestId = guest.request.uid;
    const std::chrono::seconds lifetime(guest.request.lifetime(m_session->time()));
    auto work = m_session->serve(std::move(call), lifetime, m_scope.token());
    const auto answer = co_await std::move(work);
    if (m_scope.token().cancelled() || guest.request.expired(m_session->time())) {
        ++m_session->counters().repliesFailed; // nobody waits any more
        co_return;
    }
    respond(guest, answer);
}

void RelayDesk::respond(const Guest &guest, const Answer &answer)
{
    if (!answer || answer->size() > kMaxAnswer) {
        const Error error = answer ? answerTooLarge(answer->size()) : answer.error();
        Envelope failure = answerTo(guest.request);
        failure.message = ErrorPart { std::to_underlying(Code::FromHandler),
            error.what.isEmpty() ? QStringLiteral("failed") : error.what };
        encrypt(failure, guest.twin);
        failure.sign(m_session->identity());
        m_links->deliver(failure.encode(), guest.link, validUntil(guest.request));
        return;
    }
    Envelope response = answerTo(guest.request);
    response.message = ResponsePart {};
    if (!answer->isEmpty())
        response.payload = *answer;
    encrypt(response, guest.twin);
    response.sign(m_session->identity());
    m_links->deliver(response.encode(), guest.link, validUntil(guest.request));
}

void RelayDesk::noteRefusal(const Guest &guest, const QString &why)
{
    ++m_session->counters().refused;
    m_session->logRefusal(guest.request.source->twin,
        std::get<RequestPart>(guest.request.message).command, guest.request.uid, why);
}

// For a caller whose signature is good.
void RelayDesk::refuse(const Guest &guest, Code code, const QString &text)
{
    noteRefusal(guest, text);
    if (!m_session->mayRefuse(guest.twin.id))
        return;
    Envelope failure = answerTo(guest.request);
    failure.message = ErrorPart { std::to_underlying(code), text };
    encrypt(failure, guest.twin);
    failure.sign(m_session->identity());
    sendFailure(failure, guest.link);
}

// Anybody may have written it: answered seldom, with nothing costly.
void RelayDesk::refuseUnproven(const Guest &guest, Code code, const QString &text)
{
    noteRefusal(guest, text);
    if (!m_session->senders().mayAnswer(guest.request.source->twin)) {
        ++m_session->counters().errorAnswersSpared;
        return;
    }
    Envelope failure = answerTo(guest.request);
    failure.message = ErrorPart { std::to_underlying(code), text };
    failure.sign(m_session->identity());
    sendFailure(failure, guest.link);
}

// Not worth keeping until a relay is there again.
void RelayDesk::sendFailure(const Envelope &failure, int link)
{
    if (!m_links->send(failure.encode(), link))
        ++m_session->counters().unsent;
}

Envelope RelayDesk::answerTo(const Envelope &request) const
{
    Envelope answer;
    answer.uid = request.uid;
    answer.timestamp = m_session->time();
    answer.expiration = kAnswerLife;
    answer.source = m_own;
    answer.destination = request.source;
    answer.schema = jsonSchema();
    answer.payloadKind = Envelope::Payload::Plain;
    answer.payload = "null";
    return answer;
}

// A twin whose key is none gets plain text, as if it had not written one.
void RelayDesk::encrypt(Envelope &answer, const Twin &twin) const
{
    if (!m_session->keyIsPublished())
        return;
    if (const auto key = m_session->endToEnd(twin)) {
        answer.payload = key->seal(answer.payload);
        answer.payloadKind = Envelope::Payload::Cipher;
    }
}

} // namespace zos::rmb

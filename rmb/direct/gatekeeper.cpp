// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/gatekeeper.h"

#include "rmb/direct/http/origin.h"

namespace zos::rmb {

namespace {

constexpr qsizetype kInlineJson = 64 << 10; // larger texts are parsed on the worker pool
constexpr quint64 kAgeWindow = 61; // seconds, one more than the age limit
constexpr qsizetype kMessageOverhead = 512; // of everything but the payload

// The challenge joins fields without borders: digits can move from the destination into `ret`
// without breaking the signature, so a `ret` that begins with a digit must be complete in itself.
bool hasPlainBorder(const QString &ret)
{
    if (ret.isEmpty() || !ret.front().isDigit() || isUuid(ret))
        return true;
    const auto isHex
        = [](QChar c) { return c.isDigit() || (c.toLower() >= u'a' && c.toLower() <= u'f'); };
    return ret.size() == 32 && std::ranges::all_of(ret, isHex);
}

std::unexpected<Refusal> malformed(Session *session, const Error &error)
{
    ++session->counters().malformed;
    return std::unexpected(Refusal { 400, error.what });
}

Claim claimOf(const DirectMessage &message, bool once, const QHostAddress &from)
{
    Claim claim;
    claim.sender = { message.src, qHash(originOf(from)) };
    claim.challenge = message.challenge();
    claim.signature = QByteArray::fromHex(message.sig);
    // Anything but plain hex is no signature.
    if (claim.signature.size() * 2 != message.sig.size())
        claim.signature.clear();
    claim.stamped = message.now;
    claim.expires = message.now + kAgeWindow;
    claim.bytes = message.dat.size() + kMessageOverhead;
    claim.once = once;
    return claim;
}

// rmb.md 1.5
Refusal refusalOf(const Error &error, TwinId source)
{
    switch (error.code) {
    case ErrorCode::Exists:
        return { 400, error.what };
    case ErrorCode::NotFound:
        return { 401, QStringLiteral("source twin %1 not found").arg(source.value()) };
    case ErrorCode::Denied:
        return { 401, error.what };
    case ErrorCode::Unavailable:
        return { 502, error.what };
    default:
        return { 503, error.what };
    }
}

} // namespace

Gatekeeper::Gatekeeper(Session *session)
    : m_session(session)
{
}

Task<std::expected<DirectMessage, Refusal>> Gatekeeper::decode(QByteArray body) const
{
    if (body.size() <= kInlineJson) {
        auto message = DirectMessage::decode(body);
        if (!message)
            co_return malformed(m_session, message.error());
        co_return std::move(*message);
    }
    const std::function<Result<DirectMessage>()> parse
        = [body = std::move(body)] { return DirectMessage::decode(body); };
    auto work = onWorker(parse);
    auto message = co_await std::move(work);
    if (!message)
        co_return malformed(m_session, message.error());
    co_return std::move(*message);
}

std::optional<Refusal> Gatekeeper::screen(const DirectMessage &message) const
{
    BusCounters &counters = m_session->counters();
    if (const auto age = message.checkAge(m_session->time()); !age) {
        ++counters.expired;
        return Refusal { 400, age.error().what };
    }
    if (message.dst.size() != 1 || message.dst.first() != m_session->twin()) {
        ++counters.misdirected;
        return Refusal { 400,
            message.dst.size() == 1
                ? QStringLiteral("invalid destination twin %1").arg(message.dst.first().value())
                : QStringLiteral("invalid destination: %1 twins instead of one")
                      .arg(message.dst.size()) };
    }
    if (!hasPlainBorder(message.ret)) {
        ++counters.malformed;
        return Refusal { 400, QStringLiteral("ret begins with a digit and is no UUID") };
    }
    if (message.expired(m_session->time())) {
        ++counters.expired;
        return Refusal { 400, QStringLiteral("message has expired") };
    }
    return std::nullopt;
}

Task<std::expected<Visitor, Refusal>> Gatekeeper::admit(
    DirectMessage message, Kind kind, QHostAddress from)
{
    if (auto refusal = screen(message))
        co_return std::unexpected(std::move(*refusal));
    auto vouching = m_session->vouched(claimOf(message, kind == Kind::Request, from));
    auto twin = co_await std::move(vouching);
    if (!twin)
        co_return std::unexpected(refusalOf(twin.error(), message.src));
    Visitor visitor;
    visitor.message = std::move(message);
    visitor.twin = std::move(*twin);
    co_return visitor;
}

} // namespace zos::rmb

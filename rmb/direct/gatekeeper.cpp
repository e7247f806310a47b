// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/gatekeeper.h"

namespace zos::rmb {

namespace {

constexpr qsizetype kInlineJson = 64 << 10; // larger texts are parsed on the worker pool

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

// A function object with a name: closures inside coroutines warn in unity builds.
std::function<bool()> verification(const DirectMessage &message, const AccountId &key)
{
    return [message, key] { return message.verify(key); };
}

std::unexpected<Refusal> refused(int status, const QString &message)
{
    return std::unexpected(Refusal { status, message });
}

} // namespace

Gatekeeper::Gatekeeper(TwinId own, TwinDirectory *twins, ReplayGuard *guard, const Clock *clock,
    DirectCounters *counters)
    : m_own(own)
    , m_twins(twins)
    , m_guard(guard)
    , m_clock(clock)
    , m_counters(counters)
{
}

QString Gatekeeper::replayText()
{
    return QStringLiteral("message was received before");
}

Task<std::expected<DirectMessage, Refusal>> Gatekeeper::decode(QByteArray body) const
{
    if (body.size() <= kInlineJson) {
        auto message = DirectMessage::decode(body);
        if (!message)
            co_return refused(400, message.error().what);
        co_return std::move(*message);
    }
    const std::function<Result<DirectMessage>()> parse
        = [body = std::move(body)] { return DirectMessage::decode(body); };
    auto work = onWorker(parse);
    auto message = co_await std::move(work);
    if (!message)
        co_return refused(400, message.error().what);
    co_return std::move(*message);
}

std::optional<Refusal> Gatekeeper::screen(const DirectMessage &message) const
{
    if (const auto age = message.checkAge(time()); !age)
        return Refusal { 400, age.error().what };
    if (message.dst.size() != 1)
        return Refusal {
            400,
            QStringLiteral("invalid destination: %1 twins instead of one").arg(message.dst.size())
        };
    if (message.dst.first() != m_own)
        return Refusal { 400,
            QStringLiteral("invalid destination twin %1").arg(message.dst.first().value()) };
    if (!hasPlainBorder(message.ret))
        return Refusal { 400, QStringLiteral("ret begins with a digit and is no UUID") };
    return std::nullopt;
}

Task<std::expected<Visitor, Refusal>> Gatekeeper::admit(DirectMessage message, Kind kind)
{
    if (auto refusal = screen(message))
        co_return std::unexpected(std::move(*refusal));
    const QByteArray challenge = message.challenge();
    if (kind == Kind::Request && m_guard->seen(message.src, challenge)) {
        ++m_counters->replays;
        co_return refused(400, replayText());
    }
    auto lookup = m_twins->twin(message.src);
    auto twin = co_await std::move(lookup);
    if (!twin) {
        const QString who = QStringLiteral("source twin %1").arg(message.src.value());
        if (twin.error().code == ErrorCode::NotFound)
            co_return refused(401, QStringLiteral("%1 not found").arg(who));
        co_return refused(502, twin.error().wrapped(who).what);
    }
    if (message.expired(time()))
        co_return refused(400, QStringLiteral("message has expired"));
    auto check = onWorker(verification(message, twin->account));
    bool genuine = co_await std::move(check);
    if (!genuine) {
        // The user may have changed the key since we asked the ledger.
        auto again = m_twins->refreshed(message.src);
        auto fresh = co_await std::move(again);
        if (fresh && fresh->account != twin->account) {
            auto second = onWorker(verification(message, fresh->account));
            genuine = co_await std::move(second);
            twin = std::move(fresh);
        }
    }
    if (!genuine) {
        ++m_counters->badSignatures;
        co_return refused(401,
            QStringLiteral("signature does not verify with the key of twin %1")
                .arg(message.src.value()));
    }
    if (kind == Kind::Request) {
        const auto kept = m_guard->remember(message.src, challenge, message.now, time());
        if (!kept && kept.error().code == ErrorCode::Exists) {
            ++m_counters->replays;
            co_return refused(400, replayText());
        }
        if (!kept)
            co_return refused(503, kept.error().what);
    }
    Visitor visitor;
    visitor.message = std::move(message);
    visitor.twin = std::move(*twin);
    co_return visitor;
}

} // namespace zos::rmb

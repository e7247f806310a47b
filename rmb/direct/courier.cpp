// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/courier.h"

#include "core/base/json.h"

namespace zos::rmb {

namespace {

constexpr std::chrono::seconds kAttempt { 10 }; // from sending
constexpr quint64 kTurn = 60; // seconds until then

QString peerText(const HttpAnswer &answer)
{
    if (const auto json = Json::parse(answer.body); json && json->isObject()) {
        if (const Json *message = json->find(u"message"); message && message->isString())
            return message->string().left(512);
    }
    return QString::fromUtf8(answer.body.left(512)).trimmed();
}

Result<> judged(const HttpAnswer &answer, bool sentBefore)
{
    if (answer.status == 200 || answer.status == 202)
        return {};
    const QString text = peerText(answer);
    // Our first transmission arrived although its answer did not.
    if (sentBefore && answer.status == 400 && text == ReplayGuard::text())
        return {};
    ErrorCode code = ErrorCode::Unavailable;
    if (answer.status == 401 || answer.status == 403)
        code = ErrorCode::Denied;
    else if (answer.status == 413)
        code = ErrorCode::Limit;
    else if (answer.status == 404 || answer.status == 405)
        code = ErrorCode::NotFound;
    else if (answer.status >= 400 && answer.status < 500)
        code = ErrorCode::Invalid;
    else if (answer.status == 503)
        code = ErrorCode::Busy;
    return fail(
        code, QStringLiteral("peer refused the message (%1): %2").arg(answer.status).arg(text));
}

bool isFinal(ErrorCode code)
{
    return code != ErrorCode::Unavailable && code != ErrorCode::Busy && code != ErrorCode::Timeout
        && code != ErrorCode::Protocol;
}

} // namespace

bool isOverlayAddress(const QHostAddress &address)
{
    return address.protocol() == QAbstractSocket::IPv6Protocol
        && (address.toIPv6Address()[0] & 0xfe) == 0x02;
}

std::optional<Route> parseRoute(const QString &text, quint16 defaultPort)
{
    Route route;
    route.port = defaultPort;
    QString host = text;
    const qsizetype colon = text.lastIndexOf(u':');
    const bool bracketed = text.startsWith(u'[');
    if (bracketed || text.count(u':') == 1) {
        host = text.left(colon);
        if (bracketed) {
            const qsizetype close = text.indexOf(u']');
            if (close < 0 || (close != text.size() - 1 && close + 1 != colon))
                return std::nullopt;
            host = text.mid(1, close - 1);
        }
        if (!bracketed || colon > text.indexOf(u']')) {
            bool ok = false;
            route.port = text.mid(colon + 1).toUShort(&ok);
            if (!ok || route.port == 0)
                return std::nullopt;
        }
    }
    if (!route.address.setAddress(host) || !route.address.scopeId().isEmpty())
        return std::nullopt;
    return route;
}

Courier::Courier(Identity identity, const Clock *clock, DirectConfig config)
    : m_identity(std::move(identity))
    , m_clock(clock)
    , m_config(std::move(config))
{
}

QList<Route> Courier::routesTo(const Twin &twin, const QHostAddress &observed) const
{
    const auto allowed = [this](const QHostAddress &address) {
        return isOverlayAddress(address) || !m_config.onlyOverlaySources;
    };
    QList<Route> routes;
    if (const auto known = parseRoute(twin.ip, m_config.peerPort); known && allowed(known->address))
        routes.append(*known);
    Route seen;
    seen.address = observed;
    seen.port = m_config.peerPort;
    const bool usable = isOverlayAddress(observed)
        || (!m_config.onlyOverlaySources && routes.isEmpty() && !observed.isNull());
    if (usable && !routes.contains(seen))
        routes.append(seen);
    const auto given = parseRoute(m_config.addresses.value(twin.id), m_config.peerPort);
    if (given && !routes.contains(*given))
        routes.append(*given);
    return routes;
}

Task<Result<>> Courier::deliver(
    DirectMessage message, QByteArray path, QList<Route> routes, int attempts, CancelToken token)
{
    if (routes.isEmpty())
        co_return fail(ErrorCode::Unavailable,
            QStringLiteral("twin %1 has no usable address").arg(message.dst.first().value()));
    const bool unlimited = message.exp == 0;
    auto wait = m_config.firstPause;
    Result<> outcome = fail(ErrorCode::Unavailable, QStringLiteral("not sent"));
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (attempt > 0) {
            auto rest = pause(wait, token);
            const auto rested = co_await std::move(rest);
            if (!rested)
                co_return fail(rested.error());
            wait *= 2;
        }
        // One that cannot be reached costs no attempt while there is another address.
        for (qsizetype turn = 0; turn < routes.size(); ++turn) {
            const Route route = routes.at((attempt + turn) % routes.size());
            // Stamped when it goes: it may wait for a connection for longer than it stays fresh.
            bool over = false;
            const HttpClient::Body body = [&]() -> std::optional<QByteArray> {
                message.stamp(time());
                over = !unlimited && message.exp == 0;
                if (over)
                    return std::nullopt;
                message.sign(m_identity);
                return message.encode();
            };
            const std::chrono::seconds patience(unlimited ? kTurn : std::min(message.exp, kTurn));
            auto sending = m_client.post(
                route.address, route.port, path, body, { patience, kAttempt }, token);
            auto answer = co_await std::move(sending);
            if (over) // the lifetime
                co_return outcome;
            if (answer) {
                outcome = judged(*answer, attempt > 0 || turn > 0 || answer->resent);
                break;
            }
            outcome = fail(answer.error());
            if (answer.error().code == ErrorCode::Cancelled)
                co_return outcome;
        }
        if (outcome || isFinal(outcome.error().code))
            break;
    }
    co_return outcome;
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/localrelay.h"

#include "core/base/logging.h"
#include "rmb/relay/server/relaydoor.h"
#include "rmb/relay/server/relayexchange.h"

namespace zos::rmb {

namespace {
constexpr std::chrono::seconds kTidyEvery { 30 };
} // namespace

struct LocalRelay::Private
{
    Private(Ledger *ledger, const Clock *clock, const LocalRelayLimits &given)
        : limits(given)
        , twins(ledger, clock)
        , exchange(&twins, clock, limits, &counters)
        , door(&twins, clock, limits, &counters)
    {
    }

    QByteArray metrics() const
    {
        const std::pair<const char *, quint64> values[] = {
            { "relay_connections", static_cast<quint64>(door.connections()) },
            { "relay_sessions", static_cast<quint64>(exchange.sessions()) },
            { "relay_sessions_total", counters.sessions },
            { "relay_refused_tokens_total", counters.refusedTokens },
            { "relay_too_many_tokens_total", counters.tooManyTokens },
            { "relay_forwarded_total", counters.forwarded },
            { "relay_queued_total", counters.queued },
            { "relay_answered_errors_total", counters.answeredErrors },
            { "relay_dropped_total", counters.dropped },
            { "relay_evicted_total", counters.evicted },
        };
        QByteArray text;
        for (const auto &[name, value] : values)
            text += QByteArray(name) + ' ' + QByteArray::number(value) + '\n';
        return text;
    }

    static Task<RelayDoor::Reply> federate(Private *d, QByteArray body)
    {
        auto taking = d->exchange.federate(std::move(body));
        const auto taken = co_await std::move(taking);
        if (taken)
            co_return RelayDoor::Reply { 202, {} };
        switch (taken.error().code) {
        case ErrorCode::Invalid:
            co_return RelayDoor::Reply { 400, taken.error().what.toUtf8() };
        case ErrorCode::NotFound:
            co_return RelayDoor::Reply { 404, taken.error().what.toUtf8() };
        case ErrorCode::Limit:
            co_return RelayDoor::Reply { 429, taken.error().what.toUtf8() };
        default:
            co_return RelayDoor::Reply { 500, taken.error().what.toUtf8() };
        }
    }

    LocalRelayLimits limits;
    LocalRelayCounters counters;
    TwinDirectory twins;
    RelayExchange exchange;
    RelayDoor door;
    QTimer tidy;
};

LocalRelay::LocalRelay(Ledger *ledger, const Clock *clock, LocalRelayLimits limits, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(ledger, clock, limits))
{
    d->door.federate
        = [this](QByteArray body) { return Private::federate(d.get(), std::move(body)); };
    d->door.metrics = [this] { return d->metrics(); };
    connect(&d->door, &RelayDoor::entered, this, [this](QWebSocket *socket, PeerAddress peer) {
        d->exchange.join(new RelaySession(socket, std::move(peer), d->limits));
    });
    connect(&d->tidy, &QTimer::timeout, this, [this] { d->exchange.dropExpired(); });
    d->tidy.setInterval(kTidyEvery);
}

LocalRelay::~LocalRelay() = default;

Result<> LocalRelay::start(const QHostAddress &address, quint16 port)
{
    if (address.isNull() || address == QHostAddress::Any || address == QHostAddress::AnyIPv4
        || address == QHostAddress::AnyIPv6)
        return fail(ErrorCode::Invalid,
            QStringLiteral("the local relay listens on one address, not on every one"));
    if (auto started = d->door.start(address, port); !started)
        return started;
    d->tidy.start();
    qCInfo(lcRmb).noquote() << "relay of the local network on" << address.toString() << "port"
                            << this->port();
    return {};
}

Task<void> LocalRelay::stop()
{
    d->tidy.stop();
    co_await d->door.stop();
    co_await d->exchange.stop();
}

quint16 LocalRelay::port() const
{
    return d->door.port();
}

int LocalRelay::sessions() const
{
    return d->exchange.sessions();
}

LocalRelayCounters LocalRelay::counters() const
{
    return d->counters;
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/bus/bus.h"

#include <QDeadlineTimer>

namespace zos::rmb {

Bus::Bus(Identity identity, TwinId twin, Ledger *ledger, Router *router, const Clock *clock,
    BusConfig config, QObject *parent)
    : QObject(parent)
    , m_session(std::move(identity), twin, ledger, router, clock, std::move(config.session))
    , m_transport(config.transport)
    , m_directWhenNeeded(config.directWhenNeeded)
{
    if (config.direct)
        m_direct = std::make_unique<DirectPeer>(&m_session, std::move(*config.direct));
    if (!config.relay.relays.isEmpty()) {
        m_relay = std::make_unique<RelayPeer>(&m_session, std::move(config.relay));
        connect(m_relay.get(), &RelayPeer::linksChanged, this, &Bus::linksChanged);
    }
}

Bus::~Bus() = default;

Result<> Bus::start()
{
    if (m_started)
        return {};
    if (const auto started = m_session.start(); !started)
        return fail(started.error().wrapped(QStringLiteral("message bus")));
    m_started = true;
    if (m_relay)
        m_relay->start();
    return {};
}

Task<Result<>> Bus::listen()
{
    if (!m_direct || m_listening)
        co_return {};
    auto starting = m_direct->start();
    const auto started = co_await std::move(starting);
    m_listening = started.has_value();
    co_return started;
}

Task<void> Bus::stop()
{
    if (std::exchange(m_listening, false)) {
        auto stopping = m_direct->stop();
        co_await std::move(stopping);
    }
    if (!std::exchange(m_started, false))
        co_return;
    if (m_relay) {
        auto stopping = m_relay->stop();
        co_await std::move(stopping);
    }
    auto stopping = m_session.stop();
    co_await std::move(stopping);
}

Task<bool> Bus::connected(std::chrono::milliseconds limit)
{
    if (!m_relay)
        co_return false;
    if (!m_relay->up()) {
        zos::detail::Gate gate;
        QTimer timer;
        timer.setSingleShot(true);
        connect(&timer, &QTimer::timeout, &timer, [&gate] { gate.open(); });
        connect(m_relay.get(), &RelayPeer::linksChanged, &timer, [this, &gate] {
            if (m_relay->up())
                gate.open();
        });
        timer.start(limit);
        co_await gate.opened();
    }
    co_return m_relay->up();
}

quint16 Bus::directPort() const
{
    return m_listening ? m_direct->port() : quint16(0);
}

QList<RelayLinkState> Bus::relays() const
{
    return m_relay ? m_relay->links() : QList<RelayLinkState>();
}

const BusCounters &Bus::counters() const
{
    return m_session.counters();
}

// Best first. A relay that is not connected yet comes last; a twin that names no relay may still be
// found at ours.
QList<Transport> Bus::waysTo(const Twin &twin) const
{
    const bool ready = m_direct && (m_listening || m_directWhenNeeded);
    const bool direct = ready && m_transport != Transport::Relay
        && (m_direct->findsAddressOf(twin) || m_transport == Transport::Direct);
    const bool relay = m_relay && m_transport != Transport::Direct;
    const bool named = relay && !twin.relay.isEmpty() && m_relay->up();
    QList<Transport> ways;
    if (named)
        ways += Transport::Relay;
    if (direct)
        ways += Transport::Direct;
    if (relay && !named)
        ways += Transport::Relay;
    return ways;
}

Task<Answer> Bus::call(
    TwinId twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime)
{
    const QDeadlineTimer deadline(lifetime);
    auto lookup = m_session.twins().twin(twin);
    const auto found = co_await std::move(lookup);
    if (!found)
        co_return fail(ErrorCode::Unavailable,
            found.error().wrapped(QStringLiteral("twin %1").arg(twin.value())).what);
    QList<Transport> ways = waysTo(*found);
    Answer answer = fail(ErrorCode::Unavailable,
        QStringLiteral("twin %1 names no address and no relay we can use").arg(twin.value()));
    while (!ways.isEmpty()) {
        const Transport way = ways.takeFirst();
        const bool alone = ways.isEmpty();
        if (way == Transport::Direct && !m_listening) {
            auto listening = listen();
            if (const auto listens = co_await std::move(listening); !listens) {
                answer = fail(ErrorCode::Unavailable, listens.error().what);
                continue;
            }
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline.remainingTimeAsDuration());
        auto calling = way == Transport::Relay
            ? m_relay->call(twin, command, payload, left, !alone)
            : m_direct->call(twin, command, payload, left, !alone);
        auto outcome = co_await std::move(calling);
        // The second way is for what was never delivered: everything else may have been done.
        if (!outcome && outcome.error().code == ErrorCode::Unavailable && !alone) {
            answer = std::move(outcome);
            continue;
        }
        co_return outcome;
    }
    co_return answer;
}

} // namespace zos::rmb

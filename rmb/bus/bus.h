// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/directpeer.h"
#include "rmb/relay/relaypeer.h"

namespace zos::rmb {

enum class Transport {
    Any,
    Direct,
    Relay,
};

struct BusConfig
{
    SessionConfig session;
    std::optional<DirectConfig> direct; // absent: not by this transport
    bool directWhenNeeded = false; // our first call that needs it makes the direct transport listen
    RelayConfig relay; // without relays: not by this transport
    Transport transport = Transport::Any; // of our calls; both serve
};

// The message bus as a program uses it: one session, both transports. Requests are served by
// whichever way they come; a call goes the way the other twin offers, and the other way when it
// cannot be reached by the first.
class Bus : public QObject
{
    Q_OBJECT
public:
    Bus(Identity identity, TwinId twin, Ledger *ledger, Router *router, const Clock *clock,
        BusConfig config, QObject *parent = nullptr);
    ~Bus() override;

    // The session and the relays, which connect by themselves. May be repeated after a failure.
    Result<> start();
    // The direct transport. Apart, because its address may appear later; may be repeated.
    Task<Result<>> listen();
    Task<void> stop(); // for good; also safe when nothing was started
    // Whether some relay is connected, at the latest after that time.
    Task<bool> connected(std::chrono::milliseconds limit);

    quint16 directPort() const; // 0 = not listening
    QList<RelayLinkState> relays() const;
    const BusCounters &counters() const;

    // Calls a command of another twin and waits for its verified answer. Errors: Timeout,
    // Unavailable (not reachable by any way), others as the peer's text. Await it before this dies.
    Task<Answer> call(
        TwinId twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime);

Q_SIGNALS:
    void linksChanged(); // of the relays

private:
    QList<Transport> waysTo(const Twin &twin) const;

    Session m_session;
    std::unique_ptr<DirectPeer> m_direct;
    std::unique_ptr<RelayPeer> m_relay;
    const Transport m_transport;
    const bool m_directWhenNeeded;
    bool m_started = false;
    bool m_listening = false;
};

} // namespace zos::rmb

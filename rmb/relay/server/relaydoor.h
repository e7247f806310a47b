// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/server/localrelay.h"
#include "rmb/relay/server/relayknocks.h"
#include "rmb/relay/server/relayvisitor.h"
#include "rmb/session/twindirectory.h"
#include "rmb/wire/envelope.h"

#include <QTcpServer>
#include <QWebSocketServer>

namespace zos::rmb {

// Accepts connections, asks for the token before any WebSocket is spoken, and refuses in words that
// existing clients read. Nobody without a verified token costs more than one bounded, timed
// connection of few.
class RelayDoor : public QObject
{
    Q_OBJECT
public:
    struct Reply
    {
        int status = 200;
        QByteArray body;
    };

    RelayDoor(TwinDirectory *twins, const Clock *clock, const LocalRelayLimits &limits,
        LocalRelayCounters *counters, QObject *parent = nullptr);

    std::function<Task<Reply>(QByteArray)> federate; // POST /
    std::function<QByteArray()> metrics; // GET /metrics

    Result<> start(const QHostAddress &address, quint16 port);
    Task<void> stop();
    quint16 port() const { return m_server.serverPort(); }
    int connections() const { return static_cast<int>(m_open.size()); }

Q_SIGNALS:
    // The receiver owns the socket.
    void entered(QWebSocket *socket, const zos::rmb::PeerAddress &peer);

private:
    using Remote = std::pair<QHostAddress, quint16>;
    struct Entering
    {
        RelayVisitor *visitor = nullptr;
        QTcpSocket *connection = nullptr;
        PeerAddress peer;
    };

    void accept(QTcpSocket *socket);
    bool makeRoom(const QHostAddress &address);
    void forget(QObject *socket);
    void decide(RelayVisitor *visitor);
    Task<void> check(QPointer<RelayVisitor> visitor);
    Task<std::expected<PeerAddress, Reply>> whoIs(QByteArray token);
    Task<void> post(QPointer<RelayVisitor> visitor, QByteArray body);
    void welcome();

    TwinDirectory *m_twins;
    const Clock *m_clock;
    LocalRelayLimits m_limits;
    LocalRelayCounters *m_counters;
    RelayKnocks m_knocks;
    QList<RelayVisitor *> m_visitors; // oldest first
    QHash<Remote, Entering> m_entering;
    QHash<QObject *, QHostAddress> m_open; // every connection, sessions too
    QHash<QHostAddress, int> m_openFrom;
    int m_bodies = 0; // being read or passed on
    TaskScope m_scope;
    // Last: their sockets report their end to the above.
    QTcpServer m_server;
    QWebSocketServer m_upgrades;
};

} // namespace zos::rmb

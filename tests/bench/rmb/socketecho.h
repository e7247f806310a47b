// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/rmb/measure.h"

#include <QHostAddress>
#include <QWebSocket>
#include <QWebSocketServer>

#include <deque>

namespace zos::bench {

// The least a WebSocket server can do: QtWebSockets alone, every message goes back. What a
// message's way through a relay is measured against.
class SocketEcho
{
public:
    explicit SocketEcho(const QHostAddress &address);
    quint16 port() const { return m_server.serverPort(); }

private:
    QWebSocketServer m_server;
};

// The other end of one. Answers come in the order of the messages.
class SocketEchoClient
{
public:
    SocketEchoClient(const QHostAddress &address, quint16 port);
    bool connected() const { return m_socket.state() == QAbstractSocket::ConnectedState; }
    Task<Round> roundTrip(QByteArray message);

private:
    QWebSocket m_socket;
    std::deque<std::shared_ptr<zos::detail::Gate>> m_waiting;
};

} // namespace zos::bench

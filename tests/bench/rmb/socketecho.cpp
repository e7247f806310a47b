// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/socketecho.h"

#include <QUrl>

namespace zos::bench {

using namespace Qt::StringLiterals;

SocketEcho::SocketEcho(const QHostAddress &address)
    : m_server(u"echo"_s, QWebSocketServer::NonSecureMode)
{
    m_server.listen(address);
    QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server, [this] {
        QWebSocket *socket = m_server.nextPendingConnection();
        QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket,
            [socket](const QByteArray &message) { socket->sendBinaryMessage(message); });
        QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
    });
}

SocketEchoClient::SocketEchoClient(const QHostAddress &address, quint16 port)
{
    QObject::connect(
        &m_socket, &QWebSocket::binaryMessageReceived, &m_socket, [this](const QByteArray &) {
            const auto gate = m_waiting.front();
            m_waiting.pop_front();
            gate->open();
        });
    QUrl url(u"ws://host/"_s);
    url.setHost(address.toString());
    url.setPort(port);
    m_socket.open(url);
}

Task<Round> SocketEchoClient::roundTrip(QByteArray message)
{
    auto gate = std::make_shared<zos::detail::Gate>();
    QElapsedTimer clock;
    clock.start();
    m_waiting.push_back(gate);
    m_socket.sendBinaryMessage(message);
    co_await gate->opened();
    co_return Round { connected(), clock.nsecsElapsed() };
}

} // namespace zos::bench

// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relaysession.h"

#include "rmb/relay/server/relayfarewell.h"

namespace zos::rmb {

namespace {
constexpr std::chrono::seconds kClosing { 2 };
} // namespace

RelaySession::RelaySession(
    QWebSocket *socket, PeerAddress peer, const LocalRelayLimits &limits, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
    , m_peer(std::move(peer))
    , m_mostUnsent(limits.unsent)
{
    socket->setParent(this);
    socket->setMaxAllowedIncomingFrameSize(kMaxEnvelope);
    socket->setMaxAllowedIncomingMessageSize(kMaxEnvelope);
    connect(socket, &QWebSocket::disconnected, this, [this] {
        finish();
        deleteLater();
    });
    // The close frame is on its way then; also when QWebSocket closes by itself: broken frames, too
    // much data.
    connect(socket, &QWebSocket::aboutToClose, this, [this] {
        finish();
        if (auto *connection = m_socket->findChild<QTcpSocket *>(); connection && this->parent())
            RelayFarewell::bid(connection, this->parent());
    });
    connect(socket, &QWebSocket::bytesWritten, this, &RelaySession::onWritten);
    connect(socket, &QWebSocket::textMessageReceived, this, [this] {
        end(QWebSocketProtocol::CloseCodeDatatypeNotSupported, QStringLiteral("text message"));
    });
    connect(socket, &QWebSocket::binaryMessageReceived, this, [this](const QByteArray &message) {
        if (m_ended)
            return;
        m_silence.start();
        Q_EMIT received(message);
    });
    connect(socket, &QWebSocket::pong, this, [this] {
        if (!m_ended)
            m_silence.start();
    });

    m_pings.setInterval(limits.pingEvery);
    connect(&m_pings, &QTimer::timeout, socket, [socket] { socket->ping(); });
    m_pings.start();
    m_silence.setInterval(limits.silence);
    m_silence.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this,
        [this] { end(QWebSocketProtocol::CloseCodeGoingAway, QStringLiteral("no sign of life")); });
    m_silence.start();
}

bool RelaySession::send(const QByteArray &message)
{
    if (m_ended || m_socket->bytesToWrite() + message.size() > m_mostUnsent) {
        m_full = true;
        return false;
    }
    m_socket->sendBinaryMessage(message);
    return true;
}

void RelaySession::end(QWebSocketProtocol::CloseCode code, const QString &reason)
{
    if (m_ended)
        return;
    finish();
    m_socket->close(code, reason);
}

void RelaySession::finish()
{
    if (std::exchange(m_ended, true))
        return;
    m_pings.stop();
    m_silence.stop();
    QTimer::singleShot(kClosing, m_socket, &QWebSocket::abort);
    Q_EMIT ended();
}

void RelaySession::onWritten()
{
    if (m_full && !m_ended && m_socket->bytesToWrite() <= m_mostUnsent / 2) {
        m_full = false;
        Q_EMIT roomAgain();
    }
}

} // namespace zos::rmb

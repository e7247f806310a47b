// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/server/localrelay.h"
#include "rmb/wire/envelope.h"

#include <QTimer>
#include <QWebSocket>

namespace zos::rmb {

// The relay's side of one peer's WebSocket: bounds in both directions and signs of life. Owns the
// socket and deletes itself when that is closed.
class RelaySession : public QObject
{
    Q_OBJECT
public:
    RelaySession(QWebSocket *socket, PeerAddress peer, const LocalRelayLimits &limits,
        QObject *parent = nullptr);

    const PeerAddress &peer() const { return m_peer; }
    // False when the peer has too much unread already or the session has ended.
    bool send(const QByteArray &message);
    // Nothing is received any more; the socket closes, by force when the peer does not help.
    void end(QWebSocketProtocol::CloseCode code, const QString &reason);

Q_SIGNALS:
    void received(const QByteArray &message);
    void roomAgain(); // after send() was refused
    void ended(); // once

private:
    void finish();
    void onWritten();

    QWebSocket *m_socket;
    PeerAddress m_peer;
    qint64 m_mostUnsent;
    QTimer m_pings;
    QTimer m_silence;
    bool m_full = false;
    bool m_ended = false;
};

} // namespace zos::rmb

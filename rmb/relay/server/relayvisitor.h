// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/server/relayrequest.h"

#include <QObject>
#include <QPointer>
#include <QTcpSocket>
#include <QTimer>

namespace zos::rmb {

// A connection before it is a session: its request is read without being taken from the socket, so
// that a WebSocket handshake can still be done on it. Bounded by a deadline and by size; deletes
// itself when the connection ends.
class RelayVisitor : public QObject
{
    Q_OBJECT
public:
    RelayVisitor(QTcpSocket *socket, std::chrono::milliseconds deadline, QObject *parent);

    const RelayRequest &request() const { return m_request; } // once asked() was emitted
    QHostAddress address() const { return m_socket->peerAddress(); }
    quint16 port() const { return m_socket->peerPort(); }
    // Takes the request and its body from the socket; told() follows.
    void readBody();
    // Says it and closes, patiently enough that it arrives.
    void answer(int status, const QByteArray &body);
    // The untouched socket for somebody else's handshake, which this still ends at the deadline.
    QTcpSocket *release(qsizetype readBuffer);
    void drop();

Q_SIGNALS:
    void asked();
    void told(const QByteArray &body);

private:
    void read();

    enum class Step { Head, Deciding, Body, Leaving, Released };
    QPointer<QTcpSocket> m_socket;
    QTimer m_deadline;
    RelayRequest m_request;
    QByteArray m_body;
    Step m_step = Step::Head;
};

} // namespace zos::rmb

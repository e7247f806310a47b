// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/http/httpanswerreader.h"
#include "tests/support/eventually.h"

#include <QHostAddress>
#include <QTcpSocket>

namespace zos::testing {

// A client that writes whatever bytes it is told to.
class RawHttp
{
public:
    explicit RawHttp(
        quint16 port, const QHostAddress &address = QHostAddress(QHostAddress::LocalHost))
        : RawHttp(port, address, QHostAddress())
    {
    }
    // From an address of its own.
    RawHttp(quint16 port, const QHostAddress &address, const QHostAddress &from)
    {
        if (!from.isNull())
            m_socket.bind(from);
        m_socket.connectToHost(address, port);
        eventually([this] {
            return m_socket.state() == QAbstractSocket::ConnectedState
                || m_socket.error() != QAbstractSocket::UnknownSocketError;
        });
    }
    void send(const QByteArray &bytes) { m_socket.write(bytes); }
    void post(const QByteArray &path, const QByteArray &body, const QByteArray &more = {})
    {
        send("POST " + path + " HTTP/1.1\r\nHost: node\r\n" + more
            + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }
    // Status of the next answer, 0 when the connection ends without one.
    int status()
    {
        rmb::HttpAnswerReader reader;
        bool complete = false;
        bool broken = false;
        eventually([&] {
            // Byte by byte, so that a following answer stays in m_unread.
            m_unread += m_socket.readAll();
            while (!m_unread.isEmpty() && !complete && !broken) {
                const auto fed = reader.feed(m_unread.first(1));
                m_unread.remove(0, 1);
                complete = fed && *fed;
                broken = !fed;
            }
            return complete || broken
                || (isClosed() && m_socket.bytesAvailable() == 0 && m_unread.isEmpty());
        });
        if (!complete && isClosed() && reader.begun() && !broken)
            complete = reader.finish().has_value();
        m_body = reader.body();
        return complete ? reader.status() : 0;
    }
    const QByteArray &body() const { return m_body; }
    bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }
    bool waitClosed()
    {
        return eventually([this] {
            m_socket.readAll();
            return isClosed();
        });
    }

private:
    QTcpSocket m_socket;
    QByteArray m_unread;
    QByteArray m_body;
};

} // namespace zos::testing

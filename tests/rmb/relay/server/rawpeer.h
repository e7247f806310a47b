// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/rmb/relay/server/relaylab.h"

#include <QTcpSocket>
#include <QtEndian>

namespace zos::testing {

// A WebSocket peer that writes its frames by hand, also impossible ones, and reads when it likes.
class RawPeer
{
public:
    explicit RawPeer(quint16 port)
    {
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        eventually([this] {
            return socket.state() == QAbstractSocket::ConnectedState
                || socket.error() != QAbstractSocket::UnknownSocketError;
        });
    }
    RawPeer(RelayLab &lab, quint32 twin, const QString &session = {})
        : RawPeer(lab.relay->port())
    {
        socket.write(handshake(lab.token(twin, session)));
        entered = eventually([this] {
            m_unread += socket.readAll();
            return m_unread.contains("\r\n\r\n") || isClosed();
        }) && m_unread.startsWith("HTTP/1.1 101");
        m_unread.remove(0, m_unread.indexOf("\r\n\r\n") + 4);
    }
    static QByteArray handshake(const QByteArray &token)
    {
        return "GET /?" + token
            + " HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }
    // Masked with zeros, as a client must; the first byte holds flags and opcode.
    static QByteArray frameHead(char first, quint64 size)
    {
        QByteArray head(1, first);
        if (size < 126) {
            head += static_cast<char>(0x80 | size);
        } else if (size < 65'536) {
            head += '\xfe';
            head += bigEndian(static_cast<quint16>(size));
        } else {
            head += '\xff';
            head += bigEndian(size);
        }
        return head + QByteArray(4, '\0');
    }
    void frame(char first, const QByteArray &payload)
    {
        socket.write(frameHead(first, static_cast<quint64>(payload.size())) + payload);
    }
    // Close code of the relay, 0 when the connection ends without one, -1 when it does not end.
    int closeCode()
    {
        int code = 0;
        const bool ended = eventually([&] {
            m_unread += socket.readAll();
            code = codeIn(m_unread);
            return code > 0 || isClosed();
        });
        return ended ? code : -1;
    }
    bool isClosed() const { return socket.state() == QAbstractSocket::UnconnectedState; }

    QTcpSocket socket;
    bool entered = false;

private:
    template <class Number> static QByteArray bigEndian(Number number)
    {
        QByteArray bytes(sizeof number, '\0');
        qToBigEndian(number, bytes.data());
        return bytes;
    }
    // The relay's frames are not masked; small ones in front of the close frame are skipped.
    static int codeIn(QByteArrayView frames)
    {
        while (frames.size() >= 4) {
            const auto size = static_cast<uchar>(frames.at(1));
            if (frames.at(0) == '\x88')
                return qFromBigEndian<quint16>(frames.data() + 2);
            if (size > 125 || frames.size() < size + 2)
                return 0;
            frames = frames.sliced(size + 2);
        }
        return 0;
    }
    QByteArray m_unread;
};

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTcpServer>
#include <QTcpSocket>

#include <functional>

// One answer per connection, written by the test itself.
class TinyHttpServer : public QTcpServer
{
public:
    // Called with the request's head; the socket is closed by the test or by close().
    std::function<void(QTcpSocket *, QByteArray)> onRequest;
    int requests = 0;

    TinyHttpServer()
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            auto *socket = nextPendingConnection();
            connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                const auto head = socket->peek(64 << 10);
                if (!head.contains("\r\n\r\n"))
                    return;
                socket->readAll();
                ++requests;
                onRequest(socket, head);
            });
        });
    }
    QString url(const QString &path = QStringLiteral("/image")) const
    {
        return QStringLiteral("http://127.0.0.1:%1%2").arg(serverPort()).arg(path);
    }
    static void answer(QTcpSocket *socket, const QByteArray &status, const QByteArray &headers,
        const QByteArray &body)
    {
        socket->write(QByteArray("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers
            + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body));
        socket->disconnectFromHost();
    }
};

// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayvisitor.h"

#include <QHostAddress>

#include <sys/socket.h>

namespace zos::rmb {

namespace {

constexpr std::chrono::seconds kLeaving { 2 };

QByteArray reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 202:
        return "Accepted";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

} // namespace

RelayVisitor::RelayVisitor(QTcpSocket *socket, std::chrono::milliseconds deadline, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
{
    socket->setParent(this);
    socket->setReadBufferSize(kMaxRelayHead);
    connect(socket, &QTcpSocket::readyRead, this, &RelayVisitor::read);
    connect(socket, &QTcpSocket::disconnected, this, &QObject::deleteLater);
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, &RelayVisitor::drop);
    m_deadline.start(deadline);
}

void RelayVisitor::drop()
{
    if (m_socket)
        m_socket->abort();
    deleteLater();
}

void RelayVisitor::read()
{
    switch (m_step) {
    case Step::Head: {
        auto parsed = RelayRequest::parse(m_socket->peek(kMaxRelayHead));
        if (!parsed) {
            answer(400, parsed.error().what.toUtf8());
        } else if (*parsed) {
            m_request = std::move(**parsed);
            m_step = Step::Deciding;
            Q_EMIT asked();
        }
        break;
    }
    case Step::Body:
        m_body += m_socket->read(*m_request.bodySize - m_body.size());
        if (m_body.size() == *m_request.bodySize) {
            m_step = Step::Deciding;
            Q_EMIT told(std::exchange(m_body, {}));
        }
        break;
    case Step::Leaving:
        m_socket->skip(m_socket->bytesAvailable());
        break;
    case Step::Deciding:
    case Step::Released:
        break;
    }
}

void RelayVisitor::readBody()
{
    m_step = Step::Body;
    m_socket->skip(m_request.headSize);
    read();
}

void RelayVisitor::answer(int status, const QByteArray &body)
{
    if (!m_socket || m_step == Step::Leaving || m_step == Step::Released)
        return;
    m_step = Step::Leaving;
    m_socket->write("HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status)
        + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
        + QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    // Closing over unread bytes would reset the connection before the answer is read: first only
    // our direction ends, and what still comes is thrown away.
    const auto end = [this] {
        if (m_socket->bytesToWrite() == 0)
            ::shutdown(static_cast<int>(m_socket->socketDescriptor()), SHUT_WR);
    };
    connect(m_socket, &QTcpSocket::bytesWritten, this, end);
    m_socket->flush();
    end();
    m_deadline.start(
        std::min<std::chrono::milliseconds>(kLeaving, m_deadline.remainingTimeAsDuration()));
    read();
}

QTcpSocket *RelayVisitor::release(qsizetype readBuffer)
{
    m_step = Step::Released;
    disconnect(m_socket, &QTcpSocket::readyRead, this, nullptr);
    m_socket->setParent(nullptr);
    m_socket->setReadBufferSize(readBuffer);
    return m_socket;
}

} // namespace zos::rmb

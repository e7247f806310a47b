// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor/supervisorsocket.h"

#include "hardware/process/serviceprotocol.h"

#include <QPointer>

#include <sys/socket.h>
#include <unistd.h>

namespace zos::app {

namespace {

constexpr int kMaxConnections = 64;

bool isTrustedPeer(qintptr descriptor)
{
    ucred peer {};
    socklen_t size = sizeof peer;
    return ::getsockopt(static_cast<int>(descriptor), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0
        && (peer.uid == 0 || peer.uid == ::geteuid());
}

} // namespace

SupervisorSocket::SupervisorSocket(Supervisor *supervisor)
    : m_supervisor(supervisor)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (auto *socket = m_server.nextPendingConnection())
            accept(socket);
    });
}

Result<> SupervisorSocket::listen(const QString &path)
{
    QLocalServer::removeServer(path);
    if (!m_server.listen(path))
        return fail(
            ErrorCode::Io, QStringLiteral("listen on %1: %2").arg(path, m_server.errorString()));
    return {};
}

void SupervisorSocket::accept(QLocalSocket *socket)
{
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    if (!isTrustedPeer(socket->socketDescriptor()) || m_connections >= kMaxConnections) {
        socket->abort();
        socket->deleteLater();
        return;
    }
    ++m_connections;
    connect(socket, &QObject::destroyed, this, [this] { --m_connections; });
    socket->setReadBufferSize(hw::serviceprotocol::kMaxLine);
    connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
        while (socket->canReadLine())
            serve(socket, socket->readLine(hw::serviceprotocol::kMaxLine));
        if (socket->bytesAvailable() >= hw::serviceprotocol::kMaxLine)
            socket->abort(); // a line without end
    });
}

void SupervisorSocket::serve(QLocalSocket *socket, QByteArrayView line)
{
    namespace wire = hw::serviceprotocol;
    const auto reply = [guard = QPointer(socket)](const Result<> &outcome) {
        if (guard)
            guard->write(outcome ? wire::successReply() : wire::errorReply(outcome.error()));
    };
    const auto json = Json::parse(line);
    const auto *op = json && json->isObject() ? json->findExact(u"op") : nullptr;
    const auto *spec = op ? json->findExact(u"spec") : nullptr;
    const auto *name = op ? json->findExact(u"name") : nullptr;
    if (op && op->string() == u"list") {
        socket->write(wire::listReply(m_supervisor->list()));
    } else if (op && op->string() == u"stop" && name && name->isString()) {
        m_supervisor->stop(name->string(), reply);
    } else if (op && op->string() == u"start" && spec) {
        const auto wanted = wire::readSpec(*spec);
        if (wanted)
            m_supervisor->start(*wanted, reply);
        else
            reply(fail(wanted.error()));
    } else {
        reply(fail(ErrorCode::Protocol, QStringLiteral("not a request this supervisor knows")));
    }
}

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/supervisorservices.h"

#include "hardware/process/serviceprotocol.h"

#include <QLocalSocket>
#include <QTimer>

namespace zos::hw {

namespace {

using namespace std::chrono_literals;

// A service may take 5 s to stop and be replaced by another in the same request.
constexpr auto kAnswerDeadline = 20s;

Task<Result<QList<ServiceState>>> ask(QString socketPath, QByteArray request)
{
    QLocalSocket socket;
    zos::detail::Gate gate;
    QTimer deadline;
    deadline.setSingleShot(true);
    QByteArray answer;
    bool late = false;
    QObject::connect(&deadline, &QTimer::timeout, &socket, [&] {
        late = true;
        gate.open();
    });
    QObject::connect(&socket, &QLocalSocket::connected, &socket, [&] { socket.write(request); });
    QObject::connect(&socket, &QLocalSocket::readyRead, &socket, [&] {
        answer += socket.read(serviceprotocol::kMaxLine + 1 - answer.size());
        if (answer.contains('\n') || answer.size() > serviceprotocol::kMaxLine)
            gate.open();
    });
    QObject::connect(&socket, &QLocalSocket::disconnected, &socket, [&] { gate.open(); });
    QObject::connect(&socket, &QLocalSocket::errorOccurred, &socket, [&] { gate.open(); });
    deadline.start(kAnswerDeadline);
    socket.connectToServer(socketPath);
    co_await gate.opened();

    const auto end = answer.indexOf('\n');
    if (end >= 0)
        co_return serviceprotocol::readReply(QByteArrayView(answer).first(end));
    if (late)
        co_return fail(
            ErrorCode::Timeout, QStringLiteral("the supervisor did not answer within 20 s"));
    co_return fail(ErrorCode::Unavailable,
        QStringLiteral("supervisor at %1: %2").arg(socketPath, socket.errorString()));
}

} // namespace

SupervisorServices::SupervisorServices(QString socketPath)
    : m_socketPath(std::move(socketPath))
{
}

Task<Result<>> SupervisorServices::start(ServiceSpec spec)
{
    if (const auto valid = serviceprotocol::check(spec); !valid)
        co_return fail(valid.error());
    const auto reply = co_await ask(m_socketPath, serviceprotocol::startRequest(spec));
    if (!reply)
        co_return fail(reply.error().wrapped(QStringLiteral("start service %1").arg(spec.name)));
    co_return {};
}

Task<Result<>> SupervisorServices::stop(QString name)
{
    const auto reply = co_await ask(m_socketPath, serviceprotocol::stopRequest(name));
    if (!reply)
        co_return fail(reply.error().wrapped(QStringLiteral("stop service %1").arg(name)));
    co_return {};
}

Task<Result<QList<ServiceState>>> SupervisorServices::list()
{
    auto reply = co_await ask(m_socketPath, serviceprotocol::listRequest());
    if (!reply)
        co_return fail(reply.error().wrapped(QStringLiteral("list services")));
    co_return reply;
}

} // namespace zos::hw

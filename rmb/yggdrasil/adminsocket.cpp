// SPDX-License-Identifier: Apache-2.0
#include "rmb/yggdrasil/adminsocket.h"

#include <QJsonDocument>
#include <QLocalSocket>
#include <QTimer>

namespace zos::rmb {

namespace admin {

constexpr qsizetype kMaxAnswer = 1 << 20;

// Collects one exchange; opens its gate when the daemon closed, failed, said too much or nothing.
struct Exchange
{
    QLocalSocket socket;
    QTimer timer;
    QByteArray answer;
    detail::Gate gate;
    bool tooLong = false;
    bool tooLate = false;
};

} // namespace admin

Task<Result<QJsonObject>> askYggdrasil(
    QString socketPath, QString request, QJsonObject arguments, std::chrono::milliseconds limit)
{
    admin::Exchange exchange;
    auto *state = &exchange;
    auto *socket = &exchange.socket;
    QObject::connect(socket, &QLocalSocket::readyRead, socket, [state] {
        state->answer += state->socket.readAll();
        if (state->answer.size() > admin::kMaxAnswer) {
            state->tooLong = true;
            state->gate.open();
        } else if (!QJsonDocument::fromJson(state->answer).isNull()) {
            state->gate.open(); // some daemons keep the connection open after the answer
        }
    });
    QObject::connect(socket, &QLocalSocket::disconnected, socket, [state] { state->gate.open(); });
    QObject::connect(socket, &QLocalSocket::errorOccurred, socket, [state] { state->gate.open(); });
    QObject::connect(socket, &QLocalSocket::connected, socket, [state, request, arguments] {
        const QJsonObject question { { QStringLiteral("request"), request },
            { QStringLiteral("arguments"), arguments } };
        state->socket.write(QJsonDocument(question).toJson(QJsonDocument::Compact) + '\n');
    });
    exchange.timer.setSingleShot(true);
    QObject::connect(&exchange.timer, &QTimer::timeout, socket, [state] {
        state->tooLate = true;
        state->gate.open();
    });
    exchange.timer.start(limit);
    socket->connectToServer(socketPath);
    co_await exchange.gate.opened();

    // The rest of the frame must not hear from the socket while it is torn down.
    socket->disconnect();
    if (socket->isOpen())
        exchange.answer += socket->readAll();
    if (exchange.tooLong)
        co_return fail(ErrorCode::Protocol, QStringLiteral("yggdrasil's answer exceeds 1 MiB"));
    if (exchange.tooLate)
        co_return fail(ErrorCode::Timeout,
            QStringLiteral("yggdrasil did not answer %1 within %2 s")
                .arg(request)
                .arg(double(limit.count()) / 1000));
    if (exchange.answer.isEmpty())
        co_return fail(ErrorCode::Unavailable,
            QStringLiteral("yggdrasil does not answer: %1").arg(socket->errorString()));
    const auto document = QJsonDocument::fromJson(exchange.answer);
    if (!document.isObject())
        co_return fail(ErrorCode::Protocol, QStringLiteral("yggdrasil's answer is not JSON"));
    const auto answer = document.object();
    if (answer.value(u"status").toString() != u"success")
        co_return fail(ErrorCode::Io,
            QStringLiteral("yggdrasil: %1").arg(answer.value(u"error").toString().left(200)));
    co_return answer.value(u"response").toObject();
}

} // namespace zos::rmb

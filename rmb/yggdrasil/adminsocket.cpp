// SPDX-License-Identifier: Apache-2.0
#include "rmb/yggdrasil/adminsocket.h"

#include <QJsonDocument>
#include <QLocalSocket>

namespace zos::rmb {

namespace {

constexpr qsizetype kMaxAnswer = 1 << 20;

// Collects one exchange; opens its gate when the daemon closed, failed or said too much.
struct Exchange
{
    QLocalSocket socket;
    QByteArray answer;
    detail::Gate gate;
    bool tooLong = false;
};

Task<Result<QJsonObject>> exchange(QString socketPath, QString request, QJsonObject arguments)
{
    const auto state = std::make_shared<Exchange>();
    auto *socket = &state->socket;
    QObject::connect(socket, &QLocalSocket::readyRead, socket, [state = state.get()] {
        state->answer += state->socket.readAll();
        if (state->answer.size() > kMaxAnswer) {
            state->tooLong = true;
            state->gate.open();
        }
    });
    QObject::connect(
        socket, &QLocalSocket::disconnected, socket, [state = state.get()] { state->gate.open(); });
    QObject::connect(socket, &QLocalSocket::errorOccurred, socket,
        [state = state.get()] { state->gate.open(); });
    QObject::connect(socket, &QLocalSocket::connected, socket, [socket, request, arguments] {
        const QJsonObject question { { QStringLiteral("request"), request },
            { QStringLiteral("arguments"), arguments } };
        socket->write(QJsonDocument(question).toJson(QJsonDocument::Compact) + '\n');
    });
    socket->connectToServer(socketPath);
    co_await state->gate.future();

    state->answer += state->socket.readAll();
    if (state->tooLong)
        co_return fail(ErrorCode::Protocol, QStringLiteral("yggdrasil's answer exceeds 1 MiB"));
    if (state->answer.isEmpty())
        co_return fail(ErrorCode::Unavailable,
            QStringLiteral("yggdrasil does not answer: %1").arg(state->socket.errorString()));
    const auto answer = QJsonDocument::fromJson(state->answer).object();
    if (answer.value(u"status").toString() != u"success")
        co_return fail(ErrorCode::Io,
            QStringLiteral("yggdrasil: %1").arg(answer.value(u"error").toString().left(200)));
    co_return answer.value(u"response").toObject();
}

} // namespace

Task<Result<QJsonObject>> askYggdrasil(
    QString socketPath, QString request, QJsonObject arguments, std::chrono::milliseconds limit)
{
    const auto step = QStringLiteral("asking yggdrasil %1").arg(request);
    auto task = exchange(std::move(socketPath), std::move(request), std::move(arguments));
    co_return co_await withDeadline(std::move(task), limit, step);
}

} // namespace zos::rmb

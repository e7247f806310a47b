// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpserver.h"

#include "rmb/direct/http/httprefusal.h"
#include "rmb/direct/http/origin.h"
#include "rmb/direct/http/servedrequest.h"

#include <QPointer>
#include <QSet>
#include <QSocketNotifier>
#include <QTcpServer>

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zos::rmb {

namespace serving {

constexpr qsizetype kDrained
    = 16 << 20; // how much of a refused body is read so that the answer arrives

constexpr qsizetype kSmallBody = 64 << 10;

} // namespace serving

struct HttpServer::Private
{
    using Connection = serving::Connection;
    using ServedRequest = serving::ServedRequest;
    using ServedRequestPtr = serving::ServedRequestPtr;

    HttpServer *q = nullptr;
    HttpLimits limits;
    Screen screen;
    Admit admit;
    Handler handler;
    MHD_Daemon *daemon = nullptr;
    std::unique_ptr<QSocketNotifier> notifier;
    QTimer pumpTimer; // libmicrohttpd's own timeouts
    QTimer deadlineTimer;
    QSet<Connection *> connections;
    QHash<QHostAddress, int> origins; // connections of each
    qsizetype held = 0; // bodies
    qsizetype leaving = 0; // bodies of answers their readers have not taken yet
    TaskScope scope;
    quint16 port = 0;
    bool pumping = false;
    bool pumpQueued = false;

    void pump()
    {
        if (!daemon || pumping)
            return;
        pumping = true;
        MHD_run(daemon);
        pumping = false;
        uint64_t timeout = 0;
        if (MHD_get_timeout64(daemon, &timeout) != MHD_YES)
            return;
        if (timeout == 0)
            queuePump();
        else if (!pumpTimer.isActive() || std::cmp_less(timeout, pumpTimer.remainingTime()))
            pumpTimer.start(std::chrono::milliseconds(std::min<uint64_t>(timeout, 60'000)));
    }

    void queuePump()
    {
        if (std::exchange(pumpQueued, true))
            return;
        QMetaObject::invokeMethod(
            q,
            [this] {
                pumpQueued = false;
                pump();
            },
            Qt::QueuedConnection);
    }

    // libmicrohttpd only knows inactivity; a peer that drips bytes is ended here.
    void enforceDeadlines()
    {
        for (Connection *connection : std::as_const(connections)) {
            if (!connection->deadline.hasExpired())
                continue;
            ::shutdown(connection->socket, SHUT_RDWR);
            if (!std::exchange(connection->leaving, true) && !connection->idle)
                Q_EMIT q->dropped(HttpDrop::TimedOut);
        }
        if (connections.isEmpty())
            deadlineTimer.stop();
    }

    // What is lost when it goes: nothing, little, what was read of a request, an answer that is
    // due.
    int worth(const Connection *connection) const
    {
        if (connection->idle)
            return 0;
        if (connection->since.durationElapsed() >= limits.slow)
            return 1;
        return connection->waiting.expired() ? 2 : 3;
    }

    // Keeps places free for newcomers. Who has the most connections gives one: one that rests, else
    // one that is slow at sending or at getting its answer, the longest of them. What is in full
    // swing goes only for who has less: a crowd that comes again at once must not keep us busy.
    void makeRoom(Connection *newcomer)
    {
        Connection *worst = nullptr;
        const auto worse = [this](const Connection *one, const Connection *other) {
            const int many = origins.value(one->origin);
            const int few = origins.value(other->origin);
            if (many != few)
                return many > few;
            const int less = worth(one);
            const int more = worth(other);
            return less != more ? less < more : one->since < other->since;
        };
        for (Connection *connection : std::as_const(connections)) {
            const bool stays = connection->leaving || connection == newcomer;
            if (!stays && (!worst || worse(connection, worst)))
                worst = connection;
        }
        if (!worst)
            return;
        const bool equals
            = worth(worst) >= 2 && origins.value(newcomer->origin) >= origins.value(worst->origin);
        sendAway(equals ? newcomer : worst);
    }

    void sendAway(Connection *connection)
    {
        connection->leaving = true;
        Q_EMIT q->dropped(HttpDrop::CrowdedOut);
        const auto request = connection->waiting.lock();
        if (!request || !request->suspended) {
            ::shutdown(connection->socket, SHUT_RDWR);
            return;
        }
        request->over.cancel();
        request->response.emplace();
        request->response->status = 503;
        request->response->body = serving::refusalBody(503);
        resume(*request);
    }

    void resume(ServedRequest &request)
    {
        request.suspended = false;
        request.peer->waiting.reset();
        MHD_resume_connection(request.connection);
        queuePump();
    }

    void beginTurn(Connection *connection, std::chrono::milliseconds limit)
    {
        connection->since.start();
        connection->deadline.setRemainingTime(limit);
    }

    void release(ServedRequest &request) { held -= std::exchange(request.held, 0); }

    MHD_Result answer(ServedRequest &request, HttpResponse given)
    {
        if (given.body.size() > serving::kSmallBody
            && leaving + given.body.size() > limits.answers) {
            Q_EMIT q->dropped(HttpDrop::Busy);
            given.status = 503;
            given.body = serving::refusalBody(503);
        }
        // Stays where it is until the request is completed: afterSent is called then.
        const HttpResponse &response = request.response.emplace(std::move(given));
        const QByteArray &body = response.body;
        MHD_Response *made = MHD_create_response_from_buffer_static(
            static_cast<size_t>(body.size()), body.constData());
        if (!made)
            return MHD_NO;
        if (!body.isEmpty())
            MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
        if (request.peer->leaving)
            MHD_add_response_header(made, MHD_HTTP_HEADER_CONNECTION, "close");
        beginTurn(request.peer, request.peer->leaving ? limits.receive : limits.idle * 2);
        const auto queued
            = MHD_queue_response(request.connection, static_cast<unsigned>(response.status), made);
        MHD_destroy_response(made);
        request.leaving = body.size();
        leaving += request.leaving;
        return queued;
    }

    MHD_Result refuse(ServedRequest &request, int status)
    {
        Q_EMIT q->dropped(serving::dropOf(status));
        HttpResponse response;
        response.status = status;
        response.body = serving::refusalBody(status);
        return answer(request, std::move(response));
    }

    static MHD_Result countLengths(void *count, MHD_ValueKind, const char *name, const char *)
    {
        const bool frames = qstricmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0
            || qstricmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
        *static_cast<int *>(count) += frames ? 1 : 0;
        return MHD_YES;
    }

    MHD_Result begin(ServedRequest &request, const char *url, const char *method)
    {
        request.begun = true;
        request.http.method = method;
        request.http.path = url;
        request.http.peer = request.peer->peer;
        const auto *size
            = MHD_get_connection_info(request.connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
        if (size && std::cmp_greater(size->header_size, limits.header))
            return refuse(request, 431);
        // Two statements about the length are somebody's attempt to be read in two ways.
        int lengths = 0;
        MHD_get_connection_values(request.connection, MHD_HEADER_KIND, &countLengths, &lengths);
        if (lengths > 1)
            return refuse(request, 400);
        request.refused = screen(request.http.method, request.http.path);
        if (const char *length = MHD_lookup_connection_value(
                request.connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH)) {
            const quint64 announced = QByteArrayView(length).toULongLong();
            const bool patient = MHD_lookup_connection_value(
                request.connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
            if (!request.refused && std::cmp_greater(announced, limits.body))
                request.refused = 413;
            if (request.refused && (patient || std::cmp_greater(announced, serving::kDrained)))
                return refuse(request, request.refused);
            if (!request.refused)
                request.http.body.reserve(
                    static_cast<qsizetype>(std::min<quint64>(announced, 64 << 10)));
        }
        return MHD_YES;
    }

    // The connection is closed without an answer.
    MHD_Result cut(HttpDrop why)
    {
        Q_EMIT q->dropped(why);
        return MHD_NO;
    }

    MHD_Result take(ServedRequest &request, const char *data, size_t size)
    {
        request.received += static_cast<qsizetype>(size);
        if (request.received > serving::kDrained)
            return cut(HttpDrop::Oversize); // endless
        if (!request.refused && request.received > limits.body) {
            request.refused = 413;
            request.http.body = QByteArray();
            release(request);
        }
        if (!request.refused && request.received > serving::kSmallBody
            && held + static_cast<qsizetype>(size) > limits.bodies) {
            request.refused = 503;
            request.http.body = QByteArray();
            release(request);
        }
        if (!request.refused) {
            request.http.body.append(data, static_cast<qsizetype>(size));
            request.held += static_cast<qsizetype>(size);
            held += static_cast<qsizetype>(size);
        }
        return MHD_YES;
    }

    static Task<void> serve(Private *d, ServedRequestPtr request)
    {
        HttpRequest http = std::move(request->http);
        http.over = request->over;
        auto work = d->handler(std::move(http));
        auto response = co_await std::move(work);
        if (request->over.cancelled()) {
            if (response.afterSent)
                response.afterSent();
            co_return;
        }
        request->response = std::move(response);
        if (request->suspended)
            d->resume(*request);
    }

    MHD_Result complete(const ServedRequestPtr &request)
    {
        if (request->response)
            return answer(*request, *std::exchange(request->response, std::nullopt));
        if (request->refused)
            return refuse(*request, request->refused);
        if (request->peer->leaving)
            return MHD_NO; // it was read, but its sender hears nothing any more
        request->peer->since.start();
        request->peer->deadline = QDeadlineTimer(QDeadlineTimer::Forever);
        scope.spawn(serve(this, request));
        if (request->response)
            return answer(*request, *std::exchange(request->response, std::nullopt));
        request->suspended = true;
        request->peer->waiting = request;
        MHD_suspend_connection(request->connection);
        return MHD_YES;
    }

    // ---- callbacks of libmicrohttpd, all on the event loop inside pump()

    static MHD_Result onAccept(void *self, const sockaddr *address, socklen_t)
    {
        auto *d = static_cast<Private *>(self);
        const QHostAddress from = plainAddress(address);
        const bool room = d->origins.value(originOf(from)) < d->limits.perAddress;
        return room && d->admit(from) ? MHD_YES : d->cut(HttpDrop::RefusedConnection);
    }

    static void onConnection(
        void *self, MHD_Connection *connection, void **context, MHD_ConnectionNotificationCode code)
    {
        auto *d = static_cast<Private *>(self);
        if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
            auto *closed = static_cast<Connection *>(*context);
            if (!closed->asked && !closed->leaving)
                Q_EMIT d->q->dropped(HttpDrop::Malformed);
            d->connections.remove(closed);
            if (--d->origins[closed->origin] <= 0)
                d->origins.remove(closed->origin);
            delete closed;
            *context = nullptr;
            return;
        }
        auto *opened = new Connection;
        if (const auto *socket
            = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD))
            opened->socket = socket->connect_fd;
        if (const auto *address
            = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS))
            opened->peer = plainAddress(address->client_addr);
        opened->origin = originOf(opened->peer);
        ++d->origins[opened->origin];
        d->beginTurn(opened, d->limits.receive);
        *context = opened;
        d->connections.insert(opened);
        if (d->connections.size() > d->limits.connections - d->limits.connections / 8)
            d->makeRoom(opened);
        if (!d->deadlineTimer.isActive())
            d->deadlineTimer.start();
    }

    static void *onRequestLine(void *self, const char *, MHD_Connection *connection)
    {
        auto *d = static_cast<Private *>(self);
        auto request = std::make_shared<ServedRequest>();
        request->connection = connection;
        request->peer = static_cast<Connection *>(
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
                ->socket_context);
        request->peer->asked = true;
        request->peer->idle = false;
        d->beginTurn(request->peer, d->limits.receive);
        return new ServedRequestPtr(std::move(request));
    }

    static MHD_Result onRequest(void *self, MHD_Connection *, const char *url, const char *method,
        const char *, const char *data, size_t *size, void **context)
    {
        auto *d = static_cast<Private *>(self);
        const ServedRequestPtr request = *static_cast<ServedRequestPtr *>(*context);
        if (!request->begun)
            return d->begin(*request, url, method);
        if (*size > 0) {
            const auto taken = d->take(*request, data, *size);
            *size = 0;
            return taken;
        }
        return d->complete(request);
    }

    static void onCompleted(
        void *self, MHD_Connection *, void **context, MHD_RequestTerminationCode code)
    {
        auto *d = static_cast<Private *>(self);
        auto *cell = static_cast<ServedRequestPtr *>(*context);
        if (!cell)
            return;
        const ServedRequestPtr request = std::move(*cell);
        delete cell;
        d->leaving -= std::exchange(request->leaving, 0);
        *context = nullptr;
        d->release(*request);
        // What the library judged by itself never was a request.
        const bool judged = code == MHD_REQUEST_TERMINATED_COMPLETED_OK
            || code == MHD_REQUEST_TERMINATED_WITH_ERROR;
        if (!request->begun && judged && !request->peer->leaving)
            Q_EMIT d->q->dropped(HttpDrop::Malformed);
        request->peer->idle = true;
        d->beginTurn(request->peer, d->limits.idle + d->limits.receive);
        if (request->response && request->response->afterSent)
            std::exchange(request->response->afterSent, nullptr)();
    }

    static QHostAddress plainAddress(const sockaddr *address)
    {
        const QHostAddress full(address);
        bool mapped = false;
        const quint32 v4 = full.toIPv4Address(&mapped);
        return mapped ? QHostAddress(v4) : full;
    }
};

HttpServer::HttpServer(
    HttpLimits limits, Screen screen, Admit admit, Handler handler, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
    d->q = this;
    d->limits = limits;
    d->screen = std::move(screen);
    d->admit = std::move(admit);
    d->handler = std::move(handler);
    d->pumpTimer.setSingleShot(true);
    d->deadlineTimer.setInterval(std::min(std::chrono::milliseconds(500), d->limits.receive / 4));
    connect(&d->pumpTimer, &QTimer::timeout, this, [this] { d->pump(); });
    connect(&d->deadlineTimer, &QTimer::timeout, this, [this] { d->enforceDeadlines(); });
}

HttpServer::~HttpServer()
{
    Q_ASSERT_X(
        d->scope.running() == 0, "HttpServer", "destroyed with running handlers; await stop()");
    d->notifier.reset();
    if (d->daemon)
        MHD_stop_daemon(std::exchange(d->daemon, nullptr));
}

Result<> HttpServer::start(const QHostAddress &address, quint16 port)
{
    // Qt binds and reports in plain words; libmicrohttpd gets the descriptor.
    QTcpServer binder;
    binder.setListenBacklogSize(128);
    if (!binder.listen(address, port))
        return fail(ErrorCode::Unavailable,
            QStringLiteral("listen on %1 port %2: %3")
                .arg(address.toString())
                .arg(port)
                .arg(binder.errorString()));
    const int socket = ::fcntl(static_cast<int>(binder.socketDescriptor()), F_DUPFD_CLOEXEC, 0);
    if (socket < 0)
        return fail(ErrorCode::Io, QStringLiteral("duplicate the listening socket"));
    d->port = binder.serverPort();
    d->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, &Private::onAccept,
        d.get(), &Private::onRequest, d.get(), MHD_OPTION_LISTEN_SOCKET, socket,
        MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(d->limits.connections),
        MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(d->limits.idle.count()),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<size_t>(d->limits.header * 2),
        MHD_OPTION_NOTIFY_CONNECTION, &Private::onConnection, d.get(), MHD_OPTION_URI_LOG_CALLBACK,
        &Private::onRequestLine, d.get(), MHD_OPTION_NOTIFY_COMPLETED, &Private::onCompleted,
        d.get(), MHD_OPTION_END);
    const auto *epoll
        = d->daemon ? MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD) : nullptr;
    if (!epoll) {
        if (!d->daemon)
            ::close(socket);
        return fail(ErrorCode::Unavailable, QStringLiteral("the HTTP server does not start"));
    }
    d->notifier = std::make_unique<QSocketNotifier>(epoll->epoll_fd, QSocketNotifier::Read);
    connect(d->notifier.get(), &QSocketNotifier::activated, this, [this] { d->pump(); });
    d->pump();
    return {};
}

Task<void> HttpServer::stop()
{
    if (!d->daemon)
        co_return;
    if (const MHD_socket listening = MHD_quiesce_daemon(d->daemon); listening != MHD_INVALID_SOCKET)
        ::close(listening);
    co_await d->scope.finish();
    d->pump(); // resumed connections send their answers
    d->pump();
    d->notifier.reset();
    d->pumpTimer.stop();
    d->deadlineTimer.stop();
    MHD_stop_daemon(std::exchange(d->daemon, nullptr));
}

quint16 HttpServer::port() const
{
    return d->port;
}

} // namespace zos::rmb

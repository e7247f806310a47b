// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QByteArray>
#include <QHostAddress>
#include <QObject>

#include <functional>

namespace zos::rmb {

struct HttpRequest
{
    QByteArray method;
    QByteArray path; // without query
    QByteArray body;
    QHostAddress peer;
    CancelToken over {}; // cancelled when its connection had to go: nobody hears the answer
};

struct HttpResponse
{
    int status = 200;
    QByteArray body;
    std::function<void()> afterSent; // called once the answer left (or the connection was lost)
};

struct HttpLimits
{
    qsizetype body = 4 << 20; // above: 413
    qsizetype header = 16 << 10; // above: 431
    qsizetype bodies = 32 << 20; // of all requests not answered yet; small ones always have room
    qsizetype answers = 32 << 20; // of all answers on their way; small ones always have room
    int connections = 256;
    int perAddress = 16; // or subnet of an overlay node
    std::chrono::milliseconds receive { 10'000 }; // for a whole request
    std::chrono::milliseconds slow { 1'000 }; // at one thing: gives its place to any newcomer
    std::chrono::seconds idle { 30 }; // between requests of one connection
};

// What the server ends or refuses by itself.
enum class HttpDrop {
    RefusedConnection, // source not admitted or with too many
    CrowdedOut, // to make room, also when it rested: its next request may be on the way
    TimedOut,
    Oversize, // 413
    Malformed, // 400, 431, or not even that
    Unserved, // what the screen says
    Busy, // 503
};

// A small HTTP/1.1 server with hard limits on the event loop: libmicrohttpd in epoll mode, its
// descriptor watched by Qt. Handlers are coroutines; their connection rests meanwhile. When places
// run short those who have the most give one, also while a handler works for it: 503.
class HttpServer : public QObject
{
    Q_OBJECT
public:
    using Handler = std::function<Task<HttpResponse>(HttpRequest)>;
    // Decides by method and path before the body is read; 0 = go on, else the status to answer.
    using Screen = std::function<int(const QByteArray &method, const QByteArray &path)>;
    using Admit = std::function<bool(const QHostAddress &)>; // false = connection is closed at once

    HttpServer(
        HttpLimits limits, Screen screen, Admit admit, Handler handler, QObject *parent = nullptr);
    ~HttpServer() override;

    Result<> start(const QHostAddress &address, quint16 port);
    // Takes no new connection, waits for running handlers, sends their answers, closes.
    Task<void> stop();
    quint16 port() const;

Q_SIGNALS:
    void dropped(HttpDrop what);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/directpeer.h"

#include "rmb/direct/callbook.h"
#include "rmb/direct/requestdesk.h"

#include <utility>

namespace zos::rmb {

struct DirectPeer::Private
{
    Private(Session *session, DirectConfig config)
        : core(session, std::move(config))
        , calls(&core)
        , desk(&core)
        , server(
              {},
              [this](const QByteArray &method, const QByteArray &path) {
                  return screen(method, path);
              },
              [this](const QHostAddress &source) { return admits(source); },
              [this](HttpRequest request) { return handle(std::move(request)); })
    {
    }

    int screen(const QByteArray &method, const QByteArray &path) const
    {
        const bool served = core.session->router()
            && (path == "/zbus-remote" || path == "/zbus-cmd" || path == "/zbus-result");
        if (served || path == "/zbus-reply")
            return method == "POST" ? 0 : 405;
        return path == "/zbus-upload" ? 405 : 404;
    }
    bool admits(const QHostAddress &source) const
    {
        return !core.config.onlyOverlaySources || isOverlayAddress(source) || source.isLoopback();
    }
    quint64 &counterOf(HttpDrop what)
    {
        switch (what) {
        case HttpDrop::RefusedConnection:
            return core.counters.connectionsRefused;
        case HttpDrop::CrowdedOut:
            return core.counters.connectionsCrowdedOut;
        case HttpDrop::TimedOut:
            return core.counters.connectionsTimedOut;
        case HttpDrop::Oversize:
            return core.counters.oversize;
        case HttpDrop::Malformed:
            return core.counters.requestsMalformed;
        case HttpDrop::Unserved:
            return core.counters.requestsUnserved;
        case HttpDrop::Busy:
            return core.counters.requestsBusy;
        }
        std::unreachable();
    }
    Task<HttpResponse> handle(HttpRequest request);

    PeerCore core;
    CallBook calls;
    RequestDesk desk;
    HttpServer server;
};

Task<HttpResponse> DirectPeer::Private::handle(HttpRequest request)
{
    Refusal notNow;
    notNow.status = 503;
    if (!core.running)
        notNow.message = QStringLiteral("shutting down");
    else if (!core.session->synchronised())
        notNow.message = QStringLiteral("the clock is not synchronised yet, try again later");
    if (!notNow.message.isEmpty()) {
        core.counters.notSynchronised += core.running ? 1 : 0;
        co_return refusedResponse(notNow);
    }
    if (request.path == "/zbus-result")
        co_return desk.poll(request.body);
    auto reading = core.keeper.decode(std::move(request.body));
    auto message = co_await std::move(reading);
    if (!message) {
        ++core.counters.refused;
        co_return refusedResponse(message.error());
    }
    auto taking = request.path == "/zbus-reply" ? calls.take(std::move(*message), request.peer)
        : request.path == "/zbus-cmd"
        ? desk.takeCommand(std::move(*message), request.peer, request.over)
        : desk.takeRemote(std::move(*message), request.peer, request.over);
    auto response = co_await std::move(taking);
    co_return response;
}

DirectPeer::DirectPeer(Session *session, DirectConfig config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(session, std::move(config)))
{
    connect(
        &d->server, &HttpServer::dropped, this, [this](HttpDrop what) { ++d->counterOf(what); });
}

DirectPeer::~DirectPeer() = default;

Task<Result<>> DirectPeer::start()
{
    const auto started = d->server.start(d->core.config.address, d->core.config.port);
    if (!started)
        co_return fail(started.error().wrapped(QStringLiteral("message bus")));
    d->core.running = true;
    co_return {};
}

Task<void> DirectPeer::stop()
{
    d->core.running = false;
    auto closing = d->server.stop();
    co_await std::move(closing);
    d->core.courier.abort();
    auto finishing = d->core.scope.finish();
    co_await std::move(finishing);
}

quint16 DirectPeer::port() const
{
    return d->server.port();
}

bool DirectPeer::findsAddressOf(const Twin &twin) const
{
    return !twin.ip.isEmpty() || d->core.config.addresses.contains(twin.id);
}

Task<Answer> DirectPeer::call(TwinId twin, QString command, QByteArray payload,
    std::chrono::milliseconds lifetime, bool failFast)
{
    return d->calls.call(twin, std::move(command), std::move(payload), lifetime, failFast);
}

} // namespace zos::rmb

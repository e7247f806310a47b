// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/directpeer.h"

#include "rmb/direct/callbook.h"
#include "rmb/direct/requestdesk.h"

namespace zos::rmb {

struct DirectPeer::Private
{
    Private(Identity identity, TwinId twin, Ledger *ledger, Router *router, const Clock *clock,
        DirectConfig config)
        : core(std::move(identity), twin, ledger, clock, std::move(config))
        , calls(&core)
        , desk(&core, router)
        , serves(router != nullptr)
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
        const bool served
            = serves && (path == "/zbus-remote" || path == "/zbus-cmd" || path == "/zbus-result");
        if (served || path == "/zbus-reply")
            return method == "POST" ? 0 : 405;
        return path == "/zbus-upload" ? 405 : 404;
    }
    bool admits(const QHostAddress &source) const
    {
        return !core.config.onlyOverlaySources || isOverlayAddress(source) || source.isLoopback();
    }
    Task<HttpResponse> handle(HttpRequest request);

    PeerCore core;
    CallBook calls;
    RequestDesk desk;
    bool serves;
    HttpServer server;
};

Task<HttpResponse> DirectPeer::Private::handle(HttpRequest request)
{
    if (!core.running) {
        Refusal refusal;
        refusal.status = 503;
        refusal.message = QStringLiteral("shutting down");
        co_return refusedResponse(refusal);
    }
    if (request.path == "/zbus-result")
        co_return desk.poll(request.body);
    auto reading = core.keeper.decode(std::move(request.body));
    auto message = co_await std::move(reading);
    if (!message) {
        ++core.counters.refused;
        co_return refusedResponse(message.error());
    }
    auto taking = request.path == "/zbus-reply" ? calls.take(std::move(*message))
        : request.path == "/zbus-cmd"           ? desk.takeCommand(std::move(*message))
                                      : desk.takeRemote(std::move(*message), request.peer);
    auto response = co_await std::move(taking);
    co_return response;
}

DirectPeer::DirectPeer(Identity identity, TwinId twin, Ledger *ledger, Router *router,
    const Clock *clock, DirectConfig config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(
          std::move(identity), twin, ledger, router, clock, std::move(config)))
{
}

DirectPeer::~DirectPeer() = default;

Task<Result<>> DirectPeer::start()
{
    const auto opened = d->core.guard.open(d->core.config.statePath, d->core.time());
    if (!opened)
        co_return fail(opened.error());
    const auto started = d->server.start(d->core.config.address, d->core.config.port);
    if (!started) {
        d->core.guard.close();
        co_return fail(started.error().wrapped(QStringLiteral("message bus")));
    }
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
    d->core.guard.close();
}

quint16 DirectPeer::port() const
{
    return d->server.port();
}

DirectCounters DirectPeer::counters() const
{
    DirectCounters counters = d->core.counters;
    counters.oversize = d->server.oversized();
    return counters;
}

Task<Answer> DirectPeer::call(
    TwinId twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime)
{
    return d->calls.call(twin, std::move(command), std::move(payload), lifetime);
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpclient.h"

#include "rmb/direct/http/httpanswerreader.h"
#include "rmb/direct/http/origin.h"
#include "rmb/direct/http/postqueue.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QTcpSocket>

#include <algorithm>

namespace zos::rmb {

namespace posting {

constexpr std::chrono::seconds kRest { 15 }; // below the rest servers allow

struct Line
{
    Endpoint peer;
    QHostAddress origin;
    QTcpSocket *socket = nullptr;
    PostPtr post; // null = at rest
    QElapsedTimer since; // it carries the post, or rests
    HttpAnswerReader reader;
    bool connected = false;
    bool used = false; // has carried an answer before
};

} // namespace posting

using posting::Line;
using posting::PostPtr;

struct HttpClient::Private
{
    explicit Private(HttpClientLimits bounds)
        : limits(bounds)
        , waiting(bounds.waiting)
    {
    }

    HttpClientLimits limits;
    HttpClient *q = nullptr;
    std::vector<std::unique_ptr<Line>> lines;
    posting::PostQueue waiting;
    QTimer sweeper;
    QTimer again; // somebody waits for the end of another one's patience
    bool dispatching = false;
    bool dispatchAgain = false;

    // A connection may fail while it is being opened and call this again.
    void dispatch()
    {
        if (std::exchange(dispatching, true)) {
            dispatchAgain = true;
            return;
        }
        bool went = true;
        while (went || dispatchAgain) {
            went = false;
            dispatchAgain = false;
            for (int turns = waiting.origins(); turns > 0; --turns) {
                const PostPtr post = waiting.take();
                if (!post)
                    break;
                if (post->outcome)
                    continue;
                if (assign(post))
                    went = true;
                else
                    waiting.putBack(post);
            }
        }
        dispatching = false;
    }

    bool assign(const PostPtr &post)
    {
        int own = 0;
        int busy = 0;
        Line *resting = nullptr;
        Line *ownResting = nullptr; // perhaps to another port
        for (const auto &line : lines) {
            busy += line->post ? 1 : 0;
            if (line->origin != post->origin)
                continue;
            ++own;
            if (!line->post) {
                ownResting = line.get();
                if (line->peer == post->peer)
                    resting = line.get();
            }
        }
        if (resting && !post->resent) {
            if (post->begin())
                write(resting, post);
            return true;
        }
        if (own >= limits.perOrigin) {
            if (!ownResting)
                return false;
            close(ownResting);
        } else {
            if (own > 0 && busy >= limits.connections - limits.connections / 8)
                return false;
            const bool full = std::cmp_greater_equal(lines.size(), limits.connections);
            if (full && !closeLongestRest() && (own > 0 || !takeFromTheCrowded()))
                return false;
        }
        if (!post->bytes.isEmpty() || post->begin())
            open(post);
        return true;
    }

    bool closeLongestRest()
    {
        Line *longest = nullptr;
        for (const auto &line : lines) {
            if (!line->post && (!longest || line->since < longest->since))
                longest = line.get();
        }
        if (longest)
            close(longest);
        return longest;
    }

    bool takeFromTheCrowded()
    {
        QHash<QHostAddress, int> crowd;
        for (const auto &line : lines)
            ++crowd[line->origin];
        Line *worst = nullptr;
        const auto worse = [&crowd](const Line *one, const Line *other) {
            const int many = crowd.value(one->origin);
            const int few = crowd.value(other->origin);
            return many != few ? many > few : one->since < other->since;
        };
        for (const auto &line : lines) {
            const bool over = line->post && line->since.durationElapsed() >= limits.patience;
            if (over && (!worst || worse(line.get(), worst)))
                worst = line.get();
        }
        if (!worst) {
            if (!again.isActive())
                again.start(limits.patience / 4);
            return false;
        }
        const PostPtr post = std::exchange(worst->post, nullptr);
        close(worst);
        post->done(fail(ErrorCode::Busy,
            QStringLiteral("%1 port %2 did not answer while other peers waited for a connection")
                .arg(post->peer.address.toString())
                .arg(post->peer.port)));
        return true;
    }

    void open(const PostPtr &post)
    {
        auto made = std::make_unique<Line>();
        Line *line = made.get();
        line->peer = post->peer;
        line->origin = post->origin;
        line->post = post;
        line->since.start();
        line->socket = new QTcpSocket(q);
        lines.push_back(std::move(made));
        auto *socket = line->socket;
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        connect(socket, &QTcpSocket::connected, q, [line] { line->connected = true; });
        connect(socket, &QTcpSocket::readyRead, q, [this, line] { onBytes(line); });
        connect(socket, &QTcpSocket::disconnected, q, [this, line] { onClosed(line); });
        connect(socket, &QTcpSocket::errorOccurred, q,
            [this, line](QAbstractSocket::SocketError error) {
                if (error == QAbstractSocket::RemoteHostClosedError)
                    return; // disconnected follows
                onError(line);
            });
        socket->connectToHost(post->peer.address, post->peer.port);
        if (socket->state() != QAbstractSocket::UnconnectedState)
            socket->write(post->bytes);
    }

    void write(Line *line, const PostPtr &post)
    {
        line->post = post;
        line->since.start();
        line->reader = HttpAnswerReader();
        line->socket->write(post->bytes);
    }

    void onBytes(Line *line)
    {
        const QByteArray bytes = line->socket->readAll();
        if (!line->post) {
            close(line); // nobody asked: out of step
            return;
        }
        const auto complete = line->reader.feed(bytes);
        if (!complete) {
            const PostPtr post = std::exchange(line->post, nullptr);
            close(line);
            post->done(fail(complete.error()));
        } else if (*complete) {
            answered(line);
        }
    }

    void answered(Line *line)
    {
        const PostPtr post = std::exchange(line->post, nullptr);
        HttpAnswer answer;
        answer.status = line->reader.status();
        answer.body = line->reader.body();
        answer.resent = post->resent;
        line->used = true;
        line->since.start();
        if (!line->reader.keepAlive() || line->socket->state() != QAbstractSocket::ConnectedState)
            close(line);
        post->done(std::move(answer));
        dispatch();
    }

    void onClosed(Line *line)
    {
        if (!line->post) {
            close(line);
            return;
        }
        if (line->reader.finish()) {
            answered(line);
            return;
        }
        onError(line);
    }

    void onError(Line *line)
    {
        const PostPtr post = std::exchange(line->post, nullptr);
        const bool dead = line->used && !line->reader.begun();
        const auto code = line->connected ? ErrorCode::Protocol : ErrorCode::Unavailable;
        const QString why = line->socket->errorString();
        close(line);
        if (!post)
            return;
        if (dead && !post->resent) {
            // The peer ended a resting connection at the moment we used it.
            post->resent = true;
            waiting.putBack(post);
            dispatch();
            return;
        }
        post->done(fail(code,
            QStringLiteral("%1 port %2: %3")
                .arg(post->peer.address.toString())
                .arg(post->peer.port)
                .arg(why)));
        dispatch();
    }

    void close(Line *line)
    {
        line->socket->disconnect(q);
        line->socket->abort();
        line->socket->deleteLater();
        std::erase_if(lines, [line](const auto &entry) { return entry.get() == line; });
    }

    void sweep()
    {
        std::vector<Line *> old;
        for (const auto &line : lines) {
            if (!line->post && line->since.durationElapsed() >= posting::kRest)
                old.push_back(line.get());
        }
        for (Line *line : old)
            close(line);
    }

    // The asker does not wait any more: its connection is out of step and ends.
    void giveUp(const PostPtr &post)
    {
        waiting.remove(post);
        const auto carrying = std::find_if(
            lines.begin(), lines.end(), [&post](const auto &line) { return line->post == post; });
        if (carrying != lines.end())
            close(carrying->get());
        dispatch();
    }
};

HttpClient::HttpClient(HttpClientLimits limits, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(limits))
{
    d->q = this;
    d->sweeper.setInterval(std::chrono::seconds(5));
    connect(&d->sweeper, &QTimer::timeout, this, [this] { d->sweep(); });
    d->sweeper.start();
    d->again.setSingleShot(true);
    connect(&d->again, &QTimer::timeout, this, [this] { d->dispatch(); });
}

HttpClient::~HttpClient()
{
    abort();
}

void HttpClient::abort()
{
    std::vector<PostPtr> open;
    while (const PostPtr post = d->waiting.take())
        open.push_back(post);
    while (!d->lines.empty()) {
        Line *line = d->lines.back().get();
        if (line->post)
            open.push_back(line->post);
        d->close(line);
    }
    for (const PostPtr &post : open)
        post->done(fail(ErrorCode::Cancelled, QStringLiteral("cancelled")));
}

Task<Result<HttpAnswer>> HttpClient::post(QHostAddress address, quint16 port, QByteArray path,
    Body body, Patience patience, CancelToken token)
{
    auto post = std::make_shared<posting::Post>();
    auto *raw = post.get(); // outlives its timer
    post->peer = { address, port };
    post->origin = originOf(address);
    post->path = std::move(path);
    post->body = std::move(body);
    post->answerLimit = patience.answer;
    if (const PostPtr leaves = d->waiting.add(post))
        leaves->done(fail(ErrorCode::Busy, QStringLiteral("too many messages wait to be sent")));
    post->timer.setSingleShot(true);
    connect(&post->timer, &QTimer::timeout, &post->timer, [raw, patience] {
        const bool sent = !raw->bytes.isEmpty();
        const auto limit = sent ? patience.answer : patience.turn;
        const QString text = sent ? QStringLiteral("%1 port %2 did not answer within %3 s")
                                  : QStringLiteral("%1 port %2: no connection was free for %3 s");
        raw->done(fail(ErrorCode::Timeout,
            text.arg(raw->peer.address.toString())
                .arg(raw->peer.port)
                .arg(double(limit.count()) / 1000)));
    });
    token.onCancel(&post->timer,
        [raw] { raw->done(fail(ErrorCode::Cancelled, QStringLiteral("cancelled"))); });
    post->timer.start(patience.turn);
    const QPointer<HttpClient> self(this);
    d->dispatch();
    co_await post->gate.opened();
    post->body = nullptr;
    const bool failed = !*post->outcome;
    if (self && failed)
        d->giveUp(post);
    co_return std::move(*post->outcome);
}

} // namespace zos::rmb

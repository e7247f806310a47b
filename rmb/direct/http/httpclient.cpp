// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpclient.h"

#include "rmb/direct/http/httpanswerreader.h"

#include <QDeadlineTimer>
#include <QHash>
#include <QPointer>
#include <QTcpSocket>

#include <algorithm>
#include <deque>

namespace zos::rmb {

namespace posting {

constexpr int kPerPeer = 8;
constexpr int kConnections = 64;
constexpr int kWaitingPosts = 1024;
constexpr std::chrono::seconds kRest { 15 }; // below the rest servers allow

struct Endpoint
{
    QHostAddress address;
    quint16 port = 0;
    bool operator==(const Endpoint &) const = default;
    friend size_t qHash(const Endpoint &endpoint, size_t seed = 0)
    {
        return qHashMulti(seed, endpoint.address, endpoint.port);
    }
};

struct Post
{
    Endpoint peer;
    QByteArray bytes;
    detail::Gate gate;
    std::optional<Result<HttpAnswer>> outcome;
    bool resent = false;

    void done(Result<HttpAnswer> result)
    {
        if (outcome)
            return;
        outcome = std::move(result);
        gate.open();
    }
};
using PostPtr = std::shared_ptr<Post>;

struct Line
{
    Endpoint peer;
    QTcpSocket *socket = nullptr;
    PostPtr post; // null = at rest
    HttpAnswerReader reader;
    bool connected = false;
    bool used = false; // has carried an answer before
    QDeadlineTimer rest;
};

} // namespace posting

using posting::Line;
using posting::Post;
using posting::PostPtr;

struct HttpClient::Private
{
    HttpClient *q = nullptr;
    std::vector<std::unique_ptr<Line>> lines;
    std::deque<PostPtr> waiting;
    QTimer sweeper;
    bool dispatching = false;
    bool dispatchAgain = false;

    // A connection may fail while it is being opened and call this again.
    void dispatch()
    {
        if (std::exchange(dispatching, true)) {
            dispatchAgain = true;
            return;
        }
        do {
            dispatchAgain = false;
            std::deque<PostPtr> left;
            for (const PostPtr &post : std::exchange(waiting, {})) {
                if (!post->outcome && !assign(post))
                    left.push_back(post);
            }
            waiting.insert(waiting.end(), left.begin(), left.end());
        } while (dispatchAgain);
        dispatching = false;
    }

    bool assign(const PostPtr &post)
    {
        int own = 0;
        Line *resting = nullptr;
        Line *elsewhere = nullptr;
        for (const auto &line : lines) {
            if (line->peer == post->peer) {
                ++own;
                if (!line->post)
                    resting = line.get();
            } else if (!line->post) {
                elsewhere = line.get();
            }
        }
        if (resting && !post->resent) {
            write(resting, post);
            return true;
        }
        if (own >= posting::kPerPeer && !(resting && post->resent))
            return false;
        if (lines.size() >= posting::kConnections) {
            if (!elsewhere)
                return false;
            close(elsewhere);
        }
        open(post);
        return true;
    }

    void open(const PostPtr &post)
    {
        auto made = std::make_unique<Line>();
        Line *line = made.get();
        line->peer = post->peer;
        line->post = post;
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
        line->rest.setRemainingTime(posting::kRest);
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
            waiting.push_front(post);
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
            if (!line->post && line->rest.hasExpired())
                old.push_back(line.get());
        }
        for (Line *line : old)
            close(line);
    }

    // The asker's time is over: its connection is out of step and ends.
    void giveUp(const PostPtr &post)
    {
        std::erase(waiting, post);
        const auto carrying = std::find_if(
            lines.begin(), lines.end(), [&post](const auto &line) { return line->post == post; });
        if (carrying != lines.end())
            close(carrying->get());
        dispatch();
    }
};

HttpClient::HttpClient(QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
    d->q = this;
    d->sweeper.setInterval(std::chrono::seconds(5));
    connect(&d->sweeper, &QTimer::timeout, this, [this] { d->sweep(); });
    d->sweeper.start();
}

HttpClient::~HttpClient()
{
    abort();
}

void HttpClient::abort()
{
    std::vector<PostPtr> open(d->waiting.begin(), d->waiting.end());
    d->waiting.clear();
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
    QByteArray body, std::chrono::milliseconds limit)
{
    if (d->waiting.size() >= posting::kWaitingPosts)
        co_return fail(ErrorCode::Busy, QStringLiteral("too many messages wait to be sent"));
    auto post = std::make_shared<Post>();
    post->peer = { address, port };
    const bool v6 = address.protocol() == QAbstractSocket::IPv6Protocol;
    const QByteArray host
        = v6 ? '[' + address.toString().toLatin1() + ']' : address.toString().toLatin1();
    post->bytes = "POST " + path + " HTTP/1.1\r\nHost: " + host + ':' + QByteArray::number(port)
        + "\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size())
        + "\r\n\r\n" + body;
    d->waiting.push_back(post);
    QTimer timer;
    timer.setSingleShot(true);
    connect(&timer, &QTimer::timeout, &timer, [post, limit] {
        post->done(fail(ErrorCode::Timeout,
            QStringLiteral("%1 port %2 did not answer within %3 s")
                .arg(post->peer.address.toString())
                .arg(post->peer.port)
                .arg(double(limit.count()) / 1000)));
    });
    timer.start(limit);
    const QPointer<HttpClient> self(this);
    d->dispatch();
    co_await post->gate.opened();
    if (self && post->outcome && !*post->outcome
        && post->outcome->error().code == ErrorCode::Timeout)
        d->giveUp(post);
    co_return std::move(*post->outcome);
}

} // namespace zos::rmb

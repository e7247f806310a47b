// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpanswerreader.h"
#include "rmb/direct/http/httpserver.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QDeadlineTimer>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zos::fuzz {

namespace {

constexpr rmb::HttpLimits kServing { .body = 2 << 10, .header = 4 << 10 };

int s_calls = 0;

Task<rmb::HttpResponse> echoed(rmb::HttpRequest request)
{
    ++s_calls;
    expect(request.method == "POST" && request.path.startsWith("/zbus-"), "the screen comes first");
    expect(request.body.size() <= kServing.body, "the body is bounded");
    expect(request.peer.isLoopback(), "the peer is who it is");
    rmb::HttpResponse response;
    response.body = request.body;
    co_return response;
}

quint16 servingPort()
{
    static rmb::HttpServer *const server = [] {
        auto *made = new rmb::HttpServer(
            kServing,
            [](const QByteArray &method, const QByteArray &path) {
                return !path.startsWith("/zbus-") ? 404 : method != "POST" ? 405 : 0;
            },
            [](const QHostAddress &) { return true; }, &echoed, QCoreApplication::instance());
        if (const auto started = made->start(QHostAddress::LocalHost, 0); !started)
            qFatal("%s", qPrintable(started.error().what));
        return made;
    }();
    return server->port();
}

} // namespace

QByteArrayList seeds()
{
    QByteArrayList all;
    for (const Json &entry : testing::cases(QStringLiteral("rmb-direct-http"))) {
        if (const auto head = testing::requestOf(entry, u"head"); !head.isEmpty())
            all += head + testing::requestOf(entry, u"body");
    }
    all += "POST /zbus-remote HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    all += "POST /zbus-remote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
           "5\r\nhello\r\n0\r\n\r\n";
    all += "GET / HTTP/1.0\r\n\r\n";
    all += "POST /zbus-x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
           "POST /zbus-y HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\ny";
    all += "PUT /zbus-x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n";
    return all;
}

// Whatever a client sends before it closes its side, the server answers in HTTP or not at all,
// keeps its limits and lets go of the connection.
void tryInput(QByteArrayView input)
{
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(servingPort());
    // From many addresses: ports of ended connections rest for a minute.
    static quint32 s_runs = 0;
    sockaddr_in own {};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + s_runs++ / 1000 % 250);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect(client >= 0 && ::bind(client, reinterpret_cast<sockaddr *>(&own), sizeof own) == 0
            && ::connect(client, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0,
        "the server listens");
    // Closing resets: thousands of runs must not leave as many ports waiting.
    const linger reset { .l_onoff = 1, .l_linger = 0 };
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    s_calls = 0;
    QByteArray answer;
    bool open = true;
    const auto receive = [&] {
        char buffer[4096];
        const auto got = ::recv(client, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got > 0)
            answer.append(buffer, got);
        else
            open = got < 0 && errno == EAGAIN;
        return got > 0;
    };
    const auto serve
        = [] { return QAbstractEventDispatcher::instance()->processEvents(QEventLoop::AllEvents); };
    while (open && !input.isEmpty()) {
        const auto sent
            = ::send(client, input.data(), size_t(input.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            input = input.sliced(sent);
        else if (errno != EAGAIN)
            break;
        serve();
        receive();
    }
    // libmicrohttpd notices an end at once only when it has read all before.
    for (int quiet = 0; open && quiet < 3;)
        quiet = serve() || receive() ? 0 : quiet + 1;
    ::shutdown(client, SHUT_WR);
    QDeadlineTimer patience(5000);
    while (open) {
        expect(!patience.hasExpired(), "the connection ends");
        serve();
        receive();
    }
    ::close(client);
    if (answer.isEmpty())
        return;
    expect(answer.startsWith("HTTP/1."), "an answer is HTTP");
    rmb::HttpAnswerReader reader;
    const auto read = reader.feed(answer);
    expect(read.has_value(), "our client understands our server");
    if (reader.status() == 200)
        expect(s_calls > 0, "200 comes from the handler");
}

} // namespace zos::fuzz

// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpserver.h"
#include "rmb/direct/http/origin.h"
#include "tests/rmb/direct/http/rawhttp.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;
using testing::RawHttp;

namespace {

// Echoes the body, "wait" rests until released.
class EchoServer
{
public:
    explicit EchoServer(HttpLimits limits = {})
        : server(
              limits, &EchoServer::screen, [this](const QHostAddress &) { return admits; },
              [this](HttpRequest request) { return serve(this, std::move(request)); })
    {
        QObject::connect(
            &server, &HttpServer::dropped, &server, [this](HttpDrop what) { ++drops[what]; });
        if (!server.start(QHostAddress(QHostAddress::LocalHost), 0))
            qFatal("no server");
    }
    ~EchoServer()
    {
        gate.open();
        testing::wait(server.stop());
    }

    bool admits = true;
    QMap<HttpDrop, int> drops;
    int calls = 0;
    int sent = 0;
    int over = 0; // handlers whose peer had to go
    detail::Gate gate;
    HttpServer server;

private:
    static int screen(const QByteArray &method, const QByteArray &path)
    {
        if (path != "/echo" && path != "/wait")
            return 404;
        return method == "POST" ? 0 : 405;
    }
    static Task<HttpResponse> serve(EchoServer *self, HttpRequest request)
    {
        ++self->calls;
        if (request.path == "/wait")
            co_await self->gate.opened();
        self->over += request.over.cancelled() ? 1 : 0;
        HttpResponse response;
        response.body = request.body;
        response.afterSent = [self] { ++self->sent; };
        co_return response;
    }
};

} // namespace

class TestHttpServer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersAndKeepsTheConnection()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        for (int i = 0; i < 3; ++i) {
            client.post("/echo", "hello");
            QCOMPARE(client.status(), 200);
            QCOMPARE(client.body(), "hello");
        }
        QVERIFY(eventually([&] { return echo.sent == 3; }));
    }
    void answersAfterResting()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        RawHttp other(echo.server.port());
        client.post("/wait", "slow");
        QVERIFY(eventually([&] { return echo.calls == 1; }));
        other.post("/echo", "quick");
        QCOMPARE(other.status(), 200);
        QCOMPARE(echo.sent, 1);
        echo.gate.open();
        QCOMPARE(client.status(), 200);
        QCOMPARE(client.body(), "slow");
    }
    // Answers their readers do not take wait in one room for all: the rest hears 503.
    void answersNobodyReadsAreBounded()
    {
        HttpLimits limits;
        limits.answers = 4 << 20;
        EchoServer echo(limits);
        const QByteArray large(3 << 20, 'x');
        std::vector<std::unique_ptr<RawHttp>> lazy;
        for (int number = 0; number < 6; ++number) {
            lazy.push_back(std::make_unique<RawHttp>(echo.server.port()));
            lazy.back()->post("/wait", large);
        }
        QVERIFY(eventually([&] { return echo.calls == 6; }));
        echo.gate.open();
        QVERIFY(eventually([&] { return echo.drops.value(HttpDrop::Busy) > 0; }));
        RawHttp small(echo.server.port());
        small.post("/echo", "hello");
        QCOMPARE(small.status(), 200);
        lazy.clear();
        QVERIFY(eventually([&] { return echo.sent == 7; }));
        // The room is free again.
        const int drops = echo.drops.value(HttpDrop::Busy);
        RawHttp again(echo.server.port());
        again.post("/echo", large);
        QVERIFY(eventually([&] { return echo.sent == 8; }));
        QCOMPARE(echo.drops.value(HttpDrop::Busy), drops);
    }
    void servesPipelinedRequestsInOrder()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.post("/echo", "1");
        client.post("/wait", "2");
        client.post("/echo", "3");
        QCOMPARE(client.status(), 200);
        QCOMPARE(client.body(), "1");
        QVERIFY(eventually([&] { return echo.calls == 2; }));
        echo.gate.open();
        QCOMPARE(client.status(), 200);
        QCOMPARE(client.body(), "2");
        QCOMPARE(client.status(), 200);
        QCOMPARE(client.body(), "3");
    }
    void readsChunkedBodies()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: node\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
        QCOMPARE(client.status(), 200);
        QCOMPARE(client.body(), "abcdefg");
    }
    void readsWhatGoSends()
    {
        for (const auto &file : testing::vectors(QStringLiteral("rmb-direct-http"))) {
            for (const auto &value : file.document.value(QStringLiteral("cases")).toArray()) {
                const QJsonObject entry = value.toObject();
                if (!entry.contains(QStringLiteral("head")))
                    continue;
                EchoServer echo;
                RawHttp client(echo.server.port());
                QByteArray head = entry.value(QStringLiteral("head")).toString().toUtf8();
                const QByteArray body = entry.value(QStringLiteral("body")).toString().toUtf8();
                head.replace("/zbus-remote", "/echo");
                client.send(head + "\r\n\r\n" + body);
                QCOMPARE(client.status(), 200);
                QCOMPARE(client.body(), body);
            }
        }
    }
    void screensBeforeTheHandler()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.post("/other", "x");
        QCOMPARE(client.status(), 404);
        client.send("GET /echo HTTP/1.1\r\nHost: node\r\n\r\n");
        QCOMPARE(client.status(), 405);
        QCOMPARE(client.body(), "");
        QCOMPARE(echo.calls, 0);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::Unserved, 2 } }));
    }
    void refusesOversizedBodies_data()
    {
        QTest::addColumn<bool>("chunked");
        QTest::newRow("with length") << false;
        QTest::newRow("chunked") << true;
    }
    void refusesOversizedBodies()
    {
        QFETCH(bool, chunked);
        EchoServer echo;
        RawHttp client(echo.server.port());
        const QByteArray body(10 << 20, 'x');
        if (chunked) {
            client.send("POST /echo HTTP/1.1\r\nHost: node\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send("a00000\r\n" + body + "\r\n0\r\n\r\n");
        } else {
            client.post("/echo", body);
        }
        QCOMPARE(client.status(), 413);
        QCOMPARE(echo.calls, 0);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::Oversize, 1 } }));
    }
    void refusesAnnouncedGiantsAtOnce()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: node\r\nContent-Length: 999999999999\r\n\r\n");
        QCOMPARE(client.status(), 413);
        RawHttp patient(echo.server.port());
        patient.send("POST /echo HTTP/1.1\r\nHost: node\r\nExpect: 100-continue\r\nContent-Length: "
                     "5000000\r\n\r\n");
        QCOMPARE(patient.status(), 413);
    }
    void endsChunkedBodiesWithoutEnd()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: node\r\nTransfer-Encoding: chunked\r\n\r\n");
        const QByteArray chunk = "100000\r\n" + QByteArray(1 << 20, 'x') + "\r\n";
        for (int i = 0; i < 20 && !client.isClosed(); ++i)
            client.send(chunk);
        QVERIFY(client.waitClosed());
        QCOMPARE(echo.calls, 0);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::Oversize, 1 } }));
    }
    void refusesLargeHeaders()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.post("/echo", "x", "X-Fill: " + QByteArray(17 << 10, 'x') + "\r\n");
        const int status = client.status();
        QVERIFY2(status == 431, qPrintable(QString::number(status)));
        RawHttp flood(echo.server.port());
        flood.send("POST /echo HTTP/1.1\r\n");
        for (int i = 0; i < 100; ++i)
            flood.send("X-Fill-" + QByteArray::number(i) + ": " + QByteArray(1000, 'x') + "\r\n");
        QVERIFY(flood.waitClosed());
        QCOMPARE(echo.calls, 0);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::Malformed, 2 } }));
    }
    void closesOnGarbage()
    {
        EchoServer echo;
        for (const QByteArray &garbage :
            { QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 tls hello\r\n\r\n", 25),
                QByteArray("\r\n\r\n\r\n\r\nnothing\r\n\r\n"),
                QByteArray("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"),
                QByteArray("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: "
                           "6\r\n\r\nhello"),
                QByteArray("POST /echo HTTP/9.9\r\n\r\n") }) {
            RawHttp client(echo.server.port());
            client.send(garbage);
            const int status = client.status();
            QVERIFY2(status == 0 || (status >= 400 && status < 600),
                qPrintable(QString::number(status)));
            QVERIFY(client.waitClosed());
        }
        QCOMPARE(echo.calls, 0);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::Malformed, 5 } }));
    }
    void endsSlowSenders_data()
    {
        QTest::addColumn<QByteArray>("begin");
        QTest::newRow("nothing at all") << QByteArray();
        QTest::newRow("half a request line") << QByteArray("POST /ec");
        QTest::newRow("half a header") << QByteArray("POST /echo HTTP/1.1\r\nHost: n");
        QTest::newRow("half a body")
            << QByteArray("POST /echo HTTP/1.1\r\nHost: n\r\nContent-Length: 100\r\n\r\nhalf");
    }
    void endsSlowSenders()
    {
        QFETCH(QByteArray, begin);
        HttpLimits limits;
        limits.receive = 100ms;
        EchoServer echo(limits);
        RawHttp slow(echo.server.port());
        slow.send(begin);
        QTimer drip; // one byte now and then keeps the connection busy
        QObject::connect(&drip, &QTimer::timeout, &drip, [&] {
            if (!begin.isEmpty() && !slow.isClosed())
                slow.send("x");
        });
        drip.start(10);
        RawHttp quick(echo.server.port());
        quick.post("/echo", "quick");
        QCOMPARE(quick.status(), 200);
        QVERIFY(slow.waitClosed());
        QCOMPARE(echo.calls, 1);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::TimedOut, 1 } }));
    }
    void limitsConnectionsPerAddress()
    {
        EchoServer echo;
        std::vector<std::unique_ptr<RawHttp>> clients;
        for (int i = 0; i < 20; ++i)
            clients.push_back(std::make_unique<RawHttp>(echo.server.port()));
        QVERIFY(eventually([&] {
            return std::ranges::count_if(clients, [](const auto &client) {
                return client->isClosed();
            }) >= 4;
        }));
        clients.front()->post("/echo", "first");
        QCOMPARE(clients.front()->status(), 200);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::RefusedConnection, 4 } }));
    }
    void restingConnectionsGiveWay()
    {
        HttpLimits limits;
        limits.connections = 8;
        limits.perAddress = 64;
        EchoServer echo(limits);
        std::vector<std::unique_ptr<RawHttp>> clients;
        for (int i = 0; i < 24; ++i) {
            clients.push_back(std::make_unique<RawHttp>(echo.server.port()));
            clients.back()->post("/echo", "x");
            QCOMPARE(clients.back()->status(), 200);
        }
        QCOMPARE(echo.drops.keys(), QList<HttpDrop> { HttpDrop::CrowdedOut });
    }
    // R6: as many that never finish their request as there are places; one more is served.
    void slowOnesGiveWay()
    {
        HttpLimits limits;
        limits.connections = 32;
        limits.perAddress = 128;
        limits.slow = 0ms;
        EchoServer echo(limits);
        std::vector<std::unique_ptr<RawHttp>> slow;
        for (int i = 0; i < 64; ++i) {
            slow.push_back(std::make_unique<RawHttp>(echo.server.port()));
            slow.back()->send("POST /echo HTTP/1.1\r\nHost: n\r\nContent-Length: 9\r\n\r\nx");
        }
        RawHttp client(echo.server.port());
        client.post("/echo", "x");
        QCOMPARE(client.status(), 200);
        QVERIFY(std::ranges::count_if(slow, [](auto &one) { return one->isClosed(); }) >= 32);
        QVERIFY(echo.drops.value(HttpDrop::CrowdedOut) >= 32);
        QCOMPARE(echo.drops.size(), 1);
    }
    // A slow ledger lets handlers wait; who crowds hears "busy", who comes alone stays.
    void waitingOnesGiveWay()
    {
        HttpLimits limits;
        limits.connections = 32;
        limits.perAddress = 128;
        limits.slow = 1h;
        EchoServer echo(limits);
        const auto from = [&](quint32 number) {
            return std::make_unique<RawHttp>(echo.server.port(),
                QHostAddress(QHostAddress::LocalHost), QHostAddress(0x7f000000 + number));
        };
        const auto waits = [&](RawHttp &client) {
            const int before = echo.calls;
            client.post("/wait", "x");
            return eventually([&] { return echo.calls == before + 1; });
        };
        const auto alone = from(3);
        QVERIFY(waits(*alone));
        std::vector<std::unique_ptr<RawHttp>> crowd;
        for (int i = 0; i < 27; ++i) { // with the other one seven eighths of the places
            crowd.push_back(from(2));
            QVERIFY(waits(*crowd.back()));
        }
        // One more of them is the one who goes: the others are no worse.
        const auto oneMore = from(2);
        oneMore->post("/wait", "x");
        QCOMPARE(oneMore->status(), 0);
        // Newcomers from elsewhere take the places of those who waited longest.
        std::vector<std::unique_ptr<RawHttp>> others;
        for (quint32 i = 0; i < 10; ++i) {
            others.push_back(from(10 + i));
            QVERIFY(waits(*others.back()));
            auto &gone = *crowd[i];
            QCOMPARE(gone.status(), 503);
            QVERIFY(gone.body().contains("busy"));
            QVERIFY(gone.waitClosed());
        }
        echo.gate.open();
        QCOMPARE(alone->status(), 200);
        for (size_t i = 10; i < crowd.size(); ++i)
            QCOMPARE(crowd[i]->status(), 200);
        for (const auto &one : others)
            QCOMPARE(one->status(), 200);
        QCOMPARE(echo.over, 10); // their handlers know
        QVERIFY(eventually([&] { return echo.sent == 38; })); // each handler heard of its end
    }
    void theSlowGiveWayToAnyone()
    {
        HttpLimits limits;
        limits.connections = 32;
        limits.perAddress = 128;
        limits.slow = 0ms;
        EchoServer echo(limits);
        std::vector<std::unique_ptr<RawHttp>> crowd;
        for (int i = 1; i <= 60; ++i) {
            crowd.push_back(std::make_unique<RawHttp>(echo.server.port()));
            crowd.back()->post("/wait", "x");
            QVERIFY(eventually([&] { return echo.calls == i; }));
        }
        for (int i = 0; i < 32; ++i)
            QCOMPARE(crowd[size_t(i)]->status(), 503);
        echo.gate.open();
        for (size_t i = 32; i < crowd.size(); ++i)
            QCOMPARE(crowd[i]->status(), 200);
    }
    // R1: requests that are read at the same time share a bounded room.
    void boundsBodiesOfAll()
    {
        HttpLimits limits;
        limits.bodies = 1 << 20;
        EchoServer echo(limits);
        RawHttp first(echo.server.port());
        first.post("/wait", QByteArray(900 << 10, 'x'));
        QVERIFY(eventually([&] { return echo.calls == 1; }));
        RawHttp second(echo.server.port());
        second.post("/echo", QByteArray(900 << 10, 'x'));
        QCOMPARE(second.status(), 503);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::Busy, 1 } }));
        second.post("/echo", QByteArray(32 << 10, 'x'));
        QCOMPARE(second.status(), 200);
        const int sent = echo.sent;
        echo.gate.open();
        QVERIFY(eventually([&] { return echo.sent == sent + 1; }));
        second.post("/echo", QByteArray(900 << 10, 'x'));
        QVERIFY(eventually([&] { return echo.calls == 3; }));
    }
    void origins_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("origin");
        QTest::newRow("IPv4") << u"10.1.2.3"_s << u"10.1.2.3"_s;
        QTest::newRow("of an overlay node") << u"201:78f6::e86"_s << u"201:78f6::e86"_s;
        QTest::newRow("of its subnet") << u"301:78f6:1:2:3:4:5:6"_s << u"301:78f6:1:2::"_s;
    }
    void origins()
    {
        QFETCH(QString, address);
        QFETCH(QString, origin);
        QCOMPARE(originOf(QHostAddress(address)), QHostAddress(origin));
    }
    void closesWhomItDoesNotAdmit()
    {
        EchoServer echo;
        echo.admits = false;
        RawHttp client(echo.server.port());
        client.post("/echo", "x");
        QCOMPARE(client.status(), 0);
        QCOMPARE(echo.calls, 0);
        QCOMPARE(echo.drops, (QMap<HttpDrop, int> { { HttpDrop::RefusedConnection, 1 } }));
    }
    void survivesClientsThatLeave()
    {
        EchoServer echo;
        {
            RawHttp client(echo.server.port());
            client.post("/wait", "x");
            QVERIFY(eventually([&] { return echo.calls == 1; }));
        }
        echo.gate.open();
        QVERIFY(eventually([&] { return echo.sent == 1; }));
        RawHttp client(echo.server.port());
        client.post("/echo", "y");
        QCOMPARE(client.status(), 200);
    }
    void stopWaitsForItsHandlers()
    {
        EchoServer echo;
        RawHttp client(echo.server.port());
        client.post("/wait", "last");
        QVERIFY(eventually([&] { return echo.calls == 1; }));
        QTimer::singleShot(5, this, [&] { echo.gate.open(); });
        testing::wait(echo.server.stop());
        QCOMPARE(client.status(), 200);
        QCOMPARE(client.body(), "last");
    }
    void saysWhenThePortIsTaken()
    {
        EchoServer echo;
        HttpServer second(
            {}, [](const QByteArray &, const QByteArray &) { return 404; },
            [](const QHostAddress &) { return true; },
            [](HttpRequest) -> Task<HttpResponse> { co_return HttpResponse {}; });
        const auto started
            = second.start(QHostAddress(QHostAddress::LocalHost), echo.server.port());
        QVERIFY(!started);
        QVERIFY(started.error().what.contains(QStringLiteral("127.0.0.1")));
    }
};
ZOS_TEST(TestHttpServer)
#include "tst_httpserver.moc"

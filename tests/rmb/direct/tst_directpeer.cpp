// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "rmb/direct/directpeer.h"
#include "rmb/direct/http/httpserver.h"
#include "rmb/wire/directmessage.h"
#include "tests/rmb/direct/http/rawhttp.h"
#include "tests/support/runner.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

#include <QTemporaryDir>
#include <QUuid>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;
using testing::RawHttp;

namespace {

constexpr quint32 kNode = 9;
constexpr quint32 kUser = 7;

DirectConfig loopback()
{
    DirectConfig config;
    config.address = QHostAddress(QHostAddress::LocalHost);
    config.port = 0;
    config.onlyOverlaySources = false;
    config.replyDelay = 1ms;
    config.firstPause = 1ms;
    return config;
}

QString at(quint16 port)
{
    return u"127.0.0.1:%1"_s.arg(port);
}

Task<Answer> echo(Call call)
{
    co_return "{\"twin\":" + QByteArray::number(call.twin.value())
        + ",\"got\":" + (call.payload.isEmpty() ? "null" : call.payload) + '}';
}
Task<Answer> refuse(Call)
{
    co_return fail(ErrorCode::NotFound, u"deployment not found"_s);
}
Task<Answer> sleepy(Call call)
{
    auto rest = pause(60s, call.cancel);
    (void)co_await std::move(rest);
    co_return QByteArray("null");
}

// A node and everything around it; the user may be a peer of ours or a stranger with a daemon.
struct Bus
{
    explicit Bus(DirectConfig config = loopback(), SessionConfig session = {})
        : nodeKey(Identity::generate())
        , userKey(Identity::generate())
    {
        router.add(u"test.echo"_s, echo);
        router.add(u"test.refuse"_s, refuse);
        router.add(u"test.sleep"_s, sleepy);
        ledger.put(kUser, userKey.publicKey());
        startNode(config, session);
    }
    ~Bus()
    {
        stopNode();
        if (user) {
            testing::wait(user->stop());
            testing::wait(userSession->stop());
        }
    }
    void stopNode()
    {
        testing::wait(node->stop());
        testing::wait(nodeSession->stop());
    }
    void startNode(const DirectConfig &config, const SessionConfig &session = {})
    {
        nodeSession
            = std::make_unique<Session>(nodeKey, TwinId(kNode), &ledger, &router, &clock, session);
        if (!nodeSession->start())
            qFatal("no session");
        node = std::make_unique<DirectPeer>(nodeSession.get(), config);
        const auto started = testing::wait(node->start());
        if (!started)
            qFatal("%s", qPrintable(started.error().what));
        ledger.put(kNode, nodeKey.publicKey(), at(node->port()));
    }
    void startUser()
    {
        userSession = std::make_unique<Session>(userKey, TwinId(kUser), &ledger, nullptr, &clock);
        user = std::make_unique<DirectPeer>(userSession.get(), loopback());
        if (!testing::wait(user->start()))
            qFatal("no user");
        ledger.put(kUser, userKey.publicKey(), at(user->port()));
    }
    DirectMessage request(
        const QString &command = u"test.echo"_s, const QByteArray &payload = "{}") const
    {
        DirectMessage message;
        message.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
        message.cmd = command;
        message.exp = 60;
        message.tries = 1;
        message.dat = payload.toBase64();
        message.src = TwinId(kUser);
        message.dst = { TwinId(kNode) };
        message.ret = u"msgbus.system.reply"_s;
        message.now = static_cast<quint64>(clock.seconds().count());
        return message;
    }
    QByteArray signedText(DirectMessage message) const
    {
        message.sign(userKey);
        return message.encode();
    }
    int post(const QByteArray &body, const QByteArray &path = "/zbus-remote")
    {
        RawHttp client(node->port());
        client.post(path, body);
        const int status = client.status();
        answer = client.body();
        return status;
    }

    FakeClock clock;
    testing::TwinsLedger ledger;
    Router router;
    Identity nodeKey;
    Identity userKey;
    const BusCounters &counters() const { return nodeSession->counters(); }

    std::unique_ptr<Session> nodeSession;
    std::unique_ptr<Session> userSession;
    std::unique_ptr<DirectPeer> node;
    std::unique_ptr<DirectPeer> user;
    QByteArray answer;
};

// The daemon of a stranger: notes what reaches it and answers as told.
struct Daemon
{
    explicit Daemon(QList<int> statuses = {})
        : answers(std::move(statuses))
        , server(
              {}, [](const QByteArray &, const QByteArray &) { return 0; },
              [](const QHostAddress &) { return true; },
              [this](HttpRequest request) { return take(this, std::move(request)); })
    {
        if (!server.start(QHostAddress(QHostAddress::LocalHost), 0))
            qFatal("no daemon");
    }
    ~Daemon() { testing::wait(server.stop()); }
    static Task<HttpResponse> take(Daemon *self, HttpRequest request)
    {
        self->paths += request.path;
        self->bodies += request.body;
        HttpResponse response;
        response.status = self->answers.isEmpty() ? 200 : self->answers.takeFirst();
        co_return response;
    }
    QList<int> answers;
    QList<QByteArray> paths;
    QList<QByteArray> bodies;
    HttpServer server;
};

} // namespace

class TestDirectPeer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void callsBothWays()
    {
        Bus bus;
        bus.startUser();
        const auto answer
            = testing::wait(bus.user->call(TwinId(kNode), u"test.echo"_s, "{\"a\":1}", 10s));
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(*answer, "{\"twin\":7,\"got\":{\"a\":1}}");
        // The node asks too; a user who serves nothing says so.
        const auto back = testing::wait(bus.node->call(TwinId(kUser), u"test.echo"_s, {}, 10s));
        QCOMPARE(back.error().code, ErrorCode::NotFound);
        QVERIFY(eventually([&] { return bus.counters().repliesSent == 1; }));
        QCOMPARE(bus.counters().accepted, 1);
    }
    void carriesErrors()
    {
        Bus bus;
        bus.startUser();
        const auto answer = testing::wait(bus.user->call(TwinId(kNode), u"test.refuse"_s, {}, 10s));
        QCOMPARE(answer.error().code, ErrorCode::NotFound);
        QCOMPARE(answer.error().what, u"deployment not found"_s);
        const auto unknown
            = testing::wait(bus.user->call(TwinId(kNode), u"zos.nothing"_s, {}, 10s));
        QCOMPARE(unknown.error().what, u"function not found"_s);
    }
    void callEndsWithItsTime()
    {
        Bus bus;
        bus.startUser();
        const auto answer = testing::wait(bus.user->call(TwinId(kNode), u"test.sleep"_s, {}, 50ms));
        QCOMPARE(answer.error().code, ErrorCode::Timeout);
        const auto absent = testing::wait(bus.user->call(TwinId(99), u"test.echo"_s, {}, 10s));
        QCOMPARE(absent.error().code, ErrorCode::Unavailable);
        bus.ledger.put(50, bus.nodeKey.publicKey(), u"127.0.0.1:1"_s);
        const auto closed = testing::wait(bus.user->call(TwinId(50), u"test.echo"_s, {}, 10s));
        QCOMPARE(closed.error().code, ErrorCode::Unavailable);
    }
    void manyCallsAtOnce()
    {
        Bus bus;
        bus.startUser();
        TaskScope scope;
        int good = 0;
        int done = 0;
        for (int i = 0; i < 100; ++i) {
            scope.spawn([](DirectPeer *peer, int number, int *right, int *all) -> Task<void> {
                auto calling
                    = peer->call(TwinId(kNode), u"test.echo"_s, QByteArray::number(number), 30s);
                const auto answer = co_await std::move(calling);
                *right += answer
                        && *answer == "{\"twin\":7,\"got\":" + QByteArray::number(number) + '}'
                    ? 1
                    : 0;
                ++*all;
            }(bus.user.get(), i, &good, &done));
        }
        QVERIFY(eventually([&] { return done == 100; }, 30s));
        QCOMPARE(good, 100);
        testing::wait(scope.finish());
    }

    // The table of rmb.md 1.5.
    void statuses_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("status");
        const auto row = [](const char *name, int status) {
            for (const char *path : { "/zbus-remote", "/zbus-cmd" })
                QTest::addRow("%s: %s", path, name)
                    << QByteArray(path) << QByteArray(name) << status;
        };
        row("accepted", 200);
        row("no lifetime named", 200);
        row("trailing newline", 200);
        row("garbage", 400);
        row("empty body", 400);
        row("array", 400);
        row("too old", 400);
        row("too far ahead", 400);
        row("wrong destination", 400);
        row("empty destination", 400);
        row("two destinations", 400);
        row("digits moved from destination to ret", 400);
        row("unknown source", 401);
        row("ledger offline", 502);
        row("expired", 400);
        row("missing signature", 401);
        row("forged signature", 401);
        row("changed payload", 401);
        row("signature of another type", 401);
        row("signature too short", 401);
    }
    void statuses()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, name);
        QFETCH(int, status);
        Bus bus;
        DirectMessage message = bus.request();
        QByteArray body;
        if (name == "no lifetime named")
            message.exp = 0;
        else if (name == "too old")
            message.now -= 61;
        else if (name == "too far ahead")
            message.now += 61;
        else if (name == "wrong destination")
            message.dst = { TwinId(8) };
        else if (name == "empty destination")
            message.dst.clear();
        else if (name == "two destinations")
            message.dst = { TwinId(kNode), TwinId(8) };
        else if (name == "unknown source")
            message.src = TwinId(4000);
        else if (name == "ledger offline")
            bus.ledger.offline = true;
        else if (name == "expired") {
            message.now -= 20;
            message.exp = 10;
        } else if (name.startsWith("digits moved")) {
            message.dst = { TwinId(91) };
            message.sign(bus.userKey);
            message.dst = { TwinId(kNode) };
            message.ret.prepend(u'1');
            QVERIFY(message.verify(bus.userKey.publicKey()));
            body = message.encode();
        }
        if (body.isEmpty())
            message.sign(name == "forged signature" ? bus.nodeKey : bus.userKey);
        if (name == "missing signature")
            message.sig.clear();
        else if (name == "changed payload")
            message.dat = QByteArray("{\"more\":1}").toBase64();
        else if (name == "signature of another type")
            message.sig.replace(0, 2, "73");
        else if (name == "signature too short")
            message.sig.chop(2);
        if (body.isEmpty())
            body = message.encode();
        if (name == "trailing newline")
            body += '\n';
        else if (name == "garbage")
            body = "so long and thanks";
        else if (name == "empty body")
            body.clear();
        else if (name == "array")
            body = '[' + body + ']';
        QCOMPARE(bus.post(body, path), status);
        if (status == 200) {
            if (path == "/zbus-remote")
                QCOMPARE(bus.answer, "{\"status\": \"accepted\"}");
            else
                QVERIFY(isUuid(Json::parse(bus.answer)->findExact(u"retqueue")->string()));
            QCOMPARE(bus.counters().accepted, 1);
            QCOMPARE(bus.counters().refused, 0);
        } else {
            const auto json = Json::parse(bus.answer);
            QCOMPARE(json->findExact(u"status")->string(), u"error"_s);
            QVERIFY(!json->findExact(u"message")->string().isEmpty());
            QCOMPARE(bus.counters().accepted, 0);
            QCOMPARE(bus.counters().refused, 1);
        }
    }
    // The same table for answers to a call of ours, at /zbus-reply.
    void replyStatuses_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<bool>("counted");
        const auto row = [](const char *name, int status, bool refused) {
            QTest::newRow(name) << status << refused;
        };
        row("accepted", 200, false);
        row("no lifetime named", 200, false);
        row("to nothing we asked", 200, false);
        row("garbage", 400, true);
        row("empty body", 400, true);
        row("array", 400, true);
        row("too old", 400, true);
        row("too far ahead", 400, true);
        row("wrong destination", 400, true);
        row("empty destination", 400, true);
        row("two destinations", 400, true);
        row("expired", 400, true);
        row("unknown source", 401, true);
        row("source that was not asked", 401, true);
        row("missing signature", 401, true);
        row("forged signature", 401, true);
        row("changed payload", 401, true);
        row("ledger offline", 502, true);
    }
    void replyStatuses()
    {
        QFETCH(int, status);
        QFETCH(bool, counted);
        const QByteArray name = QTest::currentDataTag();
        Daemon daemon;
        Bus bus;
        bus.startUser();
        const Identity stranger = Identity::generate();
        bus.ledger.put(30, bus.nodeKey.publicKey(), at(daemon.server.port()));
        bus.ledger.put(31, stranger.publicKey());
        auto calling = bus.user->call(TwinId(30), u"test.echo"_s, "1", 1h);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 1; }));
        const auto asked = DirectMessage::decode(daemon.bodies.first());
        auto reply = asked->reply(static_cast<quint64>(bus.clock.seconds().count()));
        reply.dat = QByteArray("\"right\"").toBase64();
        auto key = bus.nodeKey;
        if (name == "no lifetime named")
            reply.exp = 0;
        else if (name == "to nothing we asked")
            reply.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
        else if (name == "too old")
            reply.now -= 61;
        else if (name == "too far ahead")
            reply.now += 61;
        else if (name == "wrong destination")
            reply.dst = { TwinId(8) };
        else if (name == "empty destination")
            reply.dst.clear();
        else if (name == "two destinations")
            reply.dst = { TwinId(kUser), TwinId(8) };
        else if (name == "expired") {
            reply.now -= 20;
            reply.exp = 10;
        } else if (name == "unknown source")
            reply.src = TwinId(4000);
        else if (name == "source that was not asked") {
            reply.src = TwinId(31);
            key = stranger;
        } else if (name == "forged signature")
            key = stranger;
        else if (name == "ledger offline") {
            bus.ledger.announce(30); // what we know of it is not good any more
            bus.ledger.offline = true;
        }
        reply.sign(key);
        if (name == "missing signature")
            reply.sig.clear();
        else if (name == "changed payload")
            reply.dat = QByteArray("\"wrong\"").toBase64();
        QByteArray body = reply.encode();
        if (name == "garbage")
            body = "so long and thanks";
        else if (name == "empty body")
            body.clear();
        else if (name == "array")
            body = '[' + body + ']';
        RawHttp client(bus.user->port());
        client.post("/zbus-reply", body);
        QCOMPARE(client.status(), status);
        const auto &counters = bus.userSession->counters();
        QCOMPARE(counters.refused, counted ? 1 : 0);
        if (counted) {
            const auto json = Json::parse(client.body());
            QCOMPARE(json->findExact(u"status")->string(), u"error"_s);
            QVERIFY(!json->findExact(u"message")->string().isEmpty());
        } else {
            QCOMPARE(client.body(), "{\"status\": \"accepted\"}");
        }
        const bool taken = name == "accepted" || name == "no lifetime named";
        QCOMPARE(counters.accepted, taken ? 1 : 0);
        if (!taken)
            testing::wait(bus.user->stop());
        const auto answer = testing::wait(std::move(calling));
        QCOMPARE(answer.value_or("none"), taken ? "\"right\"" : "none");
    }
    // What is the same for each path, whatever the body.
    void everyPath_data()
    {
        QTest::addColumn<QByteArray>("path");
        for (const char *path : { "/zbus-remote", "/zbus-reply", "/zbus-cmd", "/zbus-result" })
            QTest::newRow(path) << QByteArray(path);
    }
    void everyPath()
    {
        QFETCH(QByteArray, path);
        bool right = true;
        SessionConfig session;
        session.synchronised = [&right] { return right; };
        Bus bus(loopback(), session);
        for (const char *method : { "GET", "PUT", "DELETE" }) {
            RawHttp client(bus.node->port());
            client.send(method + (' ' + path) + " HTTP/1.1\r\nHost: node\r\n\r\n");
            QCOMPARE(client.status(), 405);
        }
        QCOMPARE(bus.post(QByteArray(5 << 20, 'x'), path), 413);
        right = false;
        QCOMPARE(bus.post("{}", path), 503);
        QVERIFY(bus.answer.contains("clock"));
        right = true;
        QCOMPARE(bus.post("{}", path), 400);
        QCOMPARE(bus.post("{}", path + '/'), 404);
        QCOMPARE(bus.counters().accepted, 0);
    }
    void paths()
    {
        Bus bus;
        const QByteArray body = bus.signedText(bus.request());
        QCOMPARE(bus.post(body, "/zbus-upload"), 405);
        QCOMPARE(bus.answer, "");
        QCOMPARE(bus.post(body, "/rmb-remote"), 404);
        QCOMPARE(bus.post(body, "/"), 404);
        RawHttp client(bus.node->port());
        client.send("GET /zbus-remote HTTP/1.1\r\nHost: node\r\n\r\n");
        QCOMPARE(client.status(), 405);
        QCOMPARE(bus.post(QByteArray(10 << 20, 'x')), 413);
        QCOMPARE(bus.counters().oversize, 1);
        QCOMPARE(bus.counters().accepted, 0);
        QCOMPARE(bus.post(body), 200);
    }
    void refusesRepeatedMessages()
    {
        const QTemporaryDir folder;
        SessionConfig config;
        config.statePath = folder.filePath(u"replay"_s);
        Bus bus(loopback(), config);
        const QByteArray body = bus.signedText(bus.request());
        QCOMPARE(bus.post(body), 200);
        QCOMPARE(bus.post(body), 400);
        QVERIFY(bus.answer.contains("received before"));
        bus.clock.advance(30s);
        QCOMPARE(bus.post(body), 400);
        bus.stopNode();
        bus.node.reset();
        bus.startNode(loopback(), config);
        QCOMPARE(bus.post(body), 400);
        QVERIFY(bus.answer.contains("received before"));
        QCOMPARE(bus.counters().replays, 1);
        bus.clock.advance(31s);
        QCOMPARE(bus.post(body), 400);
        QVERIFY(bus.answer.contains("too old"));
        // Unsigned members do not make it another message.
        DirectMessage message = bus.request();
        QCOMPARE(bus.post(bus.signedText(message)), 200);
        message.exp = 50;
        message.tries = 4;
        message.tag = u"x"_s;
        QCOMPARE(bus.post(bus.signedText(message)), 400);
    }
    void twoAtOnceRunOnce()
    {
        Bus bus;
        bus.ledger.delay = 20ms;
        const QByteArray body = bus.signedText(bus.request());
        RawHttp first(bus.node->port());
        RawHttp second(bus.node->port());
        first.post("/zbus-remote", body);
        second.post("/zbus-remote", body);
        QList<int> statuses { first.status(), second.status() };
        std::ranges::sort(statuses);
        QCOMPARE(statuses, QList<int>({ 200, 400 }));
    }
    void acceptsAChangedKeyAfterAsking()
    {
        Bus bus;
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
        bus.userKey = Identity::generate();
        bus.ledger.put(kUser, bus.userKey.publicKey());
        bus.clock.advance(11s);
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
    }
    void answersAStranger()
    {
        Daemon daemon;
        Bus bus;
        bus.ledger.put(kUser, bus.userKey.publicKey(), at(daemon.server.port()));
        DirectMessage request = bus.request(u"test.echo"_s, "[1]");
        QCOMPARE(bus.post(bus.signedText(request)), 200);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 1; }));
        QCOMPARE(daemon.paths.first(), "/zbus-reply");
        const auto reply = DirectMessage::decode(daemon.bodies.first());
        QVERIFY(reply.has_value());
        QVERIFY(reply->verify(bus.nodeKey.publicKey()));
        QCOMPARE(reply->uid, request.uid);
        QCOMPARE(reply->cmd, request.cmd);
        QCOMPARE(reply->ret, request.ret);
        QCOMPARE(reply->src, TwinId(kNode));
        QCOMPARE(reply->dst, QList<TwinId> { TwinId(kUser) });
        QVERIFY(reply->exp > 0);
        QVERIFY(daemon.bodies.first().contains("\"err\":null"));
        QCOMPARE(QByteArray::fromBase64(reply->dat), "{\"twin\":7,\"got\":[1]}");
    }
    void leavesCallersWhoseTimeIsOver()
    {
        Daemon daemon;
        Bus bus;
        bus.router.add(u"test.late"_s, [&bus](Call) -> Task<Answer> {
            bus.clock.advance(60s);
            co_return QByteArray("null");
        });
        bus.ledger.put(kUser, bus.userKey.publicKey(), at(daemon.server.port()));
        QCOMPARE(bus.post(bus.signedText(bus.request(u"test.late"_s))), 200);
        QVERIFY(eventually([&] { return bus.counters().repliesFailed == 1; }));
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
        QVERIFY(eventually([&] { return bus.counters().repliesSent == 1; }));
        QCOMPARE(daemon.bodies.size(), 1);
    }
    void answersErrorsToAStranger()
    {
        Daemon daemon;
        Bus bus;
        bus.ledger.put(kUser, bus.userKey.publicKey(), at(daemon.server.port()));
        QCOMPARE(bus.post(bus.signedText(bus.request(u"no.such"_s))), 200);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 1; }));
        const auto reply = DirectMessage::decode(daemon.bodies.first());
        QCOMPARE(*reply->err, u"function not found"_s);
        QCOMPARE(reply->dat, "");
        DirectMessage broken = bus.request();
        broken.dat = "not base64!";
        QCOMPARE(bus.post(bus.signedText(broken)), 200);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 2; }));
        QCOMPARE(*DirectMessage::decode(daemon.bodies.last())->err, u"dat is not valid base64"_s);
    }
    void triesAgainWithNewStamps()
    {
        Daemon daemon({ 500, 503 });
        Bus bus;
        bus.ledger.put(kUser, bus.userKey.publicKey(), at(daemon.server.port()));
        DirectMessage request = bus.request();
        request.tries = 3;
        QCOMPARE(bus.post(bus.signedText(request)), 200);
        QVERIFY(eventually([&] { return bus.counters().repliesSent == 1; }));
        QCOMPARE(daemon.bodies.size(), 3);
        for (const QByteArray &body : std::as_const(daemon.bodies))
            QVERIFY(DirectMessage::decode(body)->verify(bus.nodeKey.publicKey()));
    }
    // Answers that are tried again and again have room for some megabytes a twin.
    void keptAnswersAreBounded()
    {
        Daemon daemon(QList<int>(100, 500));
        DirectConfig config = loopback();
        config.firstPause = 1h;
        SessionConfig limits;
        limits.quota.bytesPerTwin = 1'000'000;
        Bus bus(config, limits);
        bus.router.add(
            u"test.large"_s, [](Call) -> Task<Answer> { co_return QByteArray(300'000, ' '); });
        bus.ledger.put(kUser, bus.userKey.publicKey(), at(daemon.server.port()));
        DirectMessage request = bus.request(u"test.large"_s);
        request.tries = 5;
        for (int i = 0; i < 4; ++i) {
            request.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
            QCOMPARE(bus.post(bus.signedText(request)), 200);
            QVERIFY(eventually([&] { return daemon.bodies.size() == i + 1; }));
            const auto reply = DirectMessage::decode(daemon.bodies.last());
            QCOMPARE(reply->dat.size(), i < 2 ? 400'000 : 0);
            QCOMPARE(reply->err.value_or(QString()), i < 2 ? QString() : u"node is busy"_s);
        }
        QCOMPARE(bus.counters().busy, 2);
    }
    void refusalOfAReplyIsFinal()
    {
        Daemon daemon({ 400 });
        Bus bus;
        bus.ledger.put(kUser, bus.userKey.publicKey(), at(daemon.server.port()));
        DirectMessage request = bus.request();
        request.tries = 5;
        QCOMPARE(bus.post(bus.signedText(request)), 200);
        QVERIFY(eventually([&] { return bus.counters().repliesFailed == 1; }));
        QCOMPARE(daemon.bodies.size(), 1);
    }
    void callerTakesOnlyTheAskedTwinsAnswer()
    {
        Daemon daemon;
        Bus bus;
        bus.startUser();
        const Identity stranger = Identity::generate();
        bus.ledger.put(30, bus.nodeKey.publicKey(), at(daemon.server.port()));
        bus.ledger.put(31, stranger.publicKey());
        auto calling = bus.user->call(TwinId(30), u"test.echo"_s, "1", 30s);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 1; }));
        const auto asked = DirectMessage::decode(daemon.bodies.first());
        QVERIFY(asked->ret.startsWith(u"zos.reply."));
        const auto answerBy = [&](quint32 twin, const Identity &key, const QByteArray &text) {
            DirectMessage reply = asked->reply(static_cast<quint64>(bus.clock.seconds().count()));
            reply.src = TwinId(twin);
            reply.dat = text.toBase64();
            reply.sign(key);
            RawHttp client(bus.user->port());
            client.post("/zbus-reply", reply.encode());
            return client.status();
        };
        QCOMPARE(answerBy(31, stranger, "\"forged\""), 401);
        QCOMPARE(answerBy(30, stranger, "\"forged\""), 401);
        QCOMPARE(answerBy(30, bus.nodeKey, "\"right\""), 200);
        QCOMPARE(*testing::wait(std::move(calling)), "\"right\"");
        QCOMPARE(answerBy(30, bus.nodeKey, "\"late\""), 200); // dropped
    }
    void browserPollsForItsAnswer()
    {
        Bus bus;
        DirectMessage command = bus.request(u"test.echo"_s, "{\"contract_id\":1}");
        command.uid.clear();
        command.ret.clear();
        command.pxy = true;
        QCOMPARE(bus.post(bus.signedText(command), "/zbus-cmd"), 200);
        const QString queue = Json::parse(bus.answer)->findExact(u"retqueue")->string();
        QVERIFY(isUuid(queue));
        const QByteArray poll = "{\"retqueue\":\"" + queue.toLatin1() + "\"}";
        QVERIFY(eventually(
            [&] { return bus.post(poll, "/zbus-result") == 200 && bus.answer != "[]"; }));
        const auto list = Json::parse(bus.answer);
        QCOMPARE(list->items().size(), 1);
        const auto result = DirectMessage::decode(list->items().first().raw());
        QVERIFY(result.has_value());
        QCOMPARE(
            result->dat, "{\"twin\":7,\"got\":{\"contract_id\":1}}"); // text in place of base64
        QVERIFY(result->verify(bus.nodeKey.publicKey()));
        QVERIFY(!result->err);
        // Reading consumes nothing, and costs no new signature for a while.
        const QByteArray first = bus.answer;
        bus.clock.advance(9s);
        QCOMPARE(bus.post(poll, "/zbus-result"), 200);
        QCOMPARE(bus.answer, first);
        bus.clock.advance(1s);
        QCOMPARE(bus.post(poll, "/zbus-result"), 200);
        const auto later = DirectMessage::decode(Json::parse(bus.answer)->items().first().raw());
        QCOMPARE(later->now, result->now + 10);
        QVERIFY(later->verify(bus.nodeKey.publicKey()));
        QCOMPARE(
            bus.post("{\"retqueue\":\"532a7b8e-0328-48d0-8a8e-6258b28b9a36\"}", "/zbus-result"),
            200);
        QCOMPARE(bus.answer, "[]");
        for (const QByteArray &wrong : { QByteArray("{\"retqueue\":\"x\"}"), QByteArray("{}"),
                 QByteArray("nothing"), QByteArray("{\"retqueue\":7}") })
            QCOMPARE(bus.post(wrong, "/zbus-result"), 400);
        QCOMPARE(bus.counters().malformed, 4);
        // Too large to be looked at, whatever it says.
        QCOMPARE(bus.post(poll + QByteArray(300, ' '), "/zbus-result"), 400);
        bus.clock.advance(31min);
        QCOMPARE(bus.post(poll, "/zbus-result"), 200);
        QCOMPARE(bus.answer, "[]");
    }
    void servesEnvelopes()
    {
        Daemon daemon;
        Bus bus;
        const Identity proxyKey = Identity::generate();
        bus.ledger.put(20, proxyKey.publicKey(), at(daemon.server.port()));
        const auto send = [&](const QByteArray &inner) {
            DirectMessage envelope = bus.request(u"system.proxy.request"_s, inner);
            envelope.src = TwinId(20);
            envelope.sign(proxyKey);
            const int status = bus.post(envelope.encode());
            return std::pair(status, envelope.uid);
        };
        const QByteArray inner = bus.signedText(bus.request(u"test.echo"_s, "[2]"));
        const auto [status, uid] = send(inner);
        QCOMPARE(status, 200);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 1; }));
        const auto outer = DirectMessage::decode(daemon.bodies.first());
        QVERIFY(outer->verify(bus.nodeKey.publicKey()));
        QCOMPARE(outer->dst, QList<TwinId> { TwinId(20) });
        const auto reply = DirectMessage::decode(QByteArray::fromBase64(outer->dat));
        QVERIFY2(reply.has_value(), reply ? "" : qPrintable(reply.error().what));
        QVERIFY(reply->verify(bus.nodeKey.publicKey()));
        QCOMPARE(reply->uid, uid);
        QCOMPARE(reply->dst, QList<TwinId> { TwinId(kUser) });
        QCOMPARE(QByteArray::fromBase64(reply->dat), "{\"twin\":7,\"got\":[2]}");
        // The same inner message again, and a forged one: the envelope comes home with the reason.
        send(inner);
        QVERIFY(eventually([&] { return daemon.bodies.size() == 2; }));
        QVERIFY(DirectMessage::decode(daemon.bodies.last())->err->contains(u"received before"));
        DirectMessage forged = bus.request();
        forged.sign(proxyKey);
        send(forged.encode());
        QVERIFY(eventually([&] { return daemon.bodies.size() == 3; }));
        QVERIFY(DirectMessage::decode(daemon.bodies.last())->err->contains(u"does not verify"));
        const auto comesHome = [&](const DirectMessage &message, const QString &reason) {
            const auto before = daemon.bodies.size();
            send(bus.signedText(message));
            if (!eventually([&] { return daemon.bodies.size() == before + 1; }))
                return false;
            const auto answer = DirectMessage::decode(daemon.bodies.last());
            return reason.isEmpty() ? !answer->err : answer->err && answer->err->contains(reason);
        };
        DirectMessage message = bus.request();
        message.dst = { TwinId(8) };
        QVERIFY(comesHome(message, u"invalid destination"_s));
        message = bus.request();
        message.now -= 20;
        message.exp = 10;
        QVERIFY(comesHome(message, u"expired"_s));
        message = bus.request();
        message.exp = 0; // none named
        QVERIFY(comesHome(message, {}));
    }
    void refusesPolitelyUntilTheClockIsRight()
    {
        bool right = false;
        SessionConfig config;
        config.synchronised = [&right] { return right; };
        Bus bus(loopback(), config);
        QCOMPARE(bus.post(bus.signedText(bus.request())), 503);
        QVERIFY(bus.answer.contains("clock is not synchronised"));
        QCOMPARE(bus.counters().notSynchronised, 1);
        right = true;
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
    }
    // A caller of ours takes that for what it is and comes again.
    void callsAgainUntilTheClockIsRight()
    {
        const Bus *node = nullptr;
        SessionConfig config;
        config.synchronised = [&node] { return node && node->counters().notSynchronised == 2; };
        Bus bus(loopback(), config);
        node = &bus;
        bus.startUser();
        const auto answer = testing::wait(bus.user->call(TwinId(kNode), u"test.echo"_s, "1", 20s));
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(bus.counters().notSynchronised, 2);
        QCOMPARE(bus.counters().accepted, 1);
    }
    void refusesATwinThatAsksTooMuch()
    {
        SessionConfig config;
        config.quota.ratePerTwin = 2;
        Bus bus(loopback(), config);
        for (int i = 0; i < 4; ++i)
            QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
        QCOMPARE(bus.post(bus.signedText(bus.request())), 503);
        QVERIFY(bus.answer.contains("node is busy"));
        QCOMPARE(bus.counters().busy, 1);
        bus.clock.advance(1s);
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
    }
    // Every place there is waits for a slow ledger: the user who is known is served, and who was
    // sent away is not worked for behind his back.
    void aSlowLedgerKeepsNobodyOut()
    {
        Bus bus;
        constexpr quint32 kStranger = 30;
        const Identity stranger = Identity::generate();
        bus.ledger.put(kStranger, stranger.publicKey());
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200); // known from now on
        bus.ledger.delay = 2s;
        std::vector<std::unique_ptr<RawHttp>> crowd;
        for (quint32 i = 0; i < 256; ++i) {
            crowd.push_back(std::make_unique<RawHttp>(bus.node->port(),
                QHostAddress(QHostAddress::LocalHost), QHostAddress(0x7f000002 + i / 16)));
            DirectMessage message = bus.request();
            message.src = TwinId(kStranger);
            message.sign(stranger);
            crowd.back()->post("/zbus-remote", message.encode());
        }
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200);
        QCOMPARE(bus.counters().accepted, 2);
        QMap<int, int> statuses;
        for (const auto &one : crowd)
            ++statuses[one->status()];
        // 0: it was still sending when it had to go.
        QVERIFY2(statuses.value(503) > 0, qPrintable(QString::number(statuses.value(503))));
        QCOMPARE(statuses.value(200) + statuses.value(503) + statuses.value(0), 256);
        QVERIFY(statuses.value(503) + statuses.value(0) >= 32);
        QCOMPARE(bus.counters().accepted, 2 + statuses.value(200));
        QCOMPARE(bus.counters().busy, statuses.value(503));
    }
    void stopsWhileWorking()
    {
        Bus bus;
        bus.startUser();
        auto calling = bus.user->call(TwinId(kNode), u"test.sleep"_s, {}, 60s);
        QVERIFY(eventually([&] { return bus.counters().accepted == 1; }));
        testing::wait(bus.node->stop());
        testing::wait(bus.user->stop());
        QCOMPARE(testing::wait(std::move(calling)).error().code, ErrorCode::Cancelled);
        QCOMPARE(testing::wait(bus.user->call(TwinId(kNode), u"test.echo"_s, {}, 1s)).error().code,
            ErrorCode::Unavailable);
    }
    void refusesStrangersWhenOnlyTheOverlayMayCall()
    {
        DirectConfig config = loopback();
        config.onlyOverlaySources = true;
        Bus bus(config);
        QCOMPARE(bus.post(bus.signedText(bus.request())), 200); // loopback may
        QVERIFY(eventually(
            [&] { return bus.counters().repliesFailed == 1; })); // but is no address to answer to
    }
};
ZOS_TEST(TestDirectPeer)
#include "tst_directpeer.moc"

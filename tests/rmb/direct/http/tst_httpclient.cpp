// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpclient.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QTcpServer>
#include <QTcpSocket>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// Takes connections and bytes; answers when told to.
class Sink
{
public:
    explicit Sink(int host = 1)
        : address(0x7f000100 + quint32(host))
    {
        if (!m_server.listen(address))
            qFatal("no server");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            auto *socket = m_server.nextPendingConnection();
            sockets.append(socket);
            QObject::connect(socket, &QTcpSocket::readyRead, &m_server, [this, socket] {
                requests.append(socket->readAll());
                if (answers)
                    answer(socket);
            });
            QObject::connect(socket, &QTcpSocket::disconnected, &m_server,
                [this, socket] { sockets.removeAll(socket); });
        });
    }
    static void answer(QTcpSocket *socket)
    {
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    quint16 port() const { return m_server.serverPort(); }

    const QHostAddress address;
    QList<QTcpSocket *> sockets;
    QByteArrayList requests;
    bool answers = false;

private:
    QTcpServer m_server;
};

class Poster
{
public:
    explicit Poster(HttpClientLimits limits = {})
        : client(limits)
    {
    }
    ~Poster()
    {
        client.abort();
        testing::wait(m_scope.finish());
    }
    void post(const Sink &to, HttpClient::Patience patience = { 60s, 60s })
    {
        m_scope.spawn(once(this, to.address, to.port(), patience));
    }
    int failures(ErrorCode code) const
    {
        return int(std::ranges::count_if(outcomes,
            [code](const auto &outcome) { return !outcome && outcome.error().code == code; }));
    }
    int successes() const
    {
        return int(std::ranges::count_if(
            outcomes, [](const auto &outcome) { return outcome.has_value(); }));
    }

    HttpClient client;
    std::vector<Result<HttpAnswer>> outcomes;
    int made = 0; // bodies
    CancelToken token;

private:
    static Task<void> once(
        Poster *self, QHostAddress address, quint16 port, HttpClient::Patience patience)
    {
        const HttpClient::Body body
            = [self]() -> QByteArray { return "body " + QByteArray::number(++self->made); };
        auto posting = self->client.post(address, port, "/x", body, patience, self->token);
        auto outcome = co_await std::move(posting);
        self->outcomes.push_back(std::move(outcome));
    }

    TaskScope m_scope;
};

} // namespace

class TestHttpClient : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsItsConnections()
    {
        Sink peer;
        peer.answers = true;
        Poster poster;
        for (int i = 1; i <= 3; ++i) {
            poster.post(peer);
            QVERIFY(eventually([&] { return poster.successes() == i; }));
        }
        QCOMPARE(peer.sockets.size(), 1);
        QCOMPARE(poster.outcomes.back()->body, "ok");
        const QByteArray host = "127.0.1.1:" + QByteArray::number(peer.port());
        QVERIFY(peer.requests.first().startsWith("POST /x HTTP/1.1\r\nHost: "));
        QVERIFY(peer.requests.first().contains(host));
        QVERIFY(peer.requests.first().endsWith("Content-Length: 6\r\n\r\nbody 1"));
    }
    void atMostEightToOnePeer()
    {
        Sink peer;
        Poster poster;
        for (int i = 0; i < 20; ++i)
            poster.post(peer);
        QVERIFY(eventually([&] { return peer.requests.size() == 8; }));
        QCOMPARE(poster.made, 8); // what waits is not written yet
        peer.answers = true;
        for (QTcpSocket *socket : std::as_const(peer.sockets))
            Sink::answer(socket);
        QVERIFY(eventually([&] { return poster.successes() == 20; }));
        QCOMPARE(peer.sockets.size(), 8);
    }
    void itsPortsAreOnePeer()
    {
        Sink one;
        Sink other;
        Poster poster;
        for (int i = 0; i < 8; ++i)
            poster.post(one);
        poster.post(other);
        QVERIFY(eventually([&] { return one.requests.size() == 8; }));
        QCOMPARE(poster.made, 8);
        // The first that rests is given up for the other port.
        Sink::answer(one.sockets.first());
        QVERIFY(eventually([&] { return other.requests.size() == 1; }));
        QVERIFY(eventually([&] { return one.sockets.size() == 7; }));
    }
    // The time for an answer begins when the request goes.
    void waitingCostsNoTimeToAnswer()
    {
        Sink peer;
        Poster poster;
        for (int i = 0; i < 8; ++i)
            poster.post(peer, { 60s, 500ms });
        QVERIFY(eventually([&] { return peer.requests.size() == 8; }));
        poster.post(peer, { 60s, 500ms });
        peer.answers = true; // from the ninth on
        QVERIFY(eventually([&] { return poster.outcomes.size() == 9; }));
        QCOMPARE(poster.failures(ErrorCode::Timeout), 8);
        QCOMPARE(poster.successes(), 1);
        QVERIFY(poster.outcomes.front().error().what.endsWith(u"did not answer within 0.5 s"));
    }
    void waitingHasItsOwnEnd()
    {
        Sink peer;
        Poster poster;
        for (int i = 0; i < 8; ++i)
            poster.post(peer);
        poster.post(peer, { 20ms, 60s });
        QVERIFY(eventually([&] { return poster.outcomes.size() == 1; }));
        QCOMPARE(poster.failures(ErrorCode::Timeout), 1);
        QVERIFY(
            poster.outcomes.front().error().what.endsWith(u"no connection was free for 0.02 s"));
        QCOMPARE(poster.made, 8);
    }
    // Sixteen peers that accept and never answer, with all they may ask for: one more is served.
    void silentPeersLeaveRoom()
    {
        std::vector<std::unique_ptr<Sink>> silent;
        Poster poster;
        for (int i = 0; i < 16; ++i) {
            silent.push_back(std::make_unique<Sink>(10 + i));
            for (int posts = 0; posts < 64; ++posts)
                poster.post(*silent.back());
        }
        const auto taken = [&] {
            qsizetype sum = 0;
            for (const auto &sink : silent)
                sum += sink->sockets.size();
            return sum;
        };
        QVERIFY(eventually([&] { return taken() >= 112; }));
        QVERIFY(taken() < 128);
        Sink honest(30);
        honest.answers = true;
        for (int i = 1; i <= 20; ++i) {
            poster.post(honest);
            QVERIFY(eventually([&] { return poster.successes() == i; }));
        }
        QCOMPARE(poster.failures(ErrorCode::Busy), 0); // nobody had to give way
    }
    // All connections with peers that never answer, one each: the one out longest gives way.
    void longestOutGivesWay()
    {
        std::vector<std::unique_ptr<Sink>> silent;
        Poster poster({ .connections = 4, .perOrigin = 2, .waiting = 16, .patience = 50ms });
        for (int i = 0; i < 4; ++i) {
            silent.push_back(std::make_unique<Sink>(10 + i));
            poster.post(*silent.back());
            QVERIFY(eventually([&] { return silent.back()->requests.size() == 1; }));
        }
        Sink honest(30);
        honest.answers = true;
        poster.post(honest);
        QVERIFY(eventually([&] { return poster.successes() == 1; }));
        QCOMPARE(poster.failures(ErrorCode::Busy), 1);
        QVERIFY(eventually([&] { return silent[0]->sockets.isEmpty(); }));
        for (int i = 1; i < 4; ++i)
            QCOMPARE(silent[size_t(i)]->sockets.size(), 1);
    }
    void mostCrowdedGivesWay()
    {
        Sink single(10);
        Sink crowd(11);
        Poster poster({ .connections = 4, .perOrigin = 3, .waiting = 16, .patience = 0ms });
        poster.post(single);
        QVERIFY(eventually([&] { return single.requests.size() == 1; }));
        for (int i = 0; i < 3; ++i)
            poster.post(crowd);
        QVERIFY(eventually([&] { return crowd.requests.size() == 3; }));
        Sink honest(30);
        honest.answers = true;
        poster.post(honest);
        QVERIFY(eventually([&] { return poster.successes() == 1; }));
        QCOMPARE(single.sockets.size(), 1);
        QVERIFY(eventually([&] { return crowd.sockets.size() == 2; }));
    }
    // A full queue loses what came last from whoever waits with the most.
    void fullQueueTakesNewcomers()
    {
        Sink silent(10);
        Sink other(11);
        Poster poster({ .connections = 1, .perOrigin = 1, .waiting = 8, .patience = 1h });
        for (int i = 0; i < 9; ++i)
            poster.post(silent);
        QVERIFY(eventually([&] { return silent.requests.size() == 1; }));
        QVERIFY(poster.outcomes.empty());
        poster.post(other);
        QVERIFY(eventually([&] { return poster.outcomes.size() == 1; }));
        QCOMPARE(poster.failures(ErrorCode::Busy), 1);
        poster.post(silent); // it has the most itself
        QVERIFY(eventually([&] { return poster.outcomes.size() == 2; }));
        QCOMPARE(poster.failures(ErrorCode::Busy), 2);
        other.answers = true;
        silent.answers = true;
        Sink::answer(silent.sockets.first());
        QVERIFY(eventually([&] { return poster.successes() == 9; }));
        QCOMPARE(other.requests.size(), 1);
    }
    // The peer ends a resting connection when we write into it: the same bytes go once more.
    void sendsOnceMoreWhenARestingConnectionDied()
    {
        Sink peer;
        peer.answers = true;
        Poster poster;
        poster.post(peer);
        QVERIFY(eventually([&] { return poster.successes() == 1; }));
        peer.answers = false;
        poster.post(peer);
        QVERIFY(eventually([&] { return peer.requests.size() == 2; }));
        peer.answers = true;
        peer.sockets.first()->abort();
        QVERIFY(eventually([&] { return poster.successes() == 2; }));
        QVERIFY(poster.outcomes.back()->resent);
        QCOMPARE(peer.requests.size(), 3);
        QCOMPARE(peer.requests[2], peer.requests[1]);
        QCOMPARE(poster.made, 2);
    }
    void cancelledOnesLeave()
    {
        Sink peer;
        Poster poster;
        for (int i = 0; i < 9; ++i)
            poster.post(peer);
        QVERIFY(eventually([&] { return peer.requests.size() == 8; }));
        poster.token.cancel();
        QVERIFY(eventually([&] { return poster.outcomes.size() == 9; }));
        QCOMPARE(poster.failures(ErrorCode::Cancelled), 9);
        QVERIFY(eventually([&] { return peer.sockets.isEmpty(); }));
        QCOMPARE(poster.made, 8);
    }
    void nobodyThere()
    {
        quint16 port = 0;
        {
            const Sink closed(2);
            port = closed.port();
        }
        HttpClient client;
        const HttpClient::Body body = [] { return QByteArray("x"); };
        const auto outcome
            = testing::wait(client.post(QHostAddress(0x7f000102), port, "/x", body, { 60s, 60s }));
        QCOMPARE(outcome.error().code, ErrorCode::Unavailable);
    }
};
ZOS_TEST(TestHttpClient)
#include "tst_httpclient.moc"

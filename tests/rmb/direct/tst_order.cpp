// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/directpeer.h"
#include "rmb/direct/http/httpclient.h"
#include "rmb/wire/directmessage.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

#include <QMap>
#include <QRandomGenerator>
#include <QTcpServer>
#include <QTcpSocket>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// Each look at it is a second later: stamps tell what came first.
class TickingClock final : public Clock
{
public:
    std::chrono::milliseconds now() const override { return 1'800'000'000s + ++m_looks * 1s; }
    std::chrono::milliseconds monotonic() const override { return 1'000s; }

private:
    mutable int m_looks = 0;
};

// Takes whole requests and answers when it is told to, or at once with what `status` says.
class Listener
{
public:
    explicit Listener(int host)
        : address(0x7f000100 + quint32(host))
    {
        if (!m_server.listen(address))
            qFatal("no server");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (auto *socket = m_server.nextPendingConnection()) {
                QObject::connect(
                    socket, &QTcpSocket::readyRead, &m_server, [this, socket] { take(socket); });
                QObject::connect(socket, &QTcpSocket::disconnected, &m_server, [this, socket] {
                    owing.removeAll(socket);
                    m_texts.remove(socket);
                });
            }
        });
    }
    void answer(qsizetype which, int code = 200)
    {
        owing.takeAt(which)->write(
            "HTTP/1.1 " + QByteArray::number(code) + " X\r\nContent-Length: 2\r\n\r\n{}");
    }
    QString endpoint() const { return u"%1:%2"_s.arg(address.toString()).arg(port()); }
    quint16 port() const { return m_server.serverPort(); }

    const QHostAddress address;
    QByteArrayList bodies;
    QList<QTcpSocket *> owing; // an answer
    std::function<int()> status;

private:
    void take(QTcpSocket *socket)
    {
        auto &text = m_texts[socket];
        text += socket->readAll();
        const auto head = text.indexOf("\r\n\r\n");
        const auto length = text.indexOf("Content-Length: ");
        if (head < 0 || length < 0)
            return;
        const auto size = text.sliced(length + 16, text.indexOf('\r', length) - length - 16);
        if (text.size() < head + 4 + size.toInt())
            return;
        bodies += text.sliced(head + 4);
        text.clear();
        owing += socket;
        if (status)
            answer(owing.size() - 1, status());
    }
    QTcpServer m_server;
    QHash<QTcpSocket *, QByteArray> m_texts;
};

// Of the posts to one peer.
struct Tally
{
    static Task<void> post(HttpClient *client, const Listener *to, Tally *tally)
    {
        const HttpClient::Body body = [tally, number = tally->given++] {
            tally->begun += number;
            return QByteArray("body");
        };
        auto posting = client->post(to->address, to->port(), "/x", body, { 1h, 1h });
        (void)co_await std::move(posting);
        ++tally->ended;
    }
    int given = 0;
    int ended = 0;
    QList<int> begun;
};

Task<void> call(DirectPeer *user, quint32 twin, int number)
{
    auto calling = user->call(TwinId(twin), u"test.%1"_s.arg(number), QByteArray("{}"), 100h);
    (void)co_await std::move(calling);
}

} // namespace

// What is sent to one peer begins in the order it was given, whatever else is going on.
class TestOrder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    // Four peers share few connections; answers come in any order, some connections break.
    void postsOfOneOrigin_data()
    {
        QTest::addColumn<quint32>("seed");
        for (quint32 seed = 1; seed <= 4; ++seed)
            QTest::addRow("dice %u", seed) << seed;
    }
    void postsOfOneOrigin()
    {
        QFETCH(quint32, seed);
        constexpr int kPeers = 4;
        constexpr int kPosts = 240;
        QRandomGenerator dice(seed);
        std::vector<std::unique_ptr<Listener>> peers;
        for (int i = 0; i < kPeers; ++i)
            peers.push_back(std::make_unique<Listener>(i + 1));
        HttpClient client({ .connections = 6, .perOrigin = 3, .waiting = kPosts, .patience = 1h });
        std::array<Tally, kPeers> tallies;
        TaskScope scope;
        for (int i = 0; i < kPosts; ++i) {
            const auto peer = std::size_t(dice.bounded(kPeers));
            scope.spawn(Tally::post(&client, peers[peer].get(), &tallies[peer]));
            if (dice.bounded(3) == 0)
                QCoreApplication::processEvents();
        }
        const auto go = [&] {
            auto &peer = *peers[std::size_t(dice.bounded(kPeers))];
            if (!peer.owing.isEmpty()) {
                const auto which = dice.bounded(peer.owing.size());
                if (dice.bounded(10) == 0)
                    peer.owing.at(which)->abort();
                else
                    peer.answer(which);
            }
            int ended = 0;
            for (const auto &tally : tallies)
                ended += tally.ended;
            return ended == kPosts;
        };
        QVERIFY(eventually(go, 60s));
        for (std::size_t i = 0; i < tallies.size(); ++i) {
            QVERIFY(std::ranges::is_sorted(tallies[i].begun));
            QCOMPARE(tallies[i].begun.size(), tallies[i].given);
        }
        testing::wait(scope.finish());
    }

    // Calls of one twin among calls of many that never answer; some have to be tried again.
    void callsOfOneTwin()
    {
        constexpr quint32 kUser = 7;
        constexpr quint32 kNode = 9;
        constexpr int kCalls = 40;
        constexpr int kOthers = 8;
        const TickingClock clock;
        testing::TwinsLedger ledger;
        const auto key = Identity::generate();
        ledger.put(kUser, key.publicKey());
        Listener node(1);
        int answered = 0;
        node.status = [&] { return ++answered <= 5 ? 503 : 200; };
        ledger.put(kNode, Identity::generate().publicKey(), node.endpoint());
        std::vector<std::unique_ptr<Listener>> others;
        for (quint32 i = 0; i < kOthers; ++i) {
            others.push_back(std::make_unique<Listener>(int(i) + 2));
            ledger.put(100 + i, key.publicKey(), others.back()->endpoint());
        }
        Session session(key, TwinId(kUser), &ledger, nullptr, &clock);
        QVERIFY(session.start().has_value());
        DirectConfig config;
        config.address = QHostAddress(QHostAddress::LocalHost);
        config.port = 0;
        config.onlyOverlaySources = false;
        config.firstPause = 1ms;
        DirectPeer user(&session, config);
        QVERIFY(testing::wait(user.start()).has_value());

        ledger.delay = 5ms; // the first calls wait for it
        TaskScope scope;
        for (int i = 0; i < kCalls; ++i) {
            scope.spawn(call(&user, kNode, i));
            for (quint32 other = 0; other < kOthers; ++other)
                scope.spawn(call(&user, 100 + other, i));
        }
        QMap<int, quint64> stamps; // of the first attempt at each call
        int attempts = 0;
        const auto collect = [&] {
            for (const auto &body : std::exchange(node.bodies, {})) {
                const auto message = DirectMessage::decode(body);
                if (!message)
                    return false;
                const int number = message->cmd.section(u'.', 1).toInt();
                auto &stamp = stamps[number];
                stamp = stamp == 0 ? message->now : std::min(stamp, message->now);
                ++attempts;
            }
            return stamps.size() == kCalls && attempts >= kCalls + 5;
        };
        QVERIFY(eventually(collect, 30s));
        const auto first = stamps.values();
        QVERIFY(std::ranges::is_sorted(first));
        QVERIFY(std::ranges::adjacent_find(first) == first.end());
        testing::wait(user.stop());
        testing::wait(session.stop());
        testing::wait(scope.finish());
    }
};

ZOS_TEST(TestOrder)
#include "tst_order.moc"

// SPDX-License-Identifier: Apache-2.0
// Measures the message bus and prints one JSON object.
//   bench_rmb                            node and relay in processes of their own, over loopback
//   bench_rmb bench LISTEN PORT PEER     against a node elsewhere, e.g. through two yggdrasil
//                                        daemons; the direct transport alone
//   bench_rmb serve LISTEN PORT PEER [RELAY...]
//                                        that node; prints "port N http M ws W" and serves until
//                                        its input ends. M is bare HTTP, PORT + 1 or any when PORT
//                                        is 0, W a bare WebSocket echo
//   bench_rmb relay                      a relay; prints "relay N"
//   bench_rmb ask LISTEN PORT PEER       one call each way, then ends
// BENCH_SECONDS sets the time of each measurement (default 1) but the sustained ones.
#include "rmb/direct/http/httpclient.h"
#include "rmb/relay/server/localrelay.h"
#include "rmb/wire/directmessage.h"
#include "tests/bench/rmb/benchpeer.h"
#include "tests/bench/rmb/child.h"
#include "tests/bench/rmb/httpecho.h"
#include "tests/bench/rmb/nodetap.h"
#include "tests/bench/rmb/socketecho.h"
#include "tests/support/eventually.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <sodium.h>

#include <array>
#include <cstdio>
#include <ctime>

namespace {

using namespace zos;
using namespace zos::bench;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

const QByteArray kPayload = "{\"contract_id\":1}";

Task<bool> roundTrip(BenchPeer *peer)
{
    auto asking = peer->ask(u"bench.echo"_s, kPayload, 30s);
    const auto answer = co_await std::move(asking);
    co_return answer && *answer == kPayload;
}

Task<bool> roundTripByRelay(BenchPeer *peer, quint32 twin)
{
    auto asking = peer->askByRelay(twin, u"bench.echo"_s, kPayload, 30s);
    const auto answer = co_await std::move(asking);
    co_return answer && *answer == kPayload;
}

Task<bool> postBare(rmb::HttpClient *client, QHostAddress address, quint16 port, QByteArray body)
{
    const rmb::HttpClient::Body text = [body] { return body; };
    auto posting = client->post(address, port, "/x", text, { 10s, 10s });
    const auto answer = co_await std::move(posting);
    co_return answer && answer->status == 200;
}

Task<bool> postByManager(QNetworkAccessManager *manager, QUrl url, QByteArray body)
{
    QNetworkRequest request(url);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    const std::unique_ptr<QNetworkReply> reply(manager->post(request, body));
    auto gate = std::make_shared<zos::detail::Gate>();
    QObject::connect(reply.get(), &QNetworkReply::finished, reply.get(), [gate] { gate->open(); });
    co_await gate->opened();
    co_return reply->error() == QNetworkReply::NoError;
}

// Microseconds of this thread's processor time a call.
template <class Call> double costOf(Call call)
{
    constexpr int kRounds = 3000;
    const auto now = [] {
        timespec time {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return double(time.tv_sec) * 1e6 + double(time.tv_nsec) / 1e3;
    };
    const double begin = now();
    for (int i = 0; i < kRounds; ++i)
        call();
    return (now() - begin) / kRounds;
}

QJsonObject measureSignatures()
{
    rmb::DirectMessage message;
    message.uid = u"e4774cdd-a079-4f86-814e-8b9140bb6db4"_s;
    message.cmd = u"bench.echo"_s;
    message.dat = "eyJjb250cmFjdF9pZCI6MX0=";
    message.dst = { TwinId(kNodeTwin) };
    const Identity identity = BenchPeer::identity(kNodeTwin);
    const QByteArray key = identity.publicKey();
    bool good = true;
    const double sign = costOf([&] { message.sign(identity); });
    const double verify = costOf([&] { good = message.verify(key) && good; });
    const QByteArray text = message.encode();
    const double decode
        = costOf([&] { good = rmb::DirectMessage::decode(text).has_value() && good; });

    std::array<unsigned char, 32> bareKey {};
    std::array<unsigned char, 64> secret {};
    std::array<unsigned char, 64> signature {};
    const std::array<unsigned char, 16> challenge {};
    crypto_sign_ed25519_keypair(bareKey.data(), secret.data());
    const double bareSign = costOf([&] {
        crypto_sign_ed25519_detached(
            signature.data(), nullptr, challenge.data(), challenge.size(), secret.data());
    });
    const double bareVerify = costOf([&] {
        good = crypto_sign_ed25519_verify_detached(
                   signature.data(), challenge.data(), challenge.size(), bareKey.data())
                == 0
            && good;
    });
    return { { u"sign_us"_s, sign }, { u"verify_us"_s, verify }, { u"decode_us"_s, decode },
        { u"libsodium_sign_us"_s, bareSign }, { u"libsodium_verify_us"_s, bareVerify },
        { u"libsodium_both_us"_s, bareSign + bareVerify }, { u"good"_s, good } };
}

QJsonObject measureBareHttp(
    int inFlight, const QHostAddress &address, quint16 port, const std::vector<Helper> &helpers)
{
    const QByteArray body(400, 'x');
    rmb::HttpClient client;
    const auto own
        = measure(timed([&] { return postBare(&client, address, port, body); }), inFlight, helpers);
    QUrl url(u"http://host/x"_s);
    url.setHost(address.toString());
    url.setPort(port);
    QNetworkAccessManager manager;
    const auto managed
        = measure(timed([&] { return postByManager(&manager, url, body); }), inFlight, helpers);
    return { { u"own_client"_s, own }, { u"network_access_manager"_s, managed } };
}

int serve(
    const QHostAddress &address, quint16 port, const QString &other, const QStringList &relays)
{
    QList<QUrl> urls;
    for (const QString &relay : relays)
        urls += QUrl(relay);
    BenchPeer node(kNodeTwin);
    BenchPeer sealed(kSealedTwin);
    node.setOther(other);
    const HttpEcho http(address, port == 0 ? port : quint16(port + 1));
    const SocketEcho socket(address);
    if (!node.start() || !sealed.start() || !node.listen(address, port) || http.port() == 0
        || socket.port() == 0)
        return 1;
    if (!urls.isEmpty()) {
        node.join(urls);
        sealed.join(urls);
    }
    std::printf("port %d http %d ws %d\n", int(node.port()), int(http.port()), int(socket.port()));
    std::fflush(stdout);
    serveUntilInputEnds();
    node.stop();
    sealed.stop();
    return 0;
}

int serveRelay()
{
    testing::TwinsLedger ledger;
    BenchPeer::enterEverybody(&ledger);
    const SystemClock clock;
    rmb::LocalRelayLimits limits;
    limits.messagesPerMinute = std::numeric_limits<int>::max();
    limits.bytesPerMinute = std::numeric_limits<qint64>::max() / 100;
    rmb::LocalRelay relay(&ledger, &clock, limits);
    if (!relay.start(QHostAddress::LocalHost, 0))
        return 1;
    std::printf("relay %d\n", int(relay.port()));
    std::fflush(stdout);
    serveUntilInputEnds();
    QCoro::waitFor(relay.stop());
    return 0;
}

int ask(BenchPeer &peer)
{
    const auto there = QCoro::waitFor(peer.ask(u"bench.echo"_s, "\"there\"", 20s));
    const auto back = QCoro::waitFor(peer.ask(u"bench.back"_s, "\"and back\"", 20s));
    for (const auto &answer : { there, back })
        std::printf("%s\n", answer ? answer->constData() : qPrintable(answer.error().what));
    return there == "\"there\"" && back == "\"and back\"" ? 0 : 1;
}

// Ends with 1 when any round trip of the bus failed.
int print(QJsonObject report)
{
    bool good = true;
    for (const auto &part : std::as_const(report))
        good = good && part.toObject().value(u"failed"_s).toInt() == 0;
    report.insert(u"signatures"_s, measureSignatures());
    std::printf("%s", QJsonDocument(report).toJson().constData());
    return good ? 0 : 1;
}

int measureElsewhere(BenchPeer &user, const QHostAddress &node, quint16 httpPort)
{
    QJsonObject report;
    const Step direct = timed([&] { return roundTrip(&user); });
    (void)measure(direct, 8, {}); // warm-up
    for (const int inFlight : { 1, 64 }) {
        report.insert(u"direct_%1"_s.arg(inFlight), measure(direct, inFlight, {}));
        report.insert(
            u"bare_http_%1"_s.arg(inFlight), measureBareHttp(inFlight, node, httpPort, {}));
    }
    return print(std::move(report));
}

int measureHere(BenchPeer &user)
{
    const QHostAddress here(QHostAddress::LocalHost);
    NodeTap tap;
    const Child relay({ "relay" });
    const auto url = [](quint16 port) { return u"ws://127.0.0.1:%1"_s.arg(port); };
    const QString relayUrl = url(relay.port("relay"));
    const Child node({ "serve", "127.0.0.1", "0", "127.0.0.1:" + QByteArray::number(user.port()),
        relayUrl.toLatin1(), url(tap.port()).toLatin1() });
    user.setOther(u"127.0.0.1:%1"_s.arg(node.port("port")));
    user.join({ QUrl(relayUrl) });
    SocketEchoClient echo(here, node.port("ws"));
    const bool ready = testing::eventually([&] {
        return user.joined() && tap.connected(kNodeTwin) && tap.connected(kSealedTwin)
            && echo.connected();
    });
    if (!ready)
        return 1;

    const std::vector<Helper> nodeOnly { { u"node"_s, node.pid() } };
    const std::vector<Helper> both { { u"node"_s, node.pid() }, { u"relay"_s, relay.pid() } };
    const QByteArray frame(300, 'x');
    const std::vector<std::tuple<QString, Step, std::vector<Helper>>> ways {
        { u"direct"_s, timed([&] { return roundTrip(&user); }), nodeOnly },
        { u"relay"_s, timed([&] { return roundTripByRelay(&user, kNodeTwin); }), both },
        { u"relay_sealed"_s, timed([&] { return roundTripByRelay(&user, kSealedTwin); }), both },
        { u"node_alone"_s, [&] { return tap.roundTrip(kNodeTwin, kPayload); }, nodeOnly },
        { u"node_alone_sealed"_s, [&] { return tap.roundTrip(kSealedTwin, kPayload); }, nodeOnly },
        { u"bare_socket"_s, [&] { return echo.roundTrip(frame); }, nodeOnly },
    };
    QJsonObject report;
    (void)measure(std::get<Step>(ways[0]), 8, {}); // warm-up
    for (const int inFlight : { 1, 64 }) {
        for (const auto &[name, step, helpers] : ways)
            report.insert(u"%1_%2"_s.arg(name).arg(inFlight), measure(step, inFlight, helpers));
        report.insert(u"bare_http_%1"_s.arg(inFlight),
            measureBareHttp(inFlight, here, node.port("http"), nodeOnly));
    }
    constexpr double kSustained = 10;
    for (const auto &[name, step, helpers] : ways) {
        if (name == u"direct" || name == u"relay")
            report.insert(name + u"_sustained"_s, measure(step, 64, helpers, kSustained));
    }
    return print(std::move(report));
}

} // namespace

int main(int argc, char **argv)
{
    zos::choosePlainEventLoop();
    QCoreApplication app(argc, argv);
    if (!initCrypto())
        return 1;
    const QStringList arguments = QCoreApplication::arguments();
    const QString mode = arguments.value(1);
    const QHostAddress address(arguments.value(2, u"127.0.0.1"_s));
    const quint16 port = arguments.value(3).toUShort();
    const QString other = arguments.value(4);
    if (mode == u"serve")
        return serve(address, port, other, arguments.mid(5));
    if (mode == u"relay")
        return serveRelay();

    BenchPeer user(kUserTwin);
    if (!user.start() || !user.listen(address, port))
        return 1;
    user.setOther(other);
    const int status = mode == u"ask" ? ask(user)
        : mode == u"bench" ? measureElsewhere(user, QHostAddress(other), quint16(port + 1))
                           : measureHere(user);
    user.stop();
    return status;
}

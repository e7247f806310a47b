// SPDX-License-Identifier: Apache-2.0
// Measures the message bus and prints one JSON object.
//   bench_rmb                            node in a child process, over loopback
//   bench_rmb bench LISTEN PORT PEER     against a node elsewhere, e.g. through two yggdrasil
//   daemons bench_rmb serve LISTEN PORT PEER     that node; prints "port N http M" and serves until
//   its input
//                                        ends; M is bare HTTP, PORT + 1 or any when PORT is 0
//   bench_rmb ask LISTEN PORT PEER       one call each way, then ends
// BENCH_SECONDS sets the time of each measurement (default 1).
#include "rmb/direct/http/httpclient.h"
#include "rmb/wire/directmessage.h"
#include "tests/bench/rmb/benchpeer.h"
#include "tests/bench/rmb/httpecho.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSocketNotifier>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace {

using namespace zos;
using namespace zos::bench;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Step = std::function<Task<bool>()>; // one round trip; false = it failed

double ownCpuSeconds()
{
    rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds
        = [](const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpuSecondsOf(pid_t pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (pid <= 0 || !file.open(QIODevice::ReadOnly))
        return 0;
    const auto text = file.readAll();
    const auto fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    return (fields.value(11).toDouble() + fields.value(12).toDouble())
        / double(::sysconf(_SC_CLK_TCK));
}

struct Tally
{
    std::vector<qint64> nanoseconds;
    int failed = 0;
};

Task<void> keepAsking(Step step, QElapsedTimer *clock, qint64 end, Tally *tally)
{
    while (clock->nsecsElapsed() < end) {
        const qint64 begin = clock->nsecsElapsed();
        auto asking = step();
        const bool good = co_await std::move(asking);
        tally->nanoseconds.push_back(clock->nsecsElapsed() - begin);
        tally->failed += good ? 0 : 1;
    }
}

QJsonObject measure(const Step &step, int inFlight, pid_t other)
{
    const double seconds = std::max(0.1, qEnvironmentVariable("BENCH_SECONDS", u"1"_s).toDouble());
    Tally tally;
    TaskScope scope;
    const double ownCpu = ownCpuSeconds();
    const double otherCpu = cpuSecondsOf(other);
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < inFlight; ++i)
        scope.spawn(keepAsking(step, &clock, qint64(seconds * 1e9), &tally));
    QCoro::waitFor(scope.finish());
    const double took = double(clock.nsecsElapsed()) / 1e9;
    auto &times = tally.nanoseconds;
    std::ranges::sort(times);
    const auto count = double(times.size());
    const auto at = [&times](double share) {
        return double(times.at(size_t(double(times.size() - 1) * share))) / 1e3;
    };
    QJsonObject result { { u"in_flight"_s, inFlight },
        { u"per_second"_s, std::round(count / took) }, { u"p50_us"_s, at(0.5) },
        { u"p99_us"_s, at(0.99) }, { u"failed"_s, tally.failed },
        { u"own_cpu_us"_s, (ownCpuSeconds() - ownCpu) / count * 1e6 } };
    if (other > 0)
        result.insert(u"node_cpu_us"_s, (cpuSecondsOf(other) - otherCpu) / count * 1e6);
    return result;
}

Task<bool> roundTrip(BenchPeer *peer)
{
    auto asking = peer->ask(u"bench.echo"_s, "{\"contract_id\":1}", 30s);
    const auto answer = co_await std::move(asking);
    co_return answer && *answer == "{\"contract_id\":1}";
}

Task<bool> postBare(rmb::HttpClient *client, QHostAddress address, quint16 port, QByteArray body)
{
    auto posting = client->post(address, port, "/x", body, 10s);
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
    co_await gate->future();
    co_return reply->error() == QNetworkReply::NoError;
}

QJsonObject measureSignatures()
{
    rmb::DirectMessage message;
    message.uid = u"e4774cdd-a079-4f86-814e-8b9140bb6db4"_s;
    message.cmd = u"bench.echo"_s;
    message.dat = "eyJjb250cmFjdF9pZCI6MX0=";
    message.dst = { TwinId(kNodeTwin) };
    const Identity identity = BenchPeer::identity(true);
    const QByteArray key = identity.publicKey();
    constexpr int kRounds = 3000;
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < kRounds; ++i)
        message.sign(identity);
    const double sign = double(clock.nsecsElapsed()) / kRounds / 1e3;
    bool good = true;
    clock.restart();
    for (int i = 0; i < kRounds; ++i)
        good = message.verify(key) && good;
    const double verify = double(clock.nsecsElapsed()) / kRounds / 1e3;
    const QByteArray text = message.encode();
    clock.restart();
    for (int i = 0; i < kRounds; ++i)
        good = rmb::DirectMessage::decode(text).has_value() && good;
    const double decode = double(clock.nsecsElapsed()) / kRounds / 1e3;
    return { { u"sign_us"_s, sign }, { u"verify_us"_s, verify }, { u"decode_us"_s, decode },
        { u"good"_s, good } };
}

QJsonObject measureBareHttp(int inFlight, const QHostAddress &address, quint16 port)
{
    const QByteArray body(400, 'x');
    rmb::HttpClient client;
    const auto own = measure([&] { return postBare(&client, address, port, body); }, inFlight, 0);
    QUrl url(u"http://host/x"_s);
    url.setHost(address.toString());
    url.setPort(port);
    QNetworkAccessManager manager;
    const auto managed = measure([&] { return postByManager(&manager, url, body); }, inFlight, 0);
    return { { u"own_client"_s, own }, { u"network_access_manager"_s, managed } };
}

int serve(const QHostAddress &address, quint16 port, const QString &other)
{
    BenchPeer peer(true, address, port);
    peer.setOther(other);
    const HttpEcho echo(address, port == 0 ? port : quint16(port + 1));
    if (!peer.start() || echo.port() == 0)
        return 1;
    std::printf("port %d http %d\n", int(peer.port()), int(echo.port()));
    std::fflush(stdout);
    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &input, [&input] {
        char text[64];
        if (::read(STDIN_FILENO, text, sizeof text) <= 0) {
            input.setEnabled(false);
            QCoreApplication::quit();
        }
    });
    QCoreApplication::exec();
    peer.stop();
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

// The node as a child of this program; its input is our pipe, so it ends with us.
struct NodeProcess
{
    explicit NodeProcess(quint16 userPort)
    {
        int in[2] {};
        int out[2] {};
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
            return;
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        QByteArrayList words { QFile::encodeName(QCoreApplication::applicationFilePath()), "serve",
            "127.0.0.1", "0", "127.0.0.1:" + QByteArray::number(userPort) };
        char *arguments[] = { words[0].data(), words[1].data(), words[2].data(), words[3].data(),
            words[4].data(), nullptr };
        if (::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments, environ) != 0)
            pid = 0;
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        input = in[1];
        QFile pipe;
        if (pid > 0 && pipe.open(out[0], QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
            words = pipe.readLine().trimmed().split(' ');
        port = words.value(1).toUShort();
        httpPort = words.value(3).toUShort();
    }
    ~NodeProcess()
    {
        ::close(input);
        if (pid > 0)
            ::waitpid(pid, nullptr, 0);
    }
    pid_t pid = 0;
    int input = -1;
    quint16 port = 0;
    quint16 httpPort = 0;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (!initCrypto())
        return 1;
    const QStringList arguments = QCoreApplication::arguments();
    const QString mode = arguments.value(1);
    const QHostAddress address(arguments.value(2, u"127.0.0.1"_s));
    const quint16 port = arguments.value(3).toUShort();
    if (mode == u"serve")
        return serve(address, port, arguments.value(4));

    BenchPeer user(false, address, port);
    if (!user.start())
        return 1;
    std::unique_ptr<NodeProcess> node;
    QHostAddress httpAddress(arguments.value(4));
    auto httpPort = quint16(port + 1);
    if (mode.isEmpty()) {
        node = std::make_unique<NodeProcess>(user.port());
        user.setOther(u"127.0.0.1:%1"_s.arg(node->port));
        httpAddress = QHostAddress::LocalHost;
        httpPort = node->httpPort;
    } else {
        user.setOther(arguments.value(4));
    }
    int status = 0;
    if (mode == u"ask") {
        status = ask(user);
    } else {
        const pid_t other = node ? node->pid : 0;
        QJsonObject report;
        (void)measure([&] { return roundTrip(&user); }, 8, other); // warm-up
        for (const int inFlight : { 1, 64 }) {
            report.insert(u"direct_%1"_s.arg(inFlight),
                measure([&] { return roundTrip(&user); }, inFlight, other));
            report.insert(
                u"bare_http_%1"_s.arg(inFlight), measureBareHttp(inFlight, httpAddress, httpPort));
        }
        report.insert(u"signatures"_s, measureSignatures());
        std::printf("%s", QJsonDocument(report).toJson().constData());
        status = report.value(u"direct_64"_s).toObject().value(u"failed"_s).toInt() == 0 ? 0 : 1;
    }
    user.stop();
    return status;
}

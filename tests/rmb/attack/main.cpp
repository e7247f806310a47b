// SPDX-License-Identifier: Apache-2.0
// One peer of the message bus for the attacks, as a process of its own. Prints "port N", obeys
// lines of its input and ends with it.
//   attack_peer serve STATE RELAY [ADDRESS]  the attacked node, both transports; RELAY "-" = direct
//   attack_peer witness direct PORT        an honest user that calls the node every 20 ms by the
//   attack_peer witness relay URL          one way or the other
//   attack_peer relay ADDRESS PORT         a relay for them
//   attack_peer ask direct NODE ADDRESS    one call by a user at ADDRESS; fails after five seconds
//   attack_peer ask relay URL
// Lines: "address TWIN IP:PORT" tells where a twin is, "report" is answered with one line of JSON,
// "rest" ends the calls of a witness.
// Limits are those of the product; the addresses are loopback unless they are given.
#include "rmb/direct/directpeer.h"
#include "rmb/relay/relaypeer.h"
#include "rmb/relay/server/localrelay.h"
#include "tests/rmb/attack/attackpeer.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSocketNotifier>
#include <QTimer>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace {

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class AttackPeer
{
public:
    AttackPeer(quint32 twin, bool serves, const QString &state, const QString &relay,
        const QHostAddress &address)
    {
        fillAttackLedger(m_ledger);
        m_router.add(u"attack.count"_s, [this](rmb::Call call) { return count(this, call); });
        rmb::SessionConfig shared;
        shared.statePath = state;
        m_session = std::make_unique<rmb::Session>(attackKey(twin), TwinId(twin), &m_ledger,
            serves ? &m_router : nullptr, &m_clock, shared);
        rmb::DirectConfig direct;
        direct.address = address;
        direct.onlyOverlaySources = !address.isLoopback();
        if (address.isLoopback())
            direct.port = 0;
        m_direct = std::make_unique<rmb::DirectPeer>(m_session.get(), direct);
        if (relay.isEmpty() || relay == u"-")
            return;
        rmb::RelayConfig relays;
        relays.relays = { QUrl(relay) };
        relays.session = serves ? QString() : u"witness"_s;
        relays.firstPause = 50ms;
        m_relay = std::make_unique<rmb::RelayPeer>(m_session.get(), relays);
    }
    bool start()
    {
        if (!m_session->start() || !QCoro::waitFor(m_direct->start()))
            return false;
        if (m_relay)
            m_relay->start();
        return true;
    }
    void stop()
    {
        QCoro::waitFor(m_direct->stop());
        if (m_relay)
            QCoro::waitFor(m_relay->stop());
        QCoro::waitFor(m_session->stop());
    }
    quint16 port() const { return m_direct->port(); }
    void setAddress(quint32 twin, const QString &address)
    {
        m_ledger.put(twin, attackKey(twin).publicKey(), address);
        m_ledger.announce(twin);
    }
    Task<rmb::Answer> ask(std::chrono::milliseconds lifetime = 30s)
    {
        const TwinId node(kAttackedTwin);
        return m_relay ? m_relay->call(node, u"attack.count"_s, "null", lifetime)
                       : m_direct->call(node, u"attack.count"_s, "null", lifetime);
    }
    QJsonObject report() const
    {
        QJsonObject object { { u"called"_s, m_called }, { u"running"_s, m_router.running() },
            { u"up"_s, m_relay && m_relay->up() } };
        for (const auto &[name, value] : m_session->counters().entries())
            object.insert(name, qint64(value));
        return object;
    }

private:
    static Task<rmb::Answer> count(AttackPeer *self, rmb::Call)
    {
        co_return QByteArray::number(++self->m_called);
    }

    const SystemClock m_clock;
    TwinsLedger m_ledger;
    rmb::Router m_router;
    qint64 m_called = 0;
    std::unique_ptr<rmb::Session> m_session;
    std::unique_ptr<rmb::DirectPeer> m_direct;
    std::unique_ptr<rmb::RelayPeer> m_relay;
};

// A user with a program: a call every 20 ms, at most sixteen at a time.
class Witness
{
public:
    explicit Witness(AttackPeer *peer)
        : m_peer(peer)
    {
        QObject::connect(&m_pace, &QTimer::timeout, &m_pace, [this] {
            if (m_scope.running() < 16)
                m_scope.spawn(once(this));
        });
        m_pace.start(20ms);
    }
    void rest() { m_pace.stop(); }
    void stop()
    {
        rest();
        QCoro::waitFor(m_scope.finish());
    }
    QJsonObject report()
    {
        auto times = std::exchange(m_times, {});
        std::ranges::sort(times);
        const auto at = [&times](double share) {
            return times.empty() ? 0.0 : times[size_t(double(times.size() - 1) * share)];
        };
        return { { u"answered"_s, qint64(times.size()) },
            { u"failed"_s, std::exchange(m_failed, 0) }, { u"why"_s, m_why },
            { u"waiting"_s, m_scope.running() }, { u"p50_ms"_s, at(0.5) },
            { u"p99_ms"_s, at(0.99) }, { u"max_ms"_s, at(1) } };
    }

private:
    static Task<void> once(Witness *self)
    {
        QElapsedTimer timer;
        timer.start();
        auto asking = self->m_peer->ask();
        const auto answer = co_await std::move(asking);
        if (answer) {
            self->m_times.push_back(double(timer.nsecsElapsed()) / 1e6);
        } else {
            ++self->m_failed;
            self->m_why = answer.error().what;
        }
    }

    AttackPeer *m_peer;
    QTimer m_pace;
    TaskScope m_scope;
    std::vector<double> m_times;
    int m_failed = 0;
    QString m_why;
};

void obey(const QByteArray &line, AttackPeer &peer, Witness *witness)
{
    const auto words = line.split(' ');
    if (words.first() == "address" && words.size() == 3) {
        peer.setAddress(words[1].toUInt(), QString::fromLatin1(words[2]));
    } else if (words.first() == "rest" && witness) {
        witness->rest();
    } else if (words.first() == "report") {
        const auto report = witness ? witness->report() : peer.report();
        std::printf("%s\n", QJsonDocument(report).toJson(QJsonDocument::Compact).constData());
        std::fflush(stdout);
    }
}

int relay(const QHostAddress &address, quint16 port)
{
    const SystemClock clock;
    TwinsLedger ledger;
    fillAttackLedger(ledger);
    rmb::LocalRelay server(&ledger, &clock);
    return server.start(address, port) ? QCoreApplication::exec() : 1;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const QString mode = arguments.value(1);
    const QString way = arguments.value(2);
    const QString where = arguments.value(3);
    const QHostAddress address(arguments.value(4, u"127.0.0.1"_s));
    if (arguments.size() < 4 || !initCrypto())
        return 2;
    if (mode == u"relay")
        return relay(QHostAddress(way), where.toUShort());
    const bool serves = mode == u"serve";
    AttackPeer peer(serves ? kAttackedTwin : kWitnessTwin, serves, serves ? way : QString(),
        serves || way == u"relay" ? where : QString(), address);
    if (!serves && way == u"direct")
        peer.setAddress(kAttackedTwin, mode == u"ask" ? where : u"127.0.0.1:"_s + where);
    if (!peer.start())
        return 1;
    if (mode == u"ask") {
        const auto answer = QCoro::waitFor(peer.ask(5s));
        std::printf("%s\n", answer ? answer->constData() : qPrintable(answer.error().what));
        peer.stop();
        return answer ? 0 : 1;
    }
    std::unique_ptr<Witness> witness;
    if (!serves)
        witness = std::make_unique<Witness>(&peer);
    std::printf("port %d\n", int(peer.port()));
    std::fflush(stdout);

    QByteArray input;
    QSocketNotifier notifier(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&notifier, &QSocketNotifier::activated, &notifier, [&] {
        char text[4096];
        const auto size = ::read(STDIN_FILENO, text, sizeof text);
        if (size <= 0) {
            notifier.setEnabled(false);
            QCoreApplication::quit();
            return;
        }
        input.append(text, size);
        for (auto end = input.indexOf('\n'); end >= 0; end = input.indexOf('\n')) {
            obey(input.first(end), peer, witness.get());
            input.remove(0, end + 1);
        }
    });
    QCoreApplication::exec();
    if (witness)
        witness->stop();
    peer.stop();
    return 0;
}

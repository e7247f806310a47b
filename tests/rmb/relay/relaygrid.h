// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/relaypeer.h"
#include "tests/support/eventually.h"
#include "tests/support/rmb/testrelay.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

namespace zos::testing {

constexpr TwinId kNodeTwin(9);
constexpr TwinId kUserTwin(7);

inline rmb::RelayConfig quickRelays(const QList<QUrl> &relays, const QString &session = {})
{
    rmb::RelayConfig config;
    config.relays = relays;
    config.session = session;
    config.firstPause = std::chrono::milliseconds(5);
    config.lastPause = std::chrono::milliseconds(40);
    return config;
}

// A node and its user, each with a session and a relay peer of its own, around test relays. The
// clock stands still: timers run, but no message ages.
struct RelayGrid
{
    struct Side
    {
        Identity key = Identity::generate();
        std::unique_ptr<rmb::Session> session;
        std::unique_ptr<rmb::RelayPeer> peer;
        const rmb::BusCounters &counters() const { return session->counters(); }
    };

    explicit RelayGrid(int relayCount = 1)
    {
        for (int i = 0; i < relayCount; ++i)
            relays.push_back(std::make_unique<TestRelay>(quint32(i + 1)));
        router.add(QStringLiteral("test.echo"), echo);
        router.add(QStringLiteral("test.refuse"), refuse);
        router.add(QStringLiteral("test.sleep"), sleepy);
        router.add(QStringLiteral("test.nothing"), nothing);
        router.add(QStringLiteral("test.count"),
            [this](rmb::Call call) { return count(this, std::move(call)); });
        enter(kNodeTwin, node);
        enter(kUserTwin, user);
    }
    ~RelayGrid()
    {
        for (Side *side : { &node, &user })
            stop(*side);
    }

    TestRelay &relay(int number = 0) { return *relays[size_t(number)]; }
    QList<QUrl> urls() const
    {
        QList<QUrl> list;
        for (const auto &one : relays)
            list += one->url();
        return list;
    }
    void enter(TwinId id, const Side &side, bool withKey = true)
    {
        Twin twin;
        twin.id = id;
        twin.account = side.key.publicKey();
        twin.relay = rmb::relayField(urls());
        if (withKey)
            twin.pk = side.key.endToEndKey();
        ledger.put(twin);
        ledger.announce(id.value());
    }
    void startNode() { startNode(quickRelays(urls())); }
    void startNode(const rmb::RelayConfig &config, rmb::SessionConfig shared = {})
    {
        start(node, kNodeTwin, &router, config, std::move(shared));
    }
    void startUser(const QString &connection = QStringLiteral("cli"))
    {
        start(user, kUserTwin, nullptr, quickRelays(urls(), connection), {});
    }
    void startBoth()
    {
        startNode();
        startUser();
        const auto ready = [this] { return node.peer->up() && user.peer->up(); };
        if (!eventually(ready))
            qFatal("the grid does not come up");
    }
    void start(Side &side, TwinId twin, rmb::Router *table, const rmb::RelayConfig &config,
        rmb::SessionConfig shared)
    {
        side.session = std::make_unique<rmb::Session>(
            side.key, twin, &ledger, table, &clock, std::move(shared));
        if (!side.session->start())
            qFatal("no session");
        side.peer = std::make_unique<rmb::RelayPeer>(side.session.get(), config);
        side.peer->start();
    }
    static void stop(Side &side)
    {
        if (side.peer)
            wait(side.peer->stop());
        if (side.session)
            wait(side.session->stop());
        side.peer.reset();
        side.session.reset();
    }
    rmb::Answer ask(const QString &command, const QByteArray &payload = "null",
        std::chrono::milliseconds lifetime = std::chrono::seconds(10), bool failFast = false)
    {
        return wait(user.peer->call(kNodeTwin, command, payload, lifetime, failFast));
    }

    // A request as a stranger's program writes it, for the user's nil session.
    rmb::Envelope request(const QString &command = QStringLiteral("test.count")) const
    {
        rmb::Envelope envelope;
        envelope.uid = QStringLiteral("uid-%1").arg(++uids);
        envelope.timestamp = static_cast<quint64>(clock.seconds().count());
        envelope.expiration = 20;
        envelope.source = rmb::PeerAddress { kUserTwin, {} };
        envelope.destination = rmb::PeerAddress { kNodeTwin, {} };
        envelope.message = rmb::RequestPart { command };
        envelope.schema = QStringLiteral("application/json");
        envelope.payloadKind = rmb::Envelope::Payload::Plain;
        envelope.payload = "null";
        return envelope;
    }
    QByteArray signedFrame(rmb::Envelope envelope) const
    {
        envelope.sign(user.key);
        return envelope.encode();
    }

    static Task<rmb::Answer> echo(rmb::Call call)
    {
        co_return "{\"twin\":" + QByteArray::number(call.twin.value())
            + ",\"got\":" + (call.payload.isEmpty() ? "null" : call.payload) + '}';
    }
    static Task<rmb::Answer> refuse(rmb::Call)
    {
        co_return fail(ErrorCode::NotFound, QStringLiteral("deployment not found"));
    }
    static Task<rmb::Answer> sleepy(rmb::Call call)
    {
        auto rest = pause(std::chrono::seconds(60), call.cancel);
        (void)co_await std::move(rest);
        co_return QByteArray("null");
    }
    static Task<rmb::Answer> nothing(rmb::Call) { co_return QByteArray(); }
    static Task<rmb::Answer> count(RelayGrid *self, rmb::Call call)
    {
        self->executed += call.requestId;
        co_return QByteArray::number(self->executed.size());
    }

    FakeClock clock;
    TwinsLedger ledger;
    rmb::Router router;
    std::vector<std::unique_ptr<TestRelay>> relays;
    QStringList executed; // uids of test.count
    Side node;
    Side user;
    mutable int uids = 0;
};

} // namespace zos::testing

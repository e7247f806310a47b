// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relaydoor.h"

#include "rmb/wire/relaytoken.h"

#include <QWebSocket>

namespace zos::rmb {

namespace {

constexpr int kBodies = 4;
// A session's frames are read whole: room for the largest one and its head.
constexpr qsizetype kSessionBuffer = kMaxEnvelope + 1024;

} // namespace

RelayDoor::RelayDoor(TwinDirectory *twins, const Clock *clock, const LocalRelayLimits &limits,
    LocalRelayCounters *counters, QObject *parent)
    : QObject(parent)
    , m_twins(twins)
    , m_clock(clock)
    , m_limits(limits)
    , m_counters(counters)
    , m_knocks(limits.tokensAtOnce, limits.tokensPerSecond, clock)
    , m_upgrades(QStringLiteral("zos"), QWebSocketServer::NonSecureMode)
{
    connect(&m_server, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket *socket = m_server.nextPendingConnection())
            accept(socket);
    });
    connect(&m_upgrades, &QWebSocketServer::newConnection, this, &RelayDoor::welcome);
}

Result<> RelayDoor::start(const QHostAddress &address, quint16 port)
{
    if (!m_server.listen(address, port))
        return fail(ErrorCode::Unavailable,
            QStringLiteral("listen on %1 port %2: %3")
                .arg(address.toString())
                .arg(port)
                .arg(m_server.errorString()));
    return {};
}

Task<void> RelayDoor::stop()
{
    m_server.close();
    for (RelayVisitor *visitor : std::exchange(m_visitors, {}))
        visitor->drop();
    co_await m_scope.finish();
}

void RelayDoor::forget(QObject *socket)
{
    const auto open = m_open.constFind(socket);
    if (open == m_open.cend())
        return;
    if (--m_openFrom[*open] <= 0)
        m_openFrom.remove(*open);
    m_open.erase(open);
}

// Who only holds a place open makes room for who comes.
bool RelayDoor::makeRoom(const QHostAddress &address)
{
    const auto drop = [this](RelayVisitor *visitor) {
        m_visitors.removeOne(visitor);
        visitor->drop();
    };
    while (m_visitors.size() >= m_limits.halfOpen)
        drop(m_visitors.first());
    if (m_openFrom.value(address) >= m_limits.perAddress) {
        const auto neighbour = std::ranges::find(m_visitors, address, &RelayVisitor::address);
        if (neighbour == m_visitors.end())
            return false;
        drop(*neighbour);
    }
    if (m_open.size() >= m_limits.connections) {
        if (m_visitors.isEmpty())
            return false;
        drop(m_visitors.first());
    }
    return true;
}

void RelayDoor::accept(QTcpSocket *socket)
{
    const QHostAddress address = socket->peerAddress();
    if (!makeRoom(address)) {
        ++m_counters->dropped;
        socket->abort();
        socket->deleteLater();
        return;
    }
    m_open.insert(socket, address);
    ++m_openFrom[address];
    connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
        forget(socket);
        if (socket->parent() == &m_upgrades) // its handshake failed
            socket->deleteLater();
    });
    connect(socket, &QObject::destroyed, this, &RelayDoor::forget);

    auto *visitor = new RelayVisitor(socket, m_limits.handshake, this);
    m_visitors.append(visitor);
    connect(visitor, &QObject::destroyed, this, [this, visitor] {
        m_visitors.removeOne(visitor);
        m_entering.removeIf([visitor](const auto &entry) { return entry->visitor == visitor; });
    });
    connect(visitor, &RelayVisitor::asked, this, [this, visitor] { decide(visitor); });
}

void RelayDoor::decide(RelayVisitor *visitor)
{
    const RelayRequest &request = visitor->request();
    if (request.method == "POST" && request.path == "/" && federate) {
        if (!request.bodySize)
            return visitor->answer(411, "length required");
        if (*request.bodySize > kMaxEnvelope)
            return visitor->answer(413, "message exceeds the limit");
        if (m_bodies >= kBodies)
            return visitor->answer(503, "relay is busy");
        ++m_bodies;
        connect(visitor, &QObject::destroyed, this, [this] { --m_bodies; });
        connect(visitor, &RelayVisitor::told, this,
            [this, visitor](const QByteArray &body) { m_scope.spawn(post(visitor, body)); });
        return visitor->readBody();
    }
    if (request.method != "GET")
        return visitor->answer(405, "method not allowed");
    if (request.query.isEmpty()) {
        if (request.path == "/metrics" && metrics)
            return visitor->answer(200, metrics());
        ++m_counters->refusedTokens;
        return visitor->answer(400, "missing jwt");
    }
    if (!m_knocks.take(visitor->address())) {
        ++m_counters->tooManyTokens;
        return visitor->answer(429, "too many attempts");
    }
    m_scope.spawn(check(visitor));
}

Task<std::expected<PeerAddress, RelayDoor::Reply>> RelayDoor::whoIs(QByteArray text)
{
    const auto refused = [](int status, const QString &reason) {
        return std::unexpected(Reply { status, reason.toUtf8() });
    };
    const auto token = RelayToken::parse(text);
    if (!token)
        co_return refused(401, u"invalid jwt: " + token.error().what);
    if (token->expired(static_cast<quint64>(m_clock->seconds().count())))
        co_return refused(401, QStringLiteral("invalid jwt: expired"));
    auto twin = co_await m_twins->twin(token->twin);
    if (twin && !token->verify(twin->account))
        twin = co_await m_twins->refreshed(token->twin); // the user may have another key by now
    if (!twin && twin.error().code == ErrorCode::NotFound)
        co_return refused(401, u"twin not found " + token->twin.text());
    if (!twin)
        co_return refused(500, u"failed to get twin: " + twin.error().what);
    if (!token->verify(twin->account))
        co_return refused(401, QStringLiteral("invalid jwt: bad signature"));
    co_return PeerAddress { token->twin, token->session };
}

Task<void> RelayDoor::check(QPointer<RelayVisitor> visitor)
{
    const QHostAddress address = visitor->address();
    auto asking = whoIs(visitor->request().query);
    const auto peer = co_await std::move(asking);
    if (!peer) {
        ++m_counters->refusedTokens;
        if (peer.error().status == 401)
            m_knocks.wasBad(address);
    }
    if (!visitor)
        co_return;
    if (!peer) {
        visitor->answer(peer.error().status, peer.error().body);
        co_return;
    }
    const Remote remote { visitor->address(), visitor->port() };
    QTcpSocket *socket = visitor->release(kSessionBuffer);
    socket->setParent(&m_upgrades);
    m_entering.insert(remote, { visitor, socket, *peer });
    m_upgrades.handleConnection(socket);
}

void RelayDoor::welcome()
{
    while (QWebSocket *socket = m_upgrades.nextPendingConnection()) {
        const auto [visitor, connection, peer]
            = m_entering.take({ socket->peerAddress(), socket->peerPort() });
        if (!visitor) { // its time was over
            socket->deleteLater();
            continue;
        }
        connection->setParent(socket); // QWebSocket does not care who ends it
        m_visitors.removeOne(visitor);
        visitor->disconnect(this);
        visitor->deleteLater();
        Q_EMIT entered(socket, peer);
    }
}

Task<void> RelayDoor::post(QPointer<RelayVisitor> visitor, QByteArray body)
{
    auto federating = federate(std::move(body));
    const auto reply = co_await std::move(federating);
    if (visitor)
        visitor->answer(reply.status, reply.body);
}

} // namespace zos::rmb

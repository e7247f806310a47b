// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/nodetap.h"

#include "rmb/wire/relaytoken.h"
#include "tests/bench/rmb/benchpeer.h"

#include <QUrl>
#include <QUuid>
#include <QWebSocket>

namespace zos::bench {

namespace {

using namespace Qt::StringLiterals;

constexpr qsizetype kUid = 36;

// The uid is the envelope's first field: a byte of type, one of length, the text.
QByteArray uidOf(const QByteArray &frame)
{
    return frame.startsWith("\x0a\x24") ? frame.sliced(2, std::min(kUid, frame.size() - 2))
                                        : QByteArray();
}

} // namespace

NodeTap::NodeTap()
    : m_server(u"tap"_s, QWebSocketServer::NonSecureMode)
    , m_user(BenchPeer::identity(kUserTwin))
    , m_sealing(*EndToEnd::between(m_user, BenchPeer::identity(kSealedTwin).endToEndKey()))
{
    m_server.listen(QHostAddress::LocalHost);
    QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server,
        [this] { enter(m_server.nextPendingConnection()); });
}

void NodeTap::enter(QWebSocket *node)
{
    const auto token
        = rmb::RelayToken::parse(node->requestUrl().query(QUrl::FullyEncoded).toLatin1());
    if (!token) {
        node->deleteLater();
        return;
    }
    const quint32 twin = token->twin.value();
    m_nodes.insert(twin, node);
    QObject::connect(node, &QWebSocket::binaryMessageReceived, &m_server,
        [this, node](const QByteArray &frame) { take(node, frame); });
    QObject::connect(node, &QWebSocket::disconnected, &m_server, [this, node, twin] {
        if (m_nodes.value(twin) == node)
            m_nodes.remove(twin);
        node->deleteLater();
    });
}

void NodeTap::take(QWebSocket *node, const QByteArray &frame)
{
    if (const auto waiter = m_waiters.take(uidOf(frame))) {
        waiter->took = waiter->clock.nsecsElapsed();
        waiter->good = true;
        waiter->gate.open();
    } else {
        node->sendBinaryMessage(frame); // its message to itself
    }
}

QByteArray NodeTap::request(quint32 node, const QString &uid, const QByteArray &payload) const
{
    rmb::Envelope envelope;
    envelope.uid = uid;
    envelope.timestamp = quint64(SystemClock().seconds().count());
    envelope.expiration = 60;
    envelope.source = rmb::PeerAddress { TwinId(kUserTwin), {} };
    envelope.destination = rmb::PeerAddress { TwinId(node), {} };
    envelope.message = rmb::RequestPart { u"bench.echo"_s };
    envelope.schema = u"application/json"_s;
    const bool sealed = node == kSealedTwin;
    envelope.payloadKind = sealed ? rmb::Envelope::Payload::Cipher : rmb::Envelope::Payload::Plain;
    envelope.payload = sealed ? m_sealing.seal(payload) : payload;
    envelope.sign(m_user);
    return envelope.encode();
}

Task<Round> NodeTap::roundTrip(quint32 node, QByteArray payload)
{
    const QString uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QByteArray frame = request(node, uid, payload);
    QWebSocket *socket = m_nodes.value(node);
    if (!socket)
        co_return Round {};
    auto waiter = std::make_shared<Waiter>();
    m_waiters.insert(uid.toLatin1(), waiter);
    waiter->clock.start();
    socket->sendBinaryMessage(frame);
    co_await waiter->gate.opened();
    co_return Round { waiter->good, waiter->took };
}

} // namespace zos::bench

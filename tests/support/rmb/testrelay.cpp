// SPDX-License-Identifier: Apache-2.0
#include "tests/support/rmb/testrelay.h"

#include <QTimer>
#include <QWebSocket>
#include <QWebSocketServer>

namespace zos::testing {

using namespace rmb;

TestRelay::TestRelay(quint32 seed, const QSslConfiguration &tls)
    : m_random(seed)
    , m_tls(tls)
{
    open();
}

TestRelay::~TestRelay()
{
    shut();
}

QUrl TestRelay::url() const
{
    return QUrl((
        m_tls.isNull() ? QStringLiteral("ws://127.0.0.1:%1") : QStringLiteral("wss://localhost:%1"))
            .arg(m_port));
}

void TestRelay::open()
{
    m_server = std::make_unique<QWebSocketServer>(QStringLiteral("test relay"),
        m_tls.isNull() ? QWebSocketServer::NonSecureMode : QWebSocketServer::SecureMode);
    if (!m_tls.isNull())
        m_server->setSslConfiguration(m_tls);
    connect(m_server.get(), &QWebSocketServer::newConnection, this, &TestRelay::onConnection);
    if (!m_server->listen(QHostAddress::LocalHost, m_port))
        qFatal("test relay: %s", qPrintable(m_server->errorString()));
    m_port = m_server->serverPort();
}

void TestRelay::shut()
{
    evictAll();
    if (m_server)
        m_server->close();
    m_server.reset();
}

void TestRelay::onConnection()
{
    while (auto *socket = m_server->nextPendingConnection()) {
        ++connects;
        socket->setParent(this); // not the server's: it may be shut and opened again
        connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
        const auto token = RelayToken::parse(socket->requestUrl().query().toLatin1());
        if (!token || vices.closeOnConnect) {
            ++mischief;
            socket->close();
            continue;
        }
        tokens += *token;
        const Key key(token->twin.value(), token->session);
        evict(token->twin, token->session);
        m_sessions.insert(key, socket);
        connect(socket, &QWebSocket::disconnected, this, [this, socket, key] {
            closeCode = socket->closeCode();
            if (m_sessions.value(key) == socket)
                m_sessions.remove(key);
        });
        connect(socket, &QWebSocket::binaryMessageReceived, this,
            [this, socket, key](const QByteArray &frame) { onFrame(socket, key, frame); });
    }
}

void TestRelay::onFrame(QWebSocket *from, const Key &key, const QByteArray &frame)
{
    frames += frame;
    if (vices.deaf)
        ++mischief;
    if (vices.deaf || m_sessions.value(key) != from)
        return;
    const auto out = meddle ? meddle(frame) : QList<QByteArray> { frame };
    for (const auto &one : out)
        route(key, one);
}

void TestRelay::route(const Key &from, const QByteArray &frame)
{
    auto envelope = Envelope::decode(frame);
    if (!envelope || !envelope->destination)
        return;
    const Key to(envelope->destination->twin.value(), envelope->destination->connection);
    const bool failFast = envelope->tags.contains(QStringLiteral("fail-fast"));
    if (!m_sessions.contains(to) || (vices.refuseTags && failFast && to != from)) {
        complain(from, *envelope, QStringLiteral("destination offline"));
        return;
    }
    QByteArray out = frame;
    if (vices.lieAboutSource && to != from) {
        envelope->source = PeerAddress { vices.liar, {} };
        out = envelope->encode();
        ++mischief;
    }
    if (vices.swapPayloads && to != from) {
        const QByteArray own = envelope->payload;
        if (m_otherPayload)
            envelope->payload = *m_otherPayload;
        mischief += envelope->payload != own ? 1 : 0;
        m_otherPayload = own;
        out = envelope->encode();
    }
    if (to != from && happens(vices.inject))
        injectBefore(to, *envelope);
    if (happens(vices.drop))
        return;
    deliver(to, out);
    if (happens(vices.duplicate))
        deliver(to, out);
    if (happens(vices.garbage)) {
        QByteArray garbage(64, Qt::Uninitialized);
        for (char &byte : garbage)
            byte = char(m_random.bounded(256));
        deliver(to, garbage);
    }
}

// In the sender's name, signed by somebody who is not: an answer to the same call, a new request.
void TestRelay::injectBefore(const Key &to, Envelope forged)
{
    if (std::holds_alternative<RequestPart>(forged.message))
        forged.uid += u'x';
    forged.payloadKind = Envelope::Payload::Plain;
    forged.payload = "\"forged\"";
    forged.sign(m_key);
    deliver(to, forged.encode());
}

void TestRelay::deliver(const Key &to, const QByteArray &frame)
{
    if (vices.reorder) {
        if (!m_held.contains(to)) {
            m_held.insert(to, frame);
            return;
        }
        ++mischief;
        sendNow(to, frame);
        sendNow(to, m_held.take(to));
        return;
    }
    if (vices.delay > std::chrono::milliseconds::zero()) {
        ++mischief;
        QTimer::singleShot(vices.delay, this, [this, to, frame] { sendNow(to, frame); });
        return;
    }
    sendNow(to, frame);
}

void TestRelay::sendNow(const Key &to, const QByteArray &frame)
{
    if (auto *socket = m_sessions.value(to))
        socket->sendBinaryMessage(frame);
}

void TestRelay::complain(const Key &to, const Envelope &about, const QString &text)
{
    if (!std::holds_alternative<RequestPart>(about.message))
        return;
    Envelope complaint;
    complaint.uid = about.uid;
    complaint.timestamp = about.timestamp;
    complaint.expiration = 300;
    complaint.destination = PeerAddress { TwinId(to.first), to.second };
    complaint.message = ErrorPart { 0, text };
    sendNow(to, complaint.encode());
}

QList<Envelope> TestRelay::envelopes()
{
    QList<Envelope> list;
    for (const auto &frame : std::as_const(frames)) {
        if (auto envelope = Envelope::decode(frame);
            envelope && envelope->source != envelope->destination)
            list += std::move(*envelope);
    }
    return list;
}

bool TestRelay::inject(TwinId twin, const QByteArray &frame, const QString &connection)
{
    auto *socket = m_sessions.value(Key(twin.value(), connection));
    if (socket)
        socket->sendBinaryMessage(frame);
    return socket;
}

bool TestRelay::injectText(TwinId twin, const QString &text)
{
    auto *socket = m_sessions.value(Key(twin.value(), QString()));
    if (socket)
        socket->sendTextMessage(text);
    return socket;
}

qint64 TestRelay::unsent(TwinId twin) const
{
    const auto *socket = m_sessions.value(Key(twin.value(), QString()));
    return socket ? socket->bytesToWrite() : 0;
}

void TestRelay::evict(TwinId twin, const QString &connection)
{
    if (auto *socket = m_sessions.take(Key(twin.value(), connection)))
        socket->close();
}

void TestRelay::evictAll()
{
    const auto sockets = std::exchange(m_sessions, {});
    for (auto *socket : sockets)
        socket->close();
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/server/localrelay.h"
#include "rmb/wire/envelope.h"
#include "rmb/wire/relaytoken.h"
#include "tests/support/eventually.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

#include <QWebSocket>

namespace zos::testing {

// A relay and the twins it knows: 7, 8 and 9, whose keys are made of their number.
class RelayLab
{
public:
    explicit RelayLab(rmb::LocalRelayLimits limits = {})
    {
        for (const quint32 id : { 7U, 8U, 9U })
            addTwin(id, identity(id));
        relay = std::make_unique<rmb::LocalRelay>(&ledger, &clock, limits);
        if (!relay->start(QHostAddress(QHostAddress::LocalHost), 0))
            qFatal("no relay");
    }
    ~RelayLab() { wait(relay->stop()); }

    void addTwin(quint32 id, const Identity &key, const QString &host = QStringLiteral("relay"))
    {
        Twin twin;
        twin.id = TwinId(id);
        twin.account = key.publicKey();
        twin.relay = host;
        ledger.put(twin);
    }
    static Identity identity(quint32 id, KeyType type = KeyType::Ed25519)
    {
        return *Identity::fromSeed(QByteArray(32, static_cast<char>(id)), type);
    }
    quint64 time() const { return static_cast<quint64>(clock.seconds().count()); }
    QByteArray token(quint32 id, const QString &session = {}) const
    {
        rmb::RelayToken token;
        token.twin = TwinId(id);
        token.session = session;
        token.issued = time();
        token.expires = time() + 60;
        return token.make(identity(id));
    }
    rmb::Envelope request(const rmb::PeerAddress &from, const rmb::PeerAddress &to) const
    {
        rmb::Envelope envelope;
        envelope.uid = QStringLiteral("00000000-0000-4000-8000-000000000001");
        envelope.timestamp = time();
        envelope.expiration = 300;
        envelope.source = from;
        envelope.destination = to;
        envelope.message = rmb::RequestPart { QStringLiteral("zos.system.version") };
        envelope.payloadKind = rmb::Envelope::Payload::Plain;
        envelope.payload = "null";
        envelope.sign(identity(from.twin.value()));
        return envelope;
    }

    FakeClock clock;
    TwinsLedger ledger;
    std::unique_ptr<rmb::LocalRelay> relay;
};

inline rmb::PeerAddress peerOf(quint32 twin, const QString &connection = {})
{
    return { TwinId(twin), connection };
}

// A peer of the relay that does what it is told.
class RelayClient
{
public:
    RelayClient(RelayLab &lab, quint32 twin, const QString &session = {})
        : RelayClient(lab.relay->port(), lab.token(twin, session))
    {
    }
    RelayClient(quint16 port, const QByteArray &query, const QString &path = QStringLiteral("/"))
    {
        QObject::connect(&socket, &QWebSocket::binaryMessageReceived, &socket,
            [this](const QByteArray &message) { inbox += message; });
        QObject::connect(&socket, &QWebSocket::disconnected, &socket, [this] { closed = true; });
        QObject::connect(&socket, &QWebSocket::errorOccurred, &socket, [this] { failed = true; });
        socket.open(QUrl(QStringLiteral("ws://127.0.0.1:%1%2?%3")
                .arg(port)
                .arg(path, QString::fromLatin1(query))));
        eventually([this] { return isOpen() || closed || failed; });
    }
    bool isOpen() const { return socket.state() == QAbstractSocket::ConnectedState; }
    void send(const QByteArray &bytes) { socket.sendBinaryMessage(bytes); }
    void send(const rmb::Envelope &envelope) { send(envelope.encode()); }
    // Next message as it came, null when there is none in time.
    QByteArray next()
    {
        eventually([this] { return !inbox.isEmpty() || closed; });
        return inbox.isEmpty() ? QByteArray() : inbox.takeFirst();
    }
    rmb::Envelope nextEnvelope()
    {
        const auto envelope = rmb::Envelope::decode(next());
        return envelope ? *envelope : rmb::Envelope();
    }
    // Text of the next message when that is a relay's error: unsigned and without a source.
    QString nextError()
    {
        const auto envelope = nextEnvelope();
        const auto *error = std::get_if<rmb::ErrorPart>(&envelope.message);
        if (!error || envelope.source || !envelope.signature.isEmpty() || error->code != 0)
            return QStringLiteral("not an error of the relay");
        return error->message;
    }
    bool waitClosed()
    {
        return eventually([this] { return closed; });
    }
    // Everything sent so far has been handled when the relay's pong is back.
    bool settle(const rmb::PeerAddress &self)
    {
        rmb::Envelope ping;
        ping.uid = QStringLiteral("settle %1").arg(++m_pings);
        ping.source = self;
        ping.destination = rmb::PeerAddress();
        ping.message = rmb::PingPart {};
        send(ping);
        bool found = false;
        eventually([&] {
            for (qsizetype i = 0; i < inbox.size() && !found; ++i) {
                const auto envelope = rmb::Envelope::decode(inbox.at(i));
                found = envelope && envelope->uid == ping.uid;
                if (found)
                    inbox.removeAt(i);
            }
            return found || closed;
        });
        return found;
    }

    QWebSocket socket;
    QList<QByteArray> inbox;
    bool closed = false;
    bool failed = false;

private:
    int m_pings = 0;
};

} // namespace zos::testing

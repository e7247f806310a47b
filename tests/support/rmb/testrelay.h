// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "rmb/wire/envelope.h"
#include "rmb/wire/relaytoken.h"

#include <QHash>
#include <QObject>
#include <QRandomGenerator>
#include <QSslConfiguration>
#include <QUrl>
#include <QWebSocketProtocol>

#include <functional>

class QWebSocket;
class QWebSocketServer;

namespace zos::testing {

// What a relay may do wrong, and a network with it. All off: a decent relay.
struct RelayVices
{
    double drop = 0; // share of frames that vanish
    double duplicate = 0; // share of frames that arrive twice
    double garbage = 0; // share of frames after which nonsense follows
    bool reorder = false; // pairs of frames to one session swap
    bool swapPayloads = false; // between one frame and the next, whoever they are for
    double inject
        = 0; // share of frames before which one of its own making goes, as if it were them
    bool lieAboutSource = false; // rewrites the source to the twin below
    TwinId liar;
    std::chrono::milliseconds delay {}; // before a frame goes on
    bool closeOnConnect = false;
    bool deaf = false; // takes everything, delivers nothing
    bool refuseTags = false; // a fail-fast message is answered "destination offline"
};

// A relay on loopback for tests: routes envelopes between sessions like rmb.md 2.7 says, without
// limits, queues and signature checks, and with every vice a test asks for. Decisions come from a
// seeded generator, so a run can be repeated.
class TestRelay : public QObject
{
    Q_OBJECT
public:
    // With a certificate it is wss://localhost.
    explicit TestRelay(quint32 seed = 1, const QSslConfiguration &tls = {});
    ~TestRelay() override;

    QUrl url() const; // the same after a restart
    void shut(); // closes everything and listens no more
    void open();

    RelayVices vices;
    // When set, what goes on in place of a frame; before the vices.
    std::function<QList<QByteArray>(const QByteArray &frame)> meddle;

    // What it saw.
    int connects = 0;
    QWebSocketProtocol::CloseCode closeCode {}; // why the last session ended
    int mischief = 0; // how often it did wrong
    QList<rmb::RelayToken> tokens;
    QList<QByteArray> frames; // from peers
    QList<rmb::Envelope> envelopes(); // of them, self-pings left out
    int sessions() const { return static_cast<int>(m_sessions.size()); }

    // By hand.
    bool inject(TwinId twin, const QByteArray &frame, const QString &connection = {});
    bool injectText(TwinId twin, const QString &text);
    qint64 unsent(TwinId twin) const; // bytes for its nil session that the network does not take
    void evict(TwinId twin, const QString &connection = {});
    void evictAll();

private:
    using Key = std::pair<quint32, QString>;
    void onConnection();
    void onFrame(QWebSocket *from, const Key &key, const QByteArray &frame);
    void route(const Key &from, const QByteArray &frame);
    void deliver(const Key &to, const QByteArray &frame);
    void sendNow(const Key &to, const QByteArray &frame);
    void injectBefore(const Key &to, rmb::Envelope forged);
    void complain(const Key &to, const rmb::Envelope &about, const QString &text);
    bool happens(double share)
    {
        const bool does = share > 0 && m_random.generateDouble() < share;
        mischief += does ? 1 : 0;
        return does;
    }

    std::unique_ptr<QWebSocketServer> m_server;
    quint16 m_port = 0;
    QHash<Key, QWebSocket *> m_sessions;
    QHash<Key, QByteArray> m_held; // first of a pair that swaps
    std::optional<QByteArray> m_otherPayload;
    QRandomGenerator m_random;
    QSslConfiguration m_tls;
    const Identity m_key = Identity::generate();
};

} // namespace zos::testing

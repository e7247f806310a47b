// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/backoff.h"
#include "rmb/session/session.h"
#include "rmb/wire/envelope.h"

#include <QElapsedTimer>
#include <QSslConfiguration>
#include <QTimer>
#include <QUrl>

class QWebSocket;

namespace zos::rmb {

struct RelayConfig
{
    QList<QUrl> relays; // ws:// or wss://, at most four are used
    // Certificates of authorities that count beside the system's: those of a laboratory.
    QString authorities = qEnvironmentVariable("SSL_CERT_FILE");
    QString session; // connection id, "" = the nil session (nodes); clients use one of their own
    std::chrono::milliseconds handshake { 10'000 }; // for a connection to come up
    std::chrono::milliseconds pingEvery { 20'000 };
    std::chrono::milliseconds silence { 40'000 }; // no sign of life: the connection is dead
    std::chrono::milliseconds selfPingEvery { 60'000 }; // through the relay, back to ourselves
    std::chrono::milliseconds firstPause { 1'000 }; // before reconnecting, doubled to lastPause
    std::chrono::milliseconds lastPause { 30'000 };
    std::chrono::milliseconds healthy { 60'000 }; // up for so long: pauses begin anew
};

struct RelayLinkState
{
    QUrl relay;
    bool up = false; // connected and not deaf
    std::chrono::milliseconds latency {}; // of the last self-ping
    quint64 connects = 0;
    QString trouble; // why it is down, "" when up
    std::chrono::milliseconds pause {}; // before it is tried again, 0 when up
};

// Our end of the WebSocket session with one relay. Comes up by itself and again whenever it breaks:
// with a fresh token and growing, jittered pauses. A session that looks alive but delivers nothing
// is found by a message to ourselves through the relay and rebuilt; one that others keep taking
// over is left alone for longer each time.
class RelayLink : public QObject
{
    Q_OBJECT
public:
    RelayLink(Session *session, RelayConfig config, QUrl relay, QObject *parent = nullptr);
    ~RelayLink() override;

    // Between attempts to connect: from the first pause, doubled up to the last, each up to a third
    // shorter by chance so that nodes do not come back to a relay together.
    static Backoff pauses(const RelayConfig &config);

    void start();
    void stop(); // for good
    bool up() const { return m_state.up; }
    const RelayLinkState &state() const { return m_state; }
    // False when it is down or has too much unsent.
    bool send(const QByteArray &frame);
    // Our message to ourselves came back, or the relay says it cannot deliver it.
    bool isSelfPing(const QString &uid) const { return !uid.isEmpty() && uid == m_selfPing; }
    void selfPingArrived();
    void selfPingRefused();

    // The request that a relay brings back to its sender.
    static bool isSelfPing(const Envelope &envelope);

Q_SIGNALS:
    void received(const QByteArray &frame);
    void changed();

private:
    void prepareTls();
    void connectNow();
    void onConnected();
    void onLost(const QString &why);
    void onFrame(const QByteArray &frame);
    void checkSilence();
    void sendSelfPing();
    void rebuild(const QString &why);
    void dropSocket();
    void retryAfter(std::chrono::milliseconds pause, const QString &why);
    QString name() const { return m_state.relay.authority(); }
    QString lossText() const;

    Session *m_session;
    const RelayConfig m_config;
    RelayLinkState m_state;
    QSslConfiguration m_tls;
    QWebSocket *m_socket = nullptr;
    Backoff m_backoff;
    QTimer m_retry;
    QTimer m_handshake;
    QTimer m_pings;
    QTimer m_silence;
    QTimer m_selfPings;
    QTimer m_deaf;
    QElapsedTimer m_life; // since connected
    QElapsedTimer m_sign; // since the last sign of life
    QElapsedTimer m_sent; // since the self-ping left
    QString m_selfPing; // uid of the one under way
    bool m_heard = false; // anything since it left
    int m_shortLives = 0; // in a row
    bool m_stopped = true;
};

} // namespace zos::rmb

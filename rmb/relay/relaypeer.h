// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/session/session.h"

#include <QUrl>

namespace zos::rmb {

struct RelayConfig
{
    QList<QUrl> relays; // ws:// or wss://, at most four are used
    QString session; // connection id, "" = the nil session (nodes); clients use one of their own
    std::chrono::milliseconds pingEvery { 20'000 };
    std::chrono::milliseconds silence { 40'000 }; // no sign of life: the connection is dead
    std::chrono::milliseconds selfPingEvery { 60'000 }; // through the relay, back to ourselves
    std::chrono::milliseconds firstPause { 1'000 }; // before reconnecting, doubled to lastPause
    std::chrono::milliseconds lastPause { 30'000 };
};

struct RelayLinkState
{
    QUrl relay;
    bool up = false; // connected and not deaf
    std::chrono::milliseconds latency {}; // of the last self-ping
    quint64 connects = 0;
    QString trouble; // why it is down, "" when up
};

// The transport of current clients: signed protobuf envelopes through WebSocket sessions with
// relays (rmb.md section 2). One session a relay, all at once; an answer leaves on the session its
// request came by, else on any other that is up.
class RelayPeer : public QObject
{
    Q_OBJECT
public:
    RelayPeer(Session *session, RelayConfig config, QObject *parent = nullptr);
    ~RelayPeer() override;

    void start(); // connects for as long as it lives; links() tells how it goes
    Task<void> stop();
    QList<RelayLinkState> links() const;
    bool up() const; // some relay is

    // Calls a command of another twin through a relay and waits for its verified answer. Errors:
    // Timeout, Unavailable (no relay, destination offline, twin unknown), others as the peer's
    // text.
    Task<Answer> call(
        TwinId twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime);

Q_SIGNALS:
    void linksChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

// `relay` of a twin record for these relays: host names, sorted, joined with '_'. On the local
// network a port is kept the way the TypeScript client compares it (rmb.md section 9).
QString relayField(const QList<QUrl> &relays);

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/relaylinks.h"

namespace zos::rmb {

// The transport of current clients: signed protobuf envelopes through WebSocket sessions with
// relays (rmb.md section 2). One session a relay, all at once; an answer leaves on the session its
// request came by, else on any other that is up. Serves the session's router, if it has one.
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
    // text. `failFast`: rather Unavailable at once than wait for a relay or an absent twin.
    Task<Answer> call(TwinId twin, QString command, QByteArray payload,
        std::chrono::milliseconds lifetime, bool failFast = false);

Q_SIGNALS:
    void linksChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

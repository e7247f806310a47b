// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/session/session.h"

#include <QHash>
#include <QHostAddress>
#include <QObject>

namespace zos::rmb {

struct DirectConfig
{
    QHostAddress address; // listen here; the own yggdrasil address, or loopback in tests
    quint16 port = 8051; // 0 = any free one
    quint16 peerPort = 8051; // where peers listen
    bool onlyOverlaySources = true; // refuse sources outside 200::/7 and loopback
    // Where twins are whose ledger record names no address (TFChain's have none): "ADDRESS",
    // "ADDRESS:PORT", "[v6]:PORT". Used last; any address, it is the operator's own word.
    QHash<TwinId, QString> addresses;
    std::chrono::milliseconds replyDelay { 100 }; // foreign callers file their request late
    std::chrono::milliseconds firstPause { 1000 }; // before the second attempt, doubled each time
};

// The peer-to-peer transport of the manual: signed JSON messages over HTTP between yggdrasil
// addresses, both directions (rmb.md section 1). Serves the session's router, if it has one.
//
// Order: first attempts at calls of one twin begin in the order of the calls (of those made while
// the ledger is asked for the twin: among themselves), whatever goes to others meanwhile. Up to
// eight are on the way at once, and a second attempt comes when its pause is over, so they may
// arrive in another order, and answers come as the peer has them: who needs one call to follow
// another waits for the answer. Answers we send are queued for their origin with the calls to it.
class DirectPeer : public QObject
{
    Q_OBJECT
public:
    DirectPeer(Session *session, DirectConfig config, QObject *parent = nullptr);
    ~DirectPeer() override;

    Task<Result<>> start();
    Task<void> stop();
    quint16 port() const;
    // Whether the ledger or the configuration names an address of the twin.
    bool findsAddressOf(const Twin &twin) const;

    // Calls a command of another twin and waits for its verified answer. Errors: Timeout,
    // Unavailable (never delivered: peer not reachable, twin unknown), Denied and others as the
    // peer's text. `failFast`: one attempt at the delivery.
    Task<Answer> call(TwinId twin, QString command, QByteArray payload,
        std::chrono::milliseconds lifetime, bool failFast = false);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

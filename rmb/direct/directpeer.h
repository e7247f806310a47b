// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"
#include "core/identity/identity.h"
#include "rmb/session/replayguard.h"
#include "rmb/session/router.h"

#include <QHostAddress>
#include <QObject>

namespace zos::rmb {

struct DirectConfig
{
    QHostAddress address; // listen here; the own yggdrasil address, or loopback in tests
    quint16 port = 8051; // 0 = any free one
    quint16 peerPort = 8051; // where peers listen
    bool onlyOverlaySources = true; // refuse sources outside 200::/7 and loopback
    QString statePath; // replay guard that survives a restart (SQLite), empty = memory only
    ReplayLimits replay;
    std::chrono::milliseconds replyDelay { 100 }; // foreign callers file their request late
    std::chrono::milliseconds firstPause { 1000 }; // before the second attempt, doubled each time
};

struct DirectCounters
{
    quint64 accepted = 0, refused = 0, badSignatures = 0, replays = 0, oversize = 0,
            repliesSent = 0, repliesFailed = 0;
};

// The peer-to-peer transport of the manual: signed JSON messages over HTTP between yggdrasil
// addresses, both directions (rmb.md section 1). Serves `router` (may be null for a pure client).
class DirectPeer : public QObject
{
    Q_OBJECT
public:
    DirectPeer(Identity identity, TwinId twin, Ledger *ledger, Router *router, const Clock *clock,
        DirectConfig config, QObject *parent = nullptr);
    ~DirectPeer() override;

    Task<Result<>> start();
    Task<void> stop();
    quint16 port() const;
    DirectCounters counters() const;

    // Calls a command of another twin and waits for its verified answer. Errors: Timeout,
    // Unavailable (peer not reachable, twin unknown), Denied and others as the peer's text.
    Task<Answer> call(
        TwinId twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

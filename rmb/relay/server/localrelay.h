// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"

#include <QHostAddress>
#include <QObject>

namespace zos::rmb {

struct LocalRelayLimits
{
    int connections = 256;
    int perAddress = 64;
    int perTwin = 16; // sessions; the oldest gives way
    int halfOpen = 64; // connections without a verified token; the oldest gives way
    std::chrono::milliseconds handshake { 10'000 };
    int tokensAtOnce = 256; // looked at for one address; a bad one counts as eight
    int tokensPerSecond = 32; // from then on
    int messagesPerMinute = 1'000; // of one twin
    qsizetype bytesPerMinute = 16 << 20; // of one twin
    int queued = 256; // for one session that is away
    qsizetype queuedBytesPerSender = 16 << 20;
    qsizetype queuedBytes = 64 << 20; // in all
    qsizetype unsent = 8 << 20; // for one session that does not read
    std::chrono::milliseconds pingEvery { 20'000 };
    std::chrono::milliseconds silence { 40'000 };
};

struct LocalRelayCounters
{
    quint64 sessions = 0, refusedTokens = 0, forwarded = 0, queued = 0, answeredErrors = 0,
            dropped = 0, evicted = 0, tooManyTokens = 0;
};

// The relay of a network `local` (rmb.md section 9): existing clients reach a node on a machine
// without internet. A feature of that network only; elsewhere relays are other people's machines.
// It believes tokens, never envelopes: who receives one checks its signature.
class LocalRelay : public QObject
{
    Q_OBJECT
public:
    LocalRelay(Ledger *ledger, const Clock *clock, LocalRelayLimits limits = {},
        QObject *parent = nullptr);
    ~LocalRelay() override;

    // Port 0 = any free one. "Every address" is refused: it is Loopback or an address that was
    // given.
    Result<> start(const QHostAddress &address, quint16 port);
    Task<void> stop();
    quint16 port() const;
    int sessions() const;
    LocalRelayCounters counters() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/directpeer.h"
#include "tests/support/twinsledger.h"

namespace zos::bench {

constexpr quint32 kNodeTwin = 9;
constexpr quint32 kUserTwin = 7;

// One of two peers that know each other: the node (twin 9) and its user (twin 7), with fixed keys.
// Both serve bench.echo (the payload) and bench.back (asks the other one for bench.echo).
class BenchPeer
{
public:
    BenchPeer(bool node, const QHostAddress &address, quint16 port);
    bool start();
    void stop();
    void setOther(const QString &address); // "address" or "address:port"
    Task<rmb::Answer> ask(QString command, QByteArray payload, std::chrono::milliseconds lifetime);
    quint16 port() const { return m_peer->port(); }
    static Identity identity(bool node);

private:
    static Task<rmb::Answer> back(BenchPeer *self, rmb::Call call);

    const bool m_node;
    const SystemClock m_clock;
    testing::TwinsLedger m_ledger;
    rmb::Router m_router;
    std::unique_ptr<rmb::Session> m_session;
    std::unique_ptr<rmb::DirectPeer> m_peer;
};

} // namespace zos::bench

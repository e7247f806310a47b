// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/directpeer.h"
#include "rmb/relay/relaypeer.h"
#include "tests/support/twinsledger.h"

#include <QTemporaryDir>

namespace zos::bench {

constexpr quint32 kUserTwin = 7;
constexpr quint32 kNodeTwin = 9; // without a key for encryption: everything is plain
constexpr quint32 kSealedTwin = 10; // a node with one: everything is encrypted

// One of three peers that know each other, with fixed keys. All serve bench.echo (the payload) and
// bench.back (asks the user or, being that one, the plain node for bench.echo).
class BenchPeer
{
public:
    explicit BenchPeer(quint32 twin);
    bool start();
    bool listen(const QHostAddress &address, quint16 port); // the direct transport
    void join(const QList<QUrl> &relays); // the other one
    bool joined() const; // every relay
    void stop();

    void setOther(const QString &address); // "address" or "address:port"
    Task<rmb::Answer> ask(QString command, QByteArray payload, std::chrono::milliseconds lifetime);
    Task<rmb::Answer> askByRelay(
        quint32 twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime);
    quint16 port() const { return m_direct ? m_direct->port() : quint16(0); }
    static Identity identity(quint32 twin);
    static void enterEverybody(testing::TwinsLedger *ledger);

private:
    static Task<rmb::Answer> back(BenchPeer *self, rmb::Call call);

    const quint32 m_twin;
    const QTemporaryDir m_folder; // what it remembers is on disk, as in the node
    const SystemClock m_clock;
    testing::TwinsLedger m_ledger;
    rmb::Router m_router;
    std::unique_ptr<rmb::Session> m_session;
    std::unique_ptr<rmb::DirectPeer> m_direct;
    std::unique_ptr<rmb::RelayPeer> m_relays;
};

} // namespace zos::bench

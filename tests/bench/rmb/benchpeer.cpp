// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/benchpeer.h"

#include <QCoro/QCoroTask>

namespace zos::bench {

namespace {
Task<rmb::Answer> echoed(rmb::Call call)
{
    co_return call.payload;
}
} // namespace

Identity BenchPeer::identity(bool node)
{
    return *Identity::fromSeed(QByteArray(32, node ? 'n' : 'u'));
}

BenchPeer::BenchPeer(bool node, const QHostAddress &address, quint16 port)
    : m_node(node)
{
    m_router.add(QStringLiteral("bench.echo"), echoed);
    m_router.add(QStringLiteral("bench.back"),
        [this](rmb::Call call) { return back(this, std::move(call)); });
    rmb::DirectConfig config;
    config.address = address;
    config.port = port;
    config.onlyOverlaySources = rmb::DirectConfig().onlyOverlaySources && !address.isLoopback();
    rmb::SessionConfig shared;
    shared.replay.entries = 10'000'000; // a minute of full speed
    shared.replay.entriesPerTwin = shared.replay.entries;
    shared.quota.rate = shared.quota.ratePerTwin = 0;
    m_session = std::make_unique<rmb::Session>(identity(node), TwinId(node ? kNodeTwin : kUserTwin),
        &m_ledger, &m_router, &m_clock, shared);
    m_peer = std::make_unique<rmb::DirectPeer>(m_session.get(), config);
}

bool BenchPeer::start()
{
    return m_session->start() && QCoro::waitFor(m_peer->start()).has_value();
}

void BenchPeer::stop()
{
    QCoro::waitFor(m_peer->stop());
    QCoro::waitFor(m_session->stop());
}

void BenchPeer::setOther(const QString &address)
{
    m_ledger.put(m_node ? kUserTwin : kNodeTwin, identity(!m_node).publicKey(), address);
}

Task<rmb::Answer> BenchPeer::ask(
    QString command, QByteArray payload, std::chrono::milliseconds lifetime)
{
    const TwinId other(m_node ? kUserTwin : kNodeTwin);
    return m_peer->call(other, std::move(command), std::move(payload), lifetime);
}

Task<rmb::Answer> BenchPeer::back(BenchPeer *self, rmb::Call call)
{
    auto asking = self->ask(
        QStringLiteral("bench.echo"), std::move(call.payload), std::chrono::seconds(20));
    auto answer = co_await std::move(asking);
    co_return answer;
}

} // namespace zos::bench

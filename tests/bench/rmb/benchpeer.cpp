// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/benchpeer.h"

#include <QCoro/QCoroTask>

#include <algorithm>

namespace zos::bench {

namespace {
Task<rmb::Answer> echoed(rmb::Call call)
{
    co_return call.payload;
}
} // namespace

Identity BenchPeer::identity(quint32 twin)
{
    const char letter = twin == kUserTwin ? 'u' : twin == kNodeTwin ? 'n' : 's';
    return *Identity::fromSeed(QByteArray(32, letter));
}

void BenchPeer::enterEverybody(testing::TwinsLedger *ledger)
{
    for (const quint32 id : { kUserTwin, kNodeTwin, kSealedTwin }) {
        Twin twin;
        twin.id = TwinId(id);
        twin.account = identity(id).publicKey();
        if (id != kNodeTwin)
            twin.pk = identity(id).endToEndKey();
        ledger->put(twin);
    }
}

BenchPeer::BenchPeer(quint32 twin)
    : m_twin(twin)
{
    m_router.add(QStringLiteral("bench.echo"), echoed);
    m_router.add(QStringLiteral("bench.back"),
        [this](rmb::Call call) { return back(this, std::move(call)); });
    enterEverybody(&m_ledger);
    rmb::SessionConfig shared;
    shared.statePath = m_folder.filePath(QStringLiteral("seen"));
    shared.replay.entries = 10'000'000; // a minute of full speed
    shared.replay.entriesPerTwin = shared.replay.entries;
    shared.quota.rate = shared.quota.ratePerTwin = 0;
    m_session = std::make_unique<rmb::Session>(
        identity(twin), TwinId(twin), &m_ledger, &m_router, &m_clock, shared);
}

bool BenchPeer::start()
{
    return m_session->start().has_value();
}

bool BenchPeer::listen(const QHostAddress &address, quint16 port)
{
    rmb::DirectConfig config;
    config.address = address;
    config.port = port;
    config.onlyOverlaySources = rmb::DirectConfig().onlyOverlaySources && !address.isLoopback();
    m_direct = std::make_unique<rmb::DirectPeer>(m_session.get(), config);
    return QCoro::waitFor(m_direct->start()).has_value();
}

void BenchPeer::join(const QList<QUrl> &relays)
{
    rmb::RelayConfig config;
    config.relays = relays;
    m_relays = std::make_unique<rmb::RelayPeer>(m_session.get(), config);
    m_relays->start();
}

bool BenchPeer::joined() const
{
    return m_relays && std::ranges::all_of(m_relays->links(), &rmb::RelayLinkState::up);
}

void BenchPeer::stop()
{
    if (m_relays)
        QCoro::waitFor(m_relays->stop());
    if (m_direct)
        QCoro::waitFor(m_direct->stop());
    QCoro::waitFor(m_session->stop());
}

void BenchPeer::setOther(const QString &address)
{
    const quint32 other = m_twin == kUserTwin ? kNodeTwin : kUserTwin;
    m_ledger.put(other, identity(other).publicKey(), address);
}

Task<rmb::Answer> BenchPeer::ask(
    QString command, QByteArray payload, std::chrono::milliseconds lifetime)
{
    const TwinId other(m_twin == kUserTwin ? kNodeTwin : kUserTwin);
    return m_direct->call(other, std::move(command), std::move(payload), lifetime);
}

Task<rmb::Answer> BenchPeer::askByRelay(
    quint32 twin, QString command, QByteArray payload, std::chrono::milliseconds lifetime)
{
    return m_relays->call(TwinId(twin), std::move(command), std::move(payload), lifetime);
}

Task<rmb::Answer> BenchPeer::back(BenchPeer *self, rmb::Call call)
{
    auto asking = self->ask(
        QStringLiteral("bench.echo"), std::move(call.payload), std::chrono::seconds(20));
    auto answer = co_await std::move(asking);
    co_return answer;
}

} // namespace zos::bench

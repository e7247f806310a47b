// SPDX-License-Identifier: Apache-2.0
#include "app/node/twinkeeper.h"

#include "core/base/logging.h"

namespace zos::app {

TwinKeeper::TwinKeeper(Ledger *ledger, TwinId own, Twin wanted, TwinPace pace, QObject *parent)
    : QObject(parent)
    , m_ledger(ledger)
    , m_own(own)
    , m_wanted(std::move(wanted))
    , m_pace(pace)
{
    connect(ledger, &Ledger::event, this, [this](const LedgerEvent &event, bool final) {
        if (final && event.kind == LedgerEvent::Kind::TwinUpdated && event.twin == m_own)
            m_rest.cancel();
    });
    connect(ledger, &Ledger::gap, this, [this] { m_rest.cancel(); });
}

Task<void> TwinKeeper::run(CancelToken token)
{
    const std::function<void()> end = [this] { m_rest.cancel(); };
    token.onCancel(this, end);
    while (!token.cancelled()) {
        m_rest = CancelToken(); // news from here on are news
        auto looking = look();
        const auto outcome = co_await std::move(looking);
        if (outcome == Outcome::Written) {
            auto keepingApart = pause(m_pace.apart, token);
            (void)co_await std::move(keepingApart);
        }
        if (token.cancelled())
            break;
        auto resting = pause(outcome == Outcome::Failed ? m_pace.retry : m_pace.look, m_rest);
        (void)co_await std::move(resting);
    }
}

Task<TwinKeeper::Outcome> TwinKeeper::look()
{
    auto looking = m_ledger->twin(m_own);
    const auto known = co_await std::move(looking);
    if (!known)
        co_return Outcome::Failed;
    if (known->ip == m_wanted.ip && known->relay == m_wanted.relay && known->pk == m_wanted.pk)
        co_return Outcome::Right;
    auto writing = m_ledger->ensureTwin(m_wanted.ip, m_wanted.relay, m_wanted.pk);
    const auto written = co_await std::move(writing);
    if (!written) {
        qCWarning(lcNode).noquote() << "twin:" << written.error().what;
        co_return Outcome::Failed;
    }
    ++m_writes;
    qCInfo(lcNode) << "the ledger's record of how to reach this node was wrong, it is right again";
    co_return Outcome::Written;
}

} // namespace zos::app

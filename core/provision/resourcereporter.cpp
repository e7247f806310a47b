// SPDX-License-Identifier: Apache-2.0
#include "core/provision/resourcereporter.h"

#include "core/base/agenda.h"
#include "core/base/logging.h"

namespace zos {

using namespace std::chrono_literals;

namespace {
constexpr auto kCoalesce = 10s;
constexpr qsizetype kMostPerCall = 50;

bool chainSaidNo(ErrorCode code)
{
    return code == ErrorCode::Denied || code == ErrorCode::Invalid || code == ErrorCode::NotFound
        || code == ErrorCode::Limit || code == ErrorCode::Exists;
}
} // namespace

ResourceReporter::ResourceReporter(
    Ledger &ledger, DeploymentStore &store, Agenda &agenda, StopSignal stop)
    : m_ledger(ledger)
    , m_store(store)
    , m_agenda(agenda)
    , m_stop(std::move(stop))
{
}

void ResourceReporter::load(const QList<PendingReport> &reports)
{
    for (const auto &report : reports)
        m_pending.insert(report.key, report);
    if (!m_pending.isEmpty())
        plan(kCoalesce);
}

void ResourceReporter::queue(const PendingReport &report)
{
    m_pending.insert(report.key, report);
    plan(kCoalesce);
}

void ResourceReporter::forget(const DeploymentKey &key)
{
    m_pending.remove(key);
}

void ResourceReporter::plan(std::chrono::milliseconds delay)
{
    m_agenda.earlier(QStringLiteral("report resources"), delay, [this] { m_begin(); });
}

QList<PendingReport> ResourceReporter::nextPart() const
{
    return m_pending.values().first(std::min(kMostPerCall, m_pending.size()));
}

Task<void> ResourceReporter::flush(std::chrono::milliseconds limit)
{
    auto stop = m_stop;
    stop.soft = CancelToken();
    stop.hard = CancelToken();
    const detail::Alarm alarm(
        *m_stop.deadlines, limit, m_stop.hard, [end = stop.hard] { end.cancel(); });
    while (!m_pending.isEmpty() && !m_sending) {
        const auto sent = co_await sendPart(nextPart(), stop);
        if (!sent)
            break;
    }
}

Task<void> ResourceReporter::send()
{
    if (m_sending || m_pending.isEmpty())
        co_return;
    m_sending = true;
    const auto sent = co_await sendPart(nextPart(), m_stop);
    m_sending = false;
    if (m_stop.hard.cancelled() || m_stop.soft.cancelled())
        co_return;
    if (sent)
        m_backoff.reset();
    else
        qCInfo(lcEngine) << "resources could not be reported:" << sent.error().what;
    if (!m_pending.isEmpty())
        plan(sent ? std::chrono::milliseconds(kCoalesce) : m_backoff.next());
}

Task<Result<>> ResourceReporter::sendPart(QList<PendingReport> part, StopSignal stop)
{
    QList<ContractResources> used;
    for (const auto &report : std::as_const(part))
        used += ContractResources { report.key.contract, report.used };
    const auto sent = co_await step(stop, 2min, QStringLiteral("reporting resources"),
        [&] { return m_ledger.reportResources(used); });
    if (!sent && !chainSaidNo(sent.error().code))
        co_return sent;
    if (!sent && part.size() > 1) {
        // One bad contract makes the whole call fail: halves find it.
        const auto half = part.size() / 2;
        const auto first = co_await sendPart(part.first(half), stop);
        if (!first)
            co_return first;
        co_return co_await sendPart(part.sliced(half), stop);
    }
    if (!sent)
        qCWarning(lcEngine) << "the chain refuses the resources of contract"
                            << part.first().key.contract.value() << ":" << sent.error().what;
    StoreChange change;
    change.sentReports = part;
    const auto stored = co_await step(
        stop, 30s, QStringLiteral("writing the outbox"), [&] { return m_store.commit(change); });
    if (!stored)
        co_return stored;
    for (const auto &report : std::as_const(part)) {
        if (m_pending.value(report.key).used == report.used)
            m_pending.remove(report.key);
    }
    co_return {};
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/backoff.h"
#include "core/chain/ledger.h"
#include "core/provision/types/step.h"
#include "core/store/deploymentstore.h"

#include <QMap>

#include <functional>

namespace zos {

class Agenda;

// Tells the chain what each contract uses. Newest value per contract, waiting together for a few
// seconds, sent until the chain took it; the outbox in the store outlives the node's process.
class ResourceReporter
{
public:
    ResourceReporter(Ledger &ledger, DeploymentStore &store, Agenda &agenda, StopSignal stop);

    void load(const QList<PendingReport> &reports);
    // Already written to the outbox by the caller's transaction.
    void queue(const PendingReport &report);
    void forget(const DeploymentKey &key);
    void setBegin(std::function<void()> begin)
    {
        m_begin = std::move(begin);
    } // runs send() in the owner's scope
    qsizetype waiting() const { return m_pending.size(); }
    bool waits(const DeploymentKey &key) const { return m_pending.contains(key); }

    Task<void> send();
    // What waits goes now, although the owner stops; what takes longer stays in the outbox.
    Task<void> flush(std::chrono::milliseconds limit);

private:
    QList<PendingReport> nextPart() const;
    Task<Result<>> sendPart(QList<PendingReport> part, StopSignal stop);
    void plan(std::chrono::milliseconds delay);

    Ledger &m_ledger;
    DeploymentStore &m_store;
    Agenda &m_agenda;
    StopSignal m_stop;
    std::function<void()> m_begin;
    QMap<DeploymentKey, PendingReport> m_pending;
    Backoff m_backoff { std::chrono::seconds(10), std::chrono::minutes(10) };
    bool m_sending = false;
};

} // namespace zos

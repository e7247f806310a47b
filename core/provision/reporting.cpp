// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/provision/enginecore.h"

// Whether the chain counts what is used here.

namespace zos {

using namespace std::chrono_literals;

// Billing goes by what the chain has; a report may have been lost on the way of a block that was
// given up, or replaced by an older one.
Task<void> EngineCore::compareReports()
{
    const auto reported = [this](const Key &key) {
        const auto *deployment = find(key);
        return deployment && !deployment->stored.deleting && deployment->stored.contractChecked
            && !m_reporter.waits(key);
    };
    const auto keys = m_deployments.keys();
    for (const auto &key : keys) {
        if (!reported(key))
            continue;
        const auto there = co_await step(m_stop, 30s, QStringLiteral("reading what was reported"),
            [&] { return m_ports.ledger->contractResources(key.contract); });
        if (!there && there.error().code != ErrorCode::NotFound)
            break;
        if (!there || !reported(key) || reportOf(key).used == *there)
            continue;
        qCInfo(lcEngine) << "the chain has other resources of contract" << key.contract.value()
                         << "than it uses: reporting them again";
        StoreChange change;
        change.reports = { reportOf(key) };
        const auto written = co_await commit(change);
        if (written && reported(key))
            m_reporter.queue(reportOf(key));
    }
    if (!m_stop.soft.cancelled())
        m_agenda.at(QStringLiteral("compare reports"), 24h, [this] { spawn(compareReports()); });
}

} // namespace zos

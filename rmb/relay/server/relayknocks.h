// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QHash>
#include <QHostAddress>

namespace zos::rmb {

// How many tokens may be looked at for one remote address: checking a signature is work for the
// event loop that somebody without any key can ask for. A bad token counts as eight. IPv6 counts by
// subnet (/64).
class RelayKnocks
{
public:
    // So many at once after a rest, then so many a second.
    RelayKnocks(int atOnce, int perSecond, const Clock *clock);
    bool take(const QHostAddress &address); // false: not now
    void wasBad(const QHostAddress &address); // after take()
    int size() const { return static_cast<int>(m_budgets.size()); }

private:
    struct Budget
    {
        double left = 0;
        std::chrono::milliseconds filled {};
    };
    Budget &budgetOf(const QHostAddress &address);
    double grown(const Budget &budget) const;

    double m_atOnce;
    double m_perSecond;
    const Clock *m_clock;
    QHash<QHostAddress, Budget> m_budgets;
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayknocks.h"

#include <algorithm>

namespace zos::rmb {

namespace {

constexpr qsizetype kBudgets = 1024; // before full ones are looked for
constexpr double kBad = 7; // more than a good one

QHostAddress sourceOf(const QHostAddress &address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    Q_IPV6ADDR bytes = address.toIPv6Address();
    std::fill(std::begin(bytes.c) + 8, std::end(bytes.c), quint8(0));
    return QHostAddress(bytes);
}

} // namespace

RelayKnocks::RelayKnocks(int atOnce, int perSecond, const Clock *clock)
    : m_atOnce(atOnce)
    , m_perSecond(perSecond)
    , m_clock(clock)
{
}

double RelayKnocks::grown(const Budget &budget) const
{
    const std::chrono::duration<double> rest = m_clock->monotonic() - budget.filled;
    return std::min(m_atOnce, budget.left + rest.count() * m_perSecond);
}

RelayKnocks::Budget &RelayKnocks::budgetOf(const QHostAddress &address)
{
    const auto source = sourceOf(address);
    if (m_budgets.size() >= kBudgets && !m_budgets.contains(source))
        m_budgets.removeIf([this](const auto &entry) { return grown(*entry) >= m_atOnce; });
    const auto known = m_budgets.find(source);
    auto &budget = known != m_budgets.end() ? *known : m_budgets[source];
    budget.left = known != m_budgets.end() ? grown(budget) : m_atOnce;
    budget.filled = m_clock->monotonic();
    return budget;
}

bool RelayKnocks::take(const QHostAddress &address)
{
    auto &budget = budgetOf(address);
    if (budget.left < 1)
        return false;
    --budget.left;
    return true;
}

void RelayKnocks::wasBad(const QHostAddress &address)
{
    budgetOf(address).left -= kBad;
}

} // namespace zos::rmb

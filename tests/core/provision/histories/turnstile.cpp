// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/histories/turnstile.h"

#include <QSet>

namespace zos::testing {

Task<Result<>> Turnstile::pass(Call call)
{
    if (m_open)
        co_return m_open(call);
    const auto gate = std::make_shared<detail::Gate>();
    const auto outcome = std::make_shared<Result<>>();
    m_waiting += Waiting { std::move(call), gate, outcome };
    co_await gate->opened();
    co_return Result<>(*outcome);
}

QList<qsizetype> Turnstile::firsts() const
{
    QList<qsizetype> places;
    QSet<QString> busy;
    for (qsizetype place = 0; place < m_waiting.size(); ++place) {
        const auto &object = m_waiting.at(place).call.object;
        if (object.isEmpty() || !busy.contains(object))
            places += place;
        busy += object;
    }
    return places;
}

QList<Turnstile::Call> Turnstile::next() const
{
    QList<Call> calls;
    for (const auto place : firsts())
        calls += m_waiting.at(place).call;
    return calls;
}

void Turnstile::let(qsizetype which, const Result<> &outcome)
{
    const auto chosen = m_waiting.takeAt(firsts().at(which));
    *chosen.outcome = outcome;
    chosen.gate->open();
}

void Turnstile::open(std::function<Result<>(const Call &)> outcome)
{
    m_open = std::move(outcome);
    for (const auto &waiting : std::exchange(m_waiting, {})) {
        *waiting.outcome = m_open(waiting.call);
        waiting.gate->open();
    }
}

} // namespace zos::testing

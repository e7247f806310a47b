// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/twindirectory.h"

#include <utility>

namespace zos::rmb {

namespace {
constexpr std::chrono::seconds kKeepFound { 600 };
constexpr std::chrono::seconds kKeepAbsent { 10 };
constexpr std::chrono::seconds kFresh { 10 };
constexpr std::chrono::seconds kLedgerDeadline { 10 };
constexpr qsizetype kMaxTwins = 10'000;
constexpr qsizetype kMaxQuestions = 64;
} // namespace

TwinDirectory::TwinDirectory(Ledger *ledger, const Clock *clock, QObject *parent)
    : QObject(parent)
    , m_ledger(ledger)
    , m_clock(clock)
{
    connect(ledger, &Ledger::event, this, [this](const LedgerEvent &event, bool) {
        if (event.kind == LedgerEvent::Kind::TwinUpdated)
            forget(event.twin);
    });
    connect(ledger, &Ledger::gap, this, [this] {
        m_entries.clear();
        for (const auto &question : std::as_const(m_questions))
            question->stale = true;
    });
}

const Twin *TwinDirectory::known(TwinId id) const
{
    const auto found = m_entries.constFind(id);
    const bool good = found != m_entries.cend() && found->twin && age(*found) < kKeepFound;
    return good ? &*found->twin : nullptr;
}

bool TwinDirectory::mayHaveChanged(TwinId id) const
{
    const auto found = m_entries.constFind(id);
    return found == m_entries.cend() || age(*found) >= kFresh;
}

Task<Result<Twin>> TwinDirectory::twin(TwinId id)
{
    if (const auto found = m_entries.constFind(id); found != m_entries.cend()) {
        const std::chrono::milliseconds limit = found->twin ? kKeepFound : kKeepAbsent;
        if (age(*found) < limit)
            co_return found->twin;
        m_entries.erase(found);
    }
    auto answer = co_await ask(id);
    co_return answer;
}

Task<Result<Twin>> TwinDirectory::refreshed(TwinId id)
{
    if (const auto found = m_entries.constFind(id); found != m_entries.cend()) {
        if (age(*found) < kFresh)
            co_return found->twin;
        m_entries.erase(found);
    }
    auto answer = co_await ask(id);
    co_return answer;
}

void TwinDirectory::forget(TwinId id)
{
    m_entries.remove(id);
    if (const auto question = m_questions.value(id))
        question->stale = true;
}

Task<Result<Twin>> TwinDirectory::ask(TwinId id)
{
    if (const auto running = m_questions.value(id)) {
        co_await running->gate.opened();
        co_return std::as_const(*running->answer); // others wait for it too: never move it out
    }
    if (m_questions.size() >= kMaxQuestions)
        co_return fail(ErrorCode::Busy, QStringLiteral("too many twins are being looked up"));
    auto question = std::make_shared<Question>();
    m_questions.insert(id, question);
    auto lookup = m_ledger->twin(id);
    auto answer
        = co_await withDeadline(std::move(lookup), kLedgerDeadline, QStringLiteral("twin lookup"));
    if (!answer && answer.error().code != ErrorCode::NotFound)
        answer = fail(Error { ErrorCode::Unavailable, answer.error().what });
    m_questions.remove(id);
    if (!question->stale)
        keep(id, answer);
    question->answer = answer;
    question->gate.open();
    co_return answer;
}

void TwinDirectory::keep(TwinId id, const Result<Twin> &twin)
{
    if (!twin && twin.error().code != ErrorCode::NotFound)
        return;
    if (m_entries.size() >= kMaxTwins) {
        // Made-up ids fill the table with absent twins: those go first, then everything.
        m_entries.removeIf([](const auto &entry) { return !entry->twin; });
        if (m_entries.size() >= kMaxTwins)
            m_entries.clear();
    }
    m_entries.insert(id, { twin, m_clock->monotonic() });
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/senderbook.h"

namespace zos::rmb {

namespace {
constexpr int kMaxFailures = 20;
constexpr std::chrono::seconds kForgive { 60 };
constexpr std::chrono::seconds kAnswerEvery { 1 };
constexpr int kAnswersPerSecond = 20;
constexpr qsizetype kMaxSenders = 10'000;
} // namespace

bool SenderBook::suspect(const Entry &entry) const
{
    return entry.failures >= kMaxFailures && m_clock->monotonic() - entry.lastFailure < kForgive;
}

bool SenderBook::trusted(const Sender &sender) const
{
    const auto found = m_entries.constFind(sender);
    return found != m_entries.cend() && found->proven && !suspect(*found);
}

bool SenderBook::suspect(const Sender &sender) const
{
    const auto found = m_entries.constFind(sender);
    return found != m_entries.cend() && suspect(*found);
}

void SenderBook::good(const Sender &sender)
{
    entryOf(sender).proven = true;
}

bool SenderBook::failed(const Sender &sender)
{
    Entry &entry = entryOf(sender);
    const auto now = m_clock->monotonic();
    if (now - entry.lastFailure >= kForgive)
        entry.failures = 0;
    entry.lastFailure = now;
    return ++entry.failures == kMaxFailures;
}

SenderBook::Entry &SenderBook::entryOf(const Sender &sender)
{
    if (m_entries.size() >= kMaxSenders && !m_entries.contains(sender)) {
        // Made-up names fill the book: those who never proved anything go first, then everybody.
        m_entries.removeIf(
            [this](const auto &entry) { return !entry->proven && !suspect(*entry); });
        if (m_entries.size() >= kMaxSenders)
            m_entries.removeIf([](const auto &entry) { return !entry->proven; });
        if (m_entries.size() >= kMaxSenders)
            m_entries.clear();
    }
    return m_entries[sender];
}

bool SenderBook::mayAnswer(TwinId claimed)
{
    const auto now = m_clock->monotonic();
    if (now - m_second >= std::chrono::seconds(1)) {
        m_second = now;
        m_answersInSecond = 0;
        m_answered.removeIf([now](const auto &entry) { return now - *entry >= kAnswerEvery; });
    }
    if (m_answersInSecond >= kAnswersPerSecond)
        return false;
    if (const auto last = m_answered.constFind(claimed);
        last != m_answered.cend() && now - *last < kAnswerEvery)
        return false;
    m_answered.insert(claimed, now);
    ++m_answersInSecond;
    return true;
}

} // namespace zos::rmb

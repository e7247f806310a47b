// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relaymailboxes.h"

namespace zos::rmb {

namespace {
constexpr std::chrono::hours kLongest { 1 };
constexpr qsizetype kLetterCost = 512; // bookkeeping of one message
} // namespace

RelayMailboxes::RelayMailboxes(Limits limits, const Clock *clock)
    : m_limits(limits)
    , m_clock(clock)
{
}

bool RelayMailboxes::put(
    const PeerAddress &to, TwinId from, const QByteArray &message, std::chrono::seconds lifetime)
{
    dropExpired();
    const qsizetype cost = kLetterCost + message.size() + 2 * to.connection.size();
    const auto box = m_boxes.constFind(to);
    if (box != m_boxes.cend() && std::cmp_greater_equal(box->size(), m_limits.messages))
        return false;
    if (m_bytes + cost > m_limits.bytes || m_bytesOf.value(from) + cost > m_limits.bytesPerSender)
        return false;
    const auto until
        = m_clock->monotonic() + std::clamp<std::chrono::seconds>(lifetime, {}, kLongest);
    const Letter letter = ++m_next;
    m_letters.emplace(letter, Content { to, from, message, cost, until });
    m_boxes[to].push_back(letter);
    m_ends.emplace(until, letter);
    m_bytesOf[from] += cost;
    m_bytes += cost;
    return true;
}

const QByteArray *RelayMailboxes::first(const PeerAddress &to)
{
    dropExpired();
    const auto box = m_boxes.constFind(to);
    return box == m_boxes.cend() ? nullptr : &m_letters.at(box->front()).message;
}

void RelayMailboxes::removeFirst(const PeerAddress &to)
{
    if (const auto box = m_boxes.constFind(to); box != m_boxes.cend())
        remove(box->front());
}

void RelayMailboxes::dropExpired()
{
    const auto time = m_clock->monotonic();
    while (!m_ends.empty() && m_ends.begin()->first <= time)
        remove(m_ends.begin()->second);
}

void RelayMailboxes::remove(Letter letter)
{
    const auto found = m_letters.find(letter);
    const Content &content = found->second;
    const auto box = m_boxes.find(content.to);
    std::erase(*box, letter);
    if (box->empty())
        m_boxes.erase(box);
    m_ends.erase({ content.until, letter });
    m_bytes -= content.cost;
    const auto sender = m_bytesOf.find(content.from);
    if ((*sender -= content.cost) <= 0)
        m_bytesOf.erase(sender);
    m_letters.erase(found);
}

} // namespace zos::rmb

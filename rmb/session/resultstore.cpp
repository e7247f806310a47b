// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/resultstore.h"

namespace zos::rmb {

ResultStore::ResultStore(Limits limits, const Clock *clock)
    : m_limits(limits)
    , m_clock(clock)
{
}

int ResultStore::put(const QString &queue, TwinId owner, const DirectMessage &message)
{
    dropExpired();
    drop(queue);
    Entry entry;
    entry.owner = owner;
    entry.result.message = message;
    entry.bytes = 2 * message.dat.size() + 1024;
    entry.stored = m_clock->monotonic();
    entry.order = ++m_order;
    if (entry.bytes > m_limits.bytesPerTwin)
        return 1;
    const qsizetype before = m_entries.size();
    const auto tooMuch = [&] {
        const Share &share = m_shares[owner];
        return std::cmp_greater_equal(share.queues.size(), m_limits.entriesPerTwin)
            || share.bytes + entry.bytes > m_limits.bytesPerTwin;
    };
    while (tooMuch())
        drop(QString(m_shares[owner].queues.begin()->second));
    while (m_entries.size() >= m_limits.entries || m_bytes + entry.bytes > m_limits.bytes)
        drop(QString(m_byAge.begin()->second));
    const auto lost = static_cast<int>(before - m_entries.size());
    m_byAge.emplace(entry.order, queue);
    m_shares[owner].queues.emplace(entry.order, queue);
    m_shares[owner].bytes += entry.bytes;
    m_bytes += entry.bytes;
    m_entries.insert(queue, entry);
    return lost;
}

StoredResult *ResultStore::find(const QString &queue)
{
    dropExpired();
    const auto found = m_entries.find(queue);
    return found == m_entries.end() ? nullptr : &found->result;
}

void ResultStore::drop(const QString &queue)
{
    const auto found = m_entries.constFind(queue);
    if (found == m_entries.cend())
        return;
    Share &share = m_shares[found->owner];
    share.bytes -= found->bytes;
    share.queues.erase(found->order);
    if (share.queues.empty())
        m_shares.remove(found->owner);
    m_bytes -= found->bytes;
    m_byAge.erase(found->order);
    m_entries.erase(found);
}

void ResultStore::dropExpired()
{
    while (!m_byAge.empty()) {
        const QString oldest = m_byAge.begin()->second;
        if (m_clock->monotonic() - m_entries.value(oldest).stored < m_limits.keep)
            return;
        drop(oldest);
    }
}

} // namespace zos::rmb

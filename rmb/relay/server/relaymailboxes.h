// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "rmb/wire/envelope.h"

#include <QHash>

#include <deque>
#include <map>
#include <set>

namespace zos::rmb {

inline size_t qHash(const PeerAddress &address, size_t seed = 0)
{
    return qHashMulti(seed, address.twin, address.connection);
}

// Messages for sessions that are away, each until its lifetime is over and at most an hour. In
// memory only: a relay promises nothing across its own end. Bounded a session, a sender and in all.
class RelayMailboxes
{
public:
    struct Limits
    {
        int messages = 256; // for one session
        qsizetype bytesPerSender = 16 << 20;
        qsizetype bytes = 64 << 20;
    };

    RelayMailboxes(Limits limits, const Clock *clock);

    // False when full: the message is not kept.
    bool put(const PeerAddress &to, TwinId from, const QByteArray &message,
        std::chrono::seconds lifetime);
    bool isEmpty(const PeerAddress &to) const { return !m_boxes.contains(to); }
    // The oldest message that still lives, null when there is none.
    const QByteArray *first(const PeerAddress &to);
    void removeFirst(const PeerAddress &to);
    void dropExpired();
    int size() const { return static_cast<int>(m_letters.size()); }
    qsizetype bytes() const { return m_bytes; }

private:
    using Letter = quint64;
    struct Content
    {
        PeerAddress to;
        TwinId from;
        QByteArray message;
        qsizetype cost = 0;
        std::chrono::milliseconds until {};
    };
    void remove(Letter letter);

    Limits m_limits;
    const Clock *m_clock;
    std::map<Letter, Content> m_letters;
    QHash<PeerAddress, std::deque<Letter>> m_boxes; // none is empty
    std::set<std::pair<std::chrono::milliseconds, Letter>> m_ends;
    QHash<TwinId, qsizetype> m_bytesOf; // by sender
    qsizetype m_bytes = 0;
    Letter m_next = 0;
};

} // namespace zos::rmb

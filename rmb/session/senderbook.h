// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/units.h"

#include <QHash>

namespace zos::rmb {

// Who a message claims to be from and who handed it to us (a relay, an address). Names alone prove
// nothing before the signature is checked: whoever abuses a name elsewhere must not hurt its owner
// here.
struct Sender
{
    TwinId twin;
    quint64 via = 0;
    bool operator==(const Sender &) const = default;
    friend size_t qHash(const Sender &sender, size_t seed = 0)
    {
        return qHashMulti(seed, sender.twin, sender.via);
    }
};

// Remembers whose signatures are good and whose are not. After 20 bad ones within a minute a sender
// is suspect until a minute has passed without another. Bounded: what is forgotten is a newcomer.
class SenderBook
{
public:
    explicit SenderBook(const Clock *clock)
        : m_clock(clock)
    {
    }

    // Signed well before and not suspect: worth checking at once. Everybody else waits in turn.
    bool trusted(const Sender &sender) const;
    bool suspect(const Sender &sender) const;
    void good(const Sender &sender);
    bool failed(const Sender &sender); // true when this one makes the sender suspect
    // Whether a message that is not proven may be answered with an error: once a second and
    // claimed twin, and 20 a second in all.
    bool mayAnswer(TwinId claimed);
    int size() const { return static_cast<int>(m_entries.size()); }

private:
    struct Entry
    {
        bool proven = false;
        int failures = 0;
        std::chrono::milliseconds lastFailure {};
    };
    Entry &entryOf(const Sender &sender);
    bool suspect(const Entry &entry) const;

    const Clock *m_clock;
    QHash<Sender, Entry> m_entries;
    QHash<TwinId, std::chrono::milliseconds> m_answered;
    std::chrono::milliseconds m_second {}; // of the answers counted in
    int m_answersInSecond = 0;
};

} // namespace zos::rmb

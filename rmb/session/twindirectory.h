// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"

#include <QHash>
#include <QObject>

namespace zos::rmb {

// Twins by id, asked from the ledger once: found ones are kept 10 minutes, absent ones 10 seconds,
// and several askers of one twin share one question. At most 64 questions are open at a time:
// made-up ids must not make us flood the chain. The owner awaits its own tasks before this dies.
class TwinDirectory : public QObject
{
    Q_OBJECT
public:
    TwinDirectory(Ledger *ledger, const Clock *clock, QObject *parent = nullptr);

    // What we have, if it is still good; null when the ledger must be asked.
    const Twin *known(TwinId id) const;
    // NotFound, Unavailable when the ledger cannot be asked, Busy when too much is being asked
    // (neither is remembered).
    Task<Result<Twin>> twin(TwinId id);
    // For a signature that does not fit: the record anew when what we have is older than 10 s
    // (a user may have changed the key), else what we have.
    Task<Result<Twin>> refreshed(TwinId id);
    bool mayHaveChanged(TwinId id) const; // refreshed() would ask
    void forget(TwinId id);
    int size() const { return static_cast<int>(m_entries.size()); }

private:
    struct Entry
    {
        Result<Twin> twin;
        std::chrono::milliseconds fetched {};
    };
    struct Question
    {
        detail::Gate gate;
        std::optional<Result<Twin>> answer;
        bool stale = false; // the twin changed while we asked
    };
    Task<Result<Twin>> ask(TwinId id);
    void keep(TwinId id, const Result<Twin> &twin);
    std::chrono::milliseconds age(const Entry &entry) const
    {
        return m_clock->monotonic() - entry.fetched;
    }

    Ledger *m_ledger;
    const Clock *m_clock;
    QHash<TwinId, Entry> m_entries;
    QHash<TwinId, std::shared_ptr<Question>> m_questions;
};

} // namespace zos::rmb

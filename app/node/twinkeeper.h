// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/ledger.h"

#include <QObject>

namespace zos::app {

struct TwinPace
{
    std::chrono::milliseconds look { std::chrono::minutes(10) };
    std::chrono::milliseconds retry { std::chrono::minutes(1) }; // after a failure
    std::chrono::milliseconds apart { std::chrono::minutes(1) }; // between two writes
};

// The ledger tells others how to reach the node. Somebody may change the record, a write may have
// failed for want of money: it is looked at when the ledger tells of a change, and now and then.
// Writing costs a fee, so two programs that disagree do not write as fast as they can.
class TwinKeeper : public QObject
{
    Q_OBJECT
public:
    // Of `wanted` only what a twin may change itself counts: ip, relay, pk.
    TwinKeeper(
        Ledger *ledger, TwinId own, Twin wanted, TwinPace pace = {}, QObject *parent = nullptr);

    Task<void> run(CancelToken token); // until it is cancelled; await it before this dies
    int writes() const { return m_writes; }

private:
    enum class Outcome { Right, Written, Failed };
    Task<Outcome> look();

    Ledger *m_ledger;
    const TwinId m_own;
    const Twin m_wanted;
    const TwinPace m_pace;
    CancelToken m_rest; // ends the pause that runs
    int m_writes = 0;
};

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/units.h"

#include <QHash>

namespace zos::rmb {

// How much each twin sent within its current minute.
class RelayRates
{
public:
    enum class Verdict {
        Fine,
        Over, // the message is dropped
        Abuse, // ten times over: the session is ended
    };

    RelayRates(int messages, qsizetype bytes, const Clock *clock);
    Verdict take(TwinId twin, qsizetype bytes);
    int size() const { return static_cast<int>(m_windows.size()); }

private:
    struct Window
    {
        std::chrono::milliseconds begun {};
        qint64 messages = 0;
        qint64 bytes = 0;
    };
    void dropFinished(std::chrono::milliseconds time);

    int m_messages;
    qsizetype m_bytes;
    const Clock *m_clock;
    QHash<TwinId, Window> m_windows;
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <optional>

namespace zos {

// Bounds lines that outsiders can cause: so many a second, and the next one says how many were left
// out.
class LogPace
{
public:
    explicit LogPace(const Clock *clock, int perSecond = 10)
        : m_clock(clock)
        , m_perSecond(perSecond)
    {
    }
    // What to append to the line ("" or ", 12 more"); nothing when it is to be left out.
    std::optional<QString> turn()
    {
        if (const auto now = m_clock->monotonic(); now - m_second >= std::chrono::seconds(1)) {
            m_second = now;
            m_lines = 0;
        }
        if (m_lines >= m_perSecond) {
            ++m_leftOut;
            return std::nullopt;
        }
        ++m_lines;
        const quint64 leftOut = std::exchange(m_leftOut, 0);
        return leftOut == 0 ? QString() : QStringLiteral(", %1 more").arg(leftOut);
    }

private:
    const Clock *m_clock;
    int m_perSecond;
    std::chrono::milliseconds m_second { std::chrono::milliseconds::min() / 2 };
    int m_lines = 0;
    quint64 m_leftOut = 0;
};

} // namespace zos

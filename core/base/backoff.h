// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace zos {

// first, 2*first, 4*first ... up to max, each with -20 %..+20 % jitter.
class Backoff
{
public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds max)
        : m_first(first)
        , m_max(max)
        , m_next(first)
    {
    }
    std::chrono::milliseconds next();
    void reset() { m_next = m_first; }

private:
    std::chrono::milliseconds m_first;
    std::chrono::milliseconds m_max;
    std::chrono::milliseconds m_next;
};

} // namespace zos

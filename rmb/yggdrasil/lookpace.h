// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/backoff.h"
#include "core/ports/overlay.h"

namespace zos::rmb {

// How long to wait before the next look at the overlay. A node is of use once a peer is up: until
// then, and after every change, it looks soon and then less and less; else seldom.
class LookPace
{
public:
    LookPace(std::chrono::milliseconds first, std::chrono::milliseconds seldom)
        : m_seldom(seldom)
        , m_soon(first, seldom)
    {
    }
    std::chrono::milliseconds after(const OverlayState &seen)
    {
        const bool connected = std::ranges::any_of(seen.peers, &OverlayPeer::up);
        if (connected != m_connected || seen.running != m_running)
            m_soon.reset();
        m_connected = connected;
        m_running = seen.running;
        return connected ? m_seldom : std::min(m_soon.next(), m_seldom);
    }

private:
    std::chrono::milliseconds m_seldom;
    Backoff m_soon;
    bool m_connected = false;
    bool m_running = false;
};

} // namespace zos::rmb

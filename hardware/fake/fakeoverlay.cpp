// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeoverlay.h"

namespace zos::hw {

Task<Result<>> FakeOverlay::start()
{
    const auto entered = co_await m_world.enter(QStringLiteral("overlay.start"), {});
    if (!entered)
        co_return entered;
    m_world.overlayUp = true;
    Q_EMIT stateChanged();
    co_return co_await m_world.leave();
}

OverlayState FakeOverlay::state() const
{
    OverlayState state;
    state.running = m_world.overlayUp;
    state.address = m_address;
    state.subnet = m_subnet;
    if (state.running)
        state.peers = { OverlayPeer {
            QStringLiteral("tcp://192.0.2.20:9651"), true, std::chrono::milliseconds(12) } };
    else
        state.trouble = QStringLiteral("not started");
    return state;
}

} // namespace zos::hw

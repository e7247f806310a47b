// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayrates.h"

namespace zos::rmb {

namespace {
constexpr std::chrono::minutes kRateWindow { 1 };
constexpr qsizetype kRateWindows = 1024; // before finished ones are looked for
constexpr int kAbuse = 10;
} // namespace

RelayRates::RelayRates(int messages, qsizetype bytes, const Clock *clock)
    : m_messages(messages)
    , m_bytes(bytes)
    , m_clock(clock)
{
}

RelayRates::Verdict RelayRates::take(TwinId twin, qsizetype bytes)
{
    const auto time = m_clock->monotonic();
    if (m_windows.size() >= kRateWindows && !m_windows.contains(twin))
        dropFinished(time);
    Window &window = m_windows[twin];
    if (window.messages == 0 || time - window.begun >= kRateWindow)
        window = { time, 0, 0 };
    ++window.messages;
    window.bytes += bytes;
    if (window.messages <= m_messages && window.bytes <= m_bytes)
        return Verdict::Fine;
    if (window.messages <= qint64(m_messages) * kAbuse && window.bytes <= m_bytes * kAbuse)
        return Verdict::Over;
    return Verdict::Abuse;
}

void RelayRates::dropFinished(std::chrono::milliseconds time)
{
    m_windows.removeIf([time](const auto &entry) { return time - entry->begun >= kRateWindow; });
}

} // namespace zos::rmb

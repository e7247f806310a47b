// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace zos {

// The only source of time in core, so that tests turn the hands themselves.
class Clock
{
public:
    virtual ~Clock() = default;
    // Wall clock, Unix time.
    virtual std::chrono::milliseconds now() const = 0;
    // Never goes backwards and counts suspended time (CLOCK_BOOTTIME): ages, deadlines, back-off.
    virtual std::chrono::milliseconds monotonic() const = 0;

    std::chrono::seconds seconds() const { return std::chrono::floor<std::chrono::seconds>(now()); }
};

class SystemClock final : public Clock
{
public:
    std::chrono::milliseconds now() const override;
    std::chrono::milliseconds monotonic() const override;
};

// Whether something keeps the machine's wall clock right, as far as the kernel knows.
bool clockSynchronised();
// The same of what adjtimex(2) returned and said of the possible error.
bool synchronisedAccordingTo(int state, std::chrono::microseconds possibleError);

// A clock that stands still until advanced. Used by tests and by demonstrations.
class FakeClock final : public Clock
{
public:
    explicit FakeClock(std::chrono::milliseconds now = std::chrono::seconds(1'800'000'000))
        : m_now(now)
    {
    }
    std::chrono::milliseconds now() const override { return m_now; }
    std::chrono::milliseconds monotonic() const override { return m_monotonic; }
    void advance(std::chrono::milliseconds by)
    {
        m_now += by;
        m_monotonic += by;
    }
    void jumpWallClock(std::chrono::milliseconds to) { m_now = to; }

private:
    std::chrono::milliseconds m_now;
    std::chrono::milliseconds m_monotonic { 1'000'000 };
};

} // namespace zos

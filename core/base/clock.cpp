// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"

#include <sys/timex.h>
#include <time.h>

namespace zos {

namespace {
std::chrono::milliseconds readClock(clockid_t id)
{
    timespec t {};
    clock_gettime(id, &t);
    return std::chrono::milliseconds(
        static_cast<long long>(t.tv_sec) * 1000 + t.tv_nsec / 1'000'000);
}
} // namespace

bool clockSynchronised()
{
    // The rule of systemd: the kernel lets the possible error grow until somebody corrects the
    // clock.
    constexpr long kTooMuch = 16'000'000; // microseconds
    timex state {};
    return ::adjtimex(&state) >= 0 && state.maxerror < kTooMuch;
}

std::chrono::milliseconds SystemClock::now() const
{
    return readClock(CLOCK_REALTIME);
}
std::chrono::milliseconds SystemClock::monotonic() const
{
    return readClock(CLOCK_BOOTTIME);
}

} // namespace zos

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
    timex clock {};
    const int state = ::adjtimex(&clock);
    return synchronisedAccordingTo(state, std::chrono::microseconds(clock.maxerror));
}

bool synchronisedAccordingTo(int state, std::chrono::microseconds possibleError)
{
    // The rule of systemd: the kernel lets the possible error grow until somebody corrects the
    // clock. Its own state is no help: it is TIME_ERROR for every clock that is set by hand, by
    // a hypervisor or in large steps.
    constexpr std::chrono::seconds kTooMuch { 16 };
    return state >= 0 && possibleError < kTooMuch;
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

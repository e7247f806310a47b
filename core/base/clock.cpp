// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"

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

std::chrono::milliseconds SystemClock::now() const
{
    return readClock(CLOCK_REALTIME);
}
std::chrono::milliseconds SystemClock::monotonic() const
{
    return readClock(CLOCK_BOOTTIME);
}

} // namespace zos

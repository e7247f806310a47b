// SPDX-License-Identifier: Apache-2.0
#include "tests/support/synccalls.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

namespace {

std::mutex s_mutex;
std::condition_variable s_goOn;
int s_calls = 0;
int s_waiting = 0;
bool s_held = false;

int sync(long number, int file)
{
    {
        std::unique_lock lock(s_mutex);
        ++s_calls;
        ++s_waiting;
        s_goOn.wait(lock, [] { return !s_held; });
        --s_waiting;
    }
    return static_cast<int>(::syscall(number, file));
}

} // namespace

// In place of the C library's.
extern "C" int fsync(int file)
{
    return sync(SYS_fsync, file);
}

extern "C" int fdatasync(int file)
{
    return sync(SYS_fdatasync, file);
}

namespace zos::testing {

int syncCalls()
{
    const std::lock_guard lock(s_mutex);
    return s_calls;
}

HeldSyncs::HeldSyncs()
{
    const std::lock_guard lock(s_mutex);
    s_held = true;
}

HeldSyncs::~HeldSyncs()
{
    {
        const std::lock_guard lock(s_mutex);
        s_held = false;
    }
    s_goOn.notify_all();
}

int HeldSyncs::waiting() const
{
    const std::lock_guard lock(s_mutex);
    return s_waiting;
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

// What a test and the fault library inside the program under test share: a file both have mapped.
// The test writes the plan while the page is not armed; the library writes down what it sees.
namespace zos::faults {

constexpr std::uint32_t kMagic = 0x7a666c74;
constexpr std::uint32_t kMostPoints = 4096;
constexpr const char *kPageVariable = "ZOS_FAULT_PAGE";

enum class Action : std::uint32_t {
    Count, // only write down
    KillBefore, // the process dies instead of the call
    KillAfter, // the call is made (a program is started), then the process dies
    Fail, // the call returns `error`
    Full, // from this call on nothing that needs space succeeds
};

// One passed call, in the order they began.
struct Point
{
    char name[116]; // what and where, without what differs from run to run
    std::uint32_t needsSpace;
};

enum class Kind : std::uint32_t {
    Change, // of something outside the process
    Read, // a look at it
};

struct Log
{
    std::atomic<std::uint32_t> points; // written to `passed`; more are counted, not kept
    Point passed[kMostPoints];
};

struct Page
{
    std::uint32_t magic;
    std::atomic<std::uint32_t> armed; // points count only while this is set
    std::atomic<std::uint32_t> full; // no space is left
    std::atomic<std::uint32_t> hit; // the plan was carried out
    Action action;
    Kind kind; // of the call it means
    std::int32_t error;
    char target[116]; // its name, empty = any,
    std::uint32_t occurrence; // and the how manieth of that name, from 0
    std::atomic<std::int64_t> aheadNs; // of the monotonic clock: waits shorter
    Log changes;
    Log reads;
};

} // namespace zos::faults

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/faults/faultpage.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstring>

// What every point has: a name, a number, and what the plan says of it. Some of this runs between
// vfork and exec.
namespace zos::faults {

inline Page *page = nullptr;
inline long ownPid = 0;

// ---- names

class Name
{
public:
    explicit Name(const char *operation) { add(operation); }
    void add(const char *text, std::size_t length)
    {
        for (std::size_t i = 0; i < length && m_used + 1 < sizeof m_text; ++i)
            m_text[m_used++] = text[i];
    }
    void add(const char *text) { add(text, std::strlen(text)); }
    // The last two parts of a path; numbers and the random end of a temporary name differ from run
    // to run.
    void addPath(const char *path)
    {
        add(" ");
        const std::size_t whole = std::strlen(path);
        std::size_t begin = whole;
        for (int parts = 2; begin > 0; --begin) {
            if (path[begin - 1] == '/' && begin != whole && --parts == 0)
                break;
        }
        std::size_t end = whole;
        const bool temporary = whole > 8 && path[whole - 7] == '.' && hasUpper(path + whole - 6);
        if (temporary)
            end -= 6;
        addPlain(path + begin, end - begin);
        if (temporary)
            add("~");
    }
    void addPlain(const char *text, std::size_t length)
    {
        // Pools and images are called by chance.
        constexpr std::size_t kUuid = 36;
        constexpr std::size_t kHash = 64;
        if (length >= kUuid && text[8] == '-' && text[13] == '-' && text[23] == '-') {
            add("POOL");
            return addPlain(text + kUuid, length - kUuid);
        }
        const char *slash = static_cast<const char *>(std::memchr(text, '/', length));
        const std::size_t part = slash ? static_cast<std::size_t>(slash - text) + 1 : length;
        if (part < length) {
            addPlain(text, part);
            return addPlain(text + part, length - part);
        }
        if (length >= kHash && !std::memchr(text, '-', length)) {
            add("IMAGE");
            return addPlain(text + kHash, length - kHash);
        }
        bool number = false;
        for (std::size_t i = 0; i < length; ++i) {
            const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
            if (!digit)
                add(text + i, 1);
            else if (!number)
                add("#");
            number = digit;
        }
    }
    const char *text() const { return m_text; }

private:
    static bool hasUpper(const char *six)
    {
        bool upper = false;
        for (int i = 0; i < 6; ++i) {
            if (std::isalpha(static_cast<unsigned char>(six[i])) == 0)
                return false;
            upper = upper || std::isupper(static_cast<unsigned char>(six[i])) != 0;
        }
        return upper;
    }
    char m_text[sizeof Point::name] = {};
    std::size_t m_used = 0;
};

inline bool pathOf(int fd, char *path, std::size_t size)
{
    char link[32] = "/proc/self/fd/";
    char digits[12];
    int count = 0;
    for (int rest = fd; count == 0 || rest > 0; rest /= 10)
        digits[count++] = static_cast<char>('0' + rest % 10);
    std::size_t at = std::strlen(link);
    while (count > 0)
        link[at++] = digits[--count];
    link[at] = '\0';
    const long length = ::syscall(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    return true;
}

// ---- points

enum class Space { Needs, Not };

struct Verdict
{
    int error = 0; // the call fails with it
    bool lastDeed = false; // the process dies after the call
};

[[noreturn]] inline void die()
{
    ::syscall(SYS_kill, ownPid, SIGKILL);
    for (;;)
        ::syscall(SYS_exit_group, 127); // a child that has not become a program yet
}

inline bool watching()
{
    return page && page->armed.load() != 0;
}

inline bool inChild()
{
    return ::syscall(SYS_getpid) != ownPid;
}

inline bool isTarget(const Log &log, const char *name, std::uint32_t index)
{
    if (page->target[0] == '\0')
        return index == page->occurrence;
    if (std::strcmp(name, page->target) != 0)
        return false;
    std::uint32_t before = 0;
    for (std::uint32_t i = 0; i < index; ++i)
        before += std::strcmp(log.passed[i].name, name) == 0 ? 1 : 0;
    return before == page->occurrence;
}

inline Verdict pass(const Name &name, Space space, Kind kind = Kind::Change)
{
    Log &log = kind == Kind::Read ? page->reads : page->changes;
    const std::uint32_t index = log.points.fetch_add(1);
    if (index < kMostPoints) {
        auto &point = log.passed[index];
        point.needsSpace = space == Space::Needs ? 1 : 0;
        std::strcpy(point.name, name.text());
    }
    Verdict verdict;
    if (page->action != Action::Count && page->kind == kind && page->hit.load() == 0
        && index < kMostPoints && isTarget(log, name.text(), index) && page->hit.exchange(1) == 0) {
        switch (page->action) {
        case Action::Count:
            break;
        case Action::KillBefore:
            die();
        case Action::KillAfter:
            verdict.lastDeed = true;
            break;
        case Action::Fail:
            verdict.error = page->error;
            break;
        case Action::Full:
            page->full.store(1);
            break;
        }
    }
    if (page->full.load() != 0 && space == Space::Needs)
        verdict.error = ENOSPC;
    return verdict;
}

template <class Call> auto make(Verdict verdict, Call call) -> decltype(call())
{
    if (verdict.error != 0) {
        errno = verdict.error;
        return static_cast<decltype(call())>(-1);
    }
    const auto result = call();
    if (verdict.lastDeed)
        die();
    return result;
}

template <class... Arguments> int plain(long number, Arguments... arguments)
{
    return static_cast<int>(::syscall(number, arguments...));
}

// A call that names what it changes.
template <class... Arguments>
int onPath(
    const char *operation, const char *path, Space space, long number, Arguments... arguments)
{
    if (!watching() || inChild())
        return plain(number, arguments...);
    Name name(operation);
    name.addPath(path);
    return make(pass(name, space), [&] { return plain(number, arguments...); });
}

// A call about an open file; of others than files and folders nothing is counted.
template <class... Arguments>
long onFile(const char *operation, int fd, Space space, long number, Arguments... arguments)
{
    struct stat facts {};
    char path[512];
    if (!watching() || inChild() || ::fstat(fd, &facts) != 0
        || !(S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode)) || !pathOf(fd, path, sizeof path))
        return ::syscall(number, arguments...);
    Name name(operation);
    name.addPath(path);
    if (std::strncmp(path, "/proc/", 6) == 0)
        space = Space::Not;
    return make(pass(name, space), [&] { return ::syscall(number, arguments...); });
}

} // namespace zos::faults

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/faults/points.h"

#include <initializer_list>

// The calls by which the program looks at the world outside: points of their own.
namespace zos::faults {

// Not what the loader reads, what does not change while a machine runs, and figures for the
// console, which are read by the clock.
inline bool isWorld(const char *path)
{
    for (const char *part : { "/usr/", "/lib", "/etc/", "/dev/", "/sys/dev/", "/proc/stat",
             "/proc/meminfo", "/proc/loadavg", "/proc/net/", "/proc/thread-self/" }) {
        if (std::strncmp(path, part, std::strlen(part)) == 0)
            return false;
    }
    return path[0] == '/' && std::strstr(path, "/net/") == nullptr;
}

// A look at what has a name.
template <class Call> auto onLook(const char *operation, const char *path, Call call)
{
    if (!watching() || inChild() || !isWorld(path))
        return call();
    Name name(operation);
    name.addPath(path);
    return make(pass(name, Space::Not, Kind::Read), call);
}

// A look into an open file or folder.
template <class Call> auto onContent(const char *operation, int fd, Call call)
{
    struct stat facts {};
    char path[512];
    if (!watching() || inChild() || ::fstat(fd, &facts) != 0
        || !(S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode)) || !pathOf(fd, path, sizeof path))
        return call();
    return onLook(operation, path, call);
}

} // namespace zos::faults

// SPDX-License-Identifier: Apache-2.0
#include "app/guest/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace zos::guest {

namespace {

void writeAll(int fd, const char *data, std::size_t size)
{
    while (size > 0) {
        const auto written = ::write(fd, data, size);
        if (written <= 0)
            return;
        data += written;
        size -= static_cast<std::size_t>(written);
    }
}

void sayList(const char *prefix, const char *format, va_list arguments)
{
    char line[512];
    timespec now {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    int length = std::snprintf(line, sizeof line, "zosinit[%ld.%03ld]: %s",
        static_cast<long>(now.tv_sec), static_cast<long>(now.tv_nsec / 1000000), prefix);
    length += std::vsnprintf(
        line + length, sizeof line - static_cast<std::size_t>(length) - 1, format, arguments);
    const auto end = std::min(static_cast<std::size_t>(length), sizeof line - 2);
    line[end] = '\n';
    writeAll(STDERR_FILENO, line, end + 1);
}

} // namespace

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sayList("", format, arguments);
    va_end(arguments);
}

void fatal(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sayList("FATAL ", format, arguments);
    va_end(arguments);
    ::sync();
    for (int i = 0; i < 10; ++i)
        shortPause(); // lets the serial line drain
    ::reboot(RB_POWER_OFF);
    for (;;)
        ::pause();
}

void shortPause()
{
    const timespec time { 0, 20'000'000 };
    ::nanosleep(&time, nullptr);
}

bool readFile(int directory, const char *path, std::size_t limit, std::string &out)
{
    out.clear();
    const int fd = ::openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char buffer[16384];
    ssize_t got = 0;
    while (out.size() <= limit && (got = ::read(fd, buffer, sizeof buffer)) > 0)
        out.append(buffer, static_cast<std::size_t>(got));
    ::close(fd);
    return got >= 0 && out.size() <= limit;
}

bool writeFile(const char *path, const std::string &text, int flags, mode_t mode)
{
    const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
    if (fd < 0)
        return false;
    const auto written = ::write(fd, text.data(), text.size());
    ::close(fd);
    return written == static_cast<ssize_t>(text.size());
}

void makePath(const std::string &path, mode_t mode)
{
    for (auto slash = path.find('/', 1); slash != std::string::npos;
        slash = path.find('/', slash + 1))
        ::mkdir(path.substr(0, slash).c_str(), 0755);
    ::mkdir(path.c_str(), mode);
}

Modules::Modules()
    : m_directory(::open("/mod", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
{
}

void Modules::load(const char *name) const
{
    std::string list;
    if (m_directory < 0
        || !readFile(m_directory, (std::string(name) + ".list").c_str(), 65536, list)) {
        say("module %s: not packed", name);
        return;
    }
    for (std::size_t begin = 0; begin < list.size();) {
        auto end = list.find('\n', begin);
        if (end == std::string::npos)
            end = list.size();
        const auto file = list.substr(begin, end - begin);
        begin = end + 1;
        const int fd = ::openat(m_directory, file.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0 || (::syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
            say("module %s: %s", file.c_str(), std::strerror(errno));
        if (fd >= 0)
            ::close(fd);
    }
}

void Modules::forget()
{
    DIR *const listing = m_directory < 0 ? nullptr : ::fdopendir(m_directory);
    if (!listing)
        return;
    while (const auto *entry = ::readdir(listing)) {
        if (entry->d_name[0] != '.')
            ::unlinkat(m_directory, entry->d_name, 0);
    }
    ::closedir(listing);
    m_directory = -1;
}

} // namespace zos::guest

// SPDX-License-Identifier: Apache-2.0
// Preloaded into the program under test: the calls by which it changes the world outside become
// numbered points at which it can be killed, refused or left without space. System calls are made
// directly: some of this runs between vfork and exec, where little else is allowed. The programs it
// starts are not touched.
#include "tests/support/faults/faultpage.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

using zos::faults::Action;
using zos::faults::Page;

namespace {

Page *page = nullptr;
long ownPid = 0;

__attribute__((constructor)) void openPage()
{
    const char *path = std::getenv(zos::faults::kPageVariable);
    if (!path)
        return;
    const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0));
    if (fd >= 0) {
        void *memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ::close(fd);
        if (memory != MAP_FAILED && static_cast<Page *>(memory)->magic == zos::faults::kMagic)
            page = static_cast<Page *>(memory);
    }
    ownPid = ::syscall(SYS_getpid);
    ::unsetenv("LD_PRELOAD"); // of this process only
    ::unsetenv(zos::faults::kPageVariable);
}

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
    char m_text[sizeof zos::faults::Point::name] = {};
    std::size_t m_used = 0;
};

bool pathOf(int fd, char *path, std::size_t size)
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

[[noreturn]] void die()
{
    ::syscall(SYS_kill, ownPid, SIGKILL);
    for (;;)
        ::syscall(SYS_exit_group, 127); // a child that has not become a program yet
}

bool watching()
{
    return page && page->armed.load() != 0;
}

bool inChild()
{
    return ::syscall(SYS_getpid) != ownPid;
}

bool isTarget(const char *name, std::uint32_t index)
{
    if (page->target[0] == '\0')
        return index == page->occurrence;
    if (std::strcmp(name, page->target) != 0)
        return false;
    std::uint32_t before = 0;
    for (std::uint32_t i = 0; i < index; ++i)
        before += std::strcmp(page->passed[i].name, name) == 0 ? 1 : 0;
    return before == page->occurrence;
}

Verdict pass(const Name &name, Space space)
{
    const std::uint32_t index = page->points.fetch_add(1);
    if (index < zos::faults::kMostPoints) {
        auto &point = page->passed[index];
        point.needsSpace = space == Space::Needs ? 1 : 0;
        std::strcpy(point.name, name.text());
    }
    Verdict verdict;
    if (page->action != Action::Count && page->hit.load() == 0 && index < zos::faults::kMostPoints
        && isTarget(name.text(), index) && page->hit.exchange(1) == 0) {
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

// ---- what goes to others

std::uint32_t bigEndian(const unsigned char *bytes)
{
    return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16
        | std::uint32_t(bytes[2]) << 8 | std::uint32_t(bytes[3]);
}

// libvirt's messages: length, program, version, procedure, each 4 bytes.
bool nameLibvirt(Name &name, const void *data, std::size_t size)
{
    constexpr std::uint32_t kRemote = 0x20008086;
    const auto *bytes = static_cast<const unsigned char *>(data);
    if (size < 28 || bigEndian(bytes + 4) != kRemote)
        return false;
    struct Procedure
    {
        std::uint32_t number;
        const char *name;
    };
    constexpr Procedure kChanging[] = { { 10, "create" }, { 12, "destroy" }, { 28, "resume" },
        { 34, "suspend" }, { 234, "destroy with flags" } };
    for (const auto &procedure : kChanging) {
        if (procedure.number == bigEndian(bytes + 12)) {
            name.add(" ");
            name.add(procedure.name);
            return true;
        }
    }
    return false;
}

bool nameSupervisor(Name &name, const void *data, std::size_t size)
{
    for (const char *operation : { "start", "stop" }) {
        char text[32] = "\"op\":\"";
        std::strcat(text, operation);
        if (::memmem(data, size, text, std::strlen(text))) {
            name.add(" ");
            name.add(operation);
            return true;
        }
    }
    return false;
}

// Whether sending this is a point, and its name.
bool nameMessage(Name &name, int fd, const void *data, std::size_t size)
{
    struct stat facts {};
    if (::fstat(fd, &facts) != 0)
        return false;
    if (S_ISFIFO(facts.st_mode)) {
        name.add(" to a program");
        return size > 1; // a byte wakes a thread
    }
    if (!S_ISSOCK(facts.st_mode))
        return false;
    int domain = 0;
    socklen_t length = sizeof domain;
    ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
    if (domain == AF_NETLINK) {
        nlmsghdr header {};
        if (size < sizeof header)
            return false;
        std::memcpy(&header, data, sizeof header);
        name.add(header.nlmsg_type == NFNL_MSG_BATCH_BEGIN ? " rule set" : " netlink");
        return header.nlmsg_type == NFNL_MSG_BATCH_BEGIN;
    }
    if (domain != AF_UNIX)
        return false;
    sockaddr_un peer {};
    length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &length) != 0)
        return false;
    if (std::strstr(peer.sun_path, "libvirt") != nullptr) {
        name.add(" libvirt");
        return nameLibvirt(name, data, size);
    }
    name.add(" supervisor"); // Qt hides where it listens
    return nameSupervisor(name, data, size);
}

template <class Call> long onMessage(int fd, const void *data, std::size_t size, Call call)
{
    if (!watching() || inChild())
        return call();
    Name name("send");
    if (!nameMessage(name, fd, data, size))
        return call();
    return make(pass(name, Space::Not), call);
}

// ---- programs

void nameProgram(Name &name, const char *path, char *const *arguments)
{
    name.addPath(path);
    for (int i = 1; i <= 3 && arguments[i - 1] && arguments[i]; ++i) {
        if (arguments[i][0] == '/')
            name.addPath(arguments[i]);
        else {
            name.add(" ");
            name.addPlain(arguments[i], std::strlen(arguments[i]));
        }
    }
}

int start(const char *path, char *const *arguments, char *const *environment)
{
    const auto become = [&] { return plain(SYS_execve, path, arguments, environment); };
    const bool asks = arguments[0] && arguments[1] && std::strcmp(arguments[1], "-j") == 0;
    if (!watching() || asks) // "ip -j" only tells, and whenever the console wants to know
        return become();
    Name name("start");
    nameProgram(name, path, arguments);
    const auto verdict = pass(name, Space::Not);
    if (verdict.lastDeed)
        ::syscall(SYS_kill, ownPid, SIGKILL); // we are its child: the program runs on
    return make(Verdict { verdict.error, false }, become);
}

int openFile(int folder, const char *path, int flags, mode_t mode)
{
    const auto call = [&] { return plain(SYS_openat, folder, path, flags, mode); };
    if (!watching() || inChild() || (flags & O_CREAT) == 0)
        return call();
    Name name("create");
    name.addPath(path);
    return make(pass(name, Space::Needs), call);
}

const char *changeOf(unsigned long request)
{
    switch (request) {
    case BTRFS_IOC_SUBVOL_CREATE:
        return "make subvolume";
    case BTRFS_IOC_SNAP_DESTROY:
        return "remove subvolume";
    case BTRFS_IOC_QGROUP_LIMIT:
        return "limit";
    case BTRFS_IOC_QUOTA_CTL:
        return "quota";
    case FS_IOC_SETFLAGS:
        return "flags";
    default:
        return nullptr;
    }
}

} // namespace

// ---- the functions of the C library, under their names and none that its headers know

#define ZOS_TAKES_OVER(symbol) __asm__(symbol) __attribute__((visibility("default")))

extern "C" {

int zosOpen(const char *path, int flags, ...) ZOS_TAKES_OVER("open");
int zosOpen64(const char *path, int flags, ...) ZOS_TAKES_OVER("open64");
int zosOpenAt(int folder, const char *path, int flags, ...) ZOS_TAKES_OVER("openat");
int zosOpenAt64(int folder, const char *path, int flags, ...) ZOS_TAKES_OVER("openat64");
ssize_t zosWrite(int fd, const void *data, size_t size) ZOS_TAKES_OVER("write");
ssize_t zosPwrite(int fd, const void *data, size_t size, off_t at) ZOS_TAKES_OVER("pwrite");
ssize_t zosPwrite64(int fd, const void *data, size_t size, off_t at) ZOS_TAKES_OVER("pwrite64");
int zosFsync(int fd) ZOS_TAKES_OVER("fsync");
int zosFdatasync(int fd) ZOS_TAKES_OVER("fdatasync");
int zosSyncfs(int fd) ZOS_TAKES_OVER("syncfs");
int zosFtruncate(int fd, off_t size) ZOS_TAKES_OVER("ftruncate");
int zosFtruncate64(int fd, off_t size) ZOS_TAKES_OVER("ftruncate64");
int zosFallocate(int fd, int mode, off_t at, off_t size) ZOS_TAKES_OVER("fallocate");
int zosFallocate64(int fd, int mode, off_t at, off_t size) ZOS_TAKES_OVER("fallocate64");
int zosFsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
    ZOS_TAKES_OVER("fsetxattr");
int zosRename(const char *from, const char *to) ZOS_TAKES_OVER("rename");
int zosRenameAt2(int a, const char *from, int b, const char *to, unsigned flags)
    ZOS_TAKES_OVER("renameat2");
int zosLink(const char *from, const char *to) ZOS_TAKES_OVER("link");
int zosLinkAt(int a, const char *from, int b, const char *to, int flags) ZOS_TAKES_OVER("linkat");
int zosSymlink(const char *from, const char *to) ZOS_TAKES_OVER("symlink");
int zosUnlink(const char *path) ZOS_TAKES_OVER("unlink");
int zosUnlinkAt(int folder, const char *path, int flags) ZOS_TAKES_OVER("unlinkat");
int zosMkdir(const char *path, mode_t mode) ZOS_TAKES_OVER("mkdir");
int zosRmdir(const char *path) ZOS_TAKES_OVER("rmdir");
int zosChmod(const char *path, mode_t mode) ZOS_TAKES_OVER("chmod");
int zosFchmod(int fd, mode_t mode) ZOS_TAKES_OVER("fchmod");
int zosChown(const char *path, uid_t user, gid_t group) ZOS_TAKES_OVER("chown");
int zosMount(const char *what, const char *where, const char *type, unsigned long flags,
    const void *options) ZOS_TAKES_OVER("mount");
int zosUmount2(const char *where, int flags) ZOS_TAKES_OVER("umount2");
int zosIoctl(int fd, unsigned long request, ...) ZOS_TAKES_OVER("ioctl");
ssize_t zosSend(int fd, const void *data, size_t size, int flags) ZOS_TAKES_OVER("send");
ssize_t zosSendTo(int fd, const void *data, size_t size, int flags, const sockaddr *to,
    socklen_t length) ZOS_TAKES_OVER("sendto");
ssize_t zosSendMessage(int fd, const msghdr *message, int flags) ZOS_TAKES_OVER("sendmsg");
int zosKill(pid_t pid, int signal) ZOS_TAKES_OVER("kill");
int zosExecve(const char *path, char *const *arguments, char *const *environment)
    ZOS_TAKES_OVER("execve");
int zosExecv(const char *path, char *const *arguments) ZOS_TAKES_OVER("execv");
int zosClockGettime(clockid_t clock, timespec *time) ZOS_TAKES_OVER("clock_gettime");

int zosOpen(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
    va_end(rest);
    return openFile(AT_FDCWD, path, flags, mode);
}
int zosOpen64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
    va_end(rest);
    return openFile(AT_FDCWD, path, flags, mode);
}
int zosOpenAt(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
    va_end(rest);
    return openFile(folder, path, flags, mode);
}
int zosOpenAt64(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
    va_end(rest);
    return openFile(folder, path, flags, mode);
}

ssize_t zosWrite(int fd, const void *data, size_t size)
{
    struct stat facts {};
    if (watching() && ::fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode))
        return onMessage(fd, data, size, [&] { return ::syscall(SYS_write, fd, data, size); });
    return onFile("write", fd, Space::Needs, SYS_write, fd, data, size);
}
ssize_t zosPwrite(int fd, const void *data, size_t size, off_t at)
{
    return onFile("write", fd, Space::Needs, SYS_pwrite64, fd, data, size, at);
}
ssize_t zosPwrite64(int fd, const void *data, size_t size, off_t at)
{
    return zosPwrite(fd, data, size, at);
}
int zosFsync(int fd)
{
    return static_cast<int>(onFile("sync", fd, Space::Not, SYS_fsync, fd));
}
int zosFdatasync(int fd)
{
    return static_cast<int>(onFile("sync", fd, Space::Not, SYS_fdatasync, fd));
}
int zosSyncfs(int fd)
{
    return static_cast<int>(onFile("sync all of", fd, Space::Not, SYS_syncfs, fd));
}
int zosFtruncate(int fd, off_t size)
{
    return static_cast<int>(onFile("resize", fd, Space::Needs, SYS_ftruncate, fd, size));
}
int zosFtruncate64(int fd, off_t size)
{
    return zosFtruncate(fd, size);
}
int zosFallocate(int fd, int mode, off_t at, off_t size)
{
    return static_cast<int>(onFile("reserve", fd, Space::Needs, SYS_fallocate, fd, mode, at, size));
}
int zosFallocate64(int fd, int mode, off_t at, off_t size)
{
    return zosFallocate(fd, mode, at, size);
}
int zosFsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    return static_cast<int>(
        onFile("attribute", fd, Space::Needs, SYS_fsetxattr, fd, name, value, size, flags));
}
int zosRename(const char *from, const char *to)
{
    return onPath("rename to", to, Space::Not, SYS_rename, from, to);
}
int zosRenameAt2(int a, const char *from, int b, const char *to, unsigned flags)
{
    return onPath("rename to", to, Space::Not, SYS_renameat2, a, from, b, to, flags);
}
int zosLink(const char *from, const char *to)
{
    return onPath("link", to, Space::Needs, SYS_link, from, to);
}
int zosLinkAt(int a, const char *from, int b, const char *to, int flags)
{
    return onPath("link", to, Space::Needs, SYS_linkat, a, from, b, to, flags);
}
int zosSymlink(const char *from, const char *to)
{
    return onPath("link", to, Space::Needs, SYS_symlink, from, to);
}
int zosUnlink(const char *path)
{
    return onPath("remove", path, Space::Not, SYS_unlink, path);
}
int zosUnlinkAt(int folder, const char *path, int flags)
{
    return onPath("remove", path, Space::Not, SYS_unlinkat, folder, path, flags);
}
int zosMkdir(const char *path, mode_t mode)
{
    return onPath("make folder", path, Space::Needs, SYS_mkdir, path, mode);
}
int zosRmdir(const char *path)
{
    return onPath("remove folder", path, Space::Not, SYS_rmdir, path);
}
int zosChmod(const char *path, mode_t mode)
{
    return onPath("mode of", path, Space::Not, SYS_chmod, path, mode);
}
int zosFchmod(int fd, mode_t mode)
{
    return static_cast<int>(onFile("mode of", fd, Space::Not, SYS_fchmod, fd, mode));
}
int zosChown(const char *path, uid_t user, gid_t group)
{
    return onPath("owner of", path, Space::Not, SYS_chown, path, user, group);
}
int zosMount(
    const char *what, const char *where, const char *type, unsigned long flags, const void *options)
{
    return onPath("mount", where, Space::Not, SYS_mount, what, where, type, flags, options);
}
int zosUmount2(const char *where, int flags)
{
    return onPath("unmount", where, Space::Not, SYS_umount2, where, flags);
}
int zosIoctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    const char *change = changeOf(request);
    if (!change)
        return plain(SYS_ioctl, fd, request, argument);
    const auto space = request == BTRFS_IOC_SUBVOL_CREATE ? Space::Needs : Space::Not;
    return static_cast<int>(onFile(change, fd, space, SYS_ioctl, fd, request, argument));
}
ssize_t zosSend(int fd, const void *data, size_t size, int flags)
{
    return zosSendTo(fd, data, size, flags, nullptr, 0);
}
ssize_t zosSendTo(
    int fd, const void *data, size_t size, int flags, const sockaddr *to, socklen_t length)
{
    return onMessage(
        fd, data, size, [&] { return ::syscall(SYS_sendto, fd, data, size, flags, to, length); });
}
ssize_t zosSendMessage(int fd, const msghdr *message, int flags)
{
    const auto call = [&] { return ::syscall(SYS_sendmsg, fd, message, flags); };
    if (message->msg_iovlen == 0)
        return call();
    return onMessage(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len, call);
}
int zosKill(pid_t pid, int signal)
{
    const auto call = [&] { return plain(SYS_kill, pid, signal); };
    if (!watching() || inChild() || signal == 0)
        return call();
    return make(pass(Name("end a process"), Space::Not), call);
}
int zosExecve(const char *path, char *const *arguments, char *const *environment)
{
    return start(path, arguments, environment);
}
int zosExecv(const char *path, char *const *arguments)
{
    return start(path, arguments, environ);
}
int zosClockGettime(clockid_t clock, timespec *time)
{
    const int result = plain(SYS_clock_gettime, clock, time);
    const bool monotonic
        = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
    if (result != 0 || !page || !monotonic)
        return result;
    constexpr long kSecond = 1'000'000'000;
    const std::int64_t ahead = page->aheadNs.load();
    time->tv_sec += ahead / kSecond;
    time->tv_nsec += ahead % kSecond;
    if (time->tv_nsec >= kSecond) {
        time->tv_nsec -= kSecond;
        ++time->tv_sec;
    }
    return result;
}

} // extern "C"

// SPDX-License-Identifier: Apache-2.0
// Preloaded into the program under test: the calls by which it changes the world outside become
// numbered points at which it can be killed, refused or left without space, those by which it looks
// at the world others (reads.cpp) at which it is refused. System calls are made
// directly: some of this runs between vfork and exec, where little else is allowed. The programs it
// starts are not touched.
#include "tests/support/faults/points.h"
#include "tests/support/faults/reads.h"
#include "tests/support/faults/takesover.h"

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

using namespace zos::faults;

namespace {

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

// ---- what goes to others

std::uint32_t bigEndian(const unsigned char *bytes)
{
    return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16
        | std::uint32_t(bytes[2]) << 8 | std::uint32_t(bytes[3]);
}

enum class Message { Neither, Change, Question };

// libvirt's messages: length, program, version, procedure, type (0 = call), each 4 bytes.
Message nameLibvirt(Name &name, const void *data, std::size_t size)
{
    constexpr std::uint32_t kRemote = 0x20008086;
    const auto *bytes = static_cast<const unsigned char *>(data);
    if (size < 28 || bigEndian(bytes + 4) != kRemote)
        return Message::Neither;
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
            return Message::Change;
        }
    }
    char digits[16] = " ";
    int count = 1;
    for (std::uint32_t unit = 100, rest = bigEndian(bytes + 12); unit > 0; unit /= 10)
        digits[count++] = static_cast<char>('0' + rest / unit % 10);
    name.add(digits, static_cast<std::size_t>(count));
    return bigEndian(bytes + 16) == 0 ? Message::Question : Message::Neither;
}

Message nameSupervisor(Name &name, const void *data, std::size_t size)
{
    for (const char *operation : { "start", "stop" }) {
        char text[32] = "\"op\":\"";
        std::strcat(text, operation);
        if (::memmem(data, size, text, std::strlen(text))) {
            name.add(" ");
            name.add(operation);
            return Message::Change;
        }
    }
    return ::memmem(data, size, "\"op\":", 5) ? Message::Question : Message::Neither;
}

// What sending this is, and its name.
Message nameMessage(Name &name, int fd, const void *data, std::size_t size)
{
    struct stat facts {};
    if (::fstat(fd, &facts) != 0)
        return Message::Neither;
    if (S_ISFIFO(facts.st_mode)) {
        name.add(" to a program");
        return size > 1 ? Message::Change : Message::Neither; // a byte wakes a thread
    }
    if (!S_ISSOCK(facts.st_mode))
        return Message::Neither;
    int domain = 0;
    socklen_t length = sizeof domain;
    ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
    if (domain == AF_NETLINK) {
        nlmsghdr header {};
        if (size < sizeof header)
            return Message::Neither;
        std::memcpy(&header, data, sizeof header);
        name.add(header.nlmsg_type == NFNL_MSG_BATCH_BEGIN ? " rule set" : " netlink");
        return header.nlmsg_type == NFNL_MSG_BATCH_BEGIN ? Message::Change : Message::Question;
    }
    if (domain != AF_UNIX)
        return Message::Neither;
    sockaddr_un peer {};
    length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &length) != 0)
        return Message::Neither;
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
    switch (nameMessage(name, fd, data, size)) {
    case Message::Neither:
        break;
    case Message::Change:
        return make(pass(name, Space::Not), call);
    case Message::Question:
        return make(pass(name, Space::Not, Kind::Read), call);
    }
    return call();
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
    if (!watching())
        return become();
    Name name("start");
    nameProgram(name, path, arguments);
    // "ip -j" only tells, and whenever the console wants to know.
    const auto verdict = pass(name, Space::Not, asks ? Kind::Read : Kind::Change);
    if (verdict.lastDeed)
        ::syscall(SYS_kill, ownPid, SIGKILL); // we are its child: the program runs on
    return make(Verdict { verdict.error, false }, become);
}

int openFile(int folder, const char *path, int flags, mode_t mode)
{
    const auto call = [&] { return plain(SYS_openat, folder, path, flags, mode); };
    if ((flags & O_CREAT) == 0)
        return onLook("open", path, call);
    if (!watching() || inChild())
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

bool isQuestion(unsigned long request)
{
    return request == BTRFS_IOC_INO_LOOKUP || request == BTRFS_IOC_TREE_SEARCH
        || request == FS_IOC_GETFLAGS;
}

} // namespace

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
    const auto call = [&] { return plain(SYS_ioctl, fd, request, argument); };
    const char *change = changeOf(request);
    if (!change)
        return isQuestion(request) ? onContent("ask", fd, call) : call();
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

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/faults/reads.h"

#include "tests/support/faults/takesover.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>

using namespace zos::faults;

namespace {

// That of the C library.
template <class Function> Function *original(const char *symbol)
{
    return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, symbol));
}

int look(int folder, const char *path, struct stat *facts, int flags)
{
    return plain(SYS_newfstatat, folder, path, facts, flags);
}

// An answer of libvirt's daemon or of the kernel.
template <class Call> ssize_t onAnswer(int fd, Call call)
{
    if (!watching() || inChild())
        return call();
    int domain = 0;
    socklen_t length = sizeof domain;
    if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0)
        return call();
    if (domain == AF_NETLINK)
        return make(pass(Name("receive netlink"), Space::Not, Kind::Read), call);
    sockaddr_un peer {};
    length = sizeof peer;
    if (domain != AF_UNIX || ::getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &length) != 0
        || std::strstr(peer.sun_path, "libvirt-sock") == nullptr)
        return call();
    char first = 0; // it is also asked when nothing came
    if (::syscall(SYS_recvfrom, fd, &first, 1, MSG_PEEK | MSG_DONTWAIT, nullptr, nullptr) != 1)
        return call();
    return make(pass(Name("receive libvirt"), Space::Not, Kind::Read), call);
}

} // namespace

extern "C" {

ssize_t zosRead(int fd, void *data, size_t size) ZOS_TAKES_OVER("read");
ssize_t zosPread(int fd, void *data, size_t size, off_t at) ZOS_TAKES_OVER("pread");
ssize_t zosPread64(int fd, void *data, size_t size, off_t at) ZOS_TAKES_OVER("pread64");
ssize_t zosReceive(int fd, void *data, size_t size, int flags) ZOS_TAKES_OVER("recv");
ssize_t zosReceiveFrom(int fd, void *data, size_t size, int flags, sockaddr *from,
    socklen_t *length) ZOS_TAKES_OVER("recvfrom");
ssize_t zosReceiveMessage(int fd, msghdr *message, int flags) ZOS_TAKES_OVER("recvmsg");
int zosStat(const char *path, struct stat *facts) ZOS_TAKES_OVER("stat");
int zosStat64(const char *path, struct stat *facts) ZOS_TAKES_OVER("stat64");
int zosLstat(const char *path, struct stat *facts) ZOS_TAKES_OVER("lstat");
int zosLstat64(const char *path, struct stat *facts) ZOS_TAKES_OVER("lstat64");
int zosStatx(int folder, const char *path, int flags, unsigned mask, struct statx *facts)
    ZOS_TAKES_OVER("statx");
int zosAccess(const char *path, int mode) ZOS_TAKES_OVER("access");
ssize_t zosReadlink(const char *path, char *text, size_t size) ZOS_TAKES_OVER("readlink");
ssize_t zosFgetxattr(int fd, const char *name, void *value, size_t size)
    ZOS_TAKES_OVER("fgetxattr");
int zosStatvfs(const char *path, struct statvfs *facts) ZOS_TAKES_OVER("statvfs");
int zosStatvfs64(const char *path, struct statvfs *facts) ZOS_TAKES_OVER("statvfs64");
DIR *zosOpendir(const char *path) ZOS_TAKES_OVER("opendir");
dirent *zosReaddir(DIR *folder) ZOS_TAKES_OVER("readdir");
dirent *zosReaddir64(DIR *folder) ZOS_TAKES_OVER("readdir64");

ssize_t zosRead(int fd, void *data, size_t size)
{
    const auto call = [&] { return ::syscall(SYS_read, fd, data, size); };
    struct stat facts {};
    if (watching() && ::fstat(fd, &facts) == 0 && S_ISSOCK(facts.st_mode))
        return onAnswer(fd, call);
    return onContent("read", fd, call);
}
ssize_t zosPread(int fd, void *data, size_t size, off_t at)
{
    return onContent("read", fd, [&] { return ::syscall(SYS_pread64, fd, data, size, at); });
}
ssize_t zosPread64(int fd, void *data, size_t size, off_t at)
{
    return zosPread(fd, data, size, at);
}
ssize_t zosReceive(int fd, void *data, size_t size, int flags)
{
    return zosReceiveFrom(fd, data, size, flags, nullptr, nullptr);
}
ssize_t zosReceiveFrom(
    int fd, void *data, size_t size, int flags, sockaddr *from, socklen_t *length)
{
    return onAnswer(
        fd, [&] { return ::syscall(SYS_recvfrom, fd, data, size, flags, from, length); });
}
ssize_t zosReceiveMessage(int fd, msghdr *message, int flags)
{
    return onAnswer(fd, [&] { return ::syscall(SYS_recvmsg, fd, message, flags); });
}
int zosStat(const char *path, struct stat *facts)
{
    return onLook("look at", path, [&] { return look(AT_FDCWD, path, facts, 0); });
}
int zosStat64(const char *path, struct stat *facts)
{
    return zosStat(path, facts);
}
int zosLstat(const char *path, struct stat *facts)
{
    return onLook(
        "look at", path, [&] { return look(AT_FDCWD, path, facts, AT_SYMLINK_NOFOLLOW); });
}
int zosLstat64(const char *path, struct stat *facts)
{
    return zosLstat(path, facts);
}
int zosStatx(int folder, const char *path, int flags, unsigned mask, struct statx *facts)
{
    return onLook(
        "look at", path, [&] { return plain(SYS_statx, folder, path, flags, mask, facts); });
}
int zosAccess(const char *path, int mode)
{
    return onLook("look at", path, [&] { return plain(SYS_access, path, mode); });
}
ssize_t zosReadlink(const char *path, char *text, size_t size)
{
    return onLook("read link", path, [&] { return ::syscall(SYS_readlink, path, text, size); });
}
ssize_t zosFgetxattr(int fd, const char *name, void *value, size_t size)
{
    return onContent(
        "read attribute of", fd, [&] { return ::syscall(SYS_fgetxattr, fd, name, value, size); });
}
int zosStatvfs(const char *path, struct statvfs *facts)
{
    static const auto next = original<int(const char *, struct statvfs *)>("statvfs");
    return onLook("space of", path, [&] { return next(path, facts); });
}
int zosStatvfs64(const char *path, struct statvfs *facts)
{
    return zosStatvfs(path, facts);
}
DIR *zosOpendir(const char *path)
{
    static const auto next = original<DIR *(const char *)>("opendir");
    DIR *folder = nullptr;
    const auto call = [&] {
        folder = next(path);
        return folder ? 0 : -1;
    };
    return onLook("open", path, call) == 0 ? folder : nullptr;
}
dirent *zosReaddir(DIR *folder)
{
    static const auto next = original<dirent *(DIR *)>("readdir");
    dirent *entry = nullptr;
    const auto call = [&] {
        entry = next(folder);
        return 0;
    };
    if (::telldir(folder) != 0) // one point for all of them
        return next(folder);
    return onContent("list", ::dirfd(folder), call) == 0 ? entry : nullptr;
}
dirent *zosReaddir64(DIR *folder)
{
    return zosReaddir(folder);
}

} // extern "C"

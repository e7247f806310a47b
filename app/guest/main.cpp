// SPDX-License-Identifier: Apache-2.0
// First process of a machine that was made from a container image: /init of the initramfs. It
// reads the seed the node packed beside it, sets up network, disks and files and then becomes the
// image's own first process.
#include "app/guest/mounts.h"
#include "app/guest/netlink.h"
#include "app/guest/seed.h"
#include "app/guest/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zos::guest {

namespace {

constexpr unsigned long kBare = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr const char *kRoot = "/newroot";

void attach(
    const char *what, const char *where, const char *kind, unsigned long flags, const char *options)
{
    if (::mount(what, where, kind, flags, options) != 0)
        say("mount %s: %s", where, std::strerror(errno));
}

void openConsole()
{
    const int fd = ::open("/dev/console", O_RDWR);
    if (fd < 0)
        return;
    for (int standard = 0; standard < 3; ++standard)
        ::dup2(fd, standard);
    if (fd > 2)
        ::close(fd);
}

void kernelFileSystems()
{
    for (const char *const path : { "/dev", "/proc", "/sys", kRoot })
        ::mkdir(path, 0755);
    ::mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
    openConsole();
    attach("proc", "/proc", "proc", kBare, nullptr);
    attach("sysfs", "/sys", "sysfs", kBare, nullptr);
}

Seed readSeed()
{
    std::string text;
    Seed seed;
    if (!readFile(AT_FDCWD, "/zos-seed", kMaxSeedBytes, text) || !parseSeed(text, seed))
        fatal("no seed");
    ::unlink("/zos-seed");
    for (const auto &key : seed.complaints)
        say("seed: line %s not understood", key.c_str());
    return seed;
}

void mountRoot(const Seed &seed)
{
    const unsigned long flags = seed.rootReadOnly ? MS_RDONLY : 0;
    const char *const tag = seed.rootTag.c_str();
    if (!eventually(250, [&] { return ::mount(tag, kRoot, "virtiofs", flags, nullptr) == 0; }))
        fatal("mount root %s: %s", tag, std::strerror(errno));
}

// After this every path is the machine's own, links in it included.
void switchRoot()
{
    for (const char *const path : { "/dev", "/proc", "/sys" }) {
        const auto target = std::string(kRoot) + path;
        ::mkdir(target.c_str(), 0755);
        if (::mount(path, target.c_str(), nullptr, MS_MOVE, nullptr) != 0)
            say("move %s: %s", path, std::strerror(errno));
    }
    if (::chdir(kRoot) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0
        || ::chroot(".") != 0 || ::chdir("/") != 0)
        fatal("switch root: %s", std::strerror(errno));
    ::mkdir("/run", 0755);
    ::mkdir("/tmp", 01777);
}

void devices()
{
    ::mkdir("/dev/pts", 0755);
    ::mkdir("/dev/shm", 01777);
    attach("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
    attach("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
    attach("cgroup2", "/sys/fs/cgroup", "cgroup2", kBare, nullptr);
    const char *const links[][2]
        = { { "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
              { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" } };
    for (const auto &link : links) {
        if (::symlink(link[0], link[1]) != 0 && errno != EEXIST)
            say("%s: %s", link[1], std::strerror(errno));
    }
}

void put(const char *path, const std::string &text, int flags, mode_t mode)
{
    if (!writeFile(path, text, flags, mode))
        say("%s: %s", path, std::strerror(errno));
}

void identityFiles(const Seed &seed)
{
    ::mkdir("/etc", 0755);
    put("/etc/hostname", seed.hostname + '\n', O_TRUNC, 0644);
    put("/etc/hosts",
        "127.0.0.1\tlocalhost\n127.0.1.1\t" + seed.hostname
            + "\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\n"
              "ff02::2\tip6-allrouters\n",
        O_TRUNC, 0644);
    if (seed.dns.empty())
        return;
    std::string servers;
    for (const auto &server : seed.dns)
        servers += "nameserver " + server + '\n';
    ::unlink("/etc/resolv.conf"); // often a link into /run, where nothing is yet
    put("/etc/resolv.conf", servers, O_TRUNC, 0644);
}

// True when `line` stands in `text` as a whole line.
bool holdsLine(const std::string &text, const std::string &line)
{
    return ('\n' + text + '\n').find('\n' + line + '\n') != std::string::npos;
}

void authorizedKeys(const Seed &seed)
{
    if (seed.keys.empty())
        return;
    constexpr const char *path = "/root/.ssh/authorized_keys";
    ::mkdir("/root", 0700);
    ::mkdir("/root/.ssh", 0700);
    std::string present;
    readFile(AT_FDCWD, path, std::size_t(1) << 20, present);
    std::string missing = present.empty() || present.back() == '\n' ? "" : "\n";
    for (const auto &key : seed.keys) {
        if (!key.empty() && !holdsLine(present, key))
            missing += key + '\n';
    }
    put(path, missing, O_APPEND, 0600);
    ::chmod(path, 0600);
}

// Images are shipped without host keys: the same ones in every machine would be none.
void hostKeys()
{
    if (::access("/usr/bin/ssh-keygen", X_OK) != 0)
        return;
    DIR *const folder = ::opendir("/etc/ssh");
    bool present = false;
    while (const auto *entry = folder ? ::readdir(folder) : nullptr)
        present = present || std::strncmp(entry->d_name, "ssh_host_", 9) == 0;
    if (folder)
        ::closedir(folder);
    if (present)
        return;
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/usr/bin/ssh-keygen", "ssh-keygen", "-A", static_cast<char *>(nullptr));
        ::_exit(127);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
        say("ssh host keys could not be made");
}

[[noreturn]] void becomeProgram(Seed &seed)
{
    if (seed.arguments.empty())
        seed.arguments.emplace_back("/sbin/init");
    constexpr const char *defaults[] = { "HOME=/root", "TERM=linux",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
    for (const std::string_view value : defaults) {
        const auto name = value.substr(0, value.find('=') + 1);
        bool given = false;
        for (const auto &own : seed.environment)
            given = given || own.starts_with(name);
        if (!given)
            seed.environment.emplace_back(value);
    }
    std::vector<char *> arguments;
    std::vector<char *> environment;
    for (auto &argument : seed.arguments)
        arguments.push_back(argument.data());
    for (auto &value : seed.environment)
        environment.push_back(value.data());
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    say("exec %s", arguments[0]);
    ::environ = environment.data(); // the search for the program uses the machine's own PATH
    ::execvp(arguments[0], arguments.data());
    fatal("cannot execute %s: %s", arguments[0], std::strerror(errno));
}

} // namespace

} // namespace zos::guest

int main()
{
    using namespace zos::guest;
    ::umask(022);
    kernelFileSystems();
    say("start");
    Modules modules;
    modules.load("boot");
    auto seed = readSeed();
    for (const auto &name : seed.modules)
        modules.load(name.c_str());
    applyNetwork(seed);
    if (::sethostname(seed.hostname.c_str(), seed.hostname.size()) != 0)
        say("host name: %s", std::strerror(errno));
    say("network ready");
    mountRoot(seed);
    switchRoot();
    say("root mounted");
    if (const int failed = mountAll(seed, modules))
        say("%d mount(s) failed", failed);
    modules.forget();
    identityFiles(seed);
    authorizedKeys(seed);
    devices();
    hostKeys();
    becomeProgram(seed);
}

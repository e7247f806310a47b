// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

// What every step of the guest's init uses.
namespace zos::guest {

// "zosinit[1.234]: text" on the console; the node reads these lines as progress.
[[gnu::format(printf, 1, 2)]] void say(const char *format, ...);
// Says it and powers the machine off: the node shows the text, nobody waits in a rescue shell.
[[noreturn, gnu::format(printf, 1, 2)]] void fatal(const char *format, ...);

bool readFile(int directory, const char *path, std::size_t limit, std::string &out);
bool writeFile(const char *path, const std::string &text, int flags, mode_t mode);
// Makes the directory and those above it.
void makePath(const std::string &path, mode_t mode);
// Calls `done` every 20 ms until it says true; false after `attempts`.
template <class F> bool eventually(int attempts, F done);
void shortPause();

// Kernel modules packed into the initramfs under /mod: NAME.list names the files to load, what
// they need first. Works after the root was switched, because it keeps the directory open.
class Modules
{
public:
    Modules();
    void load(const char *name) const;
    void forget(); // frees the memory of the packed modules

private:
    int m_directory = -1;
};

template <class F> bool eventually(int attempts, F done)
{
    for (int i = 0; i < attempts; ++i) {
        if (done())
            return true;
        shortPause();
    }
    return done();
}

} // namespace zos::guest

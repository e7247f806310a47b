// SPDX-License-Identifier: Apache-2.0
#include "app/console/sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

namespace zos::app {

namespace {
using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

bool forbid(scmp_filter_ctx filter, int call)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
}

bool forbidWriting(scmp_filter_ctx filter, int call, unsigned flagsArgument)
{
    for (const scmp_datum_t mode : { scmp_datum_t(O_WRONLY), scmp_datum_t(O_RDWR) })
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
                SCMP_CMP(flagsArgument, SCMP_CMP_MASKED_EQ, O_ACCMODE, mode))
            != 0)
            return false;
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
               SCMP_CMP(flagsArgument, SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT))
        == 0;
}
} // namespace

Result<> enterSandbox()
{
    const Filter filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
    bool good = filter != nullptr;
    for (const int call :
        { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
            SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(bpf), SCMP_SYS(creat),
            SCMP_SYS(openat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
            SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
            SCMP_SYS(truncate), SCMP_SYS(chmod), SCMP_SYS(fchmodat) })
        good = good && forbid(filter.get(), call);
    good = good && forbidWriting(filter.get(), SCMP_SYS(open), 1)
        && forbidWriting(filter.get(), SCMP_SYS(openat), 2)
        && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
               SCMP_CMP(0, SCMP_CMP_NE, AF_UNIX))
            == 0;
    if (!good)
        return fail(ErrorCode::Unavailable, QStringLiteral("the sandbox filter cannot be made"));
    if (const int error = seccomp_load(filter.get()); error != 0)
        return fail(ErrorCode::Unavailable,
            QStringLiteral("the sandbox filter cannot be loaded: error %1").arg(-error));
    return {};
}

} // namespace zos::app

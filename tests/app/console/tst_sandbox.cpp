// SPDX-License-Identifier: Apache-2.0
#include "app/console/sandbox.h"
#include "tests/support/runner.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

using namespace zos;

class TestSandbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // The filter cannot be taken off again, so it is tried on in a child.
    void forbidsWhatADisplayNeverNeeds()
    {
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0)
            ::_exit(firstHole());
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }

private:
    static bool refused(long result) { return result < 0 && errno == EPERM; }
    static int firstHole()
    {
        if (!app::enterSandbox())
            return 1;
        char *const none[] = { nullptr };
        if (!refused(::execve("/bin/true", none, none)))
            return 2;
        if (!refused(::socket(AF_INET, SOCK_STREAM, 0))
            || !refused(::socket(AF_NETLINK, SOCK_RAW, 0)))
            return 3;
        if (!refused(::open("/dev/null", O_WRONLY)) || !refused(::open("/dev/null", O_RDWR)))
            return 4;
        if (!refused(::open("/tmp/zos-sandbox-hole", O_RDONLY | O_CREAT, 0600)))
            return 5;
        if (!refused(::mkdir("/tmp/zos-sandbox-hole", 0700))
            || !refused(::unlink("/tmp/zos-sandbox-hole")))
            return 6;
        if (!refused(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)))
            return 7;
        const int own = ::socket(AF_UNIX, SOCK_STREAM, 0);
        const int file = ::open("/dev/null", O_RDONLY);
        return own >= 0 && file >= 0 ? 0 : 8;
    }
};

ZOS_TEST(TestSandbox)
#include "tst_sandbox.moc"

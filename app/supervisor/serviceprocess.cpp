// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor/serviceprocess.h"

#include <QFile>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace zos::app {

namespace {

// glibc 2.41 declares these without extern "C".
int openPidFd(qint64 pid)
{
    return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}

// Everything the child needs, prepared before fork: afterwards only system calls are allowed.
struct LaunchPlan
{
    std::vector<QByteArray> words;
    std::vector<char *> argv;
    std::vector<QByteArray> settings;
    std::vector<char *> envp;
    int logFd = -1;
    int namespaceFd = -1;

    ~LaunchPlan()
    {
        for (const int fd : { logFd, namespaceFd }) {
            if (fd >= 0)
                ::close(fd);
        }
    }
};

void fillVector(std::vector<QByteArray> &words, std::vector<char *> &pointers)
{
    for (auto &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
}

Result<> prepareLaunch(LaunchPlan &plan, const ServiceSpec &spec, const QByteArray &marker)
{
    for (const auto &word : spec.command)
        plan.words.push_back(word.toUtf8());
    fillVector(plan.words, plan.argv);
    plan.settings = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/", marker };
    fillVector(plan.settings, plan.envp);
    const auto log = spec.logFile.isEmpty() ? QStringLiteral("/dev/null") : spec.logFile;
    plan.logFd = ::open(QFile::encodeName(log).constData(),
        O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
    if (plan.logFd < 0)
        return fail(
            ErrorCode::Io, QStringLiteral("log file %1: %2").arg(log, qt_error_string(errno)));
    if (!spec.networkNamespace.isEmpty()) {
        plan.namespaceFd
            = ::open(QFile::encodeName(spec.networkNamespace).constData(), O_RDONLY | O_CLOEXEC);
        if (plan.namespaceFd < 0)
            return fail(ErrorCode::NotFound,
                QStringLiteral("network namespace %1: %2")
                    .arg(spec.networkNamespace, qt_error_string(errno)));
    }
    return {};
}

[[noreturn]] void becomeService(const LaunchPlan &plan, int reportFd)
{
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    const bool ready = nothing >= 0 && ::setsid() >= 0
        && (plan.namespaceFd < 0 || ::setns(plan.namespaceFd, CLONE_NEWNET) == 0)
        && ::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(plan.logFd, STDOUT_FILENO) >= 0
        && ::dup2(plan.logFd, STDERR_FILENO) >= 0 && ::chdir("/") == 0
        && ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
    if (ready)
        ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
    const int error = errno;
    // Nobody is left to tell when even this write fails.
    [[maybe_unused]] const auto written = ::write(reportFd, &error, sizeof error);
    ::_exit(127);
}

} // namespace

Result<std::unique_ptr<ServiceProcess>> ServiceProcess::start(
    const ServiceSpec &spec, const QByteArray &marker)
{
    LaunchPlan plan;
    if (const auto ready = prepareLaunch(plan, spec, marker); !ready)
        return fail(ready.error());
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0)
        return fail(ErrorCode::Io, QStringLiteral("pipe: ") + qt_error_string(errno));
    const pid_t pid = ::fork();
    if (pid == 0)
        becomeService(plan, report[1]);
    ::close(report[1]);
    int error = pid < 0 ? errno : 0;
    // Ends at once: exec closes the other side.
    if (pid > 0 && ::read(report[0], &error, sizeof error) > 0)
        ::waitpid(pid, nullptr, 0);
    ::close(report[0]);
    if (error != 0)
        return fail(error == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
            spec.command.first() + QStringLiteral(": ") + qt_error_string(error));
    const auto stat = processIdentity(pid);
    const int pidFd = openPidFd(pid);
    if (pidFd < 0) {
        const int reason = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return fail(ErrorCode::Io, QStringLiteral("pidfd: ") + qt_error_string(reason));
    }
    return std::unique_ptr<ServiceProcess>(
        new ServiceProcess({ pid, stat ? stat->startTime : 0 }, pidFd));
}

std::unique_ptr<ServiceProcess> ServiceProcess::adopt(ProcessIdentity identity)
{
    const int pidFd = openPidFd(identity.pid);
    if (pidFd < 0)
        return {};
    // Checked after the descriptor pins the process.
    const auto now = processIdentity(identity.pid);
    if (!now || now->startTime != identity.startTime) {
        ::close(pidFd);
        return {};
    }
    return std::unique_ptr<ServiceProcess>(new ServiceProcess(identity, pidFd));
}

ServiceProcess::ServiceProcess(ProcessIdentity identity, int pidFd)
    : m_identity(identity)
    , m_pidFd(pidFd)
    , m_notifier(pidFd, QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, [this] { reap(); });
}

ServiceProcess::~ServiceProcess()
{
    m_notifier.setEnabled(false);
    ::close(m_pidFd);
}

void ServiceProcess::signal(int number) const
{
    ::syscall(SYS_pidfd_send_signal, m_pidFd, number, nullptr, 0);
}

void ServiceProcess::reap()
{
    m_notifier.setEnabled(false);
    siginfo_t info {};
    auto how = QStringLiteral("ended"); // an adopted process tells its status only to its parent
    if (::waitid(P_PIDFD, static_cast<id_t>(m_pidFd), &info, WEXITED | WNOHANG) == 0
        && info.si_pid != 0)
        how = info.si_code == CLD_EXITED ? QStringLiteral("exit status %1").arg(info.si_status)
                                         : QStringLiteral("signal %1").arg(info.si_status);
    Q_EMIT ended(how);
}

} // namespace zos::app

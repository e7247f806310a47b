// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/systemcommandrunner.h"

#include <QFile>
#include <QProcess>
#include <QTimer>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

namespace zos::hw {

// Named, not anonymous: the coroutine frame below has external linkage and holds one.
namespace commandrun {

constexpr qsizetype kMaxOutput = 1 << 20;

// One run in flight: what the signal handlers and the coroutine share.
struct CommandRun
{
    QProcess process;
    zos::detail::Gate done;
    QByteArray out;
    QByteArray err;
    std::optional<Error> stop; // why it was killed
    bool started = true;
    qint64 given = 0; // bytes of its input
    int namespaceFd = -1;

    ~CommandRun()
    {
        if (namespaceFd >= 0)
            ::close(namespaceFd);
    }
    void kill(ErrorCode code, QString what)
    {
        if (stop || process.state() == QProcess::NotRunning)
            return;
        stop = Error { code, std::move(what) };
        killGroup();
    }
    void killGroup()
    {
        // The group exists as soon as the child reached exec; before that only the child does.
        if (const auto pid = static_cast<pid_t>(process.processId());
            pid > 0 && ::kill(-pid, SIGKILL) != 0)
            process.kill();
    }
    void collect(QByteArray &into, const QByteArray &more)
    {
        into += more.left(kMaxOutput - into.size());
        if (into.size() >= kMaxOutput)
            kill(ErrorCode::Limit,
                QStringLiteral("%1 wrote more than 1 MiB").arg(process.program()));
    }
};

void prepareChild(CommandRun *run)
{
    const int fd = run->namespaceFd;
    auto *process = &run->process;
    // Runs between fork and exec: system calls only.
    process->setChildProcessModifier([process, fd] {
        if (::setpgid(0, 0) != 0)
            process->failChildProcessModifier("setpgid", errno);
        if (fd >= 0 && ::setns(fd, CLONE_NEWNET) != 0)
            process->failChildProcessModifier("enter network namespace", errno);
        if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
            process->failChildProcessModifier("close_range", errno);
    });
    QProcess::UnixProcessParameters parameters;
    // Not CloseFileDescriptors: in Qt 6.8 it takes the pipe along that reports a failed exec, and a
    // missing program looks like one that exited with 255.
    parameters.flags
        = QProcess::UnixProcessFlag::ResetSignalHandlers | QProcess::UnixProcessFlag::UseVFork;
    process->setUnixProcessParameters(parameters);
}

void connectRun(CommandRun *run)
{
    auto *process = &run->process;
    QObject::connect(process, &QProcess::readyReadStandardOutput, process,
        [run] { run->collect(run->out, run->process.readAllStandardOutput()); });
    QObject::connect(process, &QProcess::readyReadStandardError, process,
        [run] { run->collect(run->err, run->process.readAllStandardError()); });
    QObject::connect(
        process, &QProcess::bytesWritten, process, [run](qint64 bytes) { run->given += bytes; });
    QObject::connect(process, &QProcess::finished, process, [run] { run->done.open(); });
    QObject::connect(
        process, &QProcess::errorOccurred, process, [run](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart) {
                run->started = false;
                run->done.open(); // finished() never comes
            }
        });
}

} // namespace commandrun

SystemCommandRunner::SystemCommandRunner(QMap<QString, QString> programs)
    : m_programs(std::move(programs))
{
}

Task<Result<CommandOutput>> SystemCommandRunner::run(Command command)
{
    const auto path = m_programs.value(command.program);
    if (path.isEmpty())
        co_return fail(ErrorCode::Denied,
            QStringLiteral("%1 is not on the list of programs the node may run")
                .arg(command.program));
    if (command.cancel.cancelled())
        co_return fail(
            ErrorCode::Cancelled, QStringLiteral("%1 was cancelled").arg(command.program));

    const auto run = std::make_unique<commandrun::CommandRun>();
    if (!command.networkNamespace.isEmpty()) {
        run->namespaceFd
            = ::open(QFile::encodeName(command.networkNamespace).constData(), O_RDONLY | O_CLOEXEC);
        if (run->namespaceFd < 0)
            co_return fail(ErrorCode::NotFound,
                QStringLiteral("network namespace %1: %2")
                    .arg(command.networkNamespace, qt_error_string(errno)));
    }
    commandrun::prepareChild(run.get());
    commandrun::connectRun(run.get());

    QProcessEnvironment environment;
    environment.insert(QStringLiteral("PATH"), QStringLiteral("/usr/sbin:/usr/bin:/sbin:/bin"));
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
    auto &process = run->process;
    process.setProcessEnvironment(environment);
    process.setProgram(path);
    process.setArguments(command.arguments);
    process.setWorkingDirectory(QStringLiteral("/"));
    if (command.input.isEmpty())
        process.setStandardInputFile(QProcess::nullDevice());
    process.start();
    if (!command.input.isEmpty()) {
        process.write(command.input);
        process.closeWriteChannel();
    }

    QTimer deadline;
    deadline.setSingleShot(true);
    QObject::connect(&deadline, &QTimer::timeout, &process, [raw = run.get(), &command] {
        raw->kill(ErrorCode::Timeout,
            QStringLiteral("%1 did not finish within %2 s")
                .arg(command.program)
                .arg(double(command.deadline.count()) / 1000));
    });
    deadline.start(command.deadline);
    command.cancel.onCancel(&process, [raw = run.get(), &command] {
        raw->kill(ErrorCode::Cancelled, QStringLiteral("%1 was cancelled").arg(command.program));
    });
    co_await run->done.opened();

    if (run->stop)
        co_return fail(*run->stop);
    if (!run->started)
        co_return fail(QFile::exists(path) ? ErrorCode::Io : ErrorCode::NotFound,
            QStringLiteral("%1 cannot be started: %2").arg(path, process.errorString()));
    run->collect(run->out, process.readAllStandardOutput());
    run->collect(run->err, process.readAllStandardError());
    if (process.exitStatus() == QProcess::CrashExit)
        co_return fail(ErrorCode::Io,
            QStringLiteral("%1 was ended by signal %2")
                .arg(command.program)
                .arg(process.exitCode()));
    // One that got a part of it, or nothing, has found nothing wrong with it. One that complains
    // has its own reason.
    if (run->given < command.input.size() && process.exitCode() == 0)
        co_return fail(
            ErrorCode::Io, QStringLiteral("%1 did not get all of its input").arg(command.program));
    CommandOutput output;
    output.exitCode = process.exitCode();
    output.out = std::move(run->out);
    output.err = std::move(run->err);
    co_return output;
}

} // namespace zos::hw

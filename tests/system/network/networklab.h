// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/services.h"
#include "hardware/network/linkdump.h"
#include "hardware/process/systemcommandrunner.h"
#include "tests/support/vectors.h"

#include <QFile>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace lab {

using namespace zos;

inline QString spaceOf(const QString &name)
{
    return QStringLiteral("/run/netns/") + name;
}

// A real runner that also counts; knows ping, which the node itself never runs.
class CountingRunner final : public hw::CommandRunner
{
public:
    CountingRunner()
        : m_runner(programs())
    {
    }
    Task<Result<hw::CommandOutput>> run(hw::Command command) override
    {
        lines.append(command.program + u' ' + command.arguments.join(u' '));
        if (before)
            before(lines.last());
        return m_runner.run(std::move(command));
    }
    QStringList lines;
    std::function<void(const QString &line)> before;

private:
    static QMap<QString, QString> programs()
    {
        auto all = hw::allowedPrograms();
        all.insert(QStringLiteral("ping"), QStringLiteral("/usr/bin/ping"));
        return all;
    }
    hw::SystemCommandRunner m_runner;
};

// Services as plain children: the supervisor has its own tests.
class ChildServices final : public Services
{
public:
    ~ChildServices() override
    {
        for (const auto &[name, child] : m_children.asKeyValueRange())
            end(child.second);
    }
    Task<Result<>> start(ServiceSpec spec) override
    {
        reap();
        if (const auto known = m_children.find(spec.name); known != m_children.end()) {
            if (known->first == spec)
                co_return Result<>();
            end(known->second);
        }
        std::vector<QByteArray> words;
        for (const auto &word : std::as_const(spec.command))
            words.push_back(word.toUtf8());
        std::vector<char *> arguments;
        for (auto &word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const auto space = QFile::encodeName(spec.networkNamespace);
        const pid_t pid = ::fork();
        if (pid == 0) {
            const int quiet = ::open("/dev/null", O_RDWR);
            for (int fd = 0; fd < 3; ++fd)
                ::dup2(quiet, fd);
            ::close_range(3, ~0U, 0);
            if (!space.isEmpty() && ::setns(::open(space.constData(), O_RDONLY), CLONE_NEWNET) != 0)
                ::_exit(126);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        m_children.insert(spec.name, { spec, pid });
        co_return Result<>();
    }
    Task<Result<>> stop(QString name) override
    {
        const auto known = m_children.constFind(name);
        if (known != m_children.constEnd())
            end(known->second);
        m_children.remove(name);
        co_return Result<>();
    }
    Task<Result<QList<ServiceState>>> list() override
    {
        reap();
        QList<ServiceState> all;
        for (const auto &[name, child] : m_children.asKeyValueRange()) {
            ServiceState state;
            state.name = name;
            state.running = true;
            state.pid = child.second;
            all.append(state);
        }
        co_return all;
    }

private:
    void reap()
    {
        m_children.removeIf([](const auto &entry) {
            return ::waitpid(entry.value().second, nullptr, WNOHANG) != 0;
        });
    }
    static void end(pid_t pid)
    {
        ::kill(pid, SIGTERM);
        ::waitpid(pid, nullptr, 0);
    }
    QMap<QString, std::pair<ServiceSpec, pid_t>> m_children;
};

// Exit code of a program in a name space ("" = the node's).
inline int run(const QString &space, const QString &program, const QStringList &arguments,
    const QByteArray &input = {})
{
    CountingRunner runner;
    hw::Command command;
    command.program = program;
    command.arguments = arguments;
    command.input = input;
    command.networkNamespace = space.isEmpty() ? QString() : spaceOf(space);
    const auto done = testing::wait(runner.run(command));
    if (!done) {
        qWarning("%s", qPrintable(done.error().what));
        return -1;
    }
    if (done->exitCode != 0 && program != QStringLiteral("ping"))
        qWarning("%s: %s", qPrintable(program), done->err.constData());
    return done->exitCode;
}
inline bool batch(const QString &space, const QByteArray &lines)
{
    return run(space, QStringLiteral("ip"), { QStringLiteral("-batch"), QStringLiteral("-") },
               lines)
        == 0;
}
// One answer within the time; a ping leaves every second.
inline bool reaches(const QString &space, const QString &address,
    std::chrono::seconds patience = std::chrono::seconds(20))
{
    return run(space, QStringLiteral("ping"),
               { QStringLiteral("-n"), QStringLiteral("-q"), QStringLiteral("-c"),
                   QStringLiteral("1"), QStringLiteral("-w"), QString::number(patience.count()),
                   address })
        == 0;
}
inline bool neverReaches(const QString &space, const QString &address)
{
    return !reaches(space, address, std::chrono::seconds(1));
}
inline QByteArray output(const QString &program, const QStringList &arguments)
{
    CountingRunner runner;
    hw::Command command;
    command.program = program;
    command.arguments = arguments;
    const auto done = testing::wait(runner.run(command));
    return done ? done->out : QByteArray();
}

// Everything a network could leave behind, as comparable lines.
inline QStringList everything()
{
    QStringList all;
    const auto links = hw::dumpLinks();
    if (links)
        for (const auto &name : links->keys())
            all.append(QStringLiteral("link ") + name);
    const auto spaces
        = output(QStringLiteral("ip"), { QStringLiteral("netns"), QStringLiteral("list") });
    for (const auto &line : spaces.split('\n'))
        all.append(QStringLiteral("netns ") + QString::fromUtf8(line).section(u' ', 0, 0));
    const auto tables
        = output(QStringLiteral("nft"), { QStringLiteral("list"), QStringLiteral("tables") });
    for (const auto &line : tables.split('\n'))
        all.append(QStringLiteral("nft ") + QString::fromUtf8(line));
    all.sort();
    return all;
}

// This process may build anything: it is root in a network name space without hardware.
inline bool isIsolated()
{
    const auto links = hw::dumpLinks();
    if (::geteuid() != 0 || !links)
        return false;
    for (const auto &[name, link] : links->asKeyValueRange())
        if (name != QStringLiteral("lo") && link.kind.isEmpty())
            return false;
    return true;
}

} // namespace lab

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QByteArray>
#include <QStringList>

#include <chrono>

namespace zos::hw {

struct Command
{
    QString program; // a name of the allow-list, see allowedprograms.cpp
    QStringList arguments;
    QByteArray input; // standard input; empty = closed
    QString networkNamespace; // path such as /run/netns/n-XYZ, empty = the node's own
    std::chrono::milliseconds deadline = std::chrono::seconds(30);
    CancelToken cancel;
};

struct CommandOutput
{
    int exitCode = 0;
    QByteArray out;
    QByteArray err;
};

// The only way to run an external program to its end. Programs that outlive the node go through
// Services instead.
class CommandRunner
{
public:
    virtual ~CommandRunner() = default;
    // A program that ran and said no is a success with its exit code. Errors: Denied (not on the
    // list), NotFound (not installed), Timeout, Cancelled, Limit (more than 1 MiB of output), Io.
    virtual Task<Result<CommandOutput>> run(Command command) = 0;
};

// As run(), but an exit code other than 0 is Io "<program>: <last line of its errors>".
Task<Result<CommandOutput>> runOk(CommandRunner *runner, Command command);
// Shorthand for the frequent case. Named arguments avoid temporaries inside co_await expressions.
Task<Result<CommandOutput>> runOk(CommandRunner *runner, QString program, QStringList arguments);
// Last line of standard error that says something, cut to 256 characters.
QString lastErrorLine(const CommandOutput &output);

} // namespace zos::hw

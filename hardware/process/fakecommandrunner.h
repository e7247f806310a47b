// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/process/commandrunner.h"

#include <functional>

namespace zos::hw {

// For tests: answers by script and remembers what was asked. A command nobody scripted is Bug.
class FakeCommandRunner final : public CommandRunner
{
public:
    using Answer = std::function<Result<CommandOutput>(const Command &)>;

    // The first rule whose text is the beginning of "program argument argument ..." answers; rules
    // added later are looked at first.
    void on(const QString &beginning, Answer answer);
    void on(const QString &beginning, QByteArray out, int exitCode = 0, QByteArray err = {});

    Task<Result<CommandOutput>> run(Command command) override;

    const QList<Command> &commands() const { return m_commands; }
    QStringList lines() const; // "program argument argument ..." of every command so far
    void clear() { m_commands.clear(); }

private:
    QList<std::pair<QString, Answer>> m_rules;
    QList<Command> m_commands;
};

} // namespace zos::hw

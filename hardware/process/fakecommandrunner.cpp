// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/fakecommandrunner.h"

namespace zos::hw {

namespace {
QString commandLine(const Command &command)
{
    return (QStringList { command.program } + command.arguments).join(u' ');
}
} // namespace

void FakeCommandRunner::on(const QString &beginning, Answer answer)
{
    m_rules.prepend({ beginning, std::move(answer) });
}

void FakeCommandRunner::on(const QString &beginning, QByteArray out, int exitCode, QByteArray err)
{
    on(beginning,
        [output = CommandOutput { exitCode, std::move(out), std::move(err) }](
            const Command &) -> Result<CommandOutput> { return output; });
}

Task<Result<CommandOutput>> FakeCommandRunner::run(Command command)
{
    m_commands += command;
    const auto line = commandLine(command);
    for (const auto &[beginning, answer] : m_rules) {
        if (line.startsWith(beginning))
            co_return answer(command);
    }
    co_return fail(ErrorCode::Bug, QStringLiteral("no scripted answer for: ") + line);
}

QStringList FakeCommandRunner::lines() const
{
    QStringList all;
    for (const auto &command : m_commands)
        all += commandLine(command);
    return all;
}

} // namespace zos::hw

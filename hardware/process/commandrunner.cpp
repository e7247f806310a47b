// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/commandrunner.h"

namespace zos::hw {

QString lastErrorLine(const CommandOutput &output)
{
    const auto lines = output.err.split('\n');
    for (auto line = lines.crbegin(); line != lines.crend(); ++line) {
        const auto text = line->trimmed();
        if (!text.isEmpty())
            return QString::fromUtf8(text.left(256));
    }
    return QStringLiteral("exit status %1").arg(output.exitCode);
}

Task<Result<CommandOutput>> runOk(CommandRunner *runner, Command command)
{
    const auto program = command.program;
    auto output = co_await runner->run(std::move(command));
    if (output && output->exitCode != 0)
        co_return fail(ErrorCode::Io, program + QStringLiteral(": ") + lastErrorLine(*output));
    co_return output;
}

Task<Result<CommandOutput>> runOk(CommandRunner *runner, QString program, QStringList arguments)
{
    Command command;
    command.program = std::move(program);
    command.arguments = std::move(arguments);
    auto output = co_await runOk(runner, std::move(command));
    co_return output;
}

} // namespace zos::hw

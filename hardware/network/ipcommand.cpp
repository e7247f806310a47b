// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/ipcommand.h"

namespace zos::hw {

Command ipCommand(QStringList arguments, QString nameSpace)
{
    Command command;
    command.program = QStringLiteral("ip");
    command.arguments = std::move(arguments);
    command.networkNamespace = std::move(nameSpace);
    return command;
}

Command ipBatch(QByteArray script, QString nameSpace)
{
    auto command
        = ipCommand({ QStringLiteral("-batch"), QStringLiteral("-") }, std::move(nameSpace));
    command.input = std::move(script);
    return command;
}

Command ipForcedBatch(QByteArray script)
{
    auto command = ipBatch(std::move(script));
    command.arguments.prepend(QStringLiteral("-force"));
    return command;
}

Task<Result<>> runBatch(CommandRunner *runner, Command batch)
{
    const auto done = co_await runner->run(batch);
    if (!done)
        co_return fail(done.error());
    if (done->exitCode == 0)
        co_return Result<>();
    // "RTNETLINK answers: File exists", then "Command failed -:3"
    const auto said = done->err.trimmed().split('\n');
    const auto number = said.last().sliced(said.last().lastIndexOf(':') + 1).toInt();
    const auto line = batch.input.split('\n').value(number - 1);
    co_return fail(ErrorCode::Io,
        QStringLiteral("ip: %1 (%2)")
            .arg(QString::fromUtf8(said.first()).left(256), QString::fromUtf8(line)));
}

} // namespace zos::hw

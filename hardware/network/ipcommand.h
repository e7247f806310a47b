// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/process/commandrunner.h"

namespace zos::hw {

inline Command ipCommand(QStringList arguments, QString nameSpace = {})
{
    Command command;
    command.program = QStringLiteral("ip");
    command.arguments = std::move(arguments);
    command.networkNamespace = std::move(nameSpace);
    return command;
}

// All lines of the script in one process. It stops at the first line that fails.
inline Command ipBatch(QByteArray script, QString nameSpace = {})
{
    auto command
        = ipCommand({ QStringLiteral("-batch"), QStringLiteral("-") }, std::move(nameSpace));
    command.input = std::move(script);
    return command;
}

} // namespace zos::hw

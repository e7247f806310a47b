// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/process/commandrunner.h"

namespace zos::hw {

Command ipCommand(QStringList arguments, QString nameSpace = {});
// All lines of the script in one process. It stops at the first line that fails.
Command ipBatch(QByteArray script, QString nameSpace = {});
// Goes on after a line that fails.
Command ipForcedBatch(QByteArray script);
// Runs a batch; its error says which line failed and why.
Task<Result<>> runBatch(CommandRunner *runner, Command batch);

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/process/allowedprograms.h"
#include "hardware/process/commandrunner.h"

namespace zos::hw {

// Runs real programs: absolute path from the allow-list, argument vector (no shell), an environment
// of PATH and LC_ALL=C only, own process group that is killed at deadline or cancel, at most 1 MiB
// of each output. Lives on the event loop; holds no state between runs.
class SystemCommandRunner final : public CommandRunner
{
public:
    explicit SystemCommandRunner(QMap<QString, QString> programs = allowedPrograms());
    Task<Result<CommandOutput>> run(Command command) override;

private:
    const QMap<QString, QString> m_programs;
};

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/session.h"

#include <functional>

namespace zos::app {

// Every command prints its result and says how it ended; an error is printed by the caller. The
// session outlives the task.
using Command = Task<Result<ExitCode>> (*)(Session *session);

Task<Result<ExitCode>> identityNew(Session *session);
Task<Result<ExitCode>> identityImport(Session *session);
Task<Result<ExitCode>> identityShow(Session *session);
Task<Result<ExitCode>> registerTwin(Session *session);
Task<Result<ExitCode>> createFarm(Session *session);
Task<Result<ExitCode>> deploy(Session *session);
Task<Result<ExitCode>> rehearse(Session *session);
Task<Result<ExitCode>> getDeployment(Session *session);
Task<Result<ExitCode>> listDeployments(Session *session);
Task<Result<ExitCode>> showChanges(Session *session);
Task<Result<ExitCode>> showTimeline(Session *session);
Task<Result<ExitCode>> showLogs(Session *session);
Task<Result<ExitCode>> deleteContract(Session *session);
Task<Result<ExitCode>> askNode(Session *session);
Task<Result<ExitCode>> callNode(Session *session);
Task<Result<ExitCode>> wireguardFile(Session *session);
Task<Result<ExitCode>> wireguardKey(Session *session);

// What the node said: as it is with --json, else as `view` makes it readable.
using AnswerView = std::function<Result<QString>(const QByteArray &answer)>;
Result<ExitCode> showAnswer(
    const Session &session, const rmb::Answer &answer, const AnswerView &view);

// By its name in commandSpecs().
Command commandNamed(const QString &name);
// The sentence for people; refusals of the ledger get a plain explanation.
QString explained(const Error &error);
// Runs the command of the line, prints what went wrong and returns the exit code.
Task<int> runCommand(Session *session);

} // namespace zos::app

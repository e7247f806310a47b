// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/base/task.h"

#include <QJsonObject>

namespace zos::rmb {

// One question to the yggdrasil daemon over its admin socket (rmb.md section 10.2): the "response"
// object. Errors: Unavailable (no daemon), Timeout, Protocol, and Io with the daemon's own text.
// Answers over 1 MiB are refused.
Task<Result<QJsonObject>> askYggdrasil(QString socketPath, QString request,
    QJsonObject arguments = {}, std::chrono::milliseconds limit = std::chrono::seconds(3));

} // namespace zos::rmb

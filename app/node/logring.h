// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/health/nodestatus.h"

#include <QList>

namespace zos::app {

// The newest 60 log lines of this process (info and above) for the console. Installed once, after
// installLogFormat(); lines still go to standard error.
void installLogRing();
QList<NodeStatus::LogLine> recentLogLines();

} // namespace zos::app

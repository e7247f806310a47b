// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"

namespace zos {

// The history as clients may see it: they count entries per name and version, so a second `ok` or
// a pause that is over would make them wait for ever or give up. The full history is kept apart.
QList<Workload> reducedChanges(const QList<LogEntry> &log);

} // namespace zos

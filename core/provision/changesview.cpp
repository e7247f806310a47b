// SPDX-License-Identifier: Apache-2.0
#include "core/provision/changesview.h"

#include <QMap>

namespace zos {

QList<Workload> reducedChanges(const QList<LogEntry> &log)
{
    struct Kept
    {
        qsizetype index = -1;
        ResultState state = ResultState::Init;
        bool running = false; // an ok of this run is in the list
    };
    QMap<std::pair<QString, quint32>, Kept> last;
    QList<std::optional<Workload>> kept;
    for (const auto &entry : log) {
        const auto &workload = entry.workload;
        auto &before = last[{ workload.name, workload.version }];
        const auto state = workload.result.state;
        if (state == ResultState::Ok && before.running) {
            if (before.state == ResultState::Paused && before.index >= 0)
                kept[before.index].reset();
            before.state = ResultState::Ok;
            continue;
        }
        // What was okay in this version did not refuse an update: a pause or its end failed, and is
        // tried again.
        if (state == ResultState::Unchanged && before.running)
            continue;
        if (state == ResultState::Ok)
            before.running = true;
        if (state == ResultState::Error || state == ResultState::Deleted
            || state == ResultState::Init)
            before.running = false;
        kept += workload;
        before.index = kept.size() - 1;
        before.state = state;
    }
    QList<Workload> view;
    for (const auto &workload : std::as_const(kept)) {
        if (workload)
            view += *workload;
    }
    return view;
}

} // namespace zos

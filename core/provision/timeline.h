// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/provision/types/step.h"
#include "core/store/deploymentstore.h"

#include <QMap>

namespace zos {

// The flight recorder: which step of which workload began when, what it was part of and how it
// ended. Holds what runs and what is not in the store yet; the engine writes it along with what it
// writes anyway, so that recording costs no write of its own while all goes well.
class Timeline : public std::enable_shared_from_this<Timeline>
{
public:
    explicit Timeline(const Clock &clock)
        : m_clock(clock)
    {
    }
    void startAfter(quint64 seq) { m_last = seq; }

    // Hands out who watches the steps of one job on one workload ("" = the whole deployment).
    StopSignal watched(
        StopSignal stop, const DeploymentKey &key, const QString &workload, const QString &wanted);
    // Something that went well from then until now.
    void add(const DeploymentKey &key, const QString &wanted, const QString &step,
        std::chrono::milliseconds since);

    // Ended steps to be written; to be told how that went.
    QList<StepEntry> take(const QList<DeploymentKey> &keys);
    void written(const QList<StepEntry> &entries);
    void notWritten(const QList<StepEntry> &entries);
    bool hasUnwritten(const DeploymentKey &key) const { return !m_ended.value(key).isEmpty(); }
    QList<DeploymentKey> unwritten() const { return m_ended.keys(); }

    // What is being done for a workload ("" = the whole deployment) just now, the newest if
    // several.
    std::optional<StepEntry> running(const DeploymentKey &key, const QString &workload) const;
    // The newest step for a workload that went wrong, as long as it is not in the store; "" = none.
    QString lastFailure(const DeploymentKey &key, const QString &workload) const;
    // With those that run, by seq; some of them may be in the store by now.
    QList<StepEntry> entries(const DeploymentKey &key) const;

private:
    class Watch;
    quint64 begin(StepEntry entry);
    void end(quint64 seq, const QString &error);
    void keep(const StepEntry &entry);

    const Clock &m_clock;
    quint64 m_last = 0;
    QMap<quint64, StepEntry> m_running;
    QMap<quint64, StepEntry> m_writing;
    QMap<DeploymentKey, QList<StepEntry>> m_ended; // never an empty list
};

} // namespace zos

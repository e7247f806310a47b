// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/backoff.h"
#include "core/base/clock.h"

#include <QList>
#include <QMap>
#include <QString>

#include <functional>

namespace zos {

class Agenda;

// Keeps machines running that stop without being told to: starts them again, slower and slower,
// says so in words, and never removes anything because a guest misbehaves.
class MachineSupervisor
{
public:
    struct Actions
    {
        std::function<void(const QString &id)>
            start; // try once; answer with running() or startFailed()
        std::function<void(const QString &id)> destroy; // stop it; answer with stopped()
        std::function<void(const QString &id, const QString &message)>
            say; // "" = all is well again
    };

    MachineSupervisor(const Clock &clock, Agenda &agenda, Actions actions);

    void starting(const QString &id); // somebody is about to start it
    void running(const QString &id);
    void stopped(const QString &id, const QString &reason);
    void rebooted(const QString &id);
    void startFailed(const QString &id, const QString &reason);
    void forget(const QString &id); // paused or deleted on purpose
    bool isTroubled(const QString &id) const; // keeps crashing
    bool isUp(const QString &id) const; // as far as it was told
    bool waits(const QString &id) const; // for its next start

private:
    struct Machine
    {
        bool up = false;
        std::chrono::milliseconds since {}; // of the last start
        Backoff backoff { std::chrono::seconds(1), std::chrono::minutes(5) };
        QList<std::chrono::milliseconds> failures; // of the last half hour
        int reboots = 0; // in a row, less than a minute apart
        std::chrono::milliseconds lastReboot {};
        bool troubled = false;
    };
    void failed(const QString &id, const QString &reason);
    void retryIn(const QString &id, std::chrono::milliseconds delay);
    void settled(const QString &id);

    const Clock &m_clock;
    Agenda &m_agenda;
    Actions m_actions;
    QMap<QString, Machine> m_machines;
    QMap<QString, QString> m_early; // stopped before its start was known to have worked
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/provision/machinesupervisor.h"

#include "core/base/agenda.h"

namespace zos {

using namespace std::chrono_literals;

namespace {
constexpr auto kShortLife = 60s;
constexpr auto kHealthyAfter = 10min;
constexpr auto kWindow = 30min;
constexpr int kTroubledFrom = 10;
constexpr int kRebootStorm = 5;

QString startEntry(const QString &id)
{
    return u"start machine " + id;
}
QString settledEntry(const QString &id)
{
    return u"settled machine " + id;
}
} // namespace

MachineSupervisor::MachineSupervisor(const Clock &clock, Agenda &agenda, Actions actions)
    : m_clock(clock)
    , m_agenda(agenda)
    , m_actions(std::move(actions))
{
}

void MachineSupervisor::starting(const QString &id)
{
    m_early.remove(id);
}

void MachineSupervisor::running(const QString &id)
{
    auto &machine = m_machines[id];
    machine.up = true;
    machine.since = m_clock.monotonic();
    machine.reboots = 0;
    m_agenda.drop(startEntry(id));
    m_agenda.at(settledEntry(id), kHealthyAfter, [this, id] { settled(id); });
    if (m_early.contains(id))
        stopped(id, m_early.take(id));
}

void MachineSupervisor::stopped(const QString &id, const QString &reason)
{
    const auto machine = m_machines.find(id);
    if (machine == m_machines.end()) {
        m_early.insert(id, reason);
        return;
    }
    if (!machine->up)
        return;
    machine->up = false;
    m_agenda.drop(settledEntry(id));
    const auto uptime = m_clock.monotonic() - machine->since;
    const bool powerOff = reason.startsWith(u"power-off");
    if (powerOff && uptime >= kShortLife) {
        retryIn(id, 2s);
        return;
    }
    failed(id,
        powerOff ? QStringLiteral("power-off after %1 s")
                       .arg(std::chrono::floor<std::chrono::seconds>(uptime).count())
                 : reason);
}

void MachineSupervisor::rebooted(const QString &id)
{
    const auto machine = m_machines.find(id);
    if (machine == m_machines.end() || !machine->up)
        return;
    const auto now = m_clock.monotonic();
    machine->reboots
        = machine->reboots > 0 && now - machine->lastReboot < kShortLife ? machine->reboots + 1 : 1;
    machine->lastReboot = now;
    if (machine->reboots < kRebootStorm)
        return;
    machine->up = false;
    machine->reboots = 0;
    m_agenda.drop(settledEntry(id));
    m_actions.destroy(id);
    failed(id, QStringLiteral("reboots again and again"));
}

void MachineSupervisor::startFailed(const QString &id, const QString &reason)
{
    if (m_machines.contains(id))
        failed(id, reason);
}

void MachineSupervisor::forget(const QString &id)
{
    m_machines.remove(id);
    m_early.remove(id);
    m_agenda.drop(startEntry(id));
    m_agenda.drop(settledEntry(id));
}

bool MachineSupervisor::isTroubled(const QString &id) const
{
    return m_machines.value(id).troubled;
}

bool MachineSupervisor::isUp(const QString &id) const
{
    return m_machines.value(id).up;
}

bool MachineSupervisor::waits(const QString &id) const
{
    return m_agenda.contains(startEntry(id));
}

void MachineSupervisor::failed(const QString &id, const QString &reason)
{
    auto &machine = m_machines[id];
    const auto now = m_clock.monotonic();
    machine.failures += now;
    machine.failures.removeIf(
        [now](std::chrono::milliseconds time) { return now - time > kWindow; });
    auto delay = machine.backoff.next();
    if (machine.failures.size() >= kTroubledFrom) {
        machine.troubled = true;
        delay = 5min;
        m_actions.say(id,
            QStringLiteral("machine keeps crashing: %1 starts, last: %2")
                .arg(machine.failures.size())
                .arg(reason));
    }
    retryIn(id, delay);
}

void MachineSupervisor::retryIn(const QString &id, std::chrono::milliseconds delay)
{
    m_agenda.at(startEntry(id), delay, [this, id] { m_actions.start(id); });
}

void MachineSupervisor::settled(const QString &id)
{
    const auto machine = m_machines.find(id);
    if (machine == m_machines.end() || !machine->up)
        return;
    machine->backoff.reset();
    machine->failures.clear();
    if (std::exchange(machine->troubled, false))
        m_actions.say(id, {});
}

} // namespace zos

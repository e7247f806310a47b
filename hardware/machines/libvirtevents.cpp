// SPDX-License-Identifier: Apache-2.0
// What LibvirtCore does when something happens by itself: machines that stop, helpers that die,
// libvirt that comes back.
#include "core/base/logging.h"
#include "hardware/machines/libvirtcore.h"
#include "hardware/machines/machineprocesses.h"

namespace zos::hw {

namespace {

using namespace std::chrono_literals;

constexpr qsizetype kReasonBytes = 16384; // of the console, where the reason is looked for

QString stopReason(int detail)
{
    switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
        return QStringLiteral("power-off by the guest");
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
        return QStringLiteral("destroyed by somebody else");
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
        return QStringLiteral("the guest crashed");
    default:
        return QStringLiteral("QEMU ended unexpectedly");
    }
}

} // namespace

bool LibvirtCore::takeStopped(const QString &id)
{
    const auto machine = m_machines.find(id);
    if (machine == m_machines.end() || machine->phase == Phase::Stopping)
        return false;
    if (machine->phase == Phase::Starting) {
        machine->died = true; // run() reports it
        return false;
    }
    m_machines.erase(machine);
    m_watch.forget(id);
    return true;
}

void LibvirtCore::lifecycle(const QString &name, int event, int detail)
{
    if (event == VIR_DOMAIN_EVENT_STOPPED && takeStopped(name))
        reportStop(shared_from_this(), name, stopReason(detail));
}

Task<void> LibvirtCore::reportStop(Self self, QString id, QString reason)
{
    const auto files = self->files(id);
    const auto console = co_await onWorker([files] { return files.console(kReasonBytes); });
    const auto said = console ? consoleReason(*console) : QString();
    if (!said.isEmpty())
        reason += QStringLiteral(": ") + said;
    qCInfo(
        lcMachines, "machine %s stopped: %s", qUtf8Printable(id), qUtf8Printable(quoted(reason)));
    if (self->m_owner)
        Q_EMIT self->m_owner->stopped(id, reason);
}

Task<void> LibvirtCore::noteReboot(Self self, QString id)
{
    const auto files = self->files(id);
    const auto console = co_await onWorker([files] { return files.console(kReasonBytes); });
    const auto said = console ? consoleReason(*console) : QString();
    qCInfo(lcMachines, "machine %s starts again%s", qUtf8Printable(id),
        said.isEmpty()
            ? ""
            : qUtf8Printable(QStringLiteral(", its last start ended with ") + quoted(said)));
    if (self->m_owner && self->m_machines.contains(id))
        Q_EMIT self->m_owner->rebooted(id);
}

Task<void> LibvirtCore::helperEnded(Self self, QString id)
{
    // When QEMU itself goes its helpers go too; then its own event tells more.
    co_await pause(1s);
    const auto turn = co_await self->m_lanes.enter(id);
    const auto machine = self->m_machines.find(id);
    if (machine == self->m_machines.end() || machine->phase != Phase::Running)
        co_return;
    if (const auto left = helperProcesses(machine->libvirtId); !left.isEmpty()) {
        self->m_watch.watch(id, left); // adopted anew in between
        co_return;
    }
    qCWarning(lcMachines, "machine %s lost its file system helper", qUtf8Printable(id));
    machine->phase = Phase::Stopping; // the guest hangs for good: end it
    std::function<Result<>(virConnectPtr)> work
        = [id](virConnectPtr connection) { return destroyDomain(connection, id); };
    const auto destroyed = co_await self->m_connection.call(
        std::move(work), 30s, QStringLiteral("stopping the machine"));
    if (!destroyed)
        qCWarning(lcMachines, "%s", qUtf8Printable(destroyed.error().what));
    self->m_machines.remove(id);
    if (self->m_owner)
        Q_EMIT self->m_owner->stopped(
            id, QStringLiteral("its file system helper (virtiofsd) ended"));
}

void LibvirtCore::watchHelpers(const QString &id, int libvirtId)
{
    const auto helpers = helperProcesses(libvirtId);
    // Every machine of ours has a share; without a process behind it, it hangs already.
    m_watch.watch(id, helpers.isEmpty() ? QList<qint64> { 0 } : helpers);
}

void LibvirtCore::adopt(const DomainFacts &domain)
{
    Machine machine;
    machine.phase = Phase::Running;
    machine.digest = domain.digest;
    machine.libvirtId = domain.libvirtId;
    const auto record = files(domain.name).record();
    machine.startedAtMs = record.startedAtMs;
    if (record.digest == domain.digest) {
        machine.cpu = record.cpu;
        machine.memory = record.memory;
        machine.disks = record.disks;
    }
    m_machines.insert(domain.name, machine);
    watchHelpers(domain.name, domain.libvirtId);
}

Task<void> LibvirtCore::reconcile(Self self)
{
    std::function<Result<QList<DomainFacts>>(virConnectPtr)> listing = listDomains;
    const auto domains = co_await self->m_connection.call(
        std::move(listing), 30s, QStringLiteral("listing machines"));
    std::function<Result<QString>(virConnectPtr)> asking = hypervisorVersion;
    const auto version = co_await self->m_connection.call(
        std::move(asking), 30s, QStringLiteral("asking for versions"));
    if (!domains || !version) {
        // A connection that cannot even list is none.
        qCWarning(lcMachines, "%s",
            qUtf8Printable(domains ? version.error().what : domains.error().what));
        self->m_connection.close();
        co_await pause(1s);
        if (self->m_owner)
            self->m_connection.open();
        co_return;
    }
    self->m_facts.hypervisor = *version;
    for (const auto &domain : *domains) {
        const auto known = self->m_machines.constFind(domain.name);
        if (known == self->m_machines.cend()
            || (known->phase == Phase::Running && known->libvirtId != domain.libvirtId))
            self->adopt(domain);
    }
    // Events of the time without connection are lost: what is missing has stopped.
    const auto ids = self->m_machines.keys();
    for (const auto &id : ids) {
        if (std::ranges::contains(*domains, id, &DomainFacts::name))
            continue;
        if (self->m_machines.value(id).phase == Phase::Running && self->takeStopped(id)) {
            const auto reason = QStringLiteral("it ended while libvirt was away");
            co_await reportStop(self, id, reason);
        }
    }
    self->m_listed->open();
    if (self->m_owner)
        Q_EMIT self->m_owner->connectionChanged(true);
}

} // namespace zos::hw

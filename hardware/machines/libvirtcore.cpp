// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/libvirtcore.h"

#include "core/base/logging.h"
#include "hardware/machines/kvmprobe.h"
#include "hardware/machines/libvirtdaemon.h"
#include "hardware/machines/machineprocesses.h"

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>

namespace zos::hw {

namespace {

using namespace std::chrono_literals;

constexpr auto kStartDeadline = 60s;
constexpr auto kStopDeadline = 30s;
constexpr auto kQueryDeadline = 5s;
// A name stays taken for a while after its machine died.
constexpr auto kNameDeadline = 15s;
constexpr auto kConsoleForReason = qsizetype(16384);

// QEMU runs under an account of its own; a kernel below somebody's home is out of its reach.
Result<QString> reachableKernel(const QString &kernel, const QString &folder)
{
    if (QemuAccount::find().user == 0 || readableByAll(kernel))
        return kernel;
    auto copy = folder + QStringLiteral("/.guest/vmlinux");
    QDir().mkpath(QFileInfo(copy).path());
    QFile::remove(copy);
    QFile file(kernel);
    if (!file.copy(copy))
        return fail(ErrorCode::Io, QStringLiteral("copy %1: %2").arg(kernel, file.errorString()));
    QFile::setPermissions(
        copy, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther);
    if (!readableByAll(copy))
        return fail(ErrorCode::Denied, QStringLiteral("%1 is out of QEMU's reach").arg(copy));
    return copy;
}

} // namespace

LibvirtCore::LibvirtCore(LibvirtConfig config, LibvirtMachines *owner)
    : m_config(std::move(config))
    , m_owner(owner)
    , m_connection(m_config.uri)
    , m_runner({ { QStringLiteral("qemu"), HostTraits().emulator } })
{
    connect(
        &m_connection, &LibvirtConnection::opened, this, [this] { reconcile(shared_from_this()); });
    connect(&m_connection, &LibvirtConnection::lost, this, [this] {
        qCWarning(lcMachines, "libvirt is gone; machines run on, connecting again");
        m_listed = std::make_shared<zos::detail::Gate>();
        if (m_owner)
            Q_EMIT m_owner->connectionChanged(false);
    });
    connect(&m_connection, &LibvirtConnection::lifecycle, this, &LibvirtCore::lifecycle);
    connect(&m_connection, &LibvirtConnection::rebooted, this, [this](const QString &id) {
        if (m_machines.contains(id))
            noteReboot(shared_from_this(), id);
    });
    connect(&m_watch, &VirtiofsWatch::ended, this,
        [this](const QString &id) { helperEnded(shared_from_this(), id); });
}

void LibvirtCore::abandon()
{
    m_owner.clear();
    m_connection.close();
}

MachineFiles LibvirtCore::files(const QString &id) const
{
    return MachineFiles(m_config.runDir, m_config.logDir, id);
}

Task<Result<>> LibvirtCore::prepareGuest(Self self)
{
    const auto &config = self->m_config;
    for (const auto &path : { config.guestKernel, config.guestInitramfs }) {
        if (!QFileInfo(path).isFile())
            co_return fail(
                ErrorCode::NotFound, QStringLiteral("the guest file %1 does not exist").arg(path));
    }
    if (!QDir().mkpath(config.runDir))
        co_return fail(ErrorCode::Io, QStringLiteral("make directory %1").arg(config.runDir));
    auto kernel = co_await onWorker([from = config.guestKernel, folder = config.runDir] {
        return reachableKernel(from, folder);
    });
    if (!kernel)
        co_return fail(kernel.error());
    self->m_kernel = *kernel;
    KvmProbe probe(&self->m_runner, HostTraits().emulator, config.runDir);
    const auto verdict = co_await probe.probe();
    if (!verdict)
        co_return fail(verdict.error());
    self->m_facts.kvm = verdict->usable;
    self->m_facts.reason = verdict->reason;
    if (verdict->usable && !QemuAccount::find().mayUse(QStringLiteral("/dev/kvm"))) {
        self->m_facts.kvm = false;
        self->m_facts.reason
            = QStringLiteral("/dev/kvm works but its mode keeps QEMU's account from opening it");
    }
    if (self->m_facts.kvm)
        qCInfo(lcMachines, "machines run with hardware virtualisation (KVM)");
    else
        qCWarning(lcMachines, "machines are emulated and slow (TCG): %s",
            qUtf8Printable(self->m_facts.reason));
    co_return {};
}

Task<Result<>> LibvirtCore::start(Self self)
{
    const auto prepared = co_await prepareGuest(self);
    if (!prepared)
        co_return prepared;
    if (self->m_config.manageLibvirt) {
        LibvirtDaemon daemon(self->m_config.services,
            QFileInfo(self->m_config.runDir).path() + QStringLiteral("/libvirt"),
            QFileInfo(self->m_config.logDir).path());
        const auto started = co_await daemon.start(self->m_facts.kvm);
        if (!started)
            co_return started;
    }
    self->m_connection.open();
    QElapsedTimer waited;
    waited.start();
    while (!self->m_listed->isOpen()) {
        if (!self->m_owner)
            co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
        if (waited.durationElapsed() > self->m_config.connectDeadline)
            co_return fail(ErrorCode::Unavailable,
                self->m_connection.trouble().isEmpty() ? QStringLiteral("libvirt does not answer")
                                                       : self->m_connection.trouble());
        co_await pause(20ms);
    }
    co_return {};
}

Task<Result<>> LibvirtCore::create(Self self, QString id, QByteArray xml, bool paused)
{
    QElapsedTimer waited;
    waited.start();
    for (;;) {
        std::function<Result<int>(virConnectPtr)> work = [xml, paused](virConnectPtr connection) {
            return createDomain(connection, xml, paused);
        };
        const auto created = co_await self->m_connection.call(
            std::move(work), kStartDeadline, QStringLiteral("starting the machine"));
        if (created) {
            if (const auto machine = self->m_machines.find(id); machine != self->m_machines.end())
                machine->libvirtId = *created;
            co_return {};
        }
        if (created.error().code != ErrorCode::Busy || waited.durationElapsed() > kNameDeadline)
            co_return fail(created.error());
        co_await pause(200ms);
    }
}

Task<Result<>> LibvirtCore::run(Self self, MachinePlan plan)
{
    const auto id = plan.id;
    const auto turn = co_await self->m_lanes.enter(id);
    std::function<Result<QList<DomainFacts>>(virConnectPtr)> work = listDomains;
    const auto domains = co_await self->m_connection.call(
        std::move(work), kQueryDeadline, QStringLiteral("listing machines"));
    if (!domains)
        co_return fail(domains.error());
    const auto running = std::ranges::find(*domains, id, &DomainFacts::name);
    if (running != domains->end()) {
        if (running->digest != plan.digest())
            co_return fail(ErrorCode::Exists,
                QStringLiteral("machine %1 runs with another description").arg(id));
        if (!self->m_machines.contains(id))
            self->adopt(*running);
        co_return {};
    }
    Machine machine;
    machine.digest = plan.digest();
    machine.cpu = plan.cpu;
    machine.memory = plan.memory;
    machine.disks.emplace();
    for (const auto &disk : std::as_const(plan.disks))
        *machine.disks += disk.id;
    machine.startedAtMs = static_cast<quint64>(QDateTime::currentMSecsSinceEpoch());
    self->m_machines.insert(id, machine);
    auto launched = co_await launch(self, std::move(plan));
    if (launched && self->m_machines.value(id).died)
        launched = fail(ErrorCode::Io, QStringLiteral("the machine ended while it was started"));
    if (launched) {
        self->m_machines[id].phase = Phase::Running;
        self->watchHelpers(id, self->m_machines[id].libvirtId);
        co_return {};
    }
    const auto files = self->files(id);
    const auto words = co_await onWorker([files] { return files.lastWords(); });
    auto error = launched.error();
    if (!words.isEmpty())
        error.what += QStringLiteral(" (") + words + u')';
    const bool gone = co_await discard(self, id);
    self->m_machines.remove(id);
    // The files say what it is, should it run after all.
    const auto removed = gone ? co_await onWorker([files] { return files.remove(); }) : Result<>();
    if (!removed)
        qCWarning(lcMachines, "%s", qUtf8Printable(removed.error().what));
    co_return fail(error);
}

Task<Result<>> LibvirtCore::launch(Self self, MachinePlan plan)
{
    const auto id = plan.id;
    const auto files = self->files(id);
    HostTraits host;
    host.kvm = self->m_facts.kvm;
    host.kernel = self->m_kernel;
    host.initrd = files.initrd();
    host.consoleSocket = files.consoleSocket();
    host.consoleLog = files.consoleLog();
    const auto xml = domainXml(plan, host);
    const auto machine = self->m_machines.value(id);
    const MachineRecord record { machine.digest, machine.startedAtMs, plan.cpu, plan.memory,
        machine.disks };
    auto prepared = co_await onWorker(
        [files, plan, record, xml, initramfs = self->m_config.guestInitramfs]() -> Result<> {
            if (auto done = files.prepare(plan, initramfs); !done)
                return done;
            if (auto done = files.writeXml(xml); !done)
                return done;
            return files.writeRecord(record);
        });
    if (!prepared)
        co_return prepared;
    const auto created = co_await create(self, id, xml, plan.paused);
    if (created)
        protectFromOutOfMemory(emulatorProcess(id));
    co_return created;
}

Task<Result<>> LibvirtCore::waitGone(Self self, QString id, QList<qint64> processes)
{
    QElapsedTimer waited;
    waited.start();
    for (;;) {
        std::function<Result<QList<DomainFacts>>(virConnectPtr)> work = listDomains;
        const auto domains = co_await self->m_connection.call(
            std::move(work), kQueryDeadline, QStringLiteral("listing machines"));
        if (!domains)
            co_return fail(domains.error());
        const bool listed = std::ranges::contains(*domains, id, &DomainFacts::name);
        if (!listed && std::ranges::none_of(processes, isAlive))
            co_return {};
        if (!listed && waited.durationElapsed() > 3s)
            std::ranges::for_each(processes, killHelper);
        if (waited.durationElapsed() > kNameDeadline)
            co_return fail(ErrorCode::Busy, QStringLiteral("machine %1 does not go away").arg(id));
        co_await pause(50ms);
    }
}

Task<Result<>> LibvirtCore::end(Self self, QString id)
{
    auto processes = QList<qint64>();
    if (const auto machine = self->m_machines.find(id); machine != self->m_machines.end()) {
        machine->phase = Phase::Stopping;
        processes = helperProcesses(machine->libvirtId);
    }
    if (const auto emulator = emulatorProcess(id))
        processes += emulator;
    self->m_watch.forget(id);
    std::function<Result<>(virConnectPtr)> work
        = [id](virConnectPtr connection) { return destroyDomain(connection, id); };
    auto done = co_await self->m_connection.call(
        std::move(work), kStopDeadline, QStringLiteral("stopping the machine"));
    if (done)
        done = co_await waitGone(self, id, processes);
    if (done)
        self->m_machines.remove(id);
    co_return done;
}

// A start of which libvirt's answer was lost may have been made.
Task<bool> LibvirtCore::discard(Self self, QString id)
{
    QElapsedTimer waited;
    waited.start();
    for (;;) {
        const auto ended = co_await end(self, id);
        if (ended)
            co_return true;
        if (!self->m_owner || waited.durationElapsed() > kNameDeadline) {
            qCWarning(lcMachines, "machine %s was not started and may run: %s", qUtf8Printable(id),
                qUtf8Printable(ended.error().what));
            co_return false;
        }
        co_await pause(200ms);
    }
}

Task<Result<>> LibvirtCore::destroy(Self self, QString id)
{
    const auto turn = co_await self->m_lanes.enter(id);
    const auto done = co_await end(self, id);
    if (!done)
        co_return done;
    const auto files = self->files(id);
    auto removed = co_await onWorker([files] { return files.remove(); });
    co_return removed;
}

Task<Result<>> LibvirtCore::stop(Self self, QString id, std::chrono::milliseconds patience)
{
    const auto turn = co_await self->m_lanes.enter(id);
    if (patience > 0ms)
        co_await settleGuest(self, id, patience);
    auto done = co_await end(self, id);
    // Where it is not known to be gone it goes on being watched over.
    if (const auto machine = self->m_machines.find(id); machine != self->m_machines.end()) {
        machine->phase = Phase::Running;
        self->watchHelpers(id, machine->libvirtId);
    }
    co_return done;
}

// A container has no process that would hear of a power button, and its kernel no driver for one.
// But the kernel hears a break on the serial line: what it has not written yet goes to the disks,
// and then nothing more is written. One that is only starting hears the next one.
Task<void> LibvirtCore::settleGuest(Self self, QString id, std::chrono::milliseconds patience)
{
    QElapsedTimer waited;
    waited.start();
    for (const auto &[key, answer] : { std::pair { 's', "Emergency Sync complete" },
             std::pair { 'u', "Emergency Remount complete" } }) {
        const auto files = self->files(id);
        const auto said = [files, answer] {
            return onWorker([files, answer] {
                const auto console = files.console(kConsoleForReason);
                return console ? console->count(answer) : 0;
            });
        };
        const auto before = co_await said();
        auto now = before;
        for (int looks = 0; now == before; ++looks) {
            if (waited.durationElapsed() > patience) {
                qCInfo(lcMachines, "machine %s does not say that it wrote what it holds",
                    qUtf8Printable(id));
                co_return;
            }
            if (looks % 20 == 0) {
                std::function<Result<>(virConnectPtr)> work
                    = [id, socket = files.consoleSocket(), key](virConnectPtr connection) {
                          return pressSystemKey(connection, id, socket, key);
                      };
                const auto pressed = co_await self->m_connection.call(
                    std::move(work), kQueryDeadline, QStringLiteral("asking the guest to write"));
                if (!pressed && pressed.error().code != ErrorCode::NotFound)
                    qCInfo(lcMachines, "machine %s cannot be asked to write what it holds: %s",
                        qUtf8Printable(id), qUtf8Printable(pressed.error().what));
                if (!pressed)
                    co_return;
            }
            co_await pause(50ms);
            now = co_await said();
        }
    }
}

Task<Result<>> LibvirtCore::setRunning(Self self, QString id, bool running)
{
    const auto turn = co_await self->m_lanes.enter(id);
    std::function<Result<>(virConnectPtr)> work = [id, running](virConnectPtr connection) {
        return setDomainRunning(connection, id, running);
    };
    auto done = co_await self->m_connection.call(std::move(work), kStopDeadline,
        running ? QStringLiteral("resuming the machine") : QStringLiteral("pausing the machine"));
    if (!done && done.error().code == ErrorCode::NotFound)
        co_return fail(ErrorCode::NotFound, QStringLiteral("machine %1 does not exist").arg(id));
    co_return done;
}

Task<Result<>> LibvirtCore::growDisk(Self self, QString id, QString path)
{
    const auto turn = co_await self->m_lanes.enter(id);
    std::function<Result<>(virConnectPtr)> work
        = [id, path](virConnectPtr connection) { return announceDiskSize(connection, id, path); };
    auto done = co_await self->m_connection.call(
        std::move(work), kStopDeadline, QStringLiteral("telling the guest of its larger disk"));
    co_return done;
}

Task<Result<QList<MachineFacts>>> LibvirtCore::list(Self self)
{
    std::function<Result<QList<DomainFacts>>(virConnectPtr)> work = listDomains;
    const auto domains = co_await self->m_connection.call(
        std::move(work), kQueryDeadline, QStringLiteral("listing machines"));
    if (!domains)
        co_return fail(domains.error());
    QList<MachineFacts> all;
    for (const auto &domain : *domains) {
        const auto known = self->m_machines.constFind(domain.name);
        const auto machine = known == self->m_machines.cend() ? Machine {} : *known;
        all += MachineFacts { domain.name, domain.running, domain.digest, machine.startedAtMs,
            machine.cpu, machine.memory, machine.disks };
    }
    co_return all;
}

Task<Result<QByteArray>> LibvirtCore::consoleLog(Self self, QString id, int bytes)
{
    const auto files = self->files(id);
    const auto wanted = qsizetype(qBound(0, bytes, 256 * 1024));
    auto text = co_await onWorker([files, wanted] { return files.console(wanted); });
    co_return text;
}

} // namespace zos::hw

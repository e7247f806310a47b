// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakemachines.h"

#include "core/model/deployment.h"

#include <QDateTime>

namespace zos::hw {

namespace {

QByteArray consoleOf(const QString &id)
{
    return "simulated machine " + id.toUtf8() + "\n";
}

// Of a file that exists nowhere else there is nothing to know.
Bytes sizeOf(const FakeWorld &world, const QString &path)
{
    for (const auto &volume : world.volumes) {
        if (volume.disk && volume.stored.path == path)
            return volume.stored.size;
    }
    return {};
}

} // namespace

Task<Result<>> FakeMachines::start()
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.start"), {});
    if (!entered)
        co_return entered;
    Q_EMIT connectionChanged(true);
    co_return co_await m_world.leave();
}

VirtualisationFacts FakeMachines::virtualisation() const
{
    return { false, QStringLiteral("the machine is simulated"), QStringLiteral("simulation") };
}

Task<Result<>> FakeMachines::run(MachinePlan plan)
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.run"), plan.id);
    if (!entered)
        co_return entered;
    if (const auto parts = parseWorkloadId(plan.id); !parts)
        co_return fail(parts.error());
    const auto digest = plan.digest();
    const auto known = m_world.machines.constFind(plan.id);
    if (known != m_world.machines.cend()) {
        if (known->digest != digest)
            co_return fail(ErrorCode::Exists,
                QStringLiteral("machine %1 runs with another description").arg(plan.id));
        co_return co_await m_world.leave();
    }
    FakeWorld::Machine machine;
    machine.digest = digest;
    machine.rootPath = plan.rootPath;
    machine.startedAtMs = static_cast<quint64>(QDateTime::currentMSecsSinceEpoch());
    machine.cpu = plan.cpu;
    machine.memory = plan.memory;
    machine.environment = plan.environment;
    for (const auto &disk : std::as_const(plan.disks)) {
        machine.diskIds += disk.id;
        machine.disks.insert(disk.path, sizeOf(m_world, disk.path));
    }
    machine.console = m_world.consoles.take(plan.id);
    machine.running = !plan.paused;
    if (machine.running)
        machine.console += consoleOf(plan.id);
    for (const auto &nic : std::as_const(plan.nics)) {
        if (!m_world.taps.contains(nic.tap))
            co_return fail(
                ErrorCode::NotFound, QStringLiteral("tap %1 does not exist").arg(nic.tap));
        machine.taps += nic.tap;
    }
    m_world.machines.insert(plan.id, machine);
    ++m_world.starts[plan.id];
    co_return co_await m_world.leave();
}

Task<Result<>> FakeMachines::stop(QString id, std::chrono::milliseconds)
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.stop"), id);
    if (!entered)
        co_return entered;
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    if (m_world.machines.contains(id))
        m_world.consoles.insert(id, m_world.machines.take(id).console);
    co_return co_await m_world.leave();
}

Task<Result<>> FakeMachines::destroy(QString id)
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.destroy"), id);
    if (!entered)
        co_return entered;
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    m_world.machines.remove(id);
    m_world.consoles.remove(id);
    co_return co_await m_world.leave();
}

Task<Result<>> FakeMachines::setRunning(QString call, QString id, bool running)
{
    const auto entered = co_await m_world.enter(call, id);
    if (!entered)
        co_return entered;
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    const auto machine = m_world.machines.find(id);
    if (machine == m_world.machines.end())
        co_return fail(ErrorCode::NotFound, QStringLiteral("machine %1 does not exist").arg(id));
    machine->running = running;
    if (running && machine->console.isEmpty())
        machine->console = consoleOf(id); // it was started paused
    co_return co_await m_world.leave();
}

Task<Result<>> FakeMachines::pauseMachine(QString id)
{
    return setRunning(QStringLiteral("machines.pauseMachine"), id, false);
}
Task<Result<>> FakeMachines::resumeMachine(QString id)
{
    return setRunning(QStringLiteral("machines.resumeMachine"), id, true);
}

Task<Result<>> FakeMachines::growDisk(QString id, QString path)
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.growDisk"), id);
    if (!entered)
        co_return entered;
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    const auto machine = m_world.machines.find(id);
    if (machine == m_world.machines.end() || !machine->disks.contains(path))
        co_return fail(
            ErrorCode::NotFound, QStringLiteral("machine %1 has no disk %2").arg(id, path));
    machine->disks.insert(path, sizeOf(m_world, path));
    co_return co_await m_world.leave();
}

Task<Result<QList<MachineFacts>>> FakeMachines::list()
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.list"), {});
    if (!entered)
        co_return fail(entered.error());
    QList<MachineFacts> all;
    for (const auto &[id, machine] : std::as_const(m_world.machines).asKeyValueRange())
        all += MachineFacts { id, machine.running, machine.digest, machine.startedAtMs, machine.cpu,
            machine.memory, machine.diskIds };
    co_return all;
}

Task<Result<QByteArray>> FakeMachines::consoleLog(QString id, int bytes)
{
    const auto entered = co_await m_world.enter(QStringLiteral("machines.consoleLog"), id);
    if (!entered)
        co_return fail(entered.error());
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    const auto machine = m_world.machines.constFind(id);
    if (machine == m_world.machines.cend())
        co_return fail(ErrorCode::NotFound, QStringLiteral("machine %1 does not exist").arg(id));
    co_return machine->console.right(qBound(0, bytes, 256 * 1024));
}

void FakeMachines::crash(const QString &id, const QString &reason)
{
    if (m_world.machines.remove(id) > 0)
        Q_EMIT stopped(id, reason);
}

void FakeMachines::reboot(const QString &id)
{
    if (m_world.machines.contains(id))
        Q_EMIT rebooted(id);
}

} // namespace zos::hw

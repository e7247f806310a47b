// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/libvirtmachines.h"

#include "core/model/deployment.h"
#include "hardware/machines/libvirtcore.h"

namespace zos::hw {

namespace {

// An id becomes the name of a domain and of directories.
Result<> checkMachineId(const QString &id)
{
    if (const auto parts = parseWorkloadId(id); !parts)
        return fail(parts.error());
    return {};
}

template <class T> Task<Result<T>> refusedCall(Error error)
{
    co_return fail(std::move(error));
}

} // namespace

LibvirtMachines::LibvirtMachines(LibvirtConfig config, QObject *parent)
    : Machines(parent)
    , m_core(std::make_shared<LibvirtCore>(std::move(config), this))
{
}

LibvirtMachines::~LibvirtMachines()
{
    m_core->abandon();
}

Task<Result<>> LibvirtMachines::start()
{
    return LibvirtCore::start(m_core);
}

VirtualisationFacts LibvirtMachines::virtualisation() const
{
    return m_core->facts();
}

Task<Result<>> LibvirtMachines::run(MachinePlan plan)
{
    if (const auto valid = checkMachineId(plan.id); !valid)
        return refusedCall<void>(valid.error());
    return LibvirtCore::run(m_core, std::move(plan));
}

Task<Result<>> LibvirtMachines::stop(QString id, std::chrono::milliseconds patience)
{
    if (const auto valid = checkMachineId(id); !valid)
        return refusedCall<void>(valid.error());
    return LibvirtCore::stop(m_core, id, patience);
}

Task<Result<>> LibvirtMachines::destroy(QString id)
{
    if (const auto valid = checkMachineId(id); !valid)
        return refusedCall<void>(valid.error());
    return LibvirtCore::destroy(m_core, id);
}

Task<Result<>> LibvirtMachines::pauseMachine(QString id)
{
    if (const auto valid = checkMachineId(id); !valid)
        return refusedCall<void>(valid.error());
    return LibvirtCore::setRunning(m_core, id, false);
}

Task<Result<>> LibvirtMachines::resumeMachine(QString id)
{
    if (const auto valid = checkMachineId(id); !valid)
        return refusedCall<void>(valid.error());
    return LibvirtCore::setRunning(m_core, id, true);
}

Task<Result<>> LibvirtMachines::growDisk(QString id, QString path)
{
    if (const auto valid = checkMachineId(id); !valid)
        return refusedCall<void>(valid.error());
    return LibvirtCore::growDisk(m_core, id, path);
}

Task<Result<QList<MachineFacts>>> LibvirtMachines::list()
{
    return LibvirtCore::list(m_core);
}

Task<Result<QByteArray>> LibvirtMachines::consoleLog(QString id, int bytes)
{
    if (const auto valid = checkMachineId(id); !valid)
        return refusedCall<QByteArray>(valid.error());
    return LibvirtCore::consoleLog(m_core, id, bytes);
}

} // namespace zos::hw

// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/libvirtmachines.h"

#include "hardware/machines/libvirtcore.h"

namespace zos::hw {

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
    return LibvirtCore::run(m_core, std::move(plan));
}

Task<Result<>> LibvirtMachines::destroy(QString id)
{
    return LibvirtCore::destroy(m_core, id);
}

Task<Result<>> LibvirtMachines::pauseMachine(QString id)
{
    return LibvirtCore::setRunning(m_core, id, false);
}

Task<Result<>> LibvirtMachines::resumeMachine(QString id)
{
    return LibvirtCore::setRunning(m_core, id, true);
}

Task<Result<QList<MachineFacts>>> LibvirtMachines::list()
{
    return LibvirtCore::list(m_core);
}

Task<Result<QByteArray>> LibvirtMachines::consoleLog(QString id, int bytes)
{
    return LibvirtCore::consoleLog(m_core, id, bytes);
}

} // namespace zos::hw

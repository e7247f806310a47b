// SPDX-License-Identifier: Apache-2.0
#include "core/provision/engine.h"

#include "core/provision/enginecore.h"

namespace zos {

Engine::Engine(EnginePorts ports, EngineConfig config, QObject *parent)
    : QObject(parent)
    , d(std::make_shared<EngineCore>(ports, std::move(config)))
{
    d->onChanged = [this] { Q_EMIT changed(); };
    d->onSettled = [this](ContractId contract) { Q_EMIT deploymentSettled(contract); };
    connect(ports.ledger, &Ledger::event, this,
        [this](const LedgerEvent &event, bool final) { d->ledgerEvent(event, final); });
    connect(ports.ledger, &Ledger::stateChanged, this,
        [this](LedgerState state) { d->ledgerState(state); });
    connect(ports.ledger, &Ledger::gap, this, [this] { d->compareSoon(); });
    connect(ports.machines, &Machines::stopped, this,
        [this](const QString &id, const QString &reason) { d->machineStopped(id, reason); });
    connect(ports.machines, &Machines::connectionChanged, this, [this](bool up) {
        if (up)
            d->machinesAnswer();
    });
    connect(ports.machines, &Machines::rebooted, this,
        [this](const QString &id) { d->machineRebooted(id); });
}

Engine::~Engine()
{
    d->kill();
}

Task<Result<>> Engine::open()
{
    return d->open();
}
Task<Result<>> Engine::start()
{
    return d->start();
}
Task<void> Engine::stop()
{
    return d->stop();
}
Task<Result<>> Engine::deploy(TwinId sender, QByteArray json, CancelToken gone)
{
    return d->deploy(sender, std::move(json), std::move(gone));
}
Task<Result<>> Engine::update(TwinId sender, QByteArray json, CancelToken gone)
{
    return d->update(sender, std::move(json), std::move(gone));
}
Result<QByteArray> Engine::get(TwinId sender, ContractId contract) const
{
    return d->get(sender, contract);
}
Task<Result<Rehearsal>> Engine::rehearse(TwinId sender, QByteArray json) const
{
    return d->rehearse(sender, std::move(json));
}
QByteArray Engine::list(TwinId sender) const
{
    return d->list(sender);
}
Result<QByteArray> Engine::changes(TwinId sender, ContractId contract) const
{
    return d->changes(sender, contract);
}
Result<DeploymentProgress> Engine::progress(TwinId sender, ContractId contract) const
{
    return d->progress(sender, contract);
}
Task<Result<QList<LogEntry>>> Engine::history(TwinId sender, ContractId contract) const
{
    return d->history(sender, contract);
}

Task<Result<QList<StepEntry>>> Engine::timeline(TwinId sender, ContractId contract) const
{
    return d->timeline(sender, contract);
}

Result<Deployment> Engine::deployment(TwinId owner, ContractId contract) const
{
    return d->deployment(owner, contract);
}

QList<DeploymentKey> Engine::deployments() const
{
    return d->deployments();
}
QStringList Engine::privateIps(TwinId sender, const QString &networkName) const
{
    return d->privateIps(sender, networkName);
}
QStringList Engine::supportedTypes() const
{
    return d->supportedTypes();
}
QList<WorkloadView> Engine::workloads() const
{
    return d->workloads();
}
NodeUsage Engine::usage() const
{
    return d->usage();
}
bool Engine::borrow(const QString &name, Bytes memory, const VolumeWish &volume)
{
    return d->borrow(name, memory, volume);
}
void Engine::giveBack()
{
    d->giveBack();
}
int Engine::pendingSteps() const
{
    return d->pendingSteps();
}
std::chrono::milliseconds Engine::longestJob() const
{
    return d->longestJob();
}
void Engine::refuseWork(const QString &reason)
{
    d->refuseWork(reason);
}

void Engine::tick()
{
    d->tick();
}
std::optional<std::chrono::milliseconds> Engine::nextLimit() const
{
    return d->nextLimit();
}

} // namespace zos

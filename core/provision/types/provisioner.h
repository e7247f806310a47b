// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"
#include "core/plan/networkplan.h"
#include "core/provision/types/step.h"

#include <functional>
#include <memory>

namespace zos {

class Volumes;
class Networks;
class Machines;
class Images;

// What provisioners may use of the machine.
struct NodePorts
{
    Volumes *volumes = nullptr;
    Networks *networks = nullptr;
    Machines *machines = nullptr;
    Images *images = nullptr;
};

// Everything a provisioner may know about the workload it works on.
struct ProvisionContext
{
    TwinId twin;
    ContractId contract;
    Workload workload;
    QList<Workload> siblings; // of the same deployment as they are in force, with results
    // It was okay before: restore what belongs to it, never make an empty one in its place.
    bool again = false;
    bool paused = false; // its contract is: what it starts must not run yet
    // Of a machine that was okay: what becomes of it if it runs, and if it does not.
    enum class Life {
        Keep, // stays as it is, unless it has another size or other disks; is started
        Renew, // gets the form it should have, because its guest starts anew just now; is started
        Await, // stays as it is; is not started: an accepted change does that next
    };
    Life life = Life::Keep;
    QString digest; // what was recorded with its last result
    QString runs; // of a machine: of what runs, as far as this process knows
    // An okay network of this twin on this node, of whatever deployment.
    std::function<Result<NetworkPlan>(const QString &)> network;
    // Another live machine of this twin uses the address in that network.
    std::function<bool(const QString &, const IpAddress &)> addressTaken;
    // An okay network of anybody else has that WireGuard port, whether it is there yet or not.
    std::function<bool(quint16)> portTaken;
    std::function<void(const QString &)> progress; // shown while the workload is init
    StopSignal stop;
    QStringList dns;
    quint32 hostCpus = 1;

    QString id() const { return workloadId(twin, contract, workload.name); }
    const Workload *sibling(QStringView name) const;
};
using ProvisionContextPtr = std::shared_ptr<const ProvisionContext>;

struct Provisioned
{
    QByteArray data = "null"; // the result document
    // Of what was made, when that can be compared later; after a change that touched nothing that
    // runs, of what comes into force at the next start.
    QString digest;
    bool started = false; // a machine that did not run before, or not in this form
    bool paused = false; // one that was found or started so
};

// Makes workloads of one type real. Every call is idempotent: after a crash it is made again.
class Provisioner
{
public:
    // Machines wait until storage and networks of all deployments had their turn.
    enum class Pass { Resources, Machines };

    virtual ~Provisioner() = default;
    virtual Pass pass() const { return Pass::Resources; }
    virtual bool canUpdate() const { return false; }

    // Why a workload of this deployment can never become real here; asked before anything of it is
    // stored. provision() looks again: what is asked for may depend on what is there by then.
    virtual Result<> check(const Deployment &deployment, const Workload &workload) const;
    virtual Task<Result<Provisioned>> provision(ProvisionContextPtr context) = 0;
    // Success means: looked, and nothing of it is left.
    virtual Task<Result<>> deprovision(ProvisionContextPtr context) = 0;
    // context->workload is the new version. An error means the old version is in force as before;
    // of a machine that it may have to be restored. Timeout: nobody knows yet, ask again.
    virtual Task<Result<Provisioned>> update(ProvisionContextPtr context, Workload old);
    virtual Task<Result<>> pause(ProvisionContextPtr context);
    virtual Task<Result<>> resume(ProvisionContextPtr context);
};

} // namespace zos

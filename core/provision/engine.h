// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/chain/ledger.h"
#include "core/model/deployment.h"
#include "core/ports/images.h"
#include "core/ports/machines.h"
#include "core/ports/networks.h"
#include "core/ports/verification.h"
#include "core/ports/volumes.h"
#include "core/store/deploymentstore.h"

#include <QObject>

#include <memory>

namespace zos {

// The parts of the machine the engine works with. Not owned; all outlive the engine.
struct EnginePorts
{
    Ledger *ledger = nullptr;
    Volumes *volumes = nullptr;
    Networks *networks = nullptr;
    Machines *machines = nullptr;
    Images *images = nullptr;
    Clock *clock = nullptr;
    Verification *verification = nullptr; // null: this network asks for none
    DeploymentStore *store = nullptr; // null: the engine opens its own SQLite file
};

struct EngineConfig
{
    QString databasePath; // SQLite
    NodeId node;
    TwinId twin; // the node's own; 0 = not compared with the chain's record
    quint32 hostCpus = 1;
    Bytes hostMemory; // MemTotal
    Bytes reservedMemory; // for the node itself: max(10 %, 2 GiB) unless configured
    QStringList dns = { QStringLiteral("8.8.8.8"), QStringLiteral("1.1.1.1"),
        QStringLiteral("2001:4860:4860::8888") };
    int lanes = 4; // twins worked on at the same time
    // How long a request waits for a contract or hash the chain does not show: two new blocks, but
    // no longer than this without any (they come every 6 s), and than that in all.
    std::chrono::milliseconds contractPatience = std::chrono::seconds(8);
    std::chrono::milliseconds contractBudget = std::chrono::seconds(12);
};

// One row for console and statistics. No tenant's names in it.
struct WorkloadView
{
    ContractId contract;
    TwinId twin;
    int index = 0;
    QString type;
    WorkloadResult result;
    Capacity capacity;
    qint64 acceptedAt = 0;
    bool troubled = false; // okay on paper, and its message says what is wrong (crash loop, gone)
};

struct NodeUsage
{
    Capacity used; // okay workloads, system not included
    Capacity system;
    Capacity total;
    quint32 deployments = 0;
    quint32 workloads = 0;
    qint64 lastDeployment = 0;
};

// Where the node's work on a deployment stands.
struct DeploymentProgress
{
    struct Part
    {
        QString name;
        QString type;
        WorkloadResult result; // as get() shows it
        QString step; // that runs for it just now; empty = none
        std::optional<qint64> since; // that step runs, Unix milliseconds
    };
    std::optional<int> queue; // jobs of its twin that come before its own; nothing = none waits
    SeenContract contract; // newest look; no state = not seen yet
    bool ending = false;
    QString step; // for all of it, such as waiting for the contract
    int retries = 0; // since something last went well
    std::optional<qint64> nextRetry; // Unix seconds
    QList<Part> parts;
};

// What deploy() would find. A request that deploy() refuses for itself is an error instead.
struct Rehearsal
{
    struct Part
    {
        QString name;
        QString type;
        Capacity capacity;
        QString pool; // where its disk or root would be; empty = needs none, or finds no place
    };
    struct Limit
    {
        QString resource; // cpu memory ssd hdd
        QString workload; // empty = all of them together
        quint64 asked = 0;
        quint64 available = 0;
    };
    QString hash; // that its contract has to carry
    QList<Part> parts; // as submitted
    QString refusal; // what its user would be told; empty = it fits
    std::optional<Limit> limit; // what it exceeds
};

// Makes deployments real. Accepts durably, verifies, provisions per twin in order, records, serves
// reads from memory, deletes on cancel, adopts what runs after a restart, and brings back what
// vanishes while it runs: machines and networks are made again; a disk that is gone is waited for,
// shown as init with the reason and never replaced by an empty one.
class Engine : public QObject
{
    Q_OBJECT
public:
    Engine(EnginePorts ports, EngineConfig config, QObject *parent = nullptr);
    // Without stop() before it, this is what a crash is: nothing more is done or recorded.
    ~Engine() override;

    // Opens the store. From here on reads are served and requests accepted, durably as always; no
    // part of the machine is touched before start().
    Task<Result<>> open();
    // Restores what the store holds, which it opens first unless that was done: storage and
    // networks of all have had their turn when this resolves, machines follow behind it
    // (pendingSteps() says when all is done). Ledger and machines may be late, and call later.
    Task<Result<>> start();
    // Stops taking work and waits for running steps (5 s at most); what runs keeps running.
    Task<void> stop();

    // zos.deployment.*: sender is the verified twin. Error texts are the documented ones. `gone`
    // says that nobody waits for the answer any more: what is not stored by then is refused
    // (Cancelled), or the sender would be told of a failure and have a deployment.
    Task<Result<>> deploy(TwinId sender, QByteArray json, CancelToken gone = {});
    Task<Result<>> update(TwinId sender, QByteArray json, CancelToken gone = {});
    // Everything deploy() looks at but the contract, and changes nothing.
    Task<Result<Rehearsal>> rehearse(TwinId sender, QByteArray json) const;
    Result<QByteArray> get(
        TwinId sender, ContractId contract) const; // Deployment JSON with results
    QByteArray list(TwinId sender) const; // [Deployment]
    Result<QByteArray> changes(TwinId sender, ContractId contract) const; // [Workload] or null
    QStringList privateIps(TwinId sender, const QString &networkName) const;
    Result<DeploymentProgress> progress(TwinId sender, ContractId contract) const;
    // Complete log, also of a deployment that ended less than 30 days ago.
    Task<Result<QList<LogEntry>>> history(TwinId sender, ContractId contract) const;
    // What the node did for it step by step, by beginning; some run, the newest 200 are kept.
    Task<Result<QList<StepEntry>>> timeline(TwinId sender, ContractId contract) const;
    // As get() shows it, for callers inside the node.
    Result<Deployment> deployment(TwinId owner, ContractId contract) const;
    QList<DeploymentKey> deployments() const;
    QStringList supportedTypes() const;
    // Why no new work is taken for now, for those who ask; empty = it is taken. What was accepted
    // goes on.
    void refuseWork(const QString &reason);

    QList<WorkloadView> workloads() const; // worst first
    NodeUsage usage() const;
    // Room for something of the node itself, promised to nobody else until it is given back. False:
    // users hold what is left, or could not be given what they were promised beside it.
    bool borrow(const QString &name, Bytes memory, const VolumeWish &volume);
    void giveBack(); // all of it
    int pendingSteps() const; // queued and running work, 0 = idle
    std::chrono::milliseconds longestJob() const; // how long the oldest running one is at work
    // Starts what is due by the clock. A timer does this; a test that turns its clock calls it.
    void tick();
    // When the first of the running steps is given up, or the first wait of a request is over, by
    // the clock's monotonic time.
    std::optional<std::chrono::milliseconds> nextLimit() const;

Q_SIGNALS:
    void changed(); // some workload changed its state
    void deploymentSettled(zos::ContractId contract); // no workload is init any more

private:
    std::shared_ptr<class EngineCore> d;
};

} // namespace zos

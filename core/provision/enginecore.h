// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/agenda.h"
#include "core/provision/capacityledger.h"
#include "core/provision/engine.h"
#include "core/provision/machinesupervisor.h"
#include "core/provision/resourcereporter.h"
#include "core/provision/timeline.h"
#include "core/provision/twinlanes.h"
#include "core/provision/types/registry.h"
#include "core/store/deploymentstore.h"

#include <QSet>

#include <set>

namespace zos {

// A workload as the engine works with it.
struct LiveWorkload
{
    Workload workload; // in force, with its recorded result
    std::optional<Workload> pending; // newest accepted change that is not applied yet
    std::optional<Workload> begun; // it, or an older one: may have been made, not recorded yet
    bool concluded = false; // the end of `begun` is being written
    QString digest;
    bool present = false; // seen or made since this process started
    QString trouble; // okay by the record, but cannot be restored at the moment
    QString notice; // okay, and still something to say: progress, crash loop
    QString lacks = {}; // of a machine: its root is gone, and it runs on with what it has open
    // Of a machine: the digest it was last started with, when that is known. It differs from the
    // one above while a change waits for the next start.
    QString runs = {};
    bool renews = false; // its guest starts anew: now that change comes into force
    QString remains = {}; // why it cannot be removed yet
    bool refusedPause = false; // or its end; said in the history

    // An update describes what it leaves untouched anew, and the contract's hash covers that. Kept
    // with the request only: a job may be writing the workload itself at that moment.
    void takeWords(const Workload &accepted);
};

struct LiveDeployment
{
    StoredDeployment stored;
    Deployment header; // newest accepted version, without workloads
    QList<LiveWorkload> workloads; // in submitted order
    QList<LogEntry> log;
    SeenContract seen;
    StopSignal stop; // of the job that works on it
    std::optional<std::chrono::milliseconds> workedOnSince; // monotonic; by that job
    quint64 jobs = 0; // that began since this process did
    int retries = 0;
    bool endRecorded = false; // tombstones are in the store
    QString endReason;
    // First look that found no contract: when, and what was final by then.
    struct Missing
    {
        std::chrono::milliseconds since;
        quint64 finalised = 0;
    };
    std::optional<Missing> missing;
    bool settledSaid = false;

    LiveWorkload *find(QStringView name);
    // Nothing when another one has taken its place under the same name.
    LiveWorkload *find(const Workload &workload);
    const LiveWorkload *find(QStringView name) const;
};

// The entries of a map by deployment that belong to one twin: what a request costs must not depend
// on what others have here.
template <class Map> auto ofTwin(const Map &map, TwinId twin)
{
    using Iterator = typename Map::const_key_value_iterator;
    struct Range
    {
        Iterator first;
        Iterator last;
        Iterator begin() const { return first; }
        Iterator end() const { return last; }
    };
    constexpr auto kLast = std::numeric_limits<ContractId::rep>::max();
    return Range { Iterator(map.lowerBound({ twin, ContractId(0) })),
        Iterator(map.upperBound({ twin, ContractId(kLast) })) };
}

// Names of networks, which the twin's other deployments may use.
QStringList shareableNames(const Deployment &deployment);

// Names in installation order: by type, disks largest first, otherwise as submitted.
QStringList installOrder(QList<const Workload *> workloads);

// The engine behind Engine. Coroutines keep it alive, so that an engine that is destroyed in the
// middle of a step leaves only steps that end by themselves and change nothing any more.
// Jobs are driven by state, not by commands: settle() looks what a deployment still lacks and does
// it, whether that was left by a request, an update, a cancel, a failure or a crash.
class EngineCore : public std::enable_shared_from_this<EngineCore>
{
public:
    EngineCore(EnginePorts ports, EngineConfig config);
    ~EngineCore();

    std::function<void()> onChanged;
    std::function<void(ContractId)> onSettled;

    // ---- life
    Task<Result<>> open();
    Task<Result<>> start();
    Task<void> stop();
    void kill();
    void refuseWork(const QString &reason) { m_refusal = reason; }
    bool borrow(const QString &name, Bytes memory, const VolumeWish &volume);
    void giveBack() { m_capacity.releaseAll({}); }
    void tick()
    {
        m_agenda.runDue();
        m_deadlines.runDue();
    }
    std::optional<std::chrono::milliseconds> nextLimit() const { return m_deadlines.nextDue(); }

    // ---- requests (acceptance.cpp)
    Task<Result<>> deploy(TwinId sender, QByteArray json, CancelToken gone);
    Task<Result<>> update(TwinId sender, QByteArray json, CancelToken gone);
    Task<Result<Rehearsal>> rehearse(TwinId sender, QByteArray json); // rehearsal.cpp

    // ---- reads (views.cpp)
    Result<QByteArray> get(TwinId sender, ContractId contract) const;
    QByteArray list(TwinId sender) const;
    Result<QByteArray> changes(TwinId sender, ContractId contract) const;
    Result<DeploymentProgress> progress(TwinId sender, ContractId contract) const;
    Task<Result<QList<LogEntry>>> history(TwinId sender, ContractId contract);
    Task<Result<QList<StepEntry>>> timeline(TwinId sender, ContractId contract);
    Result<Deployment> deployment(TwinId owner, ContractId contract) const;
    QList<DeploymentKey> deployments() const { return m_deployments.keys(); }
    QStringList privateIps(TwinId sender, const QString &networkName) const;
    QList<WorkloadView> workloads() const;
    NodeUsage usage() const;
    int pendingSteps() const;
    std::chrono::milliseconds longestJob() const;
    QStringList supportedTypes() const { return m_registry.types(); }

    // ---- news from outside (ending.cpp)
    void ledgerEvent(const LedgerEvent &event, bool final);
    void ledgerState(LedgerState state);
    void compareSoon();
    void machineStopped(const QString &id, const QString &reason);
    void machineRebooted(const QString &id);
    void machinesAnswer(); // again; lookout.cpp

private:
    // What was asked for, and under which hash: clients know more than one text of a deployment
    // (Deployment::challengeVariants), and signatures and contract have to be about the same one.
    struct SignedRequest
    {
        Deployment deployment;
        QList<QByteArray> hashes; // one, unless the signatures were checked in an earlier life
        QMap<TwinId, QByteArray> newAccounts = {}; // keys of its signers the chain told just now
        CancelToken gone = {}; // its sender does not wait any more
    };
    using Key = DeploymentKey;

    // acceptance.cpp, updating.cpp
    // What is kept of a request beside its workloads. Some clients add their signature again with
    // every update: only the first of each twin counts.
    static Deployment headerOf(Deployment request);
    Task<Result<SignedRequest>> readRequest(TwinId sender, QByteArray json);
    Task<Result<std::optional<Contract>>> checkContract(SignedRequest request);
    Result<> compareContract(const Contract &contract, const SignedRequest &request) const;
    Task<Result<>> acceptDeploy(TwinId sender, QByteArray json, SignedRequest given);
    Task<Result<>> acceptUpdate(TwinId sender, QByteArray json, SignedRequest given);
    void noteAcceptance(const Deployment &deployment, std::chrono::milliseconds begun);
    // Whether it may become a deployment of this node, room and contract aside.
    Result<> checkNew(const Key &key, const Deployment &deployment) const;
    // Where it would find room, or what it lacks.
    struct Fit
    {
        QMap<QString, QString> pools; // of workloads that need one
        std::optional<CapacityLedger::Lack> lack;
    };
    Fit fit(const Key &key, const Deployment &deployment) const; // rehearsal.cpp
    CapacityLedger::Room roomFor(
        const Key &key, const QList<CapacityLedger::Request> &requests) const;
    static CapacityLedger::Request requestOf(const Key &key, const Workload &workload);
    Result<> checkSupported(const Deployment &deployment) const;
    Result<> checkPossible(
        const Deployment &deployment, const std::function<bool(const Workload &)> &asked) const;
    Result<> checkConflicts(const Key &key, const Deployment &deployment) const;
    Result<> checkNetworkUse(
        const Key &key, const QStringList &removed, const Deployment &next) const;
    Result<> checkDiskUse(const Key &key, const QStringList &removed, const Deployment &next) const;

    // settle.cpp
    void queueSettle(const Key &key, bool urgent = false);
    Task<void> job(Key key);
    Task<void> settle(Key key);
    Task<bool> settleContract(Key key);
    Task<bool> settleWorkload(Key key, QString name);
    QString waitsFor(const Key &key, const Workload &workload) const;
    Task<bool> beginAfresh(Key key, QString name);
    Task<bool> provision(Key key, QString name);
    Task<bool> restore(Key key, QString name);
    struct Transition
    {
        Workload next; // in force from now on, with its result
        std::optional<Workload> logged; // entry of the history, none = says nothing new
        std::optional<QString> digest;
        std::optional<Workload> applied; // the accepted change this settles
        bool leavesRemains = false; // a failed start: something may have to be removed
    };
    // changing.cpp
    Task<bool> applyUpdates(Key key, QString name);
    Task<bool> applyUpdate(Key key, QString name, Workload wanted, bool again);
    Task<bool> settlePauses(Key key, QStringList names);
    Task<bool> settlePause(Key key, QString name);
    Task<void> logUnchanged(Key key, Workload workload, QString why);
    Task<bool> restartMachine(Key key, QString name);
    // transition.cpp
    Task<bool> record(Key key, Transition transition);
    ProvisionContextPtr context(const Key &key, const Workload &workload, const char *purpose,
        bool again, StopSignal stop, ProvisionContext::Life life = ProvisionContext::Life::Keep);
    bool isInGrace(const Key &key) const; // by the last look at its contract

    // ending.cpp
    void beginEnd(const Key &key, const QString &reason);
    Task<void> recordEnd(Key key);
    Task<bool> bury(Key key);
    void noteRemains(const Key &key, const Tombstone &tombstone, const QString &why);
    Task<void> keepUp(Key key, QString name);
    Task<bool> finishEnd(Key key);
    void putTombstone(const Tombstone &tombstone);
    void settleWaiting(const Key &gone);
    bool networkNeeded(const Key &key, const QString &name) const;
    Task<void> cancelled(Key key);
    Task<bool> knowsTheChain(LedgerHead head); // it is ours and knows this node
    Task<void> compare();
    Task<bool> compareContracts(LedgerHead head); // false: the chain went away meanwhile
    Task<void> compareStrays();
    Task<void> compareTaps(QMap<QString, std::chrono::milliseconds> *strays);
    Task<void> refreshContract(Key key);

    // retrying.cpp
    static QString retryName(const Key &key); // in the agenda
    void retryLater(const Key &key);
    void retrySoon(); // whatever waits
    void retryTwin(TwinId twin);
    bool anythingWaits() const;
    Task<void> glance();

    // lookout.cpp
    void lookSoon();
    struct Standing // okay when it was looked for
    {
        Key key;
        Workload workload;
        quint64 jobs = 0;
    };
    Task<void> lookAround();
    Task<void> lookForNetworks();
    Task<void> lookForDisks();
    Task<void> lookForMachines();
    Task<void> lookForRoots();
    QList<Standing> standing(QStringView type) const;
    LiveWorkload *unchanged(const Standing &standing);
    void vanished(const Standing &standing, const QString &what);
    QStringList tapsIn(TwinId twin, const QString &network) const;
    Task<Result<>> plugIn(Key key, QString network);

    // reporting.cpp
    Task<void> compareReports();

    // enginecore.cpp
    QList<Key> inOrderOfAcceptance() const;
    Task<Result<>> commit(StoreChange change);
    Task<void> writeTimeline(QList<Key> keys); // what no other write has taken along
    void spawn(Task<void> task);
    LiveDeployment *find(const Key &key);
    const LiveDeployment *find(const Key &key) const;
    Result<> load(const StoreContents &contents);
    void says(const Key &key);
    PendingReport reportOf(
        const Key &key, const QString &except = {}, const Capacity &with = {}) const;
    SeenContract seenFrom(const Key &key, const Contract &contract) const;
    StopSignal freshStop() const { return { CancelToken(), m_stop.hard, m_stop.deadlines }; }
    bool over() const { return m_stop.hard.cancelled(); }
    NodePorts nodePorts() const;
    void recount(const Key &key, const QString &name); // what it holds of the node's capacity
    Workload shown(const Key &key, const LiveWorkload &live) const;
    QString lackOf(const Key &key, const LiveWorkload &live) const; // while it runs
    // What an accepted change needs beyond what its workload holds already, under its own name.
    static QString growthName(const QString &workload);
    static CapacityLedger::Request growthOf(
        const Key &key, const Workload &from, const Workload &to);
    // Of what is pending and of what has begun before it.
    static CapacityLedger::Request growthOf(const Key &key, const LiveWorkload &live);
    std::pair<Key, QString> ownerOf(const QString &machineId) const;

    EnginePorts m_ports;
    EngineConfig m_config;
    std::unique_ptr<DeploymentStore> m_ownStore;
    DeploymentStore *m_store = nullptr;
    StopSignal m_stop;
    QObject m_guard; // context of calls from outside
    Agenda m_agenda; // what has to be done
    Agenda m_deadlines; // what has to be waited for no longer
    ProvisionerRegistry m_registry;
    CapacityLedger m_capacity;
    TwinLanes m_lanes;
    std::shared_ptr<Timeline> m_timeline;
    MachineSupervisor m_supervisor;
    ResourceReporter m_reporter;
    QMap<Key, LiveDeployment> m_deployments;
    QMap<Key, QList<Tombstone>> m_tombstones;
    QMap<TwinId, QByteArray> m_accounts; // keys of signers, as long as the chain is the same one
    QString m_chain; // genesis of the chain all this belongs to
    bool m_foreignChain = false; // the ledger shows another one
    QMap<Key, QStringList>
        m_accepting; // requests between check and commit: names of their networks
    QList<Key> m_updating; // those whose new version is being written
    QSet<QString> m_restarting; // machine ids the supervisor wants started
    QMap<QString, std::chrono::milliseconds> m_strays; // objects nobody owns, first seen
    quint64 m_order = 0;
    QString m_refusal; // of new work; empty = it is taken
    bool m_opened = false; // what the store holds is in memory
    bool m_working = false; // jobs may begin
    // Deployments whose job of the first pass has not ended. What is accepted meanwhile is not in
    // it: somebody who goes on asking must not keep everybody's machines waiting.
    std::set<Key> m_firstPass;
    std::shared_ptr<detail::Gate> m_firstPassOver;
    bool m_machinesOpen = false; // second pass of a start
    bool m_comparing = false;
    bool m_looking = false;
    // What is there of what things wait for, as long as any do.
    struct Conditions
    {
        QSet<QString> pools; // healthy ones
        bool uplink = false;
    };
    std::optional<Conditions> m_conditions;
    std::optional<std::chrono::milliseconds> m_lastHope; // monotonic; all were tried again
    int m_tasks = 0;
    int m_writing = 0; // to the store
    std::shared_ptr<detail::Gate> m_idle;
};

} // namespace zos

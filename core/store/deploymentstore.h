// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/model/deployment.h"

#include <QMap>

#include <optional>

namespace zos {

struct DeploymentKey
{
    TwinId twin;
    ContractId contract;
    auto operator<=>(const DeploymentKey &) const = default;
    QString text() const { return twin.text() + u'/' + contract.text(); }
};

// An accepted deployment: the request of its newest accepted version, exactly as it arrived.
struct StoredDeployment
{
    DeploymentKey key;
    quint64 order = 0; // of acceptance on this node
    qint64 acceptedAt = 0; // Unix seconds
    TwinId sender;
    QByteArray request;
    bool contractChecked = false; // false: accepted while the chain could not be read
    bool deleting = false; // its end is decided, tombstones say what is left
};

// A workload as it is in force now, with its result.
struct StoredWorkload
{
    DeploymentKey key;
    Workload workload;
    QString digest; // of what was made for it (machines)
};

// An accepted change of a workload that is not in force yet. A record of its own, because requests
// write it while a job writes the workload.
struct PendingWorkload
{
    DeploymentKey key;
    Workload workload;
    // An older one that had begun when a newer one took its place: kept beside it, because what it
    // did cannot be taken back.
    bool begun = false;
};

// One transition of the history. Never changed after it was written.
struct LogEntry
{
    quint64 seq = 0; // given by the store
    DeploymentKey key;
    Workload workload; // with the result of the transition
};

// One step of a job on a workload, for its owner to read.
struct StepEntry
{
    quint64 seq = 0; // by beginning, over all deployments
    DeploymentKey key;
    QString workload; // empty = the whole deployment
    QString wanted; // what the step was part of: "create", "restore", "remove" ...
    QString step; // "mounting the image"
    qint64 startMs = 0; // Unix time
    std::optional<qint64> endMs = {}; // nothing: it runs
    QString error; // empty = it went well
};
inline constexpr qsizetype kStepsKept = 200; // newest of each deployment

// Something that must vanish from the machine and has not verifiably done so yet.
struct Tombstone
{
    DeploymentKey key;
    Workload workload;
    QString reason;
    qint64 since = 0;
    bool keepResult = false; // remains of a failed start: the workload itself stays as error
};

// What the chain said about a contract the last time it could be read.
struct SeenContract
{
    DeploymentKey key;
    QString state; // created grace
    QString hash;
    quint32 publicIps = 0;
    qint64 seenAt = 0;
};

// A report to the chain that is not known to be in a block. One per contract: the newest value.
struct PendingReport
{
    DeploymentKey key;
    Capacity used;
    qint64 since = 0;
    bool operator==(const PendingReport &) const = default;
};

struct WorkloadKey
{
    DeploymentKey deployment;
    QString name;
};

// Everything one accepted change or transition writes, applied as a whole or not at all, in the
// order of the members.
struct StoreChange
{
    QList<StoredDeployment> deployments; // new or replaced
    QList<StoredWorkload> workloads; // new or replaced
    QList<WorkloadKey> droppedWorkloads;
    QList<PendingWorkload> pending; // new or replaced
    // Dropped with what is older, unless a newer version has taken their place.
    QList<PendingWorkload> appliedPending;
    QList<LogEntry> log;
    QList<StepEntry> steps; // new
    QList<Tombstone> tombstones; // new or replaced
    QList<WorkloadKey> droppedTombstones;
    QList<SeenContract> contracts;
    QList<PendingReport> reports;
    QList<PendingReport> sentReports; // dropped unless a newer value has taken their place
    QMap<TwinId, QByteArray> accounts; // public keys of twins that signed; they never change
    QString chain; // genesis hash of the chain all of this belongs to; "" = says nothing
    QList<DeploymentKey> ended; // deployment, contract and report go, the history stays
    qint64 endedAt = 0;
    qint64 forgetEndedBefore = 0; // history of deployments that ended earlier is dropped
};

struct StoreContents
{
    QList<StoredDeployment> deployments; // by order
    QList<StoredWorkload> workloads;
    QList<PendingWorkload> pending;
    QList<LogEntry> log; // of the deployments above, by seq
    QList<Tombstone> tombstones;
    QList<SeenContract> contracts;
    QList<PendingReport> reports;
    quint64 lastStep = 0; // seq
    QMap<TwinId, QByteArray> accounts = {};
    QString chain = {}; // "" = not known yet
};

// The node's durable memory. A commit that resolved well survives a power cut at any later moment.
class DeploymentStore
{
public:
    virtual ~DeploymentStore() = default;
    virtual Task<Result<>> open() = 0;
    virtual Task<Result<StoreContents>> load() = 0;
    virtual Task<Result<>> commit(StoreChange change) = 0;
    // Complete history of one deployment, ended ones included; empty when there is none.
    virtual Task<Result<QList<LogEntry>>> history(DeploymentKey key) = 0;
    // Kept steps of one deployment by seq, ended ones included.
    virtual Task<Result<QList<StepEntry>>> steps(DeploymentKey key) = 0;
    // Deployments that ended and whose history is still kept, with the workloads they had.
    virtual Task<Result<QList<WorkloadKey>>> endedWorkloads() = 0;
};

// A workload as text for a store, and back with its result.
QByteArray storedText(const Workload &workload);
Result<Workload> workloadFromStored(const QByteArray &text);

} // namespace zos

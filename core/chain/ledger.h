// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"
#include "core/model/capacity.h"

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QString>

#include <optional>

namespace zos {

using AccountId = QByteArray; // 32 bytes: the public key

struct Twin
{
    TwinId id;
    AccountId account;
    QString ip; // yggdrasil address (legacy chains, local ledger), "" when none
    QString relay; // host names joined by '_', "" when none
    QByteArray pk; // 33 bytes compressed secp256k1, empty when none
};

struct PublicIp
{
    QString ip; // CIDR
    QString gateway;
    ContractId contract; // 0 = free
};

struct Farm
{
    FarmId id;
    QString name;
    TwinId twin;
    bool dedicated = false;
    QList<PublicIp> publicIps;
};

struct NodeInterface
{
    QString name;
    QString mac;
    QStringList ips;
    bool operator==(const NodeInterface &) const = default;
};

struct NodeRecord
{
    NodeId id;
    FarmId farm;
    TwinId twin;
    Capacity resources;
    QString country;
    QString city;
    QString latitude;
    QString longitude;
    QList<NodeInterface> interfaces;
    bool secureBoot = false;
    bool virtualized = false;
    QString serial;
};

enum class ContractKind { Node, Name, Rent };
enum class ContractState { Created, Deleted, GracePeriod };

struct Contract
{
    ContractId id;
    ContractState state = ContractState::Created;
    ContractKind kind = ContractKind::Node;
    TwinId twin;
    NodeId node; // Node and Rent
    QString hash; // Node: 32 hex characters, the deployment's challenge hash
    QString data; // Node: free text of the user
    QString name; // Name
    QList<PublicIp> publicIps; // Node: reserved, in order
    quint64 graceBlock = 0;
};

struct ContractResources
{
    ContractId contract;
    Capacity used;
};

// What the node must react to. Every event arrives at most twice: in a best block, then final.
struct LedgerEvent
{
    enum class Kind {
        ContractCreated,
        ContractUpdated,
        ContractCanceled,
        GraceStarted,
        GraceEnded,
        TwinUpdated,
        FarmUpdated,
        NodeUpdated
    };
    Kind kind;
    ContractId contract;
    NodeId node;
    TwinId twin;
    FarmId farm;
    quint64 block = 0;
};

enum class LedgerState { Offline, Online };

struct LedgerHead
{
    quint64 best = 0;
    quint64 finalised = 0;
    QString genesis = {}; // hash of the first block: which chain this is; "" when it does not say
};

// The chain as node, farmer's tool and user see it. "Not there" is NotFound; "could not look" is
// Unavailable: a caller never sees an empty list when the truth is unknown. Refusals by the chain
// are Denied, Invalid, Exists or Limit and carry the chain's error name as text
// (e.g. "ContractIsNotUnique", "FarmHasNotEnoughPublicIPsFree").
class Ledger : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual LedgerState state() const = 0;
    virtual Task<Result<LedgerHead>> head() = 0;
    virtual Task<Result<Twin>> twin(TwinId id) = 0;
    virtual Task<Result<TwinId>> twinOf(AccountId account) = 0;
    virtual Task<Result<Farm>> farm(FarmId id) = 0;
    virtual Task<Result<NodeRecord>> node(NodeId id) = 0;
    virtual Task<Result<NodeId>> nodeOf(TwinId twin) = 0;
    virtual Task<Result<Contract>> contract(ContractId id) = 0; // a cancelled one is NotFound
    virtual Task<Result<QList<ContractId>>> activeContracts(NodeId node) = 0;
    virtual Task<Result<ContractId>> rentContract(NodeId node) = 0; // NotFound when not rented

    // What was reported for it last, zeros when nothing was; addresses are not part of it.
    // NotFound when there is no such contract.
    virtual Task<Result<Capacity>> contractResources(ContractId id) = 0;

    // Calls signed by this connection's identity.
    virtual Task<Result<TwinId>> ensureTwin(QString ip, QString relay, QByteArray pk)
        = 0; // create or update
    virtual Task<Result<NodeId>> ensureNode(NodeRecord record)
        = 0; // create or update; farm must exist
    virtual Task<Result<>> reportUptime(quint64 seconds, qint64 timestamp) = 0;
    virtual Task<Result<>> reportResources(QList<ContractResources> used) = 0;
    // User's side.
    virtual Task<Result<ContractId>> createNodeContract(
        NodeId node, QString hash, QString data, quint32 publicIps)
        = 0;
    virtual Task<Result<>> updateNodeContract(ContractId id, QString hash, QString data) = 0;
    virtual Task<Result<>> cancelContract(ContractId id) = 0;
    // Farmer's side.
    virtual Task<Result<FarmId>> createFarm(QString name, QList<PublicIp> publicIps) = 0;

Q_SIGNALS:
    void event(const zos::LedgerEvent &event, bool final);
    void stateChanged(zos::LedgerState state);
    // Events may have been missed: compare everything.
    void gap();
};

} // namespace zos

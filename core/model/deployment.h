// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/base/units.h"
#include "core/model/capacity.h"

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QString>

#include <memory>

namespace zos {

struct Deployment;
struct Workload;

// Type specific part of a workload: decoded once, immutable. One subclass per type, registered in
// core/model/registry.cpp; format, hash order and rules of each are in its own file pair.
class WorkloadData
{
public:
    virtual ~WorkloadData() = default;
    // Appends the fields in hash order, without separators.
    virtual void appendChallenge(QByteArray &text) const = 0;
    // The documented refusal text, or nothing.
    virtual Result<> validate(const Deployment &deployment, const Workload &self) const = 0;
    virtual Capacity capacity() const { return {}; }
};

// Result of a workload as clients see it.
enum class ResultState { Init, Ok, Error, Deleted, Paused, Unchanged };
QString stateName(ResultState state); // "init" ...
Result<ResultState> resultStateFrom(QStringView text);
inline bool isOkay(ResultState state)
{
    return state == ResultState::Ok || state == ResultState::Paused;
}

struct WorkloadResult
{
    qint64 created = 0; // Unix seconds of the transition
    ResultState state = ResultState::Init;
    QString message; // error text, "paused", the reason of a deletion, or progress while init
    QByteArray data = "null"; // type specific JSON document

    QByteArray toJson() const; // {"created","state","message","data"}
    static Result<WorkloadResult> fromJson(const Json &json);
};

struct Workload
{
    quint32 version = 0;
    QString name;
    QString type;
    QByteArray data; // verbatim JSON as the client sent it, unknown members included
    QString metadata;
    QString description;
    QByteArray unknown; // JSON object of other members the client sent, verbatim; empty = none
    WorkloadResult result; // never read by Deployment::fromJson: only the node knows it

    std::shared_ptr<const WorkloadData> decoded; // of `data`; set by Deployment::fromJson

    template <class T> const T *as() const { return dynamic_cast<const T *>(decoded.get()); }
    Capacity capacity() const { return decoded ? decoded->capacity() : Capacity {}; }
    QByteArray toJson() const; // with result
    // "name cannot be empty" and the other rules of workload names.
    static Result<> validateName(QStringView name);
};

struct SignatureRequest
{
    TwinId twin;
    bool required = false;
    quint64 weight = 0;
};

struct DeploymentSignature
{
    TwinId twin;
    QString signature; // hex as received
    QString type; // "sr25519", anything else means ed25519
};

struct SignatureRequirement
{
    QList<SignatureRequest> requests;
    quint64 weightRequired = 0;
    QList<DeploymentSignature> signatures;
    QString style; // "" or "polka-wallet"
};

struct Deployment
{
    quint32 version = 0;
    TwinId twin;
    ContractId contract;
    QString metadata;
    QString description;
    qint64 expiration = 0;
    SignatureRequirement signatureRequirement;
    QByteArray unknown; // as of a workload; never hashed
    QList<Workload> workloads; // submitted order

    // Decodes a request with Go's reading rules. Errors: ErrorCode::Invalid for everything that is
    // refused while decoding (also of a workload's data: "failed to load data into object of type
    // ..."); Limit when the request is larger than anything honest (1 MiB, 256 workloads, 64 KiB
    // strings ...).
    static Result<Deployment> fromJson(QByteArrayView text);
    static Result<Deployment> fromJson(const Json &json);
    QByteArray toJson() const; // with results; lists never null

    // Structure and type rules in the documented order, all of one workload before those of the
    // next; the texts are part of the interface.
    Result<> validate() const;

    QByteArray challenge() const; // the hashed text, UTF-8
    // All texts the contract's hash may be of: challenge() first, then the one of the TypeScript
    // client when light networks make it differ. The hash of any of them binds the same content.
    QList<QByteArray> challengeVariants() const;
    QList<QByteArray> challengeHashes() const; // of each of them, 16 raw MD5 bytes
    QByteArray challengeHash() const; // 16 raw MD5 bytes
    QString challengeHex() const; // 32 characters, as on the contract

    const Workload *find(QStringView name) const;
    Capacity capacity() const; // of all workloads

private:
    // Workload by workload, those whose data cannot be decoded (by place) among them.
    Result<> validateInOrder(const QMap<qsizetype, Error> &undecodable) const;
};

// "<twin>-<contract>-<name>"
QString workloadId(TwinId twin, ContractId contract, QStringView name);

struct WorkloadIdParts
{
    TwinId twin;
    ContractId contract;
    QString name;
};
Result<WorkloadIdParts> parseWorkloadId(QStringView id);

// All known type strings in installation order (zmount, volume, qsfs, network, ...).
QStringList workloadTypes();
bool isShareable(QStringView type); // network, network-light
int installRank(QStringView type); // smaller is installed first; uninstall is the reverse
bool supportsUpdate(QStringView type);
// Decodes `data` of a type: Invalid for unknown types and for data that does not decode.
Result<std::shared_ptr<const WorkloadData>> decodeWorkloadData(QStringView type, const Json &data);

// Bytes to be signed for a hash and a style: the 16 bytes, or "<Bytes>"hex"</Bytes>" for
// polka-wallet.
QByteArray signedMessage(const QByteArray &challengeHash, QStringView style);

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"
#include "core/identity/identity.h"
#include "core/model/signatures.h"
#include "core/model/zmachine.h"
#include "core/provision/enginecore.h"

#include <QScopeGuard>

#include <algorithm>

// From the bytes of a request to a committed deployment: everything a client is told at once.

namespace zos {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kSignersBudget { 6000 };
constexpr qsizetype kMostSigners = 64; // each costs a question to the chain

Error hashMismatch()
{
    return { ErrorCode::Invalid, QStringLiteral("contract hash does not match deployment hash") };
}

// The hash that is signed as the deployment demands: of the text every client knows, or of another
// one it may be hashed as. What is told is why the first one fails.
Result<QByteArray> signedHash(const Deployment &deployment, const TwinKeyLookup &keyOf)
{
    const auto check = [](bool sr25519, const QByteArray &key, const QByteArray &message,
                           const QByteArray &signature) {
        return verify(sr25519 ? KeyType::Sr25519 : KeyType::Ed25519, key, message, signature);
    };
    std::optional<Error> refusal;
    for (const auto &hash : deployment.challengeHashes()) {
        const auto good = checkSignatures(deployment, hash, keyOf, check);
        if (good)
            return hash;
        if (!refusal)
            refusal = good.error();
    }
    return fail(*refusal);
}

Error nobodyWaits()
{
    return { ErrorCode::Cancelled,
        QStringLiteral("the caller's lifetime was over before the request was accepted") };
}

Error conflict(const QString &name)
{
    return { ErrorCode::Exists,
        QStringLiteral("global workload with the same name '%1' exists: conflict").arg(name) };
}

} // namespace

QStringList shareableNames(const Deployment &deployment)
{
    QStringList names;
    for (const auto &workload : deployment.workloads) {
        if (isShareable(workload.type))
            names += workload.name;
    }
    return names;
}

Task<Result<>> EngineCore::deploy(TwinId sender, QByteArray json, CancelToken gone)
{
    const auto self = shared_from_this();
    const auto begun = m_ports.clock->now();
    auto request = co_await readRequest(sender, json);
    if (!request)
        co_return fail(request.error());
    request->gone = std::move(gone);
    const auto accepted = co_await acceptDeploy(sender, json, *request);
    if (accepted)
        noteAcceptance(request->deployment, begun);
    co_return accepted;
}

Task<Result<>> EngineCore::update(TwinId sender, QByteArray json, CancelToken gone)
{
    const auto self = shared_from_this();
    const auto begun = m_ports.clock->now();
    auto request = co_await readRequest(sender, json);
    if (!request)
        co_return fail(request.error());
    request->gone = std::move(gone);
    const auto accepted = co_await acceptUpdate(sender, json, *request);
    if (accepted)
        noteAcceptance(request->deployment, begun);
    co_return accepted;
}

void EngineCore::noteAcceptance(const Deployment &deployment, std::chrono::milliseconds begun)
{
    m_timeline->add({ deployment.twin, deployment.contract },
        QStringLiteral("version %1").arg(deployment.version),
        QStringLiteral("checking and storing the request"), begun);
}

Deployment EngineCore::headerOf(Deployment request)
{
    request.workloads.clear();
    QSet<TwinId> seen;
    request.signatureRequirement.signatures.removeIf([&seen](const DeploymentSignature &signature) {
        const bool again = seen.contains(signature.twin);
        seen += signature.twin;
        return again;
    });
    return request;
}

Task<Result<EngineCore::SignedRequest>> EngineCore::readRequest(TwinId sender, QByteArray json)
{
    if (m_stop.soft.cancelled())
        co_return fail(ErrorCode::Unavailable, QStringLiteral("the node is shutting down"));
    if (!m_opened)
        co_return fail(ErrorCode::Unavailable, QStringLiteral("the node is starting"));
    if (!m_refusal.isEmpty())
        co_return fail(ErrorCode::Unavailable, m_refusal);
    auto deployment = Deployment::fromJson(json);
    if (!deployment)
        co_return fail(deployment.error());
    if (const auto valid = deployment->validate(); !valid)
        co_return fail(valid.error());
    if (deployment->twin != sender)
        co_return fail(ErrorCode::Denied,
            QStringLiteral("twin id mismatch (deployment: %1, message: %2)")
                .arg(deployment->twin.text(), sender.text()));
    if (m_ports.verification) {
        const auto verified = co_await step(m_stop, 10s,
            QStringLiteral("asking for the verification of twin %1").arg(sender.value()),
            [&] { return m_ports.verification->isVerified(sender); });
        if (!verified)
            co_return fail(verified.error().code == ErrorCode::Cancelled
                    ? verified.error()
                    : Error { ErrorCode::Unavailable,
                          QStringLiteral("failed to get twin verification status") });
        if (!*verified)
            co_return fail(ErrorCode::Denied,
                QStringLiteral("user with twin id %1 is not verified").arg(sender.text()));
    }

    // The chain is asked for the keys it did not tell before (they never change), then everything
    // is checked without waiting.
    QMap<TwinId, Result<QByteArray>> keys;
    const auto signers
        = signersOf(*deployment)
              .first(std::min<qsizetype>(kMostSigners, signersOf(*deployment).size()));
    // All of them together: the client waits no longer than 20 s for its answer.
    const auto patience = m_ports.clock->monotonic() + kSignersBudget;
    for (const auto &signer : signers) {
        if (const auto known = m_accounts.constFind(signer);
            known != m_accounts.cend() && !m_foreignChain) {
            keys.insert(signer, *known);
            continue;
        }
        const auto left = std::max<std::chrono::milliseconds>(
            patience - m_ports.clock->monotonic(), std::chrono::milliseconds(1));
        const auto twin
            = co_await step(m_stop, left, QStringLiteral("reading twin %1").arg(signer.value()),
                [&] { return m_ports.ledger->twin(signer); });
        keys.insert(signer,
            twin ? Result<QByteArray>(twin->account) : Result<QByteArray>(fail(twin.error())));
    }
    const auto keyOf = [keys](TwinId twin) -> Result<QByteArray> {
        const auto found = keys.constFind(twin);
        return found == keys.cend() ? fail(ErrorCode::NotFound, QStringLiteral("twin not found"))
                                    : *found;
    };
    const auto checked = *deployment;
    const auto hash = co_await onWorker([checked, keyOf] { return signedHash(checked, keyOf); });
    if (!hash)
        co_return fail(hash.error());
    if (over())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("the node is shutting down"));
    QMap<TwinId, QByteArray> accounts;
    for (const auto &[twin, account] : keys.asKeyValueRange()) {
        if (account && m_accounts.value(twin) != *account)
            accounts.insert(twin, *account);
    }
    co_return SignedRequest { checked, { *hash }, accounts };
}

Result<> EngineCore::checkNew(const Key &key, const Deployment &deployment) const
{
    if (deployment.version != 0)
        return fail(ErrorCode::Invalid,
            QStringLiteral("expected version to be 0 on deployment creation: invalid version"));
    if (m_deployments.contains(key) || m_accepting.contains(key))
        return fail(ErrorCode::Exists, QStringLiteral("exists"));
    if (const auto free = checkConflicts(key, deployment); !free)
        return free;
    if (const auto supported = checkSupported(deployment); !supported)
        return supported;
    return checkPossible(deployment, [](const Workload &) { return true; });
}

Result<> EngineCore::checkSupported(const Deployment &deployment) const
{
    for (const auto &workload : deployment.workloads) {
        if (!m_registry.find(workload.type))
            return fail(ErrorCode::Invalid,
                QStringLiteral("workload type '%1' is not supported by this node")
                    .arg(workload.type));
    }
    return {};
}

Result<> EngineCore::checkPossible(
    const Deployment &deployment, const std::function<bool(const Workload &)> &asked) const
{
    for (const auto &workload : deployment.workloads) {
        const auto *provisioner = asked(workload) ? m_registry.find(workload.type) : nullptr;
        if (!provisioner)
            continue;
        const auto possible = provisioner->check(deployment, workload);
        if (!possible)
            return possible;
    }
    return {};
}

Result<> EngineCore::checkConflicts(const Key &key, const Deployment &deployment) const
{
    const auto names = shareableNames(deployment);
    for (const auto &name : names) {
        for (const auto &[other, existing] : ofTwin(m_deployments, key.twin)) {
            const auto *live = other != key ? existing.find(name) : nullptr;
            if (live && isShareable(live->workload.type))
                return fail(conflict(name));
        }
        for (const auto &[other, tombstones] : ofTwin(m_tombstones, key.twin)) {
            if (other != key
                && std::ranges::any_of(tombstones, [&name](const Tombstone &tombstone) {
                       return isShareable(tombstone.workload.type)
                           && tombstone.workload.name == name;
                   }))
                return fail(conflict(name));
        }
        for (const auto &[other, accepting] : ofTwin(m_accepting, key.twin)) {
            if (other != key && accepting.contains(name))
                return fail(conflict(name));
        }
    }
    return {};
}

Result<> EngineCore::compareContract(const Contract &contract, const SignedRequest &request) const
{
    if (contract.kind != ContractKind::Node)
        return fail(
            ErrorCode::Invalid, QStringLiteral("invalid contract type, expecting node contract"));
    if (contract.node != m_config.node)
        return fail(ErrorCode::Invalid, QStringLiteral("invalid node address in contract"));
    if (contract.twin != request.deployment.twin)
        return fail(ErrorCode::Denied,
            QStringLiteral("contract does not belong to twin %1")
                .arg(request.deployment.twin.value()));
    if (contract.state == ContractState::Deleted)
        return fail(ErrorCode::Invalid, QStringLiteral("contract is not active"));
    const bool same = std::ranges::any_of(request.hashes, [&contract](const QByteArray &hash) {
        return contract.hash == QLatin1StringView(hash.toHex());
    });
    if (!same)
        return fail(hashMismatch());
    return {};
}

// The contract when it fits, nothing when the chain cannot be read, else the documented refusal.
// A client's chain end point may be ahead of ours: what is missing is looked for again, until two
// blocks have come and were looked into.
Task<Result<std::optional<Contract>>> EngineCore::checkContract(SignedRequest request)
{
    constexpr auto kBetween = 250ms;
    const auto begun = m_ports.clock->monotonic();
    std::optional<quint64> firstBlock;
    bool lastLook = false;
    for (;;) {
        const auto contract = co_await step(m_stop, 5s, QStringLiteral("reading the contract"),
            [&] { return m_ports.ledger->contract(request.deployment.contract); });
        if (request.gone.cancelled())
            co_return fail(nobodyWaits());
        Error refusal;
        if (contract) {
            const auto fits = compareContract(*contract, request);
            if (fits)
                co_return *contract;
            refusal = fits.error();
            if (refusal.what != hashMismatch().what)
                co_return fail(refusal);
        } else if (contract.error().code == ErrorCode::NotFound) {
            refusal = { ErrorCode::NotFound,
                QStringLiteral(
                    "failed to get deployment contract: contract not found: object not found") };
        } else if (contract.error().code == ErrorCode::Cancelled) {
            co_return fail(contract.error());
        } else {
            co_return std::nullopt;
        }
        if (lastLook)
            co_return fail(refusal);
        const auto head = co_await step(m_stop, 5s, QStringLiteral("reading the chain's head"),
            [&] { return m_ports.ledger->head(); });
        if (!head)
            co_return fail(refusal);
        if (!firstBlock)
            firstBlock = head->best;
        const auto waited = m_ports.clock->monotonic() - begun;
        const bool still = head->best == *firstBlock;
        if (waited >= m_config.contractBudget || (still && waited >= m_config.contractPatience))
            co_return fail(refusal);
        // It may have come after the contract was read, and hold it.
        lastLook = head->best >= *firstBlock + 2;
        if (lastLook)
            continue;
        const auto rested = co_await rest(m_stop, kBetween);
        if (!rested)
            co_return fail(rested.error());
    }
}

Task<Result<>> EngineCore::acceptDeploy(TwinId sender, QByteArray json, SignedRequest given)
{
    const auto &deployment = given.deployment;
    const Key key { deployment.twin, deployment.contract };
    if (const auto good = checkNew(key, deployment); !good)
        co_return good;
    m_accepting.insert(key, shareableNames(deployment));
    bool reserved = false;
    bool accepted = false;
    const auto undo = qScopeGuard([&] {
        m_accepting.remove(key);
        if (reserved && !accepted)
            m_capacity.releaseAll(key);
    });

    if (const auto found = fit(key, deployment); found.lack)
        co_return fail(found.lack->error);
    for (const auto &workload : std::as_const(deployment.workloads))
        m_capacity.hold(key, requestOf(key, workload), false);
    reserved = true;
    const auto contract = co_await checkContract(given);
    if (!contract)
        co_return fail(contract.error());
    if (!*contract) {
        // The chain cannot say so just now, but this node saw the end of that contract.
        const auto before
            = co_await step(m_stop, 30s, QStringLiteral("looking for an earlier deployment"),
                [&] { return m_store->history(key); });
        if (!before)
            co_return fail(before.error());
        if (!before->isEmpty())
            co_return fail(ErrorCode::Invalid, QStringLiteral("contract is not active"));
        if (given.gone.cancelled())
            co_return fail(nobodyWaits());
    }

    const auto now = m_ports.clock->seconds().count();
    LiveDeployment live;
    live.stored = { key, m_order + 1, now, sender, json, contract->has_value(), false };
    live.stop = freshStop();
    ++m_order;
    StoreChange change;
    change.deployments = { live.stored };
    change.accounts = given.newAccounts;
    if (*contract) {
        live.seen = seenFrom(key, **contract);
        change.contracts = { live.seen };
    }
    for (auto workload : std::as_const(deployment.workloads)) {
        workload.result = { now, ResultState::Init, {}, "null" };
        change.workloads += StoredWorkload { key, workload, {} };
        change.log += LogEntry { 0, key, workload };
        live.workloads += LiveWorkload { workload, {}, {}, false, {}, false, {},
            *contract ? QString() : QStringLiteral("waiting for the chain") };
    }
    live.log = change.log;
    const auto written = co_await commit(change);
    if (!written)
        co_return fail(
            written.error().wrapped(QStringLiteral("the deployment could not be stored")));
    live.header = headerOf(deployment);
    m_accounts.insert(given.newAccounts);
    accepted = true;
    m_deployments.insert(key, live);
    qCInfo(lcEngine) << "accepted deployment" << key.text() << "with" << deployment.workloads.size()
                     << "workloads";
    queueSettle(key);
    says(key);
    co_return {};
}

} // namespace zos

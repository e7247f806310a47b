// SPDX-License-Identifier: Apache-2.0
#include "core/model/signatures.h"

#include "core/base/encoding.h"

#include <QSet>

#include <algorithm>
#include <limits>

namespace zos {

namespace {

constexpr qsizetype kSignatureBytes = 64;

// The first entry counts: one client appends an equal one with every update.
const DeploymentSignature *signatureOf(const Deployment &deployment, TwinId twin)
{
    for (const auto &signature : deployment.signatureRequirement.signatures) {
        if (signature.twin == twin)
            return &signature;
    }
    return nullptr;
}

Result<> checkOne(const DeploymentSignature &signature, const QByteArray &message,
    const TwinKeyLookup &key, const SignatureVerify &verify)
{
    const auto known = key(signature.twin);
    if (!known) {
        return fail(known.error().wrapped(
            QStringLiteral("failed to get public key for twin '%1'").arg(signature.twin.value())));
    }
    const auto bytes = strictHex(signature.signature.toUtf8());
    if (!bytes)
        return fail(ErrorCode::Denied, QStringLiteral("invalid signature: ") + bytes.error().what);
    if (bytes->size() != kSignatureBytes
        || !verify(signature.type == u"sr25519", *known, message, *bytes))
        return fail(ErrorCode::Denied, QStringLiteral("failed to verify signature"));
    return {};
}

} // namespace

Result<> checkSignatures(const Deployment &deployment, const QByteArray &hash,
    const TwinKeyLookup &key, const SignatureVerify &verify)
{
    const auto &requirement = deployment.signatureRequirement;
    const QByteArray message = signedMessage(hash, requirement.style);
    QSet<TwinId> counted;
    quint64 weight = 0;
    for (const auto &request : requirement.requests) {
        const auto *signature = signatureOf(deployment, request.twin);
        if (!signature) {
            if (!request.required && request.twin != deployment.twin)
                continue;
            return fail(ErrorCode::Denied,
                QStringLiteral("missing required signature for twin '%1'")
                    .arg(request.twin.value()));
        }
        if (counted.contains(request.twin))
            continue;
        counted += request.twin;
        if (auto valid = checkOne(*signature, message, key, verify); !valid)
            return valid;
        weight += std::min(request.weight, std::numeric_limits<quint64>::max() - weight);
    }
    if (!counted.contains(deployment.twin))
        return fail(ErrorCode::Denied,
            QStringLiteral("originator twin id must be in the signature requests"));
    if (weight < requirement.weightRequired)
        return fail(ErrorCode::Denied, QStringLiteral("required signature weight is not reached"));
    return {};
}

QList<TwinId> signersOf(const Deployment &deployment)
{
    QList<TwinId> twins;
    for (const auto &request : deployment.signatureRequirement.requests) {
        if (signatureOf(deployment, request.twin) && !twins.contains(request.twin))
            twins += request.twin;
    }
    return twins;
}

} // namespace zos

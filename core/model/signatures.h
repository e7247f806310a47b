// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

#include <functional>

namespace zos {

// The 32-byte account key of a twin. May fail when the twin is unknown or the chain unreachable.
using TwinKeyLookup = std::function<Result<QByteArray>(TwinId twin)>;
// One signature of exactly 64 bytes against a key.
using SignatureVerify = std::function<bool(
    bool sr25519, const QByteArray &key, const QByteArray &message, const QByteArray &signature)>;

// Whether the signatures of a deployment satisfy its own requirement. The owner always has to sign,
// optional signers without signature add nothing, and a twin counts once. `hash` is the challenge
// hash that matched the contract (see Deployment::challengeVariants). Errors of the key lookup keep
// their code, so an unreachable chain is not taken for a forged signature.
Result<> checkSignatures(const Deployment &deployment, const QByteArray &hash,
    const TwinKeyLookup &key, const SignatureVerify &verify);

// The twins whose keys checkSignatures will ask for, each once: to be fetched beforehand.
QList<TwinId> signersOf(const Deployment &deployment);

} // namespace zos

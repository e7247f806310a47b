// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/identity/secretbytes.h"

namespace zos {

// End-to-end encryption between two twins (rmb.md 2.5): AES-256-GCM under a key both derive from
// their own secret and the other's public key (secp256k1 ECDH, SHA-256 of the x coordinate).
// Deriving costs a curve multiplication, so keep the object for as long as the peer's key stands.
class EndToEnd
{
public:
    // Invalid when the peer's key is no point of the curve.
    static Result<EndToEnd> between(const Identity &own, const QByteArray &peerKey);

    QByteArray seal(const QByteArray &text) const; // nonce 12 | cipher | tag 16
    Result<QByteArray> open(const QByteArray &sealed) const; // Denied when it was not made with it

private:
    explicit EndToEnd(SecretBytes key);
    std::shared_ptr<const SecretBytes> m_key;
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

#include <span>

namespace zos {

// Schnorr signatures on ristretto255 as Substrate's sr25519 makes them (context "substrate"), on
// libsodium. Nothing that touches a secret branches on it or indexes with it.
class Sr25519
{
public:
    using Key = std::span<const quint8, 32>;
    using Signature = std::span<const quint8, 64>;

    // From a mini secret: 32 bytes scalar, then 32 bytes nonce seed; and the public key.
    static void expand(
        Key miniSecret, std::span<quint8, 64> secret, std::span<quint8, 32> publicKey);
    static void sign(std::span<const quint8, 64> secret, Key publicKey,
        std::span<const quint8> message, std::span<quint8, 64> signature);
    static bool verify(Key publicKey, std::span<const quint8> message, Signature signature);
};

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/identity/secretbytes.h"

#include <array>

namespace zos {

// What an Identity keeps. Frozen once made.
struct Identity::Secret
{
    // Mini secret (32 bytes), then the signing key (64 bytes): libsodium's form for ed25519, scalar
    // and nonce seed for sr25519.
    static constexpr std::size_t kSeed = 32;
    static constexpr std::size_t kSigning = 64;

    Secret(KeyType keyType, std::span<const quint8> miniSecret);
    std::span<const quint8, kSeed> seed() const
    {
        return std::span<const quint8, kSeed>(bytes.data(), kSeed);
    }
    std::span<const quint8, kSigning> signing() const
    {
        return std::span<const quint8, kSigning>(bytes.data() + kSeed, kSigning);
    }

    KeyType type;
    SecretBytes bytes;
    std::array<quint8, 32> publicKey {};
};

} // namespace zos

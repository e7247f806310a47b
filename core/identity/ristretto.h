// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

#include <span>

namespace zos {

// The equation of a Schnorr signature in ristretto255 (RFC 9496), for public values only: the time
// depends on them. That, one multiplication instead of two and no encodings in between is why this
// is done here and not with libsodium's constant-time calls, which everything secret goes through.
class Ristretto
{
public:
    using Bytes = std::span<const quint8, 32>;

    // Whether r = s * base point - k * key. Never for an r or key that is no point in its one
    // encoding. s and k must be below the order of the group.
    static bool equationHolds(Bytes r, Bytes s, Bytes k, Bytes key);
};

} // namespace zos

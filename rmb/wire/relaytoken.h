// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"
#include "core/identity/identity.h"

namespace zos::rmb {

// What a peer shows a relay when it connects (rmb.md 2.1): a JWT whose signature is the twin's. The
// algorithm it names (RS512) is a fixed fiction of the network.
struct RelayToken
{
    TwinId twin;
    QString session; // "" = the nil session
    quint64 issued = 0; // Unix seconds
    quint64 expires = 0;
    QByteArray signedText; // header.claims as received, filled by parse()
    QByteArray signature; // type byte and 64 bytes, filled by parse()

    QByteArray make(const Identity &identity) const;
    // At most 4 KiB; every refusal is Invalid. The signature is not checked here.
    static Result<RelayToken> parse(QByteArrayView text);
    bool verify(const QByteArray &publicKey) const;
    bool expired(quint64 time) const { return time > expires; }
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "tests/support/twinsledger.h"

#include <QHostAddress>
#include <QtEndian>

namespace zos::testing {

// Who is who in the attacks: every key follows from the twin's number, so that the programs of a
// test agree without talking.
constexpr quint32 kAttackedTwin = 9;
constexpr quint32 kWitnessTwin = 7;
constexpr quint32 kFirstAttacker = 100;
constexpr quint32 kAttackers = 64;

// Attackers have addresses of their own, seventeen that they share; everybody else is at 127.0.0.1.
inline QHostAddress attackerAddress(quint32 number)
{
    return QHostAddress(0x7f000002 + number % 17);
}

inline Identity attackKey(quint32 twin)
{
    QByteArray seed(32, 'a');
    qToLittleEndian(twin, seed.data());
    return *Identity::fromSeed(seed);
}

inline void fillAttackLedger(TwinsLedger &ledger)
{
    for (const quint32 twin : { kAttackedTwin, kWitnessTwin })
        ledger.put(twin, attackKey(twin).publicKey());
    for (quint32 i = 0; i < kAttackers; ++i)
        ledger.put(kFirstAttacker + i, attackKey(kFirstAttacker + i).publicKey());
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plan/networkplan.h"
#include "hardware/network/networkrecords.h"

#include <chrono>

namespace zos::hw {

// When a network's WireGuard port changes, its peers learn of it one after the other: some clients
// draw new ports for all their nodes with every update. For a while (network.md 3.6) the port that
// was answers as well: what comes to it goes to the new one, and who is not known to use the new
// one yet is answered from the old one, so that its flow goes on through any NAT in between.
// Done without connection tracking, which takes nothing on that has begun before its rules. A
// table of its own in the node's name space, where the device's socket is.

constexpr qsizetype kMostGraces = 4; // ports of one network, newest first

// Milliseconds since the machine started.
qint64 machineTime();

// Those of a network once it listens on `port`: `left` has just been left (0 = none).
QList<PortGrace> nextGraces(QList<PortGrace> graces, quint16 port, quint16 left, qint64 now,
    std::chrono::milliseconds time);

// Text for nft, one transaction, from the graces that are in the kernel to the wanted ones.
// `endpoints`: where peers are that use the port just left (addresses with ports).
QByteArray graceRules(const NetworkNames &names, quint16 port, const QList<PortGrace> &wanted,
    const QList<PortGrace> &present, const QStringList &endpoints, std::chrono::milliseconds time);

} // namespace zos::hw

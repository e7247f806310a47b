// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/keyedlock.h"
#include "hardware/network/netspace.h"
#include "hardware/process/commandrunner.h"

namespace zos::hw {

// Taps of machines: persistent, so that they outlive node and machine with their counters, owned
// by root, plugged into the bridge of a network, without IPv6 on the node's side.
class NetworkTaps
{
public:
    NetworkTaps(CommandRunner *runner, NetSpace *space);
    Task<Result<>> add(QString tap, QString bridge);
    Task<Result<>> remove(QString tap); // absent is success
    Task<Result<QStringList>> list();

private:
    CommandRunner *const m_runner;
    NetSpace *const m_space;
    KeyedLock m_turns;
};

} // namespace zos::hw

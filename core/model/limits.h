// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

// The most a deployment may hold: far above what real clients send, small enough to be answered
// quickly (zos.system.limits tells them).
namespace zos::limits {

inline constexpr qsizetype requestBytes = 1 << 20;
inline constexpr qsizetype workloads = 256;
inline constexpr qsizetype signatureRequests = 256; // each may cost a key lookup
inline constexpr qsizetype signatures = 1024; // one client appends an entry with every update
inline constexpr qsizetype textBytes = 64 << 10; // of UTF-8
inline constexpr qsizetype unknownBytes = 64 << 10; // members of a workload or deployment
inline constexpr qsizetype environmentValueBytes = 256 << 10;
inline constexpr qsizetype peers = 1024; // of a network, and allowed addresses of a peer
inline constexpr qsizetype machineList = 1024; // interfaces, mounts, GPUs

} // namespace zos::limits

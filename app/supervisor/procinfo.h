// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

#include <optional>

namespace zos::app {

// A process that cannot be confused with a later one of the same number.
struct ProcessIdentity
{
    qint64 pid = 0;
    quint64 startTime = 0; // clock ticks after boot
};

QString bootId();
// Nothing for processes that are gone or only wait to be reaped.
std::optional<ProcessIdentity> processIdentity(qint64 pid);
// The oldest session leader whose environment holds exactly this "NAME=value".
std::optional<ProcessIdentity> findMarkedProcess(const QByteArray &marker);

} // namespace zos::app

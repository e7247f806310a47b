// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/base/units.h"

#include <QByteArray>
#include <QString>

#include <memory>

namespace zos::rmb {

struct ReplayLimits
{
    int entries = 100'000;
    int entriesPerTwin = 50'000; // one caller cannot fill the guard for everybody
};

// Remembers which messages were taken, for as long as their age would let them in again (60 s after
// their stamp). A message is known by its sender and its challenge, which covers uid and time and
// everything else that is signed. With a file the memory survives the end of the process at any
// instruction; after a power loss the file may have to be started afresh.
class ReplayGuard
{
public:
    explicit ReplayGuard(ReplayLimits limits = {});
    ~ReplayGuard();
    ReplayGuard(const ReplayGuard &) = delete;
    ReplayGuard &operator=(const ReplayGuard &) = delete;

    // Loads what is still valid; empty path = memory only.
    Result<> open(const QString &path, quint64 time);
    void close();

    bool seen(TwinId source, const QByteArray &challenge) const;
    // Exists when it was seen before, Limit when full, Io when it cannot be kept.
    Result<> remember(TwinId source, const QByteArray &challenge, quint64 stamped, quint64 time);
    int size() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

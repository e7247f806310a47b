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
    int entries = 400'000;
    int entriesPerTwin = 100'000; // and never more than what is left for others
};

// Remembers which messages were taken, each for as long as its own times would let it in again. A
// message is known by its sender and its challenge (16 bytes), which covers uid and time and
// everything else that is signed. With a file the memory survives the end of the process at any
// instruction: a record is appended with one write, never synced, because a kernel keeps what a
// killed process wrote and after a power loss the messages are too old. The file is a log of
// records "source u32, expires u64, challenge 16", little endian, rewritten when most are over.
class ReplayGuard
{
public:
    explicit ReplayGuard(ReplayLimits limits = {});
    ~ReplayGuard();
    ReplayGuard(const ReplayGuard &) = delete;
    ReplayGuard &operator=(const ReplayGuard &) = delete;

    // Loads what is still valid; empty path = memory only. Times are Unix seconds.
    Result<> open(const QString &path, quint64 time);
    void close();

    bool seen(TwinId source, const QByteArray &challenge) const;
    // Exists when it was seen before, Limit when full, Io when it cannot be kept.
    Result<> remember(TwinId source, const QByteArray &challenge, quint64 expires, quint64 time);
    int size() const;
    static QString text(); // of the refusal of a repeated message

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

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
// message is known by its sender and 16 bytes that cover what makes it that message. With a file
// the memory survives the end of the process at any instruction: a record is appended with one
// write, never synced, because a kernel keeps what a killed process wrote. A power loss may take
// records of the last seconds while a relay may still deliver those messages for an hour: after
// one, everything stamped before this start counts as perhaps taken. The file is a header that
// names the boot that wrote it, or says that nothing is missing, and a log of records "source u32,
// expires u64, mark 16", little endian, rewritten when most are over.
class ReplayGuard
{
public:
    explicit ReplayGuard(ReplayLimits limits = {});
    ~ReplayGuard();
    ReplayGuard(const ReplayGuard &) = delete;
    ReplayGuard &operator=(const ReplayGuard &) = delete;

    // Loads what is still valid; empty path = memory only. Times are Unix seconds, from a clock
    // that is right. Syncs, so that the next boot knows.
    Result<> open(const QString &path, quint64 time, const QByteArray &boot = thisBoot());
    // The proper end: nothing is missing, whatever happens to the machine from now on.
    void close();

    // Whether a message stamped then may have been taken and forgotten in a power loss.
    bool mayHaveForgotten(quint64 stamped) const;
    bool seen(TwinId source, const QByteArray &mark, quint64 time) const;
    // Exists when it was seen before, Limit when full, Io when it cannot be kept.
    Result<> remember(TwinId source, const QByteArray &mark, quint64 expires, quint64 time);
    int size() const;
    static QString text(); // of the refusal of a repeated message
    static QByteArray thisBoot(); // 36 characters, another at each start of the kernel

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb

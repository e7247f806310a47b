// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "rmb/wire/directmessage.h"

#include <QHash>

#include <map>

namespace zos::rmb {

struct StoredResult
{
    DirectMessage message;
    // What pollers get, made by whoever finds it. Has room reserved.
    QByteArray text;
    quint64 stamped = 0;
};

// Answers to /zbus-cmd that wait for /zbus-result: kept 30 minutes, not consumed by reading.
// Bounded by count and size, per twin and in all; the oldest of the fullest bound goes first.
class ResultStore
{
public:
    struct Limits
    {
        int entries = 1024;
        int entriesPerTwin = 64;
        qsizetype bytes = 64 << 20;
        qsizetype bytesPerTwin = 8 << 20;
        std::chrono::minutes keep { 30 };
    };

    ResultStore(Limits limits, const Clock *clock);
    // How many answers are lost by that: older ones, or this one when it is too large.
    int put(const QString &queue, TwinId owner, const DirectMessage &message);
    StoredResult *find(const QString &queue); // until the next call
    int size() const { return static_cast<int>(m_entries.size()); }

private:
    struct Entry
    {
        TwinId owner;
        StoredResult result;
        qsizetype bytes = 0;
        std::chrono::milliseconds stored {};
        quint64 order = 0;
    };
    struct Share
    {
        std::map<quint64, QString> queues; // by age
        qsizetype bytes = 0;
    };
    void drop(const QString &queue);
    void dropExpired();

    Limits m_limits;
    const Clock *m_clock;
    QHash<QString, Entry> m_entries;
    std::map<quint64, QString> m_byAge;
    QHash<TwinId, Share> m_shares;
    qsizetype m_bytes = 0;
    quint64 m_order = 0;
};

} // namespace zos::rmb

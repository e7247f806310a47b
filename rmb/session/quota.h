// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/units.h"

#include <QHash>

#include <memory>

namespace zos::rmb {

struct QuotaLimits
{
    int places = 1024; // requests being worked on or answered
    int placesPerTwin = 128;
    qsizetype bytes = 64 << 20; // of their payloads and of answers on the way
    qsizetype bytesPerTwin = 16 << 20;
    // A second; twice as much at once after a rest. 0 = any.
    int rate = 20'000;
    int ratePerTwin = 1'000;
    qsizetype byteRate = 64 << 20;
    qsizetype byteRatePerTwin = 16 << 20;
};

// How much work twins may give us: places, bytes and rate, of each and of all together. Nobody
// takes more than what is left for others, so a flood from many leaves room for one more; a twin
// that asks little is not refused for the rate of the others.
class Quota
{
public:
    // Held while a request is worked on and its answer is on the way; the place is free again when
    // the last copy dies, which may be after the quota.
    using Place = std::shared_ptr<const void>;

    Quota(QuotaLimits limits, const Clock *clock);
    ~Quota();
    Q_DISABLE_COPY_MOVE(Quota)

    Result<Place> enter(TwinId twin, qsizetype bytes); // Busy when something is exhausted
    // Room for an answer until it is taken, which may be long: counts as bytes of that twin, Busy
    // when they are exhausted. There is always room for a small one: the places bound those.
    Result<Place> hold(TwinId twin, qsizetype bytes);
    int taken() const;

private:
    struct Share
    {
        int places = 0;
        qsizetype bytes = 0;
        double requests = 0; // left to spend now
        double byteBudget = 0;
        std::chrono::milliseconds filled {};
    };
    struct State
    {
        Share total;
        QHash<TwinId, Share> shares;
    };
    struct Held;
    // `first`: for one who has nothing here yet.
    bool hasRoom(const Share &own, qsizetype bytes, bool first) const;
    void fill(Share &share, double rate, double byteRate) const;
    void dropIdle();

    QuotaLimits m_limits;
    const Clock *m_clock;
    std::shared_ptr<State> m_state;
};

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/quota.h"

#include <algorithm>

namespace zos::rmb {

namespace {
constexpr qsizetype kMaxShares = 4096;
constexpr double kBurst = 2; // seconds of rate that may be spent at once
constexpr double kQuiet = 0.9; // of the burst still there: asks little
constexpr qsizetype kSmall = 64 << 10; // an answer that always has room
} // namespace

struct Quota::Held
{
    std::shared_ptr<State> state;
    TwinId twin;
    qsizetype bytes;
    int places;

    Held(std::shared_ptr<State> book, TwinId owner, qsizetype size, int taken)
        : state(std::move(book))
        , twin(owner)
        , bytes(size)
        , places(taken)
    {
        for (Share *share : { &state->total, &state->shares[twin] }) {
            share->places += places;
            share->bytes += bytes;
        }
    }
    ~Held()
    {
        for (Share *share : { &state->total, &state->shares[twin] }) {
            share->places -= places;
            share->bytes -= bytes;
        }
    }
    Q_DISABLE_COPY_MOVE(Held)
};

Quota::Quota(QuotaLimits limits, const Clock *clock)
    : m_limits(limits)
    , m_clock(clock)
    , m_state(std::make_shared<State>())
{
}

Quota::~Quota() = default;

void Quota::fill(Share &share, double rate, double byteRate) const
{
    const auto now = m_clock->monotonic();
    const double seconds = std::chrono::duration<double>(now - share.filled).count();
    share.filled = now;
    share.requests = std::min(kBurst * rate, share.requests + seconds * rate);
    share.byteBudget = std::min(kBurst * byteRate, share.byteBudget + seconds * byteRate);
}

Result<Quota::Place> Quota::enter(TwinId twin, qsizetype bytes)
{
    if (m_state->shares.size() >= kMaxShares && !m_state->shares.contains(twin))
        dropIdle();
    Share &total = m_state->total;
    Share &own = m_state->shares[twin];
    fill(total, m_limits.rate, double(m_limits.byteRate));
    fill(own, m_limits.ratePerTwin, double(m_limits.byteRatePerTwin));

    // The last eighth is for those who have nothing here yet.
    const bool first = own.places == 0;
    const int places = std::min(m_limits.placesPerTwin,
        first ? m_limits.places - total.places : m_limits.places / 8 * 7 - total.places);
    // A budget may be overdrawn by one request, else a large one could never pass.
    const auto spent = [](int rate, double left, double least) { return rate > 0 && left < least; };
    const auto overspent = [](qsizetype rate, double left) { return rate > 0 && left <= 0; };
    const bool quiet = own.requests >= kQuiet * kBurst * m_limits.ratePerTwin
        && (m_limits.byteRatePerTwin == 0
            || own.byteBudget >= kQuiet * kBurst * double(m_limits.byteRatePerTwin));
    const bool tooFast = spent(m_limits.ratePerTwin, own.requests, 1)
        || overspent(m_limits.byteRatePerTwin, own.byteBudget)
        || (!quiet
            && (spent(m_limits.rate, total.requests, 1)
                || overspent(m_limits.byteRate, total.byteBudget)));
    if (own.places >= places || !hasRoom(own, bytes, first) || tooFast)
        return fail(ErrorCode::Busy, QStringLiteral("node is busy"));
    for (Share *share : { &total, &own }) {
        --share->requests;
        share->byteBudget -= double(bytes);
    }
    return std::make_shared<const Held>(m_state, twin, bytes, 1);
}

bool Quota::hasRoom(const Share &own, qsizetype bytes, bool first) const
{
    const qsizetype all = first ? m_limits.bytes : m_limits.bytes / 8 * 7;
    return own.bytes + bytes <= std::min(m_limits.bytesPerTwin, all - m_state->total.bytes);
}

Result<Quota::Place> Quota::hold(TwinId twin, qsizetype bytes)
{
    const Share &own = m_state->shares[twin];
    if (bytes > kSmall && !hasRoom(own, bytes, false))
        return fail(ErrorCode::Busy, QStringLiteral("node is busy"));
    return std::make_shared<const Held>(m_state, twin, bytes, 0);
}

int Quota::taken() const
{
    return m_state->total.places;
}

// A twin that rested long enough is as good as one never seen.
void Quota::dropIdle()
{
    const auto now = m_clock->monotonic();
    m_state->shares.removeIf([now](const auto &entry) {
        return entry->places == 0 && entry->bytes == 0
            && now - entry->filled >= std::chrono::seconds(static_cast<int>(kBurst));
    });
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/ledger.h"
#include "core/identity/endtoend.h"
#include "rmb/session/buscounters.h"
#include "rmb/session/quota.h"
#include "rmb/session/replayguard.h"
#include "rmb/session/router.h"
#include "rmb/session/senderbook.h"
#include "rmb/session/twindirectory.h"

#include <QObject>

#include <functional>

namespace zos::rmb {

struct SessionConfig
{
    QString statePath; // replay guard that survives a restart, empty = memory only
    ReplayLimits replay;
    QuotaLimits quota; // of verified requests
    QuotaLimits arrivals { // of messages whose signature is not checked yet
        .places = 1024,
        .placesPerTwin = 256,
        .bytes = 32 << 20,
        .bytesPerTwin = 16 << 20,
        .rate = 0,
        .ratePerTwin = 0,
        .byteRate = 0,
        .byteRatePerTwin = 0
    };
    // Whether the clock is right: every time rule depends on it. Unset = always.
    std::function<bool()> synchronised;
};

// What a message says of itself, to be believed once its signature is.
struct Claim
{
    Sender sender;
    QByteArray challenge; // 16 bytes
    QByteArray mark; // 16 bytes it is known by until it expires; empty = the challenge
    QByteArray signature; // type byte and 64 bytes
    quint64 stamped = 0;
    quint64 expires = 0; // from then on its own times refuse it
    qsizetype bytes = 0;
    bool once = true; // false for answers: matched by their unguessable uid instead
};

// What the transports of the message bus share: who we are, whom to believe, how much to take and
// how to run a request. Lives on the event loop; transports end before it.
class Session : public QObject
{
    Q_OBJECT
public:
    Session(Identity identity, TwinId twin, Ledger *ledger, Router *router, const Clock *clock,
        SessionConfig config = {}, QObject *parent = nullptr);
    ~Session() override;

    Result<> start();
    Task<void> stop();

    const Identity &identity() const;
    TwinId twin() const;
    Router *router() const; // null: serves nothing
    const Clock *clock() const;
    quint64 time() const; // Unix seconds
    bool synchronised() const;
    TwinDirectory &twins();
    SenderBook &senders();
    BusCounters &counters();
    const BusCounters &counters() const;

    // Decides whether the message is the twin's own word, cheap checks first: replay, room, twin,
    // signature, and remembers it. Calls back once, perhaps at once, unless `context` is gone.
    // Refusals: Exists (a replay), Corrupt (may be one: a power loss took our memory), Busy,
    // NotFound (no such twin), Unavailable (the ledger cannot be asked), Denied (signature), Limit
    // and Io (cannot be remembered), Cancelled.
    using Vouched = std::move_only_function<void(Result<Twin>)>;
    void vouch(Claim claim, QObject *context, Vouched then);
    Task<Result<Twin>> vouched(Claim claim);

    // The key both ends share; kept for the twins of the last hours. Invalid when the twin's `pk`
    // is no key, NotFound when it has none.
    Result<EndToEnd> endToEnd(const Twin &twin);
    // Whether others find our own key on the ledger: nobody can read what we encrypt before. Asks
    // when it does not know and meanwhile says what was true last.
    bool keyIsPublished();

    Result<Quota::Place> enter(TwinId twin, qsizetype bytes); // Busy
    Result<Quota::Place> hold(TwinId twin, qsizetype bytes); // of an answer, Busy
    // Whether one more refusal may cost us an answer to that proven twin: 50 a second.
    bool mayRefuse(TwinId twin);
    // A line about a message that is not served, at a bounded rate. `twin` may be a mere claim.
    void logRefusal(
        TwinId twin, const QString &command, const QString &requestId, const QString &why);
    // Runs a verified request on the router until its lifetime is over or `over` says so.
    Task<Answer> serve(Call call, std::chrono::milliseconds lifetime, CancelToken over);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

// Answers above this are refused by us: in any encoding they stay below the limits of both ways.
inline constexpr qsizetype kMaxAnswer = 2'900'000;
Error answerTooLarge(qsizetype size);
// What a peer's error text means for the caller.
Error peerError(const QString &text);

} // namespace zos::rmb

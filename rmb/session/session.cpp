// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/session.h"

#include "core/base/logging.h"
#include "core/base/logpace.h"
#include "rmb/session/race.h"
#include "rmb/session/verifier.h"

#include <QCache>
#include <QElapsedTimer>
#include <QPointer>

namespace zos::rmb {

namespace {
constexpr int kKeysKept = 500; // each locks a page of memory
constexpr QuotaLimits kRefusals {
    .rate = 1000, .ratePerTwin = 50, .byteRate = 0, .byteRatePerTwin = 0
};
} // namespace

struct Session::Private
{
    struct SharedKey
    {
        QByteArray pk;
        EndToEnd key;
    };
    // A message on its way through the checks.
    struct Pending
    {
        Claim claim;
        Twin twin;
        QPointer<QObject> context;
        Vouched then;
        Quota::Place place;
        bool askedAgain = false;

        void finish(Result<Twin> outcome)
        {
            place.reset();
            if (context)
                then(std::move(outcome));
        }
    };
    using PendingPtr = std::shared_ptr<Pending>;

    Private(Identity own, TwinId ownTwin, Ledger *ledger, Router *table, const Clock *time,
        SessionConfig settings)
        : identity(std::move(own))
        , twin(ownTwin)
        , router(table)
        , clock(time)
        , config(std::move(settings))
        , publicKey(identity.endToEndKey())
        , guard(config.replay)
        , twins(ledger, time)
        , senders(time)
        , arrivals(config.arrivals, time)
        , quota(config.quota, time)
        , refusals(kRefusals, time)
    {
    }

    quint64 time() const { return static_cast<quint64>(clock->seconds().count()); }
    // Its times mean nothing before the clock is right.
    Result<> openGuard()
    {
        if (guardOpen)
            return {};
        auto opened = guard.open(config.statePath, time());
        guardOpen = opened.has_value();
        return opened;
    }
    static const QByteArray &markOf(const Claim &claim)
    {
        return claim.mark.isEmpty() ? claim.challenge : claim.mark;
    }
    Result<> screen(const Claim &claim);
    void check(const PendingPtr &pending);
    void checked(const PendingPtr &pending, Verifier::Verdict verdict);
    void believe(const PendingPtr &pending);
    void disbelieve(const PendingPtr &pending);
    Task<void> findTwin(PendingPtr pending);
    Task<void> checkWithFreshTwin(PendingPtr pending);
    Task<void> findOwnTwin();

    Identity identity;
    TwinId twin;
    Router *router;
    const Clock *clock;
    SessionConfig config;
    const QByteArray publicKey; // for encryption
    BusCounters counters;
    ReplayGuard guard;
    bool guardOpen = false;
    TwinDirectory twins;
    SenderBook senders;
    Quota arrivals;
    Quota quota;
    Quota refusals;
    LogPace refusalLog { clock };
    QCache<TwinId, SharedKey> keys { kKeysKept };
    Verifier verifier;
    TaskScope scope;
    bool keyPublished = true;
    std::chrono::milliseconds penaltyLogged { std::chrono::milliseconds::min() / 2 };
};

// What the memory of messages says of it.
Result<> Session::Private::screen(const Claim &claim)
{
    if (!claim.once)
        return {};
    if (const auto opened = openGuard(); !opened)
        return opened;
    if (guard.seen(claim.sender.twin, markOf(claim), time())) {
        ++counters.replays;
        return fail(ErrorCode::Exists, ReplayGuard::text());
    }
    if (guard.mayHaveForgotten(claim.stamped)) {
        ++counters.beforeStart;
        return fail(ErrorCode::Corrupt,
            QStringLiteral("message is older than this start of the node after a power loss, it "
                           "may have been received before"));
    }
    return {};
}

void Session::Private::check(const PendingPtr &pending)
{
    Verifier::Job job;
    job.key = pending->twin.account;
    job.challenge = pending->claim.challenge;
    job.signature = pending->claim.signature;
    job.then = [this, pending](Verifier::Verdict verdict) { checked(pending, verdict); };
    if (senders.trusted(pending->claim.sender))
        verifier.check(std::move(job));
    else
        verifier.checkInTurn(
            pending->claim.sender.twin, senders.suspect(pending->claim.sender), std::move(job));
}

void Session::Private::checked(const PendingPtr &pending, Verifier::Verdict verdict)
{
    if (verdict == Verifier::Verdict::Genuine) {
        believe(pending);
    } else if (verdict == Verifier::Verdict::Unchecked) {
        ++counters.busy;
        pending->finish(fail(ErrorCode::Busy, QStringLiteral("node is busy")));
    } else if (!pending->askedAgain && twins.mayHaveChanged(pending->twin.id)) {
        scope.spawn(checkWithFreshTwin(pending));
    } else {
        disbelieve(pending);
    }
}

// The user may have changed the key since we asked the ledger.
Task<void> Session::Private::checkWithFreshTwin(PendingPtr pending)
{
    pending->askedAgain = true;
    auto asking = twins.refreshed(pending->twin.id);
    const auto fresh = co_await std::move(asking);
    if (fresh && fresh->account != pending->twin.account) {
        pending->twin = *fresh;
        check(pending);
    } else {
        disbelieve(pending);
    }
}

void Session::Private::believe(const PendingPtr &pending)
{
    const Claim &claim = pending->claim;
    senders.good(claim.sender);
    if (claim.once) {
        const auto kept = guard.remember(claim.sender.twin, markOf(claim), claim.expires, time());
        if (!kept) {
            ++(kept.error().code == ErrorCode::Exists ? counters.replays : counters.busy);
            pending->finish(fail(kept.error()));
            return;
        }
    }
    pending->finish(std::move(pending->twin));
}

void Session::Private::disbelieve(const PendingPtr &pending)
{
    constexpr std::chrono::seconds kLogEvery { 10 };
    const TwinId claimed = pending->claim.sender.twin;
    ++counters.badSignatures;
    if (senders.failed(pending->claim.sender)) {
        ++counters.penalties;
        if (clock->monotonic() - penaltyLogged >= kLogEvery) {
            penaltyLogged = clock->monotonic();
            qCWarning(lcRmb).noquote()
                << "many bad signatures in the name of twin" << claimed.value()
                << "- such messages are checked last for a minute; senders put last so far:"
                << counters.penalties;
        }
    }
    pending->finish(fail(ErrorCode::Denied,
        QStringLiteral("signature does not verify with the key of twin %1").arg(claimed.value())));
}

Task<void> Session::Private::findTwin(PendingPtr pending)
{
    auto lookup = twins.twin(pending->claim.sender.twin);
    const auto found = co_await std::move(lookup);
    if (found) {
        pending->twin = *found;
        check(pending);
        co_return;
    }
    if (found.error().code == ErrorCode::NotFound)
        ++counters.unknownTwins;
    else if (found.error().code == ErrorCode::Busy)
        ++counters.busy;
    else
        ++counters.ledgerUnavailable;
    pending->finish(fail(found.error().wrapped(
        QStringLiteral("source twin %1").arg(pending->claim.sender.twin.value()))));
}

Session::Session(Identity identity, TwinId twin, Ledger *ledger, Router *router, const Clock *clock,
    SessionConfig config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(
          std::move(identity), twin, ledger, router, clock, std::move(config)))
{
}

Session::~Session() = default;

Result<> Session::start()
{
    return synchronised() ? d->openGuard() : Result<> {};
}

Task<void> Session::stop()
{
    auto stopping = d->verifier.stop();
    co_await std::move(stopping);
    auto finishing = d->scope.finish();
    co_await std::move(finishing);
    d->guard.close();
    d->guardOpen = false;
}

const Identity &Session::identity() const
{
    return d->identity;
}

TwinId Session::twin() const
{
    return d->twin;
}

Router *Session::router() const
{
    return d->router;
}

const Clock *Session::clock() const
{
    return d->clock;
}

quint64 Session::time() const
{
    return d->time();
}

bool Session::synchronised() const
{
    return !d->config.synchronised || d->config.synchronised();
}

TwinDirectory &Session::twins()
{
    return d->twins;
}

SenderBook &Session::senders()
{
    return d->senders;
}

BusCounters &Session::counters()
{
    return d->counters;
}

const BusCounters &Session::counters() const
{
    if (d->router)
        d->counters.callsTurnedAway = d->router->turnedAway();
    return d->counters;
}

void Session::vouch(Claim claim, QObject *context, Vouched then)
{
    auto pending = std::make_shared<Private::Pending>();
    pending->claim = std::move(claim);
    pending->context = context;
    pending->then = std::move(then);
    const Claim &known = pending->claim;
    if (const auto screened = d->screen(known); !screened) {
        pending->finish(fail(screened.error()));
        return;
    }
    auto place = d->arrivals.enter(known.sender.twin, known.bytes);
    if (!place) {
        ++d->counters.busy;
        pending->finish(fail(place.error()));
        return;
    }
    pending->place = std::move(*place);
    if (const Twin *twin = d->twins.known(known.sender.twin)) {
        pending->twin = *twin;
        d->check(pending);
    } else {
        d->scope.spawn(d->findTwin(std::move(pending)));
    }
}

Task<Result<Twin>> Session::vouched(Claim claim)
{
    auto raced = std::make_shared<zos::detail::Raced<Twin>>();
    Vouched then = [raced](Result<Twin> outcome) {
        raced->value.emplace(std::move(outcome));
        raced->gate.openInPlace(); // the event loop called us
    };
    vouch(std::move(claim), this, std::move(then));
    if (!raced->value)
        co_await raced->gate.opened();
    co_return std::move(*raced->value);
}

Result<EndToEnd> Session::endToEnd(const Twin &twin)
{
    if (twin.pk.isEmpty())
        return fail(ErrorCode::NotFound,
            QStringLiteral("twin %1 has no public key for encryption").arg(twin.id.value()));
    if (const auto *kept = d->keys.object(twin.id); kept && kept->pk == twin.pk)
        return kept->key;
    auto key = EndToEnd::between(d->identity, twin.pk);
    if (!key)
        return fail(key.error().wrapped(QStringLiteral("twin %1").arg(twin.id.value())));
    d->keys.insert(twin.id, new Private::SharedKey { twin.pk, *key });
    return key;
}

Task<void> Session::Private::findOwnTwin()
{
    auto lookup = twins.twin(twin);
    const auto found = co_await std::move(lookup);
    if (found)
        keyPublished = found->pk == publicKey;
}

bool Session::keyIsPublished()
{
    if (const Twin *own = d->twins.known(d->twin))
        d->keyPublished = own->pk == d->publicKey;
    else
        d->scope.spawn(d->findOwnTwin());
    return d->keyPublished;
}

Result<Quota::Place> Session::enter(TwinId twin, qsizetype bytes)
{
    auto place = d->quota.enter(twin, bytes);
    if (!place)
        ++d->counters.busy;
    return place;
}

Result<Quota::Place> Session::hold(TwinId twin, qsizetype bytes)
{
    auto place = d->quota.hold(twin, bytes);
    if (!place)
        ++d->counters.busy;
    return place;
}

bool Session::mayRefuse(TwinId twin)
{
    const bool may = d->refusals.enter(twin, 0).has_value();
    d->counters.errorAnswersSpared += may ? 0 : 1;
    return may;
}

void Session::logRefusal(
    TwinId twin, const QString &command, const QString &requestId, const QString &why)
{
    if (const auto more = d->refusalLog.turn())
        qCInfo(lcRmb).noquote() << "refused" << quoted(command) << quoted(requestId) << "of twin"
                                << twin.value() << "-" << QString(quoted(why) + *more);
}

Task<Answer> Session::serve(Call call, std::chrono::milliseconds lifetime, CancelToken over)
{
    QElapsedTimer timer;
    timer.start();
    const QString command = call.command;
    const QString id = call.requestId;
    const TwinId caller = call.twin;
    const CancelToken cancel = call.cancel;
    const std::function<void()> stop = [cancel] { cancel.cancel(); };
    QObject context;
    over.onCancel(&context, stop);
    auto work = d->router->route(std::move(call), lifetime);
    auto raced = untilCancelled(std::move(work), over);
    auto answer = co_await std::move(raced);
    qCDebug(lcRmb).noquote() << quoted(command) << quoted(id) << "of twin" << caller.value()
                             << "took" << timer.elapsed() << "ms:"
                             << (answer ? QStringLiteral("%1 bytes").arg(answer->size())
                                        : answer.error().what);
    co_return answer;
}

Error answerTooLarge(qsizetype size)
{
    return { ErrorCode::Limit,
        QStringLiteral("answer of %1 bytes exceeds %2").arg(size).arg(kMaxAnswer) };
}

Error peerError(const QString &text)
{
    ErrorCode code = ErrorCode::Denied;
    if (text.contains(u"not found"))
        code = ErrorCode::NotFound;
    else if (text == u"node is busy" || text.contains(u"try again later"))
        code = ErrorCode::Busy;
    else if (text.contains(u"did not finish within"))
        code = ErrorCode::Timeout;
    return { code, text };
}

} // namespace zos::rmb

// SPDX-License-Identifier: Apache-2.0
#include "app/node/kycverification.h"

#include "core/base/json.h"
#include "core/base/logging.h"

#include <QHash>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTimer>
#include <QUrlQuery>

namespace zos::app {

namespace {

using namespace std::chrono_literals;

constexpr auto kYesFor = 24h;
constexpr auto kNoFor = 1min;
constexpr qint64 kLargestAnswer = 64 << 10;
constexpr int kMostRedirects = 3;
constexpr qsizetype kMostKnown = 10'000;

Result<bool> judge(int status, const QByteArray &body)
{
    if (status != 200)
        return fail(ErrorCode::Unavailable, QStringLiteral("the service answered %1").arg(status));
    const auto json = Json::parse(body);
    const auto *result = json ? json->find(u"result") : nullptr;
    const auto *text = result ? result->find(u"status") : nullptr;
    if (!text || !text->isString())
        return fail(ErrorCode::Unavailable, QStringLiteral("the service's answer makes no sense"));
    return text->string() == u"VERIFIED";
}

} // namespace

struct KycVerification::State
{
    struct Known
    {
        bool verified = false;
        std::chrono::milliseconds until {}; // of the monotonic clock
    };
    struct Flight
    {
        zos::detail::Gate done;
        Result<bool> outcome = false;
    };

    State(QUrl url, const Clock *time)
        : base(std::move(url))
        , clock(time)
    {
    }

    void remember(TwinId twin, bool verified)
    {
        const auto now = clock->monotonic();
        if (known.size() >= kMostKnown)
            known.removeIf([now](const std::pair<const TwinId &, Known &> &entry) {
                return entry.second.until <= now;
            });
        if (known.size() >= kMostKnown)
            known.clear();
        const std::chrono::milliseconds time = verified ? std::chrono::minutes(kYesFor) : kNoFor;
        known.insert(twin, { verified, now + time });
    }

    QUrl base;
    const Clock *clock;
    std::chrono::milliseconds patience = 5s;
    QNetworkAccessManager network;
    QHash<TwinId, Known> known;
    QHash<TwinId, std::shared_ptr<Flight>> flights;
    CancelToken closing;
};

namespace {

struct Transfer
{
    std::unique_ptr<QNetworkReply> reply;
    QByteArray body;
    zos::detail::Gate done;
    bool tooLarge = false;

    void take()
    {
        body += reply->read(kLargestAnswer + 1 - body.size());
        if (body.size() > kLargestAnswer && !tooLarge) {
            tooLarge = true;
            reply->abort();
        }
    }
};

Task<Result<bool>> ask(QNetworkAccessManager *network, QUrl url, std::chrono::milliseconds patience,
    CancelToken closing)
{
    QNetworkRequest request(url);
    request.setAttribute(
        QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::NoLessSafeRedirectPolicy);
    request.setMaximumRedirectsAllowed(kMostRedirects);
    request.setAttribute(
        QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setRawHeader("User-Agent", "zos/" ZOS_VERSION);
    request.setRawHeader("Accept-Encoding", "identity"); // what is counted is what is kept
    const auto transfer = std::make_unique<Transfer>();
    auto *shared = transfer.get();
    shared->reply.reset(network->get(request));
    auto *reply = shared->reply.get();
    reply->setReadBufferSize(kLargestAnswer);
    QObject::connect(reply, &QNetworkReply::readyRead, reply, [shared] { shared->take(); });
    QObject::connect(reply, &QNetworkReply::finished, reply, [shared] { shared->done.open(); });
    QTimer::singleShot(patience, reply, [reply] { reply->abort(); });
    closing.onCancel(reply, [reply] { reply->abort(); });
    co_await shared->done.opened();
    if (closing.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("the node is shutting down"));
    if (!shared->tooLarge && reply->error() != QNetworkReply::OperationCanceledError)
        shared->take();
    if (shared->tooLarge)
        co_return fail(ErrorCode::Unavailable, QStringLiteral("the service's answer is too large"));
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (reply->error() != QNetworkReply::NoError)
        co_return fail(ErrorCode::Unavailable, reply->errorString().left(200));
    co_return judge(status, shared->body);
}

} // namespace

KycVerification::KycVerification(QUrl base, const Clock *clock)
    : m_state(std::make_shared<State>(std::move(base), clock))
{
}

KycVerification::~KycVerification()
{
    m_state->closing.cancel();
}

void KycVerification::setPatience(std::chrono::milliseconds patience)
{
    m_state->patience = patience;
}

Task<Result<bool>> KycVerification::isVerified(TwinId twin)
{
    const auto state = m_state; // outlives this object while a request is on its way
    const auto known = state->known.constFind(twin);
    if (known != state->known.cend() && state->clock->monotonic() < known->until)
        co_return known->verified;
    if (const auto flight = state->flights.value(twin)) {
        co_await flight->done.opened();
        co_return flight->outcome;
    }
    const auto flight = std::make_shared<State::Flight>();
    state->flights.insert(twin, flight);
    QUrl url = state->base;
    url.setPath(url.path() + QStringLiteral("/api/v1/status"));
    QUrlQuery query;
    query.addQueryItem(QStringLiteral("twin_id"), twin.text());
    url.setQuery(query);
    flight->outcome = co_await ask(&state->network, url, state->patience, state->closing);
    state->flights.remove(twin);
    if (flight->outcome) {
        state->remember(twin, *flight->outcome);
    } else {
        qCWarning(lcNode).noquote() << "verification of twin" << twin.text()
                                    << "cannot be asked:" << flight->outcome.error().what;
        // A person does not become unknown because a service is down.
        if (state->known.value(twin).verified)
            flight->outcome = true;
    }
    flight->done.open();
    co_return flight->outcome;
}

} // namespace zos::app

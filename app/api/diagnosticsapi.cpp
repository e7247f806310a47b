// SPDX-License-Identifier: Apache-2.0
#include "app/api/handlers.h"
#include "app/api/payload.h"
#include "core/health/selftests.h"

#include <QDateTime>
#include <QTimeZone>

namespace zos::app::api {

namespace {

constexpr std::chrono::seconds kPatience { 3 };

// What a part of the node has to say of itself, asked by a question every user of it asks.
struct Module
{
    QString name; // as clients know it
    Task<Result<>> asked;
};

Result<> outcomeOf(const auto &answer)
{
    return answer ? Result<>() : Result<>(fail(answer.error()));
}

Task<Result<>> askStorage(ApiParts parts)
{
    const auto answer = co_await parts.volumes->list();
    co_return outcomeOf(answer);
}

Task<Result<>> askNode(ApiParts parts)
{
    const auto answer = co_await parts.inventory->load();
    co_return outcomeOf(answer);
}

Task<Result<>> askMachines(ApiParts parts)
{
    const auto answer = co_await parts.machines->list();
    co_return outcomeOf(answer);
}

Task<Result<>> askImages(ApiParts parts)
{
    const auto answer = co_await parts.images->mounted();
    co_return outcomeOf(answer);
}

Task<Result<>> askNetworks(ApiParts parts)
{
    const auto answer = co_await parts.networks->list();
    co_return outcomeOf(answer);
}

Task<Result<>> askLedger(ApiParts parts)
{
    const auto answer = co_await parts.ledger->head();
    co_return outcomeOf(answer);
}

// Every step has its deadline; a job that has been at work for this long is stuck between them.
constexpr std::chrono::minutes kLongestJob { 60 };

Task<Result<>> askEngine(ApiParts parts)
{
    if (const auto longest = parts.engine->longestJob(); longest > kLongestJob)
        co_return fail(ErrorCode::Timeout,
            QStringLiteral("a job has been at work for %1 minutes")
                .arg(std::chrono::floor<std::chrono::minutes>(longest).count()));
    co_return {};
}

void writeModule(
    JsonWriter &json, const Module &module, const Result<> &outcome, const QString &time, bool busy)
{
    json.key(module.name).object().key(u"status").object();
    json.key(u"objects").array().object();
    json.key(u"Name").string(module.name).key(u"Version").string(QStringLiteral(ZOS_VERSION));
    json.end().end();
    json.key(u"workers").array().object();
    json.key(u"state").string(busy ? QStringLiteral("busy") : QStringLiteral("free"));
    json.key(u"time").string(time).key(u"action").string({});
    json.end().end().end();
    // Readers take any value here for a broken node: only a broken part may write one.
    if (!outcome)
        json.key(u"error").string(outcome.error().what);
    json.end();
}

} // namespace

// The node's own parts under the names that clients know.
Task<Answer> diagnostics(ApiParts parts, Call)
{
    // All are asked at once; they run while the answers are awaited one by one.
    std::vector<Module> modules;
    const auto ask = [&modules](const char *name, Task<Result<>> question) {
        modules.push_back({ QString::fromLatin1(name),
            withDeadline(std::move(question), kPatience, QStringLiteral("the answer")) });
    };
    ask("storage", askStorage(parts));
    ask("node", askNode(parts));
    ask("identityd", askLedger(parts));
    ask("vmd", askMachines(parts));
    ask("flist", askImages(parts));
    ask("network", askNetworks(parts));
    ask("provision", askEngine(parts));
    const auto time = QDateTime::fromSecsSinceEpoch(parts.clock->seconds().count(), QTimeZone::UTC)
                          .toString(Qt::ISODate);
    bool allAnswer = true;
    JsonWriter list;
    list.object();
    for (auto &module : modules) {
        const auto outcome = co_await std::move(module.asked);
        allAnswer = allAnswer && outcome.has_value();
        const bool busy = module.name == u"provision" && parts.engine->pendingSteps() > 0;
        writeModule(list, module, outcome, time, busy);
    }
    list.end();
    const auto *check
        = parts.selfTests ? parts.selfTests->find(QStringLiteral("healthcheck")) : nullptr;
    JsonWriter json;
    json.object().key(u"system_status_ok").boolean(allAnswer);
    json.key(u"healthy").boolean(check && check->troubles.isEmpty());
    json.key(u"modules").raw(list.text()).end();
    co_return json.text();
}

} // namespace zos::app::api

// SPDX-License-Identifier: Apache-2.0
#include "app/api/handlers.h"
#include "app/api/payload.h"

#include <algorithm>

namespace zos::app::api {

namespace {

constexpr qsizetype kLargestPage = 1 << 20; // bytes of history in one answer
constexpr quint64 kMostEntries = 500;
constexpr quint64 kLargestTail = 256 * 1024;
constexpr quint64 kUsualTail = 64 * 1024;

} // namespace

Task<Answer> deploy(ApiParts parts, Call call)
{
    const auto outcome = co_await parts.engine->deploy(call.twin, call.payload, call.cancel);
    if (!outcome)
        co_return fail(outcome.error());
    co_return "null";
}

Task<Answer> update(ApiParts parts, Call call)
{
    const auto outcome = co_await parts.engine->update(call.twin, call.payload, call.cancel);
    if (!outcome)
        co_return fail(outcome.error());
    co_return "null";
}

Task<Answer> rehearse(ApiParts parts, Call call)
{
    const auto found = co_await parts.engine->rehearse(call.twin, call.payload);
    if (!found)
        co_return fail(found.error());
    JsonWriter json;
    json.object().key(u"fits").boolean(found->refusal.isEmpty());
    json.key(u"refusal").string(found->refusal).key(u"limit");
    if (const auto &limit = found->limit) {
        json.object().key(u"resource").string(limit->resource);
        json.key(u"workload").string(limit->workload).key(u"asked").number(limit->asked);
        json.key(u"available").number(limit->available).end();
    } else {
        json.null();
    }
    json.key(u"hash").string(found->hash).key(u"workloads").array();
    for (const auto &part : found->parts) {
        json.object().key(u"name").string(part.name).key(u"type").string(part.type);
        json.key(u"capacity");
        writeCapacity(json, part.capacity);
        json.key(u"pool").string(part.pool).end();
    }
    co_return json.end().end().text();
}

Task<Answer> get(ApiParts parts, Call call)
{
    const auto contract = contractIdOf(call);
    if (!contract)
        co_return fail(contract.error());
    co_return parts.engine->get(call.twin, *contract);
}

Task<Answer> list(ApiParts parts, Call call)
{
    co_return parts.engine->list(call.twin);
}

Task<Answer> changes(ApiParts parts, Call call)
{
    const auto contract = contractIdOf(call);
    if (!contract)
        co_return fail(contract.error());
    co_return parts.engine->changes(call.twin, *contract);
}

Task<Answer> status(ApiParts parts, Call call)
{
    const auto contract = contractIdOf(call);
    if (!contract)
        co_return fail(contract.error());
    const auto found = parts.engine->progress(call.twin, *contract);
    if (!found)
        co_return fail(found.error());
    JsonWriter json;
    const auto maybe = [&json](QStringView key, std::optional<qint64> value) {
        json.key(key);
        if (value)
            json.signedNumber(*value);
        else
            json.null();
    };
    json.object().key(u"contract_id").number(contract->value());
    maybe(u"queue_position", found->queue);
    json.key(u"contract").object().key(u"state").string(found->contract.state);
    maybe(u"seen_at",
        found->contract.seenAt > 0 ? std::optional(found->contract.seenAt) : std::nullopt);
    json.end().key(u"ending").boolean(found->ending).key(u"step").string(found->step);
    json.key(u"retries").signedNumber(found->retries);
    maybe(u"next_retry", found->nextRetry);
    json.key(u"workloads").array();
    for (const auto &part : found->parts) {
        json.object().key(u"name").string(part.name).key(u"type").string(part.type);
        json.key(u"state").string(stateName(part.result.state));
        json.key(u"message").string(part.result.message).key(u"step").string(part.step);
        maybe(u"since_ms", part.since);
        json.end();
    }
    co_return json.end().end().text();
}

Task<Answer> history(ApiParts parts, Call call)
{
    const auto json = objectOf(call);
    const auto contract = contractIdOf(call);
    if (!contract)
        co_return fail(contract.error());
    const auto after = numberMember(*json, u"after", 0);
    if (!after)
        co_return fail(after.error());
    const auto limit = numberMember(*json, u"limit", kMostEntries);
    if (!limit)
        co_return fail(limit.error());
    const auto entries = co_await parts.engine->history(call.twin, *contract);
    if (!entries)
        co_return fail(entries.error());
    JsonWriter page;
    page.array();
    quint64 count = 0;
    for (const auto &entry : *entries) {
        if (entry.seq <= *after)
            continue;
        if (++count > std::min(*limit, kMostEntries) || page.text().size() > kLargestPage)
            break;
        page.object().key(u"seq").number(entry.seq);
        page.key(u"workload").raw(entry.workload.toJson()).end();
    }
    co_return page.end().text();
}

Task<Answer> timeline(ApiParts parts, Call call)
{
    const auto contract = contractIdOf(call);
    if (!contract)
        co_return fail(contract.error());
    const auto entries = co_await parts.engine->timeline(call.twin, *contract);
    if (!entries)
        co_return fail(entries.error());
    JsonWriter json;
    json.object().key(u"contract_id").number(contract->value()).key(u"steps").array();
    for (const auto &entry : *entries) {
        json.object().key(u"seq").number(entry.seq).key(u"workload").string(entry.workload);
        json.key(u"wanted").string(entry.wanted).key(u"step").string(entry.step);
        json.key(u"start_ms").signedNumber(entry.startMs).key(u"end_ms");
        if (entry.endMs)
            json.signedNumber(*entry.endMs);
        else
            json.null();
        json.key(u"error").string(entry.error).end();
    }
    co_return json.end().end().text();
}

Task<Answer> logs(ApiParts parts, Call call)
{
    const auto json = objectOf(call);
    const auto contract = contractIdOf(call);
    if (!contract)
        co_return fail(contract.error());
    const auto name = stringMember(*json, u"workload");
    if (!name)
        co_return fail(name.error());
    const auto tail = numberMember(*json, u"tail", kUsualTail);
    if (!tail)
        co_return fail(tail.error());
    const auto deployment = parts.engine->deployment(call.twin, *contract);
    if (!deployment)
        co_return fail(deployment.error());
    const auto *workload = deployment->find(*name);
    if (!workload)
        co_return fail(
            ErrorCode::NotFound, QStringLiteral("workload '%1' not found").arg(name->left(64)));
    if (workload->type != u"zmachine" && workload->type != u"zmachine-light")
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("workload '%1' is no machine").arg(*name));
    // One byte more tells whether there was more.
    const auto most = static_cast<int>(std::min(*tail, kLargestTail - 1));
    const auto id = workloadId(call.twin, *contract, *name);
    auto text = co_await parts.machines->consoleLog(id, most + 1);
    if (!text)
        co_return fail(text.error());
    const bool truncated = text->size() > most;
    auto shown = text->right(most);
    // Not from the middle of a character on.
    qsizetype cut = 0;
    while (
        truncated && cut < std::min<qsizetype>(3, shown.size()) && (shown.at(cut) & 0xc0) == 0x80)
        ++cut;
    JsonWriter answer;
    answer.object().key(u"text").string(QString::fromUtf8(shown.sliced(cut)));
    answer.key(u"truncated").boolean(truncated).end();
    co_return answer.text();
}

Task<Answer> refuseDeletion(ApiParts, Call)
{
    co_return fail(ErrorCode::Denied,
        QStringLiteral("deletion over the api is disabled, please cancel your contract instead"));
}

} // namespace zos::app::api

// SPDX-License-Identifier: Apache-2.0
#include "app/api/payload.h"

namespace zos::app {

namespace {

Result<Json> memberOf(const rmb::Call &call, QStringView name)
{
    const auto json = Json::parse(call.payload);
    if (!json)
        return fail(json.error());
    const auto *member = json->isObject() ? json->find(name) : nullptr;
    if (!member)
        return fail(
            ErrorCode::Invalid, QStringLiteral("the payload needs the member \"%1\"").arg(name));
    return *member;
}

Task<rmb::Answer> answerAtOnce(
    std::function<rmb::Answer(const rmb::Call &)> handler, rmb::Call call)
{
    co_return handler(call);
}

} // namespace

Result<ContractId> contractIdOf(const rmb::Call &call)
{
    const auto member = memberOf(call, u"contract_id");
    if (!member)
        return fail(member.error());
    const auto id = member->toUnsigned();
    if (!id)
        return fail(ErrorCode::Invalid, QStringLiteral("contract_id must be a positive integer"));
    return ContractId(*id);
}

Result<QString> stringMember(const rmb::Call &call, QStringView name)
{
    const auto member = memberOf(call, name);
    if (!member)
        return fail(member.error());
    if (!member->isString())
        return fail(ErrorCode::Invalid, QStringLiteral("%1 must be a string").arg(name));
    return member->string();
}

rmb::Handler immediate(std::function<rmb::Answer(const rmb::Call &)> handler)
{
    return [handler = std::move(handler)](
               rmb::Call call) { return answerAtOnce(handler, std::move(call)); };
}

QByteArray stringArray(const QStringList &texts)
{
    JsonWriter json;
    json.array();
    for (const auto &text : texts)
        json.string(text);
    json.end();
    return json.text();
}

} // namespace zos::app

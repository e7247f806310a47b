// SPDX-License-Identifier: Apache-2.0
#include "app/api/payload.h"

namespace zos::app {

namespace {

Result<Json> memberOf(const Json &object, QStringView name)
{
    const auto *member = object.find(name);
    if (!member)
        return fail(
            ErrorCode::Invalid, QStringLiteral("the payload needs the member \"%1\"").arg(name));
    return *member;
}

Result<ContractId> contractIn(const Json &object)
{
    const auto member = memberOf(object, u"contract_id");
    if (!member)
        return fail(member.error());
    const auto id = member->toUnsigned();
    if (!id)
        return fail(ErrorCode::Invalid, QStringLiteral("contract_id must be a positive integer"));
    return ContractId(*id);
}

} // namespace

Result<Json> objectOf(const rmb::Call &call)
{
    auto json = Json::parse(call.payload);
    if (!json)
        return fail(json.error());
    if (!json->isObject())
        return fail(ErrorCode::Invalid, QStringLiteral("the payload must be a JSON object"));
    return json;
}

Result<ContractId> contractIdOf(const rmb::Call &call)
{
    return objectOf(call).and_then(contractIn);
}

Result<QString> stringMember(const rmb::Call &call, QStringView name)
{
    return objectOf(call).and_then([name](const Json &json) { return stringMember(json, name); });
}

Result<QString> stringMember(const Json &object, QStringView name)
{
    const auto member = memberOf(object, name);
    if (!member)
        return fail(member.error());
    if (!member->isString())
        return fail(ErrorCode::Invalid, QStringLiteral("%1 must be a string").arg(name));
    return member->string();
}

Result<quint64> numberMember(const Json &object, QStringView name, quint64 otherwise, quint64 most)
{
    const auto *member = object.find(name);
    if (!member || member->isNull())
        return otherwise;
    const auto value = member->toUnsigned(most);
    if (!value)
        return fail(ErrorCode::Invalid,
            QStringLiteral("%1 must be a whole number up to %2").arg(name).arg(most));
    return *value;
}

Result<bool> flagMember(const Json &object, QStringView name)
{
    const auto *member = object.find(name);
    if (!member || member->isNull())
        return false;
    if (member->kind() != Json::Kind::Bool)
        return fail(ErrorCode::Invalid, QStringLiteral("%1 must be true or false").arg(name));
    return member->boolean();
}

void writeCapacity(JsonWriter &json, const Capacity &capacity)
{
    json.object();
    json.key(u"cru").number(capacity.cru);
    json.key(u"sru").number(capacity.sru.count());
    json.key(u"hru").number(capacity.hru.count());
    json.key(u"mru").number(capacity.mru.count());
    json.key(u"ipv4u").number(capacity.ipv4u);
    json.end();
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

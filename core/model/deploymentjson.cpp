// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/fields.h"
#include "core/model/timestamp.h"

namespace zos {

namespace {

Result<> readTwin(const Json &json, TwinId &twin)
{
    quint32 value = twin.value();
    auto done = JsonFields::read(json, value);
    twin = TwinId(value);
    return done;
}

Result<> readRequest(const Json &json, SignatureRequest &request)
{
    return JsonFields(json)
        .object(u"twin_id", request.twin, readTwin)
        .flag(u"required", request.required)
        .number(u"weight", request.weight)
        .finish();
}

Result<> readSignature(const Json &json, DeploymentSignature &signature)
{
    return JsonFields(json)
        .object(u"twin_id", signature.twin, readTwin)
        .text(u"signature", signature.signature)
        .text(u"signature_type", signature.type)
        .finish();
}

Result<> readRequirement(const Json &json, SignatureRequirement &requirement)
{
    return JsonFields(json)
        .list(u"requests", requirement.requests, limits::signatureRequests, readRequest)
        .number(u"weight_required", requirement.weightRequired)
        .list(u"signatures", requirement.signatures, limits::signatures, readSignature)
        .text(u"signature_style", requirement.style)
        .finish();
}

// Data that cannot be decoded is an error of its own, told when its turn comes.
Result<> readWorkload(const Json &json, Workload &workload, std::optional<Error> &trouble)
{
    const Json *data = nullptr;
    auto read = JsonFields(json)
                    .number(u"version", workload.version)
                    .text(u"name", workload.name)
                    .text(u"type", workload.type)
                    .text(u"metadata", workload.metadata)
                    .text(u"description", workload.description)
                    .each(u"data",
                        [&](const Json &value) -> Result<> {
                            data = &value;
                            return {};
                        })
                    // Only the node knows it.
                    .each(u"result", [](const Json &) { return Result<>(); })
                    .others(workload.unknown)
                    .finish();
    if (!read)
        return read;
    const Json missing;
    auto decoded = decodeWorkloadData(workload.type, data ? *data : missing);
    if (!decoded) {
        trouble = decoded.error();
        return {};
    }
    workload.data = data->raw();
    workload.decoded = std::move(*decoded);
    return {};
}

// Like JsonFields::list, but errors of a workload's data are known texts that stay as they are.
Result<> readWorkloads(
    const Json &json, QList<Workload> &workloads, QMap<qsizetype, Error> &undecodable)
{
    workloads.clear();
    if (!json.isArray() && !json.isNull())
        return fail(ErrorCode::Invalid, QStringLiteral("workloads: expected a list"));
    if (json.items().size() > limits::workloads) {
        return fail(ErrorCode::Limit,
            QStringLiteral("%1 workloads exceed the limit of %2")
                .arg(json.items().size())
                .arg(limits::workloads));
    }
    for (const Json &item : json.items()) {
        Workload workload;
        std::optional<Error> trouble;
        if (auto read = readWorkload(item, workload, trouble); !read)
            return read;
        if (trouble)
            undecodable.insert(workloads.size(), *trouble);
        workloads += std::move(workload);
    }
    return {};
}

void writeRequirement(JsonWriter &json, const SignatureRequirement &requirement)
{
    json.object().key(u"requests").array();
    for (const auto &request : requirement.requests) {
        json.object()
            .key(u"twin_id")
            .number(request.twin.value())
            .key(u"required")
            .boolean(request.required);
        json.key(u"weight").number(request.weight).end();
    }
    json.end()
        .key(u"weight_required")
        .number(requirement.weightRequired)
        .key(u"signatures")
        .array();
    for (const auto &signature : requirement.signatures) {
        json.object().key(u"twin_id").number(signature.twin.value());
        json.key(u"signature").string(signature.signature);
        json.key(u"signature_type").string(signature.type).end();
    }
    json.end().key(u"signature_style").string(requirement.style).end();
}

} // namespace

QByteArray Workload::toJson() const
{
    JsonWriter json;
    json.object()
        .key(u"version")
        .number(version)
        .key(u"name")
        .string(name)
        .key(u"type")
        .string(type);
    json.key(u"data").raw(data.isEmpty() ? QByteArrayView("null") : QByteArrayView(data));
    json.key(u"metadata").string(metadata).key(u"description").string(description);
    json.key(u"result").raw(result.toJson()).members(unknown).end();
    return json.text();
}

Result<Deployment> Deployment::fromJson(QByteArrayView text)
{
    if (text.size() > limits::requestBytes) {
        return fail(ErrorCode::Limit,
            QStringLiteral("deployment of %1 bytes exceeds the limit of %2")
                .arg(text.size())
                .arg(limits::requestBytes));
    }
    const auto json = Json::parse(text);
    if (!json)
        return fail(json.error());
    return fromJson(*json);
}

Result<Deployment> Deployment::fromJson(const Json &json)
{
    if (!json.isObject())
        return fail(ErrorCode::Invalid, QStringLiteral("a deployment is a JSON object"));
    Deployment deployment;
    quint64 contract = 0;
    const Json *workloads = nullptr;
    auto read
        = JsonFields(json)
              .number(u"version", deployment.version)
              .object(u"twin_id", deployment.twin, readTwin)
              .number(u"contract_id", contract)
              .text(u"metadata", deployment.metadata)
              .text(u"description", deployment.description)
              .object(u"expiration", deployment.expiration, readTimestamp)
              .object(u"signature_requirement", deployment.signatureRequirement, readRequirement)
              .each(u"workloads",
                  [&](const Json &value) -> Result<> {
                      workloads = &value;
                      return {};
                  })
              .others(deployment.unknown)
              .finish();
    QMap<qsizetype, Error> undecodable;
    if (read && workloads)
        read = readWorkloads(*workloads, deployment.workloads, undecodable);
    if (!read)
        return fail(read.error());
    deployment.contract = ContractId(contract);
    // What is wrong before it comes first, as a whole deployment would be judged.
    if (!undecodable.isEmpty())
        return fail(deployment.validateInOrder(undecodable).error());
    return deployment;
}

QByteArray Deployment::toJson() const
{
    JsonWriter json;
    json.object().key(u"version").number(version).key(u"twin_id").number(twin.value());
    json.key(u"contract_id").number(contract.value()).key(u"metadata").string(metadata);
    json.key(u"description").string(description).key(u"expiration").signedNumber(expiration);
    json.key(u"signature_requirement");
    writeRequirement(json, signatureRequirement);
    json.key(u"workloads").array();
    for (const auto &workload : workloads)
        json.raw(workload.toJson());
    json.end().members(unknown).end();
    return json.text();
}

} // namespace zos

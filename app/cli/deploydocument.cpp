// SPDX-License-Identifier: Apache-2.0
#include "app/cli/deploydocument.h"

#include "app/cli/output.h"

#include <algorithm>

namespace zos::app {

namespace {

constexpr qsizetype kContractData = 512;

QString textOf(const Json &json, QStringView name)
{
    const auto *member = json.findExact(name);
    return member ? member->string() : QString();
}

} // namespace

Result<Deployment> completeDeployment(const QByteArray &text, TwinId owner)
{
    auto deployment = Deployment::fromJson(text);
    if (!deployment)
        return deployment;
    if (deployment->twin.value() != 0 && deployment->twin != owner) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("the deployment belongs to twin %1, you are twin %2")
                .arg(deployment->twin.text(), owner.text()));
    }
    if (deployment->workloads.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("the deployment has no workloads"));
    deployment->twin = owner;
    deployment->contract = {};
    deployment->version = 0;
    for (auto &workload : deployment->workloads)
        workload.version = 0;
    auto &requirement = deployment->signatureRequirement;
    requirement.signatures.clear();
    if (requirement.requests.isEmpty()) {
        SignatureRequest request;
        request.twin = owner;
        request.weight = 1;
        requirement.requests = { request };
        requirement.weightRequired = 1;
    }
    if (const auto valid = deployment->validate(); !valid)
        return fail(valid.error());
    return deployment;
}

void signDeployment(Deployment &deployment, const Identity &identity)
{
    const auto message
        = signedMessage(deployment.challengeHash(), deployment.signatureRequirement.style);
    DeploymentSignature signature;
    signature.twin = deployment.twin;
    signature.signature = QString::fromLatin1(identity.sign(message).toHex());
    signature.type = identity.type() == KeyType::Sr25519 ? QStringLiteral("sr25519")
                                                         : QStringLiteral("ed25519");
    deployment.signatureRequirement.signatures = { signature };
}

QString contractData(const Deployment &deployment)
{
    return deployment.metadata.toUtf8().size() <= kContractData ? deployment.metadata : QString();
}

Result<WorkloadView> workloadFrom(const Json &json)
{
    WorkloadView view;
    view.name = textOf(json, u"name");
    view.type = textOf(json, u"type");
    const auto *result = json.findExact(u"result");
    if (!result)
        return fail(ErrorCode::Protocol,
            QStringLiteral("the node's answer lacks the result of '%1'").arg(view.name));
    auto read = WorkloadResult::fromJson(*result);
    if (!read)
        return fail(read.error().wrapped(QStringLiteral("the node's answer")));
    view.result = *read;
    return view;
}

Result<DeploymentView> DeploymentView::fromJson(const Json &json)
{
    const auto *workloads = json.findExact(u"workloads");
    if (!workloads)
        return fail(ErrorCode::Protocol, QStringLiteral("the node's answer is not a deployment"));
    DeploymentView view;
    if (const auto *contract = json.findExact(u"contract_id"))
        view.contract = ContractId(contract->toUnsigned().value_or(0));
    view.metadata = textOf(json, u"metadata");
    view.description = textOf(json, u"description");
    for (const auto &item : workloads->items()) {
        auto workload = workloadFrom(item);
        if (!workload)
            return fail(workload.error());
        view.workloads += *workload;
    }
    return view;
}

Result<DeploymentView> DeploymentView::fromAnswer(const QByteArray &answer)
{
    const auto json = Json::parse(answer);
    if (!json)
        return fail(ErrorCode::Protocol,
            QStringLiteral("the node's answer is not JSON: %1").arg(json.error().what));
    return fromJson(*json);
}

bool DeploymentView::allOk() const
{
    return std::ranges::all_of(
        workloads, [](const WorkloadView &view) { return isOkay(view.result.state); });
}

bool DeploymentView::anyFailed() const
{
    return std::ranges::any_of(workloads, [](const WorkloadView &view) {
        return view.result.state == ResultState::Error || view.result.state == ResultState::Deleted;
    });
}

QString DeploymentView::stateName() const
{
    if (workloads.isEmpty())
        return QStringLiteral("empty");
    const auto first = workloads.first().result.state;
    const bool same = std::ranges::all_of(
        workloads, [first](const WorkloadView &view) { return view.result.state == first; });
    if (same)
        return zos::stateName(first);
    return anyFailed() ? QStringLiteral("error")
        : allOk()      ? QStringLiteral("ok")
                       : QStringLiteral("init");
}

QString DeploymentView::table() const
{
    Table table({ QStringLiteral("WORKLOAD"), QStringLiteral("TYPE"), QStringLiteral("STATE"),
        QStringLiteral("MESSAGE") });
    for (const auto &view : workloads)
        table.add({ view.name, view.type, zos::stateName(view.result.state), view.result.message });
    return table.text();
}

} // namespace zos::app

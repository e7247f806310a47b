// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/model/deployment.h"

namespace zos::app {

// What the user wrote, made into a request: owner, version 0 and, unless the file has its own, the
// usual requirement of one signature by the owner. Checked with the node's rules, so that most
// mistakes show before a contract exists.
Result<Deployment> completeDeployment(const QByteArray &text, TwinId owner);

// Adds the owner's signature. The contract's id is not part of what is signed.
void signDeployment(Deployment &deployment, const Identity &identity);

// The text kept with the contract: the deployment's metadata when it fits.
QString contractData(const Deployment &deployment);

// State of a workload in a node's answer.
struct WorkloadView
{
    QString name;
    QString type;
    WorkloadResult result;
};
struct DeploymentView
{
    ContractId contract;
    QString metadata;
    QString description;
    QList<WorkloadView> workloads;

    static Result<DeploymentView> fromJson(const Json &json);
    static Result<DeploymentView> fromAnswer(const QByteArray &answer);
    bool allOk() const;
    bool anyFailed() const;
    QString stateName() const; // "ok", "error", "init", or "mixed"
    QString table() const;
};
Result<WorkloadView> workloadFrom(const Json &json);

} // namespace zos::app

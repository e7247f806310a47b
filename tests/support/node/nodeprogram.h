// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/deploydocument.h"
#include "core/chain/localledger.h"
#include "rmb/direct/directpeer.h"

#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <functional>

namespace zos::testing {

// Of one call, filled in when it comes.
using LateAnswer = std::shared_ptr<std::optional<rmb::Answer>>;

// Whether it holds before the limit. Looks every 10 ms: each look is a request the node pays for,
// and it refuses those who ask without a pause.
bool lookOften(const std::function<bool()> &holds, std::chrono::milliseconds limit);

// The real program zosd with a ledger, a farm and a user who rents on it over loopback. Everything
// lies in a folder of its own.
class NodeProgram
{
public:
    // All functions that return a text return an empty one or what went wrong.
    NodeProgram();
    ~NodeProgram();
    // A member of the node's configuration besides the usual ones; before make().
    void set(const QString &name, const QJsonValue &value) { m_settings.insert(name, value); }
    // Of the program's environment; from its next start on.
    void setVariable(const QString &name, const QString &value);
    QString make();
    QString start(); // until it answers
    QString stop(); // as an upgrade does: what runs runs on
    bool isRunning() const { return m_process.state() == QProcess::Running; }
    bool waitKilled(); // false when it ended in any other way
    qint64 pid() const { return m_process.processId(); }

    // A contract and the signed request for it, not sent yet.
    Result<Deployment> order(const QByteArray &workloads);
    // The next version of it, with new workloads; the contract carries its hash already. Names of
    // workloads that are new or changed.
    Result<Deployment> nextOrder(
        const Deployment &before, const QByteArray &workloads, const QStringList &changed);
    rmb::Answer call(const QString &command, const QByteArray &payload);
    // One attempt, whatever becomes of the node meanwhile.
    LateAnswer callLater(const QString &command, const QByteArray &payload);

    // Contract, signature, request: returns when the node took it.
    Result<ContractId> deploy(const QByteArray &workloads);
    Result<app::DeploymentView> view(ContractId contract);
    // Until every workload is ok.
    QString wait(ContractId contract);
    // Sends the next version of it (nextOrder()); once it is taken, `before` is that one.
    QString update(Deployment *before, const QByteArray &workloads, const QStringList &changed);
    // What billing does on a real chain when its user has no money, and when there is some again.
    QString setGrace(ContractId contract, bool grace);
    QString cancelContract(ContractId contract);
    // Cancels and waits until the node has removed everything.
    QString cancel(ContractId contract);
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString log() const; // the end of what it said
    TwinId user() const { return m_user; }

private:
    const SystemClock m_clock;
    QTemporaryDir m_folder;
    QJsonObject m_settings;
    Identity m_identity;
    std::unique_ptr<LocalLedger> m_ledger;
    std::unique_ptr<rmb::Session> m_session;
    std::unique_ptr<rmb::DirectPeer> m_peer;
    TwinId m_user;
    TwinId m_twin;
    QProcess m_process;
};

// The workloads of the README: a private network, a disk and a machine, told apart by a number.
QByteArray networkWorkload(int number);
QByteArray diskWorkload(const QByteArray &name = "data", quint64 size = 1ULL << 30);
QByteArray machineWorkload(
    int number, const QString &image, const QByteArray &name = "vm", int address = 2);

} // namespace zos::testing

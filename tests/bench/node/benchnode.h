// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/deploydocument.h"
#include "core/chain/localledger.h"
#include "rmb/direct/directpeer.h"

#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace zos::bench {

// The real program zosd with a ledger, a farm and a user who rents on it over loopback. Everything
// lies in a folder of its own.
class BenchNode
{
public:
    // All functions that return a text return an empty one or what went wrong.
    BenchNode();
    ~BenchNode();
    // A member of the node's configuration besides the usual ones; before make().
    void set(const QString &name, const QJsonValue &value) { m_settings.insert(name, value); }
    QString make();
    QString start(); // until it answers
    QString stop(); // as an upgrade does: what runs runs on
    qint64 pid() const { return m_process.processId(); }

    // Contract, signature, request: returns when the node took it.
    Result<ContractId> deploy(const QByteArray &workloads);
    Result<app::DeploymentView> view(ContractId contract);
    // Until every workload is ok.
    QString wait(ContractId contract);
    // Cancels and waits until the node has removed everything.
    QString cancel(ContractId contract);
    QString path(const QString &name) const { return m_folder.filePath(name); }

private:
    rmb::Answer call(const QString &command, const QByteArray &payload);

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
QByteArray diskWorkload();
QByteArray machineWorkload(int number, const QString &image);

} // namespace zos::bench

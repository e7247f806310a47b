// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/options.h"
#include "core/base/clock.h"
#include "core/chain/localledger.h"
#include "core/identity/identity.h"
#include "rmb/bus/bus.h"

#include <QHostAddress>

#include <memory>

namespace zos::app {

struct ListenAddress
{
    QHostAddress address;
    quint16 port = 8051;
    // "200::1", "[200::1]:8051", "127.0.0.1:8051"
    static Result<ListenAddress> parse(const QString &text);
};

// Who the user is and the ways to ledger and nodes, opened when a command first needs them. Lives
// as long as the command; close() before it ends.
class Session
{
public:
    Session(Invocation line, const Clock *clock);
    ~Session();
    Q_DISABLE_COPY_MOVE(Session)

    const Invocation &line() const { return m_line; }
    const Clock *clock() const { return m_clock; }
    QString identityPath() const;

    Result<Identity> identity() const;
    Result<QList<QUrl>> relays() const; // of --relay
    // Opened once; `create` makes a missing one. The pointer is the session's.
    Task<Result<LocalLedger *>> ledger(bool create = false);
    Task<Result<TwinId>> twin(); // own
    NodeId node() const; // of --node, which the command needs
    ContractId contract() const; // the first argument
    // Of --node, else of the contract.
    Task<Result<NodeId>> nodeOf(ContractId contract);

    // One call to a node with the time limit of --timeout (default 20 s).
    Task<rmb::Answer> call(NodeId node, QString command, QByteArray payload);
    std::chrono::milliseconds timeout(std::chrono::seconds fallback) const;
    Task<void> close();

private:
    // For calls to that twin, through its relays when the line names none.
    Task<Result<>> openBus(TwinId node);
    Task<Result<QList<QUrl>>> relaysTowards(TwinId node);
    Task<Result<>> listen();

    Invocation m_line;
    const Clock *m_clock;
    std::unique_ptr<LocalLedger> m_ledger;
    std::unique_ptr<rmb::Bus> m_bus;
};

} // namespace zos::app

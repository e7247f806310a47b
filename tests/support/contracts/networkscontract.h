// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/networks.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/networks.h promises. Needs a machine without networks; the functions build on
// each other as little as they can, because networks are made of real things.
class NetworksContract : public QObject
{
    Q_OBJECT
protected:
    virtual Networks &networks() = 0; // started
    virtual void restart() = 0; // the node's process, on the same machine
    virtual void plugIn(const QString &tap) = 0; // a machine begins to run on it
    virtual void unplug(const QString &tap) = 0; // it ended
    virtual void stopBridge(const QString &bridge) = 0; // somebody takes it down
    virtual void loseBridge(const QString &bridge) = 0; // or removes it

    static NetworkPlan plan(quint32 twin, quint16 port, const QString &subnet = {});

private Q_SLOTS:
    void cleanup();
    void startingTwiceChangesNothing();
    void aNetworkIsMadeChangedAndRemoved();
    void takenPortsAreRefused_data();
    void takenPortsAreRefused();
    void aFailedChangeKeepsTheOldOne();
    void tapsComeAndGo();
    void namesAreChecked_data();
    void namesAreChecked();
    void aNetworkInUseIsBusy();
    void itsStateIsSeen_data();
    void itsStateIsSeen();
    void everythingIsFoundAgain();
    void callsAboutOneNetworkTakeTurns();
    void theUplinkIsDescribed();

private:
    QStringList ids();
    QString seen(const QString &id); // its state in words
};

} // namespace zos::testing

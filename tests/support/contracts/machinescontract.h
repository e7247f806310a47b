// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/machines.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/machines.h promises. Needs a machine without machines on it.
class MachinesContract : public QObject
{
    Q_OBJECT
protected:
    virtual Machines &machines() = 0; // started
    virtual void restart() = 0; // the node's process: the next machines() is another one
    virtual MachinePlan plan() const = 0; // that runs
    virtual void kill(const QString &id) = 0; // it dies by itself
    virtual void reboot(const QString &id) = 0; // its guest wants to

    static constexpr int kPatience = 60000; // ms

private Q_SLOTS:
    void cleanup();
    void itSaysWhatItRunsOn();
    void aMachineIsStartedOnce();
    void anotherDescriptionIsRefused();
    void aMachineIsPausedAndResumed();
    void aMachineStartsPaused();
    void aStoppedMachineRunsAgain();
    void aMachineIsToldOfALargerDisk();
    void aMachineGoesWithoutNews();
    void unknownOnesAreNotFound();
    void idsAreChecked_data();
    void idsAreChecked();
    void aFailedStartLeavesNothing();
    void theConsoleIsBounded();
    void aMachineThatDiesSaysSo();
    void aRebootIsReported();
    void everythingIsFoundAgain();
    void callsAboutOneMachineTakeTurns();

private:
    std::optional<MachineFacts> listed();
};

} // namespace zos::testing

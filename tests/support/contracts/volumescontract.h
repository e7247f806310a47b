// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/volumes.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/volumes.h promises. Needs at least 1 GiB in a pool of kind SSD.
class VolumesContract : public QObject
{
    Q_OBJECT
protected:
    virtual Volumes &volumes() = 0; // started
    virtual void restart() = 0; // the node's process, with the same disks

private Q_SLOTS:
    void poolsAreSound();
    void startingTwiceChangesNothing();
    void aDiskIsMadeOnce();
    void aDiskGrows();
    void aDiskIsFormattedOnce();
    void aDiskGoes();
    void aVolumeIsMadeOnce();
    void aVolumeGrows();
    void aVolumeGoes();
    void disksAndVolumesAreApart();
    void unknownOnesAreNotFound();
    void idsAreChecked_data();
    void idsAreChecked();
    void sizesAreChecked();
    void tooMuchIsALimit();
    void placesAreForetold();
    void everythingIsListed();
    void everythingIsFoundAgain();
    void callsAboutOneIdTakeTurns();

private:
    Bytes reserved();
    Bytes largestFree();
    QStringList listed();
};

} // namespace zos::testing

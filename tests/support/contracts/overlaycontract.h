// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/overlay.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/overlay.h promises.
class OverlayContract : public QObject
{
    Q_OBJECT
protected:
    virtual Overlay &overlay() = 0;
    virtual void restart() = 0; // the node's process: the next overlay() is another one
    virtual QString address() const = 0; // that it must have
    virtual QString subnet() const = 0;

private Q_SLOTS:
    void comesUpWithItsAddress();
    void startingTwiceChangesNothing();
    void isFoundAgain();
};

} // namespace zos::testing

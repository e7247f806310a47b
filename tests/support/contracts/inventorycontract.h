// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/inventory.h promises.
class InventoryContract : public QObject
{
    Q_OBJECT
protected:
    virtual Inventory &inventory() = 0;
    virtual QStringList devices() const = 0; // paths it was given

private Q_SLOTS:
    void theHostIsDescribed();
    void theLoadIsMeasured();
    void disksAreTheGivenOnes();
    void lookingChangesNothing();
};

} // namespace zos::testing

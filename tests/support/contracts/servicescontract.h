// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/services.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/services.h promises.
class ServicesContract : public QObject
{
    Q_OBJECT
protected:
    virtual Services &services() = 0;
    virtual void restart() = 0; // the node's process: the next services() is another one

private Q_SLOTS:
    void cleanup();
    void aServiceIsStartedOnce();
    void anotherSpecReplaces();
    void aServiceGoes();
    void everythingIsListed();
    void everythingIsFoundAgain();
    void specsAreChecked_data();
    void specsAreChecked();

private:
    static ServiceSpec spec(const QString &name, int seconds = 600);
    QMap<QString, ServiceState> listed();
};

} // namespace zos::testing

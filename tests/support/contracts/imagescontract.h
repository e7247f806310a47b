// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/images.h"
#include "tests/support/contracts/contract.h"

namespace zos::testing {

// What core/ports/images.h promises.
class ImagesContract : public QObject
{
    Q_OBJECT
protected:
    virtual Images &images() = 0;
    virtual void restart() = 0; // the node's process, on the same machine
    virtual QString url(int which) = 0; // of image 0 or 1, which differ
    virtual QString upper(const QString &id) = 0; // an existing directory
    virtual void cutOff(bool off) = 0; // from where images come

private Q_SLOTS:
    void cleanup();
    void aRootIsMountedOnce();
    void rootsAreApart();
    void aRootGoes();
    void idsAreChecked_data();
    void idsAreChecked();
    void errorsNameTheUrl();
    void aCachedImageIsMounted();
    void whatIsNotCachedIsNotMounted_data();
    void whatIsNotCachedIsNotMounted();
    void aCancelledMountLeavesNothing();
    void everythingIsFoundAgain();
    void callsAboutOneRootTakeTurns();

private:
    Task<Result<MachineRoot>> mount(const QString &id, int which, CancelToken token = {});
    QStringList mounted();
};

} // namespace zos::testing

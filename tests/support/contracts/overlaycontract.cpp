// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/overlaycontract.h"

#include <QSignalSpy>

namespace zos::testing {

void OverlayContract::comesUpWithItsAddress()
{
    QVERIFY(!overlay().state().running);
    QSignalSpy changed(&overlay(), &Overlay::stateChanged);
    ZOS_WORKS(overlay().start());
    const auto state = overlay().state();
    QVERIFY(state.running);
    QCOMPARE(state.address, address());
    QCOMPARE(state.subnet, subnet());
    QCOMPARE(state.trouble, QString());
    QVERIFY(!changed.isEmpty());
    for (const auto &peer : state.peers)
        QVERIFY(!peer.uri.isEmpty());
}

void OverlayContract::startingTwiceChangesNothing()
{
    ZOS_WORKS(overlay().start());
    QVERIFY(overlay().state().running);
    QCOMPARE(overlay().state().address, address());
}

void OverlayContract::isFoundAgain()
{
    restart();
    ZOS_WORKS(overlay().start());
    QVERIFY(overlay().state().running);
    QCOMPARE(overlay().state().address, address());
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// What was okay and vanishes while the node runs, without a word.
class TestEngineLookout : public QObject
{
    Q_OBJECT
private:
    static bool deployFull(Rig &rig)
    {
        return rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
                   .has_value()
            && rig.idle() && rig.later(1min);
    }
    static bool isTroubled(const Rig &rig, const QString &type)
    {
        const auto views = rig.engine->workloads();
        const auto view = std::ranges::find(views, type, &WorkloadView::type);
        return view != views.end() && view->troubled;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void whatIsThereIsLeftAlone()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        for (int look = 0; look < 5; ++look)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
        QCOMPARE(rig.count(u"networks.apply"_s), 1);
        QVERIFY(rig.count(u"volumes.disk 42-5-data"_s) >= 5);
    }

    void aMachineIsStartedAgain()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto changes = rig.changes(5);
        rig.world->machines.remove(u"42-5-vm"_s);
        QVERIFY(rig.later(10min) && rig.later(2s));
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.changes(5), changes);
    }

    // Libvirt comes back, and a machine of which there was no news is not there.
    void aNewConnectionIsAReasonToLook()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->machines.remove(u"42-5-vm"_s);
        Q_EMIT rig.machines.connectionChanged(false);
        QVERIFY(rig.later(2s));
        QVERIFY(!rig.world->machines.contains(u"42-5-vm"_s));
        Q_EMIT rig.machines.connectionChanged(true);
        QVERIFY(rig.later(1s) && rig.later(2s));
        QVERIFY(rig.world->machines.contains(u"42-5-vm"_s));
    }

    void aMachineSomebodyPausedRunsOn()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->machines[u"42-5-vm"_s].running = false;
        QVERIFY(rig.later(10min));
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle() && rig.later(10min)); // this pause is wanted
        QVERIFY(!rig.world->machines.value(u"42-5-vm"_s).running);
    }

    void aNetworkIsMadeAgainAndItsMachinesPluggedIn()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto changes = rig.changes(5);
        rig.world->networks.clear();
        rig.world->taps[rig.world->taps.firstKey()] = QString();
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        QCOMPARE(rig.changes(5), changes);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1); // it ran all the time
    }

    void aNetworkOfWhichAPartIsGoneIsMadeWhole_data()
    {
        QTest::addColumn<QString>("part");
        QTest::newRow("bridge") << u"the bridge does not exist"_s;
        QTest::newRow("bridge down") << u"the bridge is down"_s;
        QTest::newRow("machine") << u"machines are not plugged into the bridge"_s;
    }
    void aNetworkOfWhichAPartIsGoneIsMadeWhole()
    {
        QFETCH(const QString, part);
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto id = networkId(TwinId(42), u"net");
        const auto bridge = networkNames(id).bridge;
        if (part.contains(u"exist"))
            rig.world->loseBridge(bridge);
        else if (part.contains(u"down"))
            rig.world->bridgesDown.insert(bridge);
        else
            rig.world->taps[rig.world->taps.firstKey()] = QString();
        const auto taps = QStringList { rig.world->taps.firstKey() };
        QCOMPARE(testing::wait(rig.networks.state(id))->trouble(taps), part);
        QVERIFY(rig.later(10min));
        QCOMPARE(testing::wait(rig.networks.state(id))->trouble(taps), QString());
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
    }

    void aNetworkThatCannotBeMadeAgainIsTriedUntilItCan()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->networks.clear();
        rig.world->failCalls(u"networks.apply"_s, { ErrorCode::Io, u"no more room for links"_s });
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "net"), u"init"_s);
        QVERIFY(rig.result(5, "net").message.contains(u"no more room for links"));
        QVERIFY(isTroubled(rig, u"network"_s));
        rig.world->worksAgain();
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        QCOMPARE(rig.world->networks.size(), 1);
        QVERIFY(!isTroubled(rig, u"network"_s));
    }

    // An empty disk in its place would hide that the data is not there.
    void aDiskIsWaitedForAndNeverReplaced()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto disk = rig.world->volumes.take(u"disk 42-5-data"_s);
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "data"), u"init"_s);
        QVERIFY(rig.result(5, "data").message.contains(u"42-5-data"));
        QVERIFY(isTroubled(rig, u"zmount"_s));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s); // it runs on with what it has open
        QCOMPARE(rig.result(5, "vm").message, u"its disk 'data' is not there"_s);
        QVERIFY(isTroubled(rig, u"zmachine"_s));
        rig.machines.crash(u"42-5-vm"_s, u"the disk is gone"_s);
        for (int look = 0; look < 5; ++look)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.count(u"volumes.createDisk"_s), 1);
        QVERIFY(!rig.world->machines.contains(u"42-5-vm"_s));
        rig.world->volumes.insert(u"disk 42-5-data"_s, disk);
        QVERIFY(rig.later(10min) && rig.later(5min));
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
        QVERIFY(!isTroubled(rig, u"zmount"_s));
        QCOMPARE(rig.result(5, "vm").message, QString());
        QVERIFY(!isTroubled(rig, u"zmachine"_s));
        QVERIFY(rig.world->machines.contains(u"42-5-vm"_s));
        QCOMPARE(rig.count(u"volumes.createDisk"_s), 1);
    }

    // Nor is a root replaced; while its machine runs, its owner is told that it would not come
    // back.
    void aRootThatIsGoneIsTold()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto changes = rig.changes(5);
        const auto root = rig.world->volumes.take(u"volume rootfs:42-5-vm"_s);
        QVERIFY(!root.stored.path.isEmpty());
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.result(5, "vm").message.startsWith(u"its root volume is not there: "));
        QVERIFY(isTroubled(rig, u"zmachine"_s));
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.changes(5), changes);
        rig.world->failCalls(u"volumes.volume"_s, { ErrorCode::Unavailable, u"away"_s });
        QVERIFY(rig.later(10min)); // still known to be gone
        QVERIFY(isTroubled(rig, u"zmachine"_s));
        rig.world->worksAgain();
        rig.world->volumes.insert(u"volume rootfs:42-5-vm"_s, root);
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.result(5, "vm").message, QString());
        QVERIFY(!isTroubled(rig, u"zmachine"_s));
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
        QCOMPARE(rig.count(u"volumes.createVolume"_s), 1);
    }

    // Who cannot look knows nothing.
    void aLookThatFailsChangesNothing()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        for (const auto &call : { u"machines.list"_s, u"networks.list"_s, u"networks.state"_s,
                 u"volumes.disk"_s, u"volumes.volume"_s })
            rig.world->failCalls(call, { ErrorCode::Unavailable, u"away"_s });
        const auto starts = rig.world->starts;
        QVERIFY(rig.later(10min) && rig.later(10min));
        for (const auto *name : { "vm", "net", "data" })
            QCOMPARE(rig.state(5, name), u"ok"_s);
        QCOMPARE(rig.count(u"networks.apply"_s), 1);
        QCOMPARE(rig.world->starts, starts);
    }
};
ZOS_TEST(TestEngineLookout)
#include "tst_enginelookout.moc"

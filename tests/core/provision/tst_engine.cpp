// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestEngine : public QObject
{
    Q_OBJECT
private:
    // The full set deployed and running.
    static bool deployFull(Rig &rig)
    {
        return rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
                   .has_value()
            && rig.idle();
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void makesADeploymentInOrderAndRemovesItInReverse()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        for (const auto *name : { "data", "net", "vm" })
            QVERIFY2(rig.state(5, name) == u"ok", qPrintable(rig.result(5, name).message));
        const auto made = rig.world->callLog();
        const auto at = [&made](const QString &call) {
            return made.indexOf(QRegularExpression(call + u".*"_s));
        };
        QVERIFY(at(u"volumes.createDisk"_s) >= 0);
        QVERIFY(at(u"volumes.createDisk"_s) < at(u"networks.apply"_s));
        QVERIFY(at(u"networks.apply"_s) < at(u"volumes.createVolume"_s));
        QVERIFY(at(u"volumes.formatDisk"_s) < at(u"machines.run"_s));
        QVERIFY(at(u"images.mountRoot"_s) < at(u"networks.addTap"_s));
        QVERIFY(at(u"networks.addTap"_s) < at(u"machines.run"_s));
        const auto machine = Json::parse(rig.result(5, "vm").data);
        QCOMPARE(machine->find(u"id")->string(), u"42-5-vm"_s);
        QCOMPARE(machine->find(u"ip")->string(), u"10.20.2.2"_s);
        QCOMPARE(machine->find(u"console_url")->string(), QString());
        QCOMPARE(
            rig.engine->privateIps(TwinId(Rig::kTwin), u"net"_s), QStringList { u"10.20.2.2"_s });

        rig.world->clearLog();
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        const auto undone = rig.world->callLog();
        const auto gone = [&undone](const QString &call) {
            return undone.indexOf(QRegularExpression(call + u".*"_s));
        };
        QVERIFY(gone(u"machines.destroy"_s) >= 0);
        QVERIFY(gone(u"machines.destroy"_s) < gone(u"networks.remove "_s));
        QVERIFY(gone(u"networks.remove "_s) < gone(u"volumes.removeDisk"_s));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
        QCOMPARE(rig.engine->get(TwinId(Rig::kTwin), ContractId(5)).error().what,
            u"deployment not found"_s);
        QCOMPARE(rig.engine->usage().used, Capacity {});
        const auto history = testing::wait(rig.engine->history(TwinId(Rig::kTwin), ContractId(5)));
        QVERIFY(history.has_value());
        QVERIFY(std::ranges::any_of(*history, [](const LogEntry &entry) {
            return entry.workload.result.message == u"contract canceled event received";
        }));
    }

    void keepsTheSubmittedOrderAndTheVerbatimData()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto deployment = rig.get(5);
        QCOMPARE(deployment.workloads.at(0).name, u"vm"_s);
        QCOMPARE(deployment.workloads.at(1).name, u"net"_s);
        QCOMPARE(deployment.workloads.at(2).name, u"data"_s);
        QCOMPARE(deployment.challengeHex(), rig.ledger.contracts.value(ContractId(5)).hash);
    }

    void countsWhatIsUsed()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto usage = rig.engine->usage();
        QCOMPARE(usage.used.cru, 1u);
        QCOMPARE(usage.used.mru, 1_GiB);
        QCOMPARE(usage.used.sru, 1_GiB + 500_MiB);
        QCOMPARE(usage.system.mru, 2_GiB);
        QCOMPARE(usage.total.sru, 150_GiB);
        QCOMPARE(usage.deployments, 1u);
        QCOMPARE(usage.workloads, 3u);
        QCOMPARE(usage.lastDeployment, rig.clock.seconds().count());
        QCOMPARE(rig.engine->workloads().size(), 3);
    }

    void aFailureIsTerminalAndLeavesNothing()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->failCalls(u"machines.run"_s, { ErrorCode::Io, u"qemu says no"_s });
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"error"_s);
        QCOMPARE(rig.result(5, "vm").message, u"starting the machine: qemu says no"_s);
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        QVERIFY(rig.world->machines.isEmpty());
        QVERIFY(rig.world->roots.isEmpty());
        QVERIFY(rig.world->taps.isEmpty());
        QCOMPARE(rig.world->volumes.size(), 1);
        QCOMPARE(rig.engine->usage().used.mru, 0_GiB);
        QCOMPARE(rig.changes(5),
            u"vm 0 init, net 0 init, data 0 init, data 0 ok, net 0 ok, vm 0 error"_s);
    }

    void remainsOfAFailureAreRemovedLaterWhenTheyResist()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->failCalls(u"machines.run"_s, { ErrorCode::Io, u"qemu says no"_s });
        rig.world->failCalls(u"volumes.removeVolume"_s, { ErrorCode::Busy, u"device busy"_s });
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->volumes.size(), 2);
        rig.world->worksAgain();
        QVERIFY(rig.later(1min));
        QCOMPARE(rig.world->volumes.size(), 1);
        QCOMPARE(rig.state(5, "vm"), u"error"_s);
        QVERIFY(rig.memory.contents().tombstones.isEmpty());
    }

    void aMachineWithoutItsNetworkFails()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, { Rig::machine("vm", {}) }))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.result(5, "vm").message,
            u"could not get network resource subnet: network 'net' not found"_s);
    }

    void aMachineMayUseANetworkOfAnotherDeployment()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, { Rig::network() }))));
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(6, 0, { Rig::machine("vm", {}) }))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(6, "vm"), u"ok"_s);
        // The network waits for its last machine.
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->networks.size(), 1);
        rig.ledger.cancel(ContractId(6));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }

    void twoMachinesCannotShareAnAddress()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
            rig.request(5, 0, { Rig::network(), Rig::machine("a", {}), Rig::machine("b", {}) }))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "a"), u"ok"_s);
        QCOMPARE(rig.result(5, "b").message,
            u"IP 10.20.2.2 is used by another machine of this network"_s);
    }

    void aCancelOvertakesProvisioning()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(eventually([&rig] { return rig.count(u"images.mountRoot"_s) > 0; }));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
        QCOMPARE(rig.count(u"machines.run"_s), 0);
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
    }

    void aCancelInABestBlockDoesNotDelete()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.say(LedgerEvent::Kind::ContractCanceled, ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }

    void aMissedCancelIsFoundByComparing()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.contracts.remove(ContractId(5));
        QVERIFY(rig.later(1s));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.later(10min));
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }

    void aChainThatStandsStillDeletesNothing()
    {
        Rig rig;
        QVERIFY(deployFull(rig) && rig.later(1s));
        rig.ledger.contracts.remove(ContractId(5));
        const auto block = rig.ledger.block;
        for (int round = 0; round < 5; ++round) {
            QVERIFY(rig.later(10min));
            rig.ledger.block = block;
        }
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.later(10min) && rig.later(10min));
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
    }

    void allOfSeveralGoneAtOnceIsNotBelievedForADay()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(testing::wait(rig.engine->deploy(
                    TwinId(Rig::kTwin), rig.request(6, 0, { Rig::disk("more", 1 << 20) })))
            && rig.idle());
        rig.ledger.contracts.clear();
        for (int round = 0; round < 100; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.state(6, "more"), u"ok"_s);
        for (int round = 0; round < 50; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }

    // A fresh chain on which the node has registered under the same number, also after a restart.
    void aForeignChainEndsNothing()
    {
        Rig rig;
        QVERIFY(deployFull(rig) && rig.later(1s));
        QCOMPARE(rig.memory.contents().chain, rig.ledger.genesis);
        const auto ours = std::exchange(rig.ledger.genesis, QString(64, u'2'));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        for (int round = 0; round < 5; ++round)
            QVERIFY(rig.later(10min));
        rig.crash();
        QVERIFY(rig.start() && rig.idle());
        for (int round = 0; round < 5; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        rig.ledger.genesis = ours;
        QVERIFY(rig.later(10min) && rig.later(10min));
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }

    void aNodeRecordOfSomebodyElseEndsNothing()
    {
        Rig rig;
        rig.nodeTwin = TwinId(9);
        rig.ledger.nodes[NodeId(Rig::kNode)].twin = TwinId(8);
        QVERIFY(deployFull(rig));
        rig.ledger.cancel(ContractId(5));
        for (int round = 0; round < 5; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        rig.ledger.nodes[NodeId(Rig::kNode)].twin = TwinId(9);
        QVERIFY(rig.later(10min) && rig.later(10min));
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
    }

    void anotherOrSilentChainDeletesNothing()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.contracts.clear();
        rig.ledger.nodes.clear();
        for (int round = 0; round < 5; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        rig.ledger.offline = true;
        for (int round = 0; round < 5; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }

    void aRemovalIsRetriedUntilNothingIsLeft()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->failCalls(
            u"machines.destroy"_s, { ErrorCode::Unavailable, u"libvirt is away"_s });
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QVERIFY(rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QCOMPARE(rig.state(5, "vm"), u"error"_s); // it is not okay, and says why
        QCOMPARE(rig.result(5, "vm").message, u"libvirt is away"_s);
        QVERIFY(!rig.changes(5).contains(u"error")); // and not for ever
        QVERIFY(rig.world->roots.isEmpty()); // each object on its own
        QCOMPARE(rig.world->machines.size(), 1);
        rig.world->worksAgain();
        QVERIFY(rig.later(30s));
        QCOMPARE(rig.world->machines.size(), 1);
        QVERIFY(rig.later(31s));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
    }

    // Nobody told of it, or the node did not hear.
    void aMissedPauseIsFoundByComparing()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(rig.later(2s)); // the first look
        for (const bool grace : { true, false }) {
            rig.ledger.contracts[ContractId(5)].state
                = grace ? ContractState::GracePeriod : ContractState::Created;
            QVERIFY(rig.later(10min));
            QCOMPARE(rig.state(5, "vm"), grace ? u"paused"_s : u"ok"_s);
            QCOMPARE(rig.world->machines.value(u"42-5-vm"_s).running, !grace);
        }
        rig.crash(); // the same while it is down
        rig.ledger.contracts[ContractId(5)].state = ContractState::GracePeriod;
        QVERIFY(rig.start() && rig.later(1s));
        QCOMPARE(rig.state(5, "vm"), u"paused"_s);
        QVERIFY(!rig.world->machines.value(u"42-5-vm"_s).running);
    }

    void pausesInReverseOrder()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        QVERIFY2(rig.changes(5).endsWith(u"vm 0 paused, net 0 paused, data 0 paused"),
            qPrintable(rig.changes(5)));
        QStringList order;
        for (const auto &entry : rig.memory.contents().log) {
            if (entry.workload.result.state == ResultState::Paused)
                order += entry.workload.name;
        }
        QCOMPARE(order, (QStringList { u"vm"_s, u"net"_s, u"data"_s }));
    }

    // In the history once, with the reason, and not in what clients count.
    void aPauseThatFailsIsInTheHistory()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto changes = rig.changes(5);
        rig.world->failCalls(u"machines.pauseMachine"_s, { ErrorCode::Io, u"QEMU is deaf"_s });
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        for (int retry = 0; retry < 3; ++retry)
            QVERIFY(rig.later(1min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.result(5, "vm").message, u"QEMU is deaf"_s);
        QVERIFY(!rig.changes(5).contains(u"unchanged"));
        QStringList unchanged;
        for (const auto &entry : rig.memory.contents().log) {
            if (entry.workload.result.state == ResultState::Unchanged)
                unchanged += entry.workload.name + u' ' + entry.workload.result.message;
        }
        QCOMPARE(unchanged, QStringList { u"vm QEMU is deaf"_s });
        rig.world->worksAgain();
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"paused"_s);
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.result(5, "vm").message, QString());
        QCOMPARE(rig.changes(5), changes);
    }

    void graceFreezesAndItsEndThaws()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto data = rig.result(5, "vm").data;
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"paused"_s);
        QCOMPARE(rig.result(5, "vm").message, u"paused"_s);
        QCOMPARE(rig.result(5, "vm").data, data);
        QVERIFY(!rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.engine->usage().used.mru, 1_GiB);
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        // Clients count entries: the pause that is over has left no trace.
        QCOMPARE(
            rig.changes(5), u"vm 0 init, net 0 init, data 0 init, data 0 ok, net 0 ok, vm 0 ok"_s);
    }

    void aDiskGrowsByAnUpdate()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
            rig.request(5, 0, { Rig::disk("data", 1 << 30), Rig::disk("old", 1 << 20) }))));
        QVERIFY(rig.idle());
        const auto next = rig.request(
            5, 1, { Rig::disk("data", 2ULL << 30, 1), Rig::disk("more", 1 << 20, 1) });
        QVERIFY(testing::wait(rig.engine->update(TwinId(Rig::kTwin), next)));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 2_GiB);
        QVERIFY(rig.world->volumes.contains(u"disk 42-5-more"_s));
        QVERIFY(!rig.world->volumes.contains(u"disk 42-5-old"_s));
        const auto deployment = rig.get(5);
        QCOMPARE(deployment.version, 1u);
        QCOMPARE(deployment.workloads.size(), 2);
        QCOMPARE(deployment.find(u"data")->version, 1u);
        QCOMPARE(rig.state(5, "more"), u"ok"_s);
        QCOMPARE(rig.engine->usage().used.sru, 2_GiB + 1_MiB);
        const auto contents = rig.memory.contents();
        QVERIFY(contents.pending.isEmpty());
        QVERIFY(contents.tombstones.isEmpty());
        QCOMPARE(contents.deployments.first().request, next);
        QCOMPARE(rig.changes(5),
            u"data 0 init, old 0 init, data 0 ok, old 0 ok, more 1 init, old 0 deleted, data 1 ok, more 1 ok"_s);
    }

    void aFailedUpdateLeavesTheOldVersion()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        // Whether a disk shrinks is seen when the update is carried out.
        auto set = Rig::fullSet();
        set[2] = Rig::disk("data", 1ULL << 29, 1);
        QVERIFY(testing::wait(rig.engine->update(TwinId(Rig::kTwin), rig.request(5, 1, set))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 1_GiB);
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
        QCOMPARE(rig.result(5, "data").message, u"not safe to shrink a disk"_s);
        QCOMPARE(rig.get(5).find(u"data")->version, 0u);
        QVERIFY(rig.changes(5).endsWith(u"data 1 unchanged"));
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
        QCOMPARE(rig.engine->usage().used.sru, 1_GiB + 500_MiB);
    }

    void refusedUpdates_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("text");
        QTest::newRow("unknown deployment")
            << u"missing"_s << u"deployment not found: deployment does not exist"_s;
        QTest::newRow("unknown twin")
            << u"twin"_s << u"twin not found: deployment does not exist"_s;
        QTest::newRow("wrong version")
            << u"version"_s << u"expecting deployment version 1, got 3: upgrade validation error"_s;
        QTest::newRow("another image")
            << u"machine"_s
            << u"flist of machine 'vm' cannot be changed, deploy a new machine: upgrade validation error"_s;
        QTest::newRow("hash not on the chain")
            << u"hash"_s << u"contract hash does not match deployment hash"_s;
        QTest::newRow("chain away") << u"chain"_s << u"failed to get"_s;
        QTest::newRow("network in use")
            << u"network"_s
            << u"network 'net' is still used by machine 'vm': upgrade validation error"_s;
        QTest::newRow("disk in use")
            << u"mounted"_s
            << u"disk 'data' is still used by machine 'vm': upgrade validation error"_s;
        QTest::newRow("network that cannot be")
            << u"impossible"_s << u"subnet 10.20.2.0/30 must have a prefix from /16 to /29"_s;
        QTest::newRow("too large") << u"large"_s << u"not enough space left"_s;
        QTest::newRow("store full") << u"store"_s << u"the update could not be stored"_s;
    }
    void refusedUpdates()
    {
        QFETCH(QString, what);
        QFETCH(QString, text);
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto before = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        auto set = Rig::fullSet();
        QByteArray json;
        quint32 twin = Rig::kTwin;
        if (what == u"missing") {
            json = rig.request(6, 1, set);
        } else if (what == u"twin") {
            twin = Rig::kTwin + 1;
            json = rig.request(6, 1, set, twin);
        } else if (what == u"version") {
            json = rig.request(5, 3, set);
        } else if (what == u"machine") {
            set[0].replace("\"version\":0", "\"version\":1").replace("small", "large");
            json = rig.request(5, 1, set);
        } else if (what == u"network") {
            set.remove(1);
            json = rig.request(5, 1, set);
        } else if (what == u"mounted") {
            set.remove(2);
            json = rig.request(5, 1, set);
        } else if (what == u"impossible") {
            set[1] = Rig::network("net", 3011, 1).replace("10.20.2.0/24", "10.20.2.0/30");
            json = rig.request(5, 1, set);
        } else if (what == u"large") {
            set += Rig::disk("huge", 1ULL << 40, 1);
            json = rig.request(5, 1, set);
        } else {
            json = rig.request(5, 1, set);
        }
        if (what == u"hash")
            rig.ledger.contracts[ContractId(5)].hash = QString(32, u'0');
        if (what == u"chain")
            rig.ledger.offline = true;
        if (what == u"store")
            rig.store.failAll({ ErrorCode::Io, u"read-only file system"_s });
        const auto outcome = testing::wait(rig.engine->update(TwinId(twin), json));
        QVERIFY(!outcome);
        QVERIFY2(outcome.error().what.contains(text), qPrintable(outcome.error().what));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), before);
    }

    void progressIsShownWhileInit()
    {
        Rig rig;
        QVERIFY(rig.start());
        QStringList seen;
        connect(rig.engine.get(), &Engine::changed, this, [&] {
            if (rig.engine->get(TwinId(Rig::kTwin), ContractId(5)))
                seen += rig.result(5, "vm").message;
        });
        QList<ContractId> settled;
        connect(rig.engine.get(), &Engine::deploymentSettled, this,
            [&settled](ContractId contract) { settled += contract; });
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        QVERIFY(seen.contains(u"downloading image 50 %, 1 MB of 2 MB"_s));
        QCOMPARE(rig.result(5, "vm").message, QString());
        QCOMPARE(settled, QList<ContractId> { ContractId(5) });
    }

    void resourcesAreReportedOncePerChange()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(rig.ledger.reports.isEmpty());
        rig.ledger.offline = true;
        QVERIFY(rig.later(10s));
        QVERIFY(rig.ledger.reports.isEmpty());
        QCOMPARE(rig.memory.contents().reports.size(), 1);
        rig.ledger.offline = false;
        QVERIFY(rig.later(1min));
        QCOMPARE(rig.ledger.reports.size(), 1);
        const auto &report = rig.ledger.reports.first().first();
        QCOMPARE(report.contract, ContractId(5));
        QCOMPARE(report.used.sru, 1_GiB + 500_MiB);
        QCOMPARE(report.used.mru, 1_GiB);
        QVERIFY(rig.memory.contents().reports.isEmpty());
    }

    void whatAnUpdateTakesAwayIsReported()
    {
        Rig rig;
        QVERIFY(rig.start());
        const TwinId twin(Rig::kTwin);
        const auto kept = Rig::disk("kept", 1 << 20);
        QVERIFY(testing::wait(rig.engine->deploy(
                    twin, rig.request(5, 0, { kept, Rig::disk("gone", 1 << 20) })))
            && rig.idle());
        QVERIFY(rig.later(1min));
        QVERIFY(testing::wait(rig.engine->update(twin, rig.request(5, 1, { kept }))) && rig.idle());
        QCOMPARE(rig.memory.contents().reports.size(), 1);
        QVERIFY(rig.later(1min));
        QCOMPARE(rig.ledger.reports.last().first().used.sru, Bytes(1 << 20));
        QVERIFY(rig.memory.contents().reports.isEmpty());
    }

    // Its hash is the contract's: whoever reads the deployment back can check that.
    void newWordsForWhatIsUntouchedAreKept()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const TwinId twin(Rig::kTwin);
        auto set = Rig::fullSet();
        for (auto &workload : set)
            workload.replace("\"metadata\":\"\"", "\"metadata\":\"new words\"");
        const auto json = rig.request(5, 1, set);
        QCOMPARE(json.count("new words"), 3);
        const auto hash = Deployment::fromJson(json)->challengeHex();
        QVERIFY(testing::wait(rig.engine->update(twin, json)) && rig.idle());
        QCOMPARE(rig.get(5).challengeHex(), hash);
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        rig.crash();
        QVERIFY(rig.start() && rig.idle());
        QCOMPARE(rig.get(5).challengeHex(), hash);
    }

    // Also while a job is writing what it made of the workload.
    void newWordsDoNotDisturbAJob()
    {
        Rig rig;
        QVERIFY(rig.start());
        const TwinId twin(Rig::kTwin);
        QByteArrayList set { Rig::disk("data", 1 << 20) };
        rig.world->stallCalls(u"volumes.createDisk"_s);
        QVERIFY(testing::wait(rig.engine->deploy(twin, rig.request(5, 0, set))));
        set[0].replace("\"metadata\":\"\"", "\"metadata\":\"new words\"");
        const auto json = rig.request(5, 1, set);
        QVERIFY(json.contains("new words"));
        const auto hash = Deployment::fromJson(json)->challengeHex();
        QVERIFY(testing::wait(rig.engine->update(twin, json)));
        rig.world->worksAgain();
        rig.world->release();
        QVERIFY(rig.idle());
        const auto state = rig.state(5, "data");
        QCOMPARE(rig.get(5).challengeHex(), hash);
        rig.crash();
        QVERIFY(rig.start() && rig.idle());
        QCOMPARE(rig.get(5).challengeHex(), hash);
        QCOMPARE(rig.state(5, "data"), state);
        QVERIFY(state != u"init");
    }

    void repeatedSignaturesAreKeptOnce()
    {
        Rig rig;
        QVERIFY(rig.start());
        auto json = rig.request(5, 0, { Rig::disk("data", 1 << 20) });
        const auto begin = json.indexOf("{", json.indexOf("\"signatures\":["));
        const auto one = json.sliced(begin, json.indexOf("}", begin) + 1 - begin);
        json.insert(begin, one + ',' + one + ',');
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
        QCOMPARE(rig.get(5).signatureRequirement.signatures.size(), 1);
        rig.crash();
        QVERIFY(rig.start() && rig.idle());
        QCOMPARE(rig.get(5).signatureRequirement.signatures.size(), 1);
    }

    // What waits for more to go along with it does not wait for the next start.
    void whatIsNotReportedYetGoesWhenTheNodeStops()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(rig.ledger.reports.isEmpty());
        testing::wait(rig.engine->stop());
        QCOMPARE(rig.ledger.resources.value(ContractId(5)).mru, 1_GiB);
        QVERIFY(rig.memory.contents().reports.isEmpty());
    }

    void aStopWaitsForASilentChainTwoSeconds()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.silent = true;
        auto stopping = rig.engine->stop();
        QVERIFY(rig.rests(2s));
        QVERIFY(!stopping.isReady());
        rig.turn(2s);
        testing::wait(std::move(stopping));
        QCOMPARE(rig.memory.contents().reports.size(), 1); // sent after the next start
        rig.ledger.answerAll();
    }

    // Once a day: the chain bills by what it has, not by what it was sent.
    void whatTheChainHasIsComparedWithWhatIsUsed()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(rig.later(1min));
        QCOMPARE(rig.ledger.reports.size(), 1);
        const auto used = rig.ledger.resources.value(ContractId(5));
        QVERIFY(rig.later(24h) && rig.later(1min));
        QCOMPARE(rig.ledger.reports.size(), 1); // the same: nothing to say
        rig.ledger.resources.remove(ContractId(5));
        QVERIFY(rig.later(24h) && rig.later(10s));
        QCOMPARE(rig.ledger.resources.value(ContractId(5)), used);
        rig.ledger.resources[ContractId(5)].cru = 99;
        rig.ledger.offline = true;
        QVERIFY(rig.later(24h) && rig.later(1min));
        rig.ledger.goOnline();
        QVERIFY(rig.later(24h) && rig.later(10s));
        QCOMPARE(rig.ledger.resources.value(ContractId(5)), used);
        QVERIFY(rig.memory.contents().reports.isEmpty());
    }

    void oneBadContractDoesNotBlockTheOthersReports()
    {
        Rig rig;
        QVERIFY(rig.start());
        for (quint64 contract = 5; contract < 10; ++contract)
            QVERIFY(testing::wait(rig.engine->deploy(
                TwinId(Rig::kTwin), rig.request(contract, 0, { Rig::disk("data", 1 << 20) }))));
        QVERIFY(rig.idle());
        rig.ledger.badContracts.insert(ContractId(7));
        QVERIFY(rig.later(10s));
        QSet<ContractId> told;
        for (const auto &call : std::as_const(rig.ledger.reports)) {
            for (const auto &report : call)
                told += report.contract;
        }
        QCOMPARE(told.size(), 4);
        QVERIFY(rig.memory.contents().reports.isEmpty());
    }

    void stopWaitsForTheRunningStepOnly()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(eventually([&rig] { return rig.count(u"images.mountRoot"_s) > 0; }));
        testing::wait(rig.engine->stop());
        rig.engine.reset();
        QCOMPARE(rig.count(u"machines.run"_s), 0);
        QVERIFY(rig.start());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }
};
ZOS_TEST(TestEngine)
#include "tst_engine.moc"

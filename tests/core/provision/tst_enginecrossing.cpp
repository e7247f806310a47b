// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Requests, news and machines that cross each other's way.
class TestEngineCrossing : public QObject
{
    Q_OBJECT
private:
    static bool deploy(Rig &rig, quint64 contract, const QByteArrayList &workloads)
    {
        return testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(contract, 0, workloads)))
            .has_value();
    }
    static bool update(Rig &rig, quint32 version, const QByteArrayList &workloads)
    {
        return testing::wait(
            rig.engine->update(TwinId(Rig::kTwin), rig.request(5, version, workloads)))
            .has_value();
    }
    static bool deployFull(Rig &rig)
    {
        return rig.start() && deploy(rig, 5, Rig::fullSet()) && rig.idle();
    }
    static bool calls(Rig &rig, const QString &line)
    {
        return eventually([&] { return rig.count(line) > 0; });
    }
    // A disk whose growth to that many bytes hangs in the middle.
    static bool growthBegins(Rig &rig, quint64 size)
    {
        if (!rig.start() || !deploy(rig, 5, { Rig::disk("data", 1 << 20) }) || !rig.idle())
            return false;
        rig.world->stallCalls(u"volumes.growDisk"_s);
        return update(rig, 1, { Rig::disk("data", size, 1) }) && calls(rig, u"volumes.growDisk"_s);
    }
    static QByteArrayList changedSet()
    {
        return { Rig::machine("vm2", { "data" }, "10.20.2.2", 1ULL << 30, 1),
            Rig::network("net", 3012, 1), Rig::disk("data", 2ULL << 30, 1) };
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void aCancelAtAnyMomentLeavesNothing_data()
    {
        QTest::addColumn<bool>("changing");
        QTest::newRow("while it is made") << false;
        QTest::newRow("while it is changed") << true;
    }
    void aCancelAtAnyMomentLeavesNothing()
    {
        QFETCH(bool, changing);
        const auto empty = Rig().world->snapshot();
        bool happened = true;
        for (int call = 1; happened; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(changing ? deployFull(rig) : rig.start());
            happened = false;
            rig.world->atCall(call, [&] {
                happened = true;
                rig.ledger.cancel(ContractId(5));
            });
            const auto json
                = changing ? rig.request(5, 1, changedSet()) : rig.request(5, 0, Rig::fullSet());
            const auto answer
                = testing::wait(changing ? rig.engine->update(TwinId(Rig::kTwin), json)
                                         : rig.engine->deploy(TwinId(Rig::kTwin), json));
            Q_UNUSED(answer) // refused when the contract went in time
            QVERIFY(rig.idle());
            if (!happened)
                break;
            // News of a contract before its deployment is there tell nobody: two looks find it.
            QVERIFY(rig.later(1s) && rig.later(10min));
            QVERIFY2(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)),
                qPrintable(u"call %1"_s.arg(call)));
            QCOMPARE(rig.world->snapshot(), empty);
            QCOMPARE(rig.engine->usage().used, Capacity {});
            const auto contents = rig.memory.contents();
            QVERIFY(contents.deployments.isEmpty() && contents.workloads.isEmpty());
            QVERIFY(contents.tombstones.isEmpty() && contents.pending.isEmpty());
            QVERIFY(contents.reports.isEmpty());
            QVERIFY(rig.world->starts.value(u"42-5-vm"_s) <= 1);
        }
    }

    // The contract goes while the new version is being written.
    void anUpdateThatIsStoredIsNotRefused_data()
    {
        QTest::addColumn<bool>("crash");
        QTest::newRow("the node lives") << false;
        QTest::newRow("the node dies with its answer") << true;
    }
    void anUpdateThatIsStoredIsNotRefused()
    {
        QFETCH(bool, crash);
        Rig rig;
        QVERIFY(deployFull(rig) && rig.later(1s)); // the chain is known
        rig.world->stallCalls(u"store.commit"_s);
        const auto answer
            = Rig::begin(rig.engine->update(TwinId(Rig::kTwin), rig.request(5, 1, changedSet())));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() == 1; }));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(eventually(
            [&rig] { return rig.engine->progress(TwinId(Rig::kTwin), ContractId(5))->ending; }));
        rig.world->goOn();
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY2((**answer), (**answer) ? "" : qPrintable((**answer).error().what));
        QCOMPARE(rig.get(5).version, 1u);
        if (crash) {
            rig.crash();
            QVERIFY(rig.start());
            QCOMPARE(rig.get(5).version, 1u);
            QVERIFY(rig.later(1s) && rig.later(10min));
        }
        QVERIFY(rig.idle());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
        QCOMPARE(rig.engine->usage().used, Capacity {});
        QVERIFY(rig.memory.contents().tombstones.isEmpty());
    }

    void anUpdateAtAnyMomentOfTheCreationIsCarriedOut()
    {
        QJsonObject expected;
        {
            Rig rig;
            QVERIFY(deployFull(rig) && update(rig, 1, changedSet()) && rig.idle());
            expected = rig.world->snapshot();
        }
        bool happened = true;
        for (int call = 2; happened; ++call) {
            QVERIFY(call < 100);
            Rig::Answer answer; // outlives the rig: its end makes calls as well
            Rig rig;
            QVERIFY(rig.start());
            happened = false;
            const auto first = rig.request(5, 0, Rig::fullSet());
            rig.world->atCall(call, [&] {
                happened = true;
                answer = Rig::begin(
                    rig.engine->update(TwinId(Rig::kTwin), rig.request(5, 1, changedSet())));
            });
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), first)));
            QVERIFY(rig.idle());
            if (!happened)
                break;
            QVERIFY(eventually([&] { return answer->has_value(); }));
            QVERIFY2(**answer, **answer ? "" : qPrintable((**answer).error().what));
            QVERIFY(rig.idle());
            QCOMPARE(rig.world->snapshot(), expected);
            QCOMPARE(rig.get(5).version, 1u);
            for (const auto *name : { "vm2", "net", "data" }) {
                QCOMPARE(rig.state(5, name), u"ok"_s);
                QCOMPARE(rig.get(5).find(QString::fromLatin1(name))->version, 1u);
            }
            QCOMPARE(rig.engine->usage().used.sru, 2_GiB + 500_MiB);
            QVERIFY(rig.world->starts.value(u"42-5-vm"_s) <= 1);
            QCOMPARE(rig.world->starts.value(u"42-5-vm2"_s), 1);
            const auto contents = rig.memory.contents();
            QVERIFY(contents.pending.isEmpty() && contents.tombstones.isEmpty());
        }
    }

    // Accepted without the chain, changed once it is back, just before the node looks itself.
    void anUpdateSurvivesALateLookAtTheContract()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.ledger.hideContracts = true;
        QVERIFY(deploy(rig, 5, { Rig::disk("a", 1 << 20) }) && rig.idle());
        rig.ledger.hideContracts = false;
        const auto json
            = rig.request(5, 1, { Rig::disk("a", 1 << 20), Rig::disk("b", 1 << 20, 1) });
        rig.world->stallCalls(u"store.commit"_s);
        const auto answer = Rig::begin(rig.engine->update(TwinId(Rig::kTwin), json));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() == 1; }));
        rig.turn(10s);
        for (int turn = 0; turn < 100; ++turn)
            QCoreApplication::processEvents();
        rig.world->goOn();
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY((**answer).has_value());
        QVERIFY(rig.idle() && rig.later(10s));
        rig.crash();
        QVERIFY(rig.start());
        QCOMPARE(rig.get(5).version, 1u);
        QCOMPARE(rig.state(5, "a"), u"ok"_s);
        QCOMPARE(rig.state(5, "b"), u"ok"_s);
    }

    void graceAtAnyMomentOfTheCreationPauses()
    {
        bool happened = true;
        for (int call = 2; happened; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(rig.start());
            happened = false;
            const auto json = rig.request(5, 0, Rig::fullSet());
            rig.world->atCall(call, [&] {
                happened = true;
                rig.ledger.setGrace(ContractId(5), true);
            });
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)));
            QVERIFY(rig.idle());
            if (!happened)
                break;
            QCOMPARE(rig.state(5, "vm"), u"paused"_s);
            QVERIFY(!rig.world->machines.value(u"42-5-vm"_s).running);
            rig.ledger.setGrace(ContractId(5), false);
            QVERIFY(rig.idle());
            QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        }
    }

    void aChangeOfWhatFailsMeanwhileStartsItAfresh_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::newRow("and works") << false;
        QTest::newRow("and fails again") << true;
    }
    void aChangeOfWhatFailsMeanwhileStartsItAfresh()
    {
        QFETCH(bool, fails);
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"volumes.createDisk"_s);
        QVERIFY(deploy(rig, 5, { Rig::disk("data", 1 << 20) }));
        QVERIFY(calls(rig, u"volumes.createDisk"_s));
        QVERIFY(update(rig, 1, { Rig::disk("data", 2 << 20, 1) }));
        rig.world->failCalls(
            u"volumes.createDisk"_s, { ErrorCode::Io, u"bad blocks"_s }, fails ? 2 : 1);
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
        QCOMPARE(rig.state(5, "data"), fails ? u"error"_s : u"ok"_s);
        QCOMPARE(rig.changes(5),
            u"data 0 init, data 0 error, data 1 init, "_s
                + (fails ? u"data 1 error"_s : u"data 1 ok"_s));
        QVERIFY(rig.memory.contents().pending.isEmpty());
        QCOMPARE(rig.engine->usage().used.sru, fails ? 0_MiB : 2_MiB);
        // Nothing stays promised.
        QVERIFY(update(rig, 2, {}) && rig.idle());
        QVERIFY(deploy(rig, 6, { Rig::disk("all", 100ULL << 30), Rig::disk("rest", 50ULL << 30) }));
    }

    void whatAnUpdateBringsBackIsNotMistakenForWhatWent()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"volumes.createDisk"_s);
        QVERIFY(deploy(rig, 5, { Rig::disk("data", 1 << 20) }));
        QVERIFY(calls(rig, u"volumes.createDisk"_s));
        QVERIFY(update(rig, 1, {}));
        QVERIFY(update(rig, 2, { Rig::disk("data", 3 << 20, 2) }));
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
        QCOMPARE(rig.get(5).find(u"data")->version, 2u);
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 3_MiB);
        QCOMPARE(rig.engine->usage().used.sru, 3_MiB);
        QVERIFY(rig.memory.contents().tombstones.isEmpty());
    }

    // The growth goes on although nobody waits for it any more: what is recorded, counted and there
    // comes to agree, whatever its owner asks for next.
    void aGrowthThatIsGivenUpIsNotForgotten()
    {
        Rig rig;
        QVERIFY(growthBegins(rig, 60ULL << 30));
        QVERIFY(rig.runsOut(6min));
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
        QCOMPARE(rig.get(5).find(u"data")->version, 0u);
        QCOMPARE(rig.result(5, "data").message, u"growing the disk did not finish within 300 s"_s);
        QVERIFY(!deploy(rig, 6, { Rig::disk("more", 95ULL << 30) })); // its room stays its own
        QVERIFY(update(rig, 2, { Rig::disk("data", 2 << 20, 2), Rig::network("net", 3011, 2) }));
        QVERIFY(!deploy(rig, 7, { Rig::disk("more", 95ULL << 30) }));
        rig.world->goOn();
        QVERIFY(rig.idle() && rig.later(10min));
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 60_GiB);
        QCOMPARE(rig.engine->usage().used.sru, 60_GiB);
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
        QCOMPARE(rig.result(5, "data").message, u"not safe to shrink a disk"_s);
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        QCOMPARE(rig.changes(5),
            u"data 0 init, data 0 ok, net 2 init, data 1 ok, data 2 unchanged, net 2 ok"_s);
        QVERIFY(rig.memory.contents().pending.isEmpty());
    }

    // It was made, only that could not be written; whoever cannot look next time knows nothing.
    void aGrowthThatWasNotWrittenDownIsFoundAgain()
    {
        Rig rig;
        QVERIFY(growthBegins(rig, 2 << 20));
        rig.store.failAll({ ErrorCode::Io, u"no space for the store"_s });
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.get(5).find(u"data")->version, 0u);
        rig.crash();
        rig.storeWorks();
        QVERIFY(rig.start());
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
    }

    // A newer, smaller change takes the place of one that has begun, and the node goes before it
    // could say that the disk has grown: record, count and disk agree all the same.
    void aGrowthThatWasReplacedIsFoundAgain_data()
    {
        QTest::addColumn<bool>("made");
        QTest::addColumn<int>("replacements");
        for (const bool made : { true, false }) {
            QTest::addRow("replaced once, %s", made ? "made" : "not made") << made << 1;
            QTest::addRow("replaced twice, %s", made ? "made" : "not made") << made << 2;
        }
    }
    void aGrowthThatWasReplacedIsFoundAgain()
    {
        QFETCH(bool, made);
        QFETCH(int, replacements);
        Rig rig;
        QVERIFY(growthBegins(rig, 60ULL << 30));
        for (quint32 version = 2; version < 2 + quint32(replacements); ++version)
            QVERIFY(update(rig, version, { Rig::disk("data", version << 20, version) }));
        rig.store.failAll({ ErrorCode::Io, u"no space for the store"_s });
        if (made) {
            rig.world->goOn();
            QVERIFY(rig.idle());
        }
        rig.crash();
        rig.world->release();
        rig.storeWorks();
        QVERIFY(rig.start());
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 60_GiB);
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
        QCOMPARE(rig.result(5, "data").message, u"not safe to shrink a disk"_s);
        QCOMPARE(rig.engine->usage().used.sru, 60_GiB);
        QVERIFY(rig.memory.contents().pending.isEmpty());
        rig.crash();
        QVERIFY(rig.start());
        QCOMPARE(rig.engine->usage().used.sru, 60_GiB);
    }

    // One that was replaced before its turn came is nothing any more, also after a restart.
    void aGrowthThatWasReplacedInTimeIsNeverMade()
    {
        Rig rig;
        QVERIFY(growthBegins(rig, 2 << 20));
        QVERIFY(update(rig, 2, { Rig::disk("data", 60ULL << 30, 2) }));
        QVERIFY(update(rig, 3, { Rig::disk("data", 3 << 20, 3) }));
        rig.crash();
        rig.world->release();
        QVERIFY(rig.start());
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 3_MiB);
        QCOMPARE(rig.get(5).find(u"data")->version, 3u);
        QCOMPARE(rig.engine->usage().used.sru, 3_MiB);
        QCOMPARE(rig.changes(5), u"data 0 init, data 0 ok, data 1 ok, data 3 ok"_s);
    }

    void aGrowthWhoseLookFailsIsNotRefused()
    {
        Rig rig;
        QVERIFY(growthBegins(rig, 2 << 20));
        rig.store.failAll({ ErrorCode::Io, u"no space for the store"_s });
        rig.world->goOn();
        QVERIFY(rig.idle());
        rig.storeWorks();
        rig.world->failCalls(u"volumes.disk"_s, { ErrorCode::Io, u"the pool does not answer"_s });
        QVERIFY(rig.later(10s) && rig.later(30s));
        QCOMPARE(rig.get(5).find(u"data")->version, 0u);
        rig.world->worksAgain();
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
        QCOMPARE(rig.engine->usage().used.sru, 2_MiB);
        QCOMPARE(rig.changes(5), u"data 0 init, data 0 ok, data 1 ok"_s);
    }

    // What was acknowledged last is what ends, also for the next life of the node.
    void anEndThatCrossesAnUpdateIsOfTheNewVersion()
    {
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 5, { Rig::disk("data", 1 << 20) }) && rig.idle());
        QVERIFY(rig.later(2s) && rig.later(1min));
        rig.world->failCalls(u"volumes.removeDisk"_s, { ErrorCode::Io, u"busy"_s });
        const auto json
            = rig.request(5, 1, { Rig::disk("data", 1 << 20), Rig::disk("more", 1 << 20, 1) });
        rig.world->stallCalls(u"store.commit"_s);
        const auto answer = Rig::begin(rig.engine->update(TwinId(Rig::kTwin), json));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() > 0; }));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(eventually(
            [&rig] { return rig.engine->progress(TwinId(Rig::kTwin), ContractId(5))->ending; }));
        rig.world->goOn();
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY(**answer && rig.idle());
        QCOMPARE(rig.get(5).version, 1u);
        rig.crash();
        QVERIFY(rig.start());
        QCOMPARE(rig.get(5).version, 1u);
        rig.world->worksAgain();
        QVERIFY(rig.later(10min));
        QVERIFY(rig.world->volumes.isEmpty());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
    }

    void aRefusedUpdateKeepsThePromiseOfTheOneBefore()
    {
        Rig rig;
        QVERIFY(growthBegins(rig, 60ULL << 30));
        const auto second = rig.request(5, 2, { Rig::disk("data", 61ULL << 30, 2) });
        rig.ledger.contracts[ContractId(5)].hash = QString(32, u'0');
        QCOMPARE(testing::wait(rig.engine->update(TwinId(Rig::kTwin), second)).error().what,
            u"contract hash does not match deployment hash"_s);
        QVERIFY(!deploy(rig, 6, { Rig::disk("more", 95ULL << 30) }));
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 60_GiB);
    }

    void aNetworkThatWaitsGoesWithItsLastMachine()
    {
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 6, { Rig::network() }) && rig.idle());
        QVERIFY(deploy(rig, 5, { Rig::machine("vm", {}) }) && rig.idle());
        rig.ledger.cancel(ContractId(6));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->networks.size(), 1);
        QVERIFY(update(rig, 1, {}) && rig.idle());
        QVERIFY(rig.world->networks.isEmpty());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(6)));
    }

    // Something still runs on it that the engine knows nothing of: it waits, and does not forget.
    // A network whose contract ended stays for the machines of others, and they for it: they come
    // back after a crash of theirs, of the node or of the whole machine.
    void aNetworkThatWaitsServesItsMachines_data()
    {
        QTest::addColumn<QString>("what");
        for (const auto *what : { "the guest crashes", "the node restarts", "the machine reboots" })
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void aNetworkThatWaitsServesItsMachines()
    {
        QFETCH(QString, what);
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 6, { Rig::network() }) && rig.idle());
        QVERIFY(deploy(rig, 5, { Rig::machine("vm", {}) }) && rig.idle());
        const auto world = rig.world->snapshot();
        rig.ledger.cancel(ContractId(6));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->snapshot(), world);
        if (what != u"the guest crashes") {
            rig.crash();
            if (what == u"the machine reboots")
                rig.world->reboot();
            QVERIFY(rig.start());
        }
        if (what != u"the machine reboots")
            rig.machines.crash(u"42-5-vm"_s, u"QEMU ended unexpectedly"_s);
        QVERIFY(rig.later(2s) && rig.later(10min));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
        // Nobody new moves in, and with the last machine it goes.
        QVERIFY(deploy(rig, 7, { Rig::machine("late", {}, "10.20.2.9") }) && rig.idle());
        QVERIFY(!rig.world->machines.contains(u"42-7-late"_s));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle() && rig.later(10min));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }

    void aBusyNetworkGoesOnceItIsFree_data()
    {
        QTest::addColumn<bool>("restart");
        QTest::newRow("same process") << false;
        QTest::newRow("over a restart") << true;
    }
    void aBusyNetworkGoesOnceItIsFree()
    {
        QFETCH(bool, restart);
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto tap = u"t-WzRR98bG67Ndi"_s;
        rig.world->taps.insert(tap, rig.world->networks.first().names.bridge);
        rig.world->machines[u"7-7-other"_s].taps = { tap };
        rig.ledger.addContract(ContractId(7), TwinId(7), NodeId(Rig::kNode), {});
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->networks.size(), 1);
        QCOMPARE(rig.world->machines.keys(), QStringList { u"7-7-other"_s });
        if (restart) {
            rig.crash();
            QVERIFY(rig.start());
        }
        for (int round = 0; round < 10; ++round)
            QVERIFY(rig.later(1h));
        QCOMPARE(rig.world->networks.size(), 1);
        QVERIFY(rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        rig.world->machines.clear();
        QVERIFY(rig.later(1h));
        QVERIFY(rig.world->networks.isEmpty());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QVERIFY(rig.memory.contents().tombstones.isEmpty());
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.world->taps.keys(), QStringList()); // nobody's any more, seen twice
        // Its name is free.
        QVERIFY(deploy(rig, 8, { Rig::network() }) && rig.idle());
        QCOMPARE(rig.state(8, "net"), u"ok"_s);
    }

    void aMachineThatEndedWhilePausedRunsAgainAfterwards()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        rig.machines.crash(u"42-5-vm"_s, u"QEMU ended unexpectedly"_s);
        QVERIFY(rig.later(10min));
        QVERIFY(rig.world->machines.isEmpty()); // nobody pays for it
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
    }

    void aMachineThatIsDownWhenGraceBeginsWaitsForItsEnd()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.machines.crash(u"42-5-vm"_s, u"QEMU ended unexpectedly"_s);
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"paused"_s);
        QVERIFY(rig.later(10min));
        QVERIFY(rig.world->machines.isEmpty());
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
    }
};
ZOS_TEST(TestEngineCrossing)
#include "tst_enginecrossing.moc"

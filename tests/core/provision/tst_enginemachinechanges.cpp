// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Machines that are changed in place: what comes at once, what with the next start, what never; and
// that a machine is what its record says whatever happens on the way.
class TestEngineMachineChanges : public QObject
{
    Q_OBJECT
    using Fix = std::pair<QByteArray, QByteArray>; // text of the request -> what it becomes
    static constexpr auto kVm = "42-5-vm";

    static bool deployFull(Rig &rig, const QList<Fix> &fixes = {})
    {
        auto set = Rig::fullSet();
        for (const auto &[from, to] : fixes)
            set[0].replace(from, to);
        return rig.start()
            && testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, set)))
                   .has_value()
            && rig.idle();
    }
    static QByteArray changed(Rig &rig, const QList<Fix> &fixes, quint64 diskSize = 0)
    {
        const auto now = rig.get(5);
        const auto version = now.version + 1;
        QByteArrayList set;
        for (const auto &workload : now.workloads) {
            auto data = workload.data;
            auto mark = workload.version;
            if (workload.type == u"zmachine") {
                mark = version;
                for (const auto &[from, to] : fixes)
                    data.replace(from, to);
            } else if (workload.type == u"zmount" && diskSize > 0) {
                mark = version;
                data = JsonWriter().object().key(u"size").number(diskSize).end().text();
            }
            set += Rig::workload(workload.name.toLatin1(), workload.type.toLatin1(), data, mark);
        }
        return rig.request(5, version, set);
    }
    static Result<> change(Rig &rig, const QList<Fix> &fixes, quint64 diskSize = 0)
    {
        const auto json = changed(rig, fixes, diskSize);
        const auto accepted = testing::wait(rig.engine->update(TwinId(Rig::kTwin), json));
        rig.idle();
        return accepted;
    }
    static hw::FakeWorld::Machine vm(const Rig &rig)
    {
        return rig.world->machines.value(QString::fromLatin1(kVm));
    }
    static int starts(const Rig &rig) { return rig.world->starts.value(QString::fromLatin1(kVm)); }
    static bool hasEnvironment(const Rig &rig)
    {
        return vm(rig).environment.contains(std::pair { u"A"_s, u"b"_s });
    }
    static bool powerUp(Rig &rig, bool reboot)
    {
        rig.crash();
        if (reboot)
            rig.world->reboot();
        return rig.start();
    }
    static inline const Fix kCpu { "\"cpu\":1", "\"cpu\":2" };
    static inline const Fix kMemory { "\"memory\":1073741824", "\"memory\":2147483648" };
    static inline const Fix kEnvironment { "\"env\":{}", "\"env\":{\"A\":\"b\"}" };

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void newWordsTouchNothing()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto before = rig.result(5, "vm");
        rig.clock.advance(1min);
        rig.world->clearLog();
        QVERIFY(change(rig, {}));
        QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.result(5, "vm").data, before.data);
        QVERIFY(rig.changes(5).endsWith(u"vm 1 ok"));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.count(u"store.commit"_s), int(rig.world->callLog().size()));
    }

    // Accepted, not applied yet, and the power goes: nothing but words is new, and nothing runs.
    void newWordsKeepNoMachineDown()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto json = changed(rig, {});
        rig.world->hangCall(2, hw::FakeWorld::Fate::HangsBefore);
        const auto answer = Rig::begin(rig.engine->update(TwinId(Rig::kTwin), json));
        QVERIFY(eventually([&] { return rig.world->isFrozen(); }));
        QVERIFY(answer->has_value() && answer->value().has_value());
        rig.crash();
        rig.world->release();
        rig.world->reboot();
        QVERIFY(rig.start());
        QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
        QVERIFY(vm(rig).running);
        QCOMPARE(starts(rig), 2);
    }

    void aNewEnvironmentComesWithTheNextStart_data()
    {
        QTest::addColumn<QString>("start");
        for (const auto *start : { "guest reboots", "guest crashes", "node reboots" })
            QTest::newRow(start) << QString::fromLatin1(start);
    }
    void aNewEnvironmentComesWithTheNextStart()
    {
        QFETCH(QString, start);
        for (const bool restart : { false, true }) {
            Rig rig;
            QVERIFY(deployFull(rig));
            rig.clock.advance(2min);
            const auto data = rig.result(5, "vm").data;
            QVERIFY(change(rig, { kEnvironment }));
            QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
            QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            QCOMPARE(rig.result(5, "vm").data, data);
            QVERIFY(!hasEnvironment(rig));
            if (restart)
                QVERIFY(powerUp(rig, false)); // that is no reason to stop a guest
            QVERIFY(rig.later(10min));
            QCOMPARE(starts(rig), 1);
            if (start == u"guest reboots")
                rig.machines.reboot(QString::fromLatin1(kVm));
            else if (start == u"guest crashes")
                rig.machines.crash(QString::fromLatin1(kVm), u"the guest crashed"_s);
            else
                QVERIFY(powerUp(rig, true));
            QVERIFY(rig.idle() && rig.later(5s));
            QCOMPARE(starts(rig), 2);
            QVERIFY(hasEnvironment(rig));
            QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            // From then on a guest reboots as it likes.
            rig.machines.reboot(QString::fromLatin1(kVm));
            QVERIFY(rig.idle() && powerUp(rig, false));
            rig.machines.reboot(QString::fromLatin1(kVm));
            QVERIFY(rig.idle());
            QCOMPARE(starts(rig), 2);
            QCOMPARE(rig.count(u"machines.destroy"_s), 0);
        }
    }

    void aMachineThatIsDownIsStartedInItsNewForm()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.machines.crash(QString::fromLatin1(kVm), u"exit status 1"_s);
        QVERIFY(change(rig, { kEnvironment }));
        QVERIFY(hasEnvironment(rig));
        QVERIFY(rig.later(10min));
        QCOMPARE(starts(rig), 2);
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }

    void anotherSizeStartsTheGuestAnew()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto data = rig.result(5, "vm").data;
        rig.world->clearLog();
        // Large enough for a larger root: it needs 2 GiB from 8 GiB x CPU on.
        QVERIFY(change(rig, { { "\"cpu\":1", "\"cpu\":4" }, kMemory, kEnvironment }, 2ULL << 30));
        QCOMPARE(vm(rig).cpu, 4u);
        QCOMPARE(vm(rig).memory, 2_GiB);
        QVERIFY(vm(rig).running && hasEnvironment(rig));
        QCOMPARE(starts(rig), 2);
        QCOMPARE(rig.count(u"machines.stop"_s), 1);
        QCOMPARE(rig.count(u"machines.destroy"_s), 0); // its console stays
        QCOMPARE(vm(rig).console.count("simulated machine"), 2);
        QCOMPARE(rig.world->volumes.value(u"volume rootfs:42-5-vm"_s).stored.size, 2_GiB);
        QCOMPARE(vm(rig).disks.values(), QList<Bytes> { 2_GiB });
        const auto &log = rig.world->callLog();
        QVERIFY(
            log.indexOf(u"machines.stop 42-5-vm") < log.indexOf(u"volumes.formatDisk 42-5-data"));
        QCOMPARE(rig.result(5, "vm").data, data);
        QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
        QCOMPARE(rig.changes(5),
            u"vm 0 init, net 0 init, data 0 init, data 0 ok, net 0 ok, vm 0 ok, data 1 ok, vm 1 ok"_s);
        QCOMPARE(rig.engine->usage().used.mru, 2_GiB);
        QCOMPARE(rig.engine->usage().used.cru, 4u);
        // And back: what is smaller gives back memory, never room on a disk.
        QVERIFY(change(rig, { { "\"cpu\":4", "\"cpu\":1" }, { "2147483648", "1073741824" } }));
        QCOMPARE(vm(rig).memory, 1_GiB);
        QCOMPARE(starts(rig), 3);
        QCOMPARE(rig.engine->usage().used.mru, 1_GiB);
        QCOMPARE(rig.world->volumes.value(u"volume rootfs:42-5-vm"_s).stored.size, 2_GiB);
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("text");
        QTest::newRow("memory the node lacks")
            << QByteArray("\"memory\":1073741824") << QByteArray("\"memory\":8589934592")
            << u"failed to satisfy required capacity: cannot fulfil required memory size "
               u"7516192768 "
               "bytes out of usable 5368709120 bytes"_s;
        QTest::newRow("more CPUs than there are")
            << QByteArray("\"cpu\":1") << QByteArray("\"cpu\":5")
            << u"invalid cpu must be between 1 and 4: workload 'vm' asks 5"_s;
        QTest::newRow("a root that finds no room")
            << QByteArray("\"size\":0") << QByteArray("\"size\":1099511627776")
            << u"not enough space left in pools of this type ssd"_s;
        QTest::newRow("another address")
            << QByteArray("10.20.2.2") << QByteArray("10.20.2.3")
            << u"network of machine 'vm' cannot be changed, deploy a new machine: upgrade "
               "validation error"_s;
        QTest::newRow("a disk that is not there")
            << QByteArray("\"name\":\"data\"") << QByteArray("\"name\":\"gone\"")
            << u"failed to get mount 'gone' workload"_s;
        QTest::newRow("a disk that is none")
            << QByteArray("\"name\":\"data\"") << QByteArray("\"name\":\"net\"")
            << u"expecting a reservation of type 'zmount' or 'qsfs' for disk 'net'"_s;
        QTest::newRow("an entrypoint that is none")
            << QByteArray("\"entrypoint\":\"\"") << QByteArray("\"entrypoint\":\"'\"")
            << u"invalid entrypoint"_s;
    }
    void refusals()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, text);
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto before = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        const auto refused = change(rig, { { from, to } });
        QVERIFY(!refused);
        QVERIFY2(refused.error().what.contains(text), qPrintable(refused.error().what));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), before);
        QCOMPARE(rig.engine->usage().used.mru, 1_GiB);
        QVERIFY(change(rig, { kMemory })); // and nothing of it is held
        QCOMPARE(vm(rig).memory, 2_GiB);
    }

    void aFailedMachineMayBecomeAnother()
    {
        Rig rig;
        rig.world->failCalls(u"images.mountRoot"_s, { ErrorCode::NotFound, u"no such image"_s }, 1);
        QVERIFY(deployFull(rig));
        QCOMPARE(rig.state(5, "vm"), u"error"_s);
        QVERIFY(change(rig, { { "small.squashfs", "right.squashfs" } }));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.world->roots.value(QString::fromLatin1(kVm)).url.endsWith(u"right.squashfs"));
    }

    // Whatever goes wrong, once or for good: the machine runs, in the old form or in the new one,
    // and says which.
    void aCallOfAChangeFails_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("size");
        for (const auto code : { ErrorCode::Io, ErrorCode::Timeout, ErrorCode::Limit,
                 ErrorCode::Unavailable, ErrorCode::NotFound, ErrorCode::Exists }) {
            QTest::addRow("size, %s", qPrintable(errorName(code))) << int(code) << true;
            QTest::addRow("environment, %s", qPrintable(errorName(code))) << int(code) << false;
        }
    }
    void aCallOfAChangeFails()
    {
        QFETCH(int, code);
        QFETCH(bool, size);
        const auto fixes = size ? QList { kCpu, kMemory } : QList { kEnvironment };
        int kept = 0;
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(deployFull(rig));
            const auto json = changed(rig, fixes, 2ULL << 30);
            const auto logged = rig.world->callLog().size();
            rig.world->failCall(call, { ErrorCode(code), u"the injected fault"_s });
            const auto accepted = testing::wait(rig.engine->update(TwinId(Rig::kTwin), json));
            QVERIFY(rig.idle());
            const auto line = rig.world->callLog().value(logged + call - 1);
            if (line.isEmpty())
                break;
            for (const auto time : { 10s, 30s, 60s, 120s, 600s })
                QVERIFY(rig.later(time));
            if (!accepted) {
                QVERIFY2(line.startsWith(u"store.commit"), qPrintable(line));
                continue;
            }
            const bool done = rig.get(5).find(u"vm")->version == 1;
            const auto result = rig.result(5, "vm");
            kept += done ? 0 : 1;
            QVERIFY2(result.state == ResultState::Ok, qPrintable(line + u": " + result.message));
            QCOMPARE(result.message.isEmpty(), done);
            QVERIFY(done || result.message.contains(u"the injected fault"));
            QVERIFY(done || rig.changes(5).contains(u"vm 1 unchanged"));
            QVERIFY2(vm(rig).running, qPrintable(line));
            QCOMPARE(vm(rig).cpu, done && size ? 2u : 1u);
            QCOMPARE(vm(rig).memory, done && size ? 2_GiB : 1_GiB);
            QCOMPARE(rig.engine->usage().used.mru, vm(rig).memory);
            const auto disk = rig.world->volumes.value(u"disk 42-5-data"_s).stored.size;
            QCOMPARE(disk, rig.get(5).find(u"data")->version == 1 ? 2_GiB : 1_GiB);
            // What does not run has nothing to be told.
            if (ErrorCode(code) != ErrorCode::NotFound || !line.startsWith(u"machines.growDisk"))
                QCOMPARE(vm(rig).disks.values(), QList<Bytes> { disk });
            QVERIFY(rig.memory.contents().pending.isEmpty());
            // As it is found after a restart.
            const auto world = rig.world->snapshot();
            const auto answer = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
            QVERIFY(powerUp(rig, false));
            QCOMPARE(rig.world->snapshot(), world);
            QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
        }
        QVERIFY(kept > 0 || ErrorCode(code) == ErrorCode::Timeout);
    }

    // The host has no room for it after all: what ran before runs again.
    void aNewFormThatDoesNotStartGivesWayToTheOldOne()
    {
        for (const bool restart : { false, true }) {
            Rig rig;
            QVERIFY(deployFull(rig));
            rig.world->failCalls(
                u"machines.run"_s, { ErrorCode::Io, u"cannot allocate memory"_s }, restart ? 2 : 1);
            QVERIFY(change(rig, { kMemory }));
            if (restart) {
                // Not even the old one starts at once.
                QCOMPARE(rig.state(5, "vm"), u"init"_s);
                QVERIFY(powerUp(rig, false));
            }
            QVERIFY(rig.later(10s));
            QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            QCOMPARE(rig.get(5).find(u"vm")->version, 0u);
            QCOMPARE(
                rig.result(5, "vm").message, u"starting the machine: cannot allocate memory"_s);
            QVERIFY(rig.changes(5).endsWith(u"vm 1 unchanged"));
            QCOMPARE(vm(rig).memory, 1_GiB);
            QCOMPARE(rig.engine->usage().used.mru, 1_GiB);
        }
    }

    // The node ended between the start of the new form and its record, and then the change fails.
    void aFormThatDidNotComeIntoForceIsTakenBack()
    {
        const auto begin = [](Rig &rig) {
            const auto json = changed(rig, { kMemory });
            rig.world->clearLog();
            return Rig::begin(rig.engine->update(TwinId(Rig::kTwin), json));
        };
        Rig example;
        QVERIFY(deployFull(example));
        const auto answer = begin(example);
        QVERIFY(eventually([&] { return answer->has_value(); }) && example.idle());
        const auto run = example.world->callLog().indexOf(u"machines.run 42-5-vm");
        QVERIFY(run > 0 && example.world->callLog().at(run + 1).startsWith(u"store.commit"));

        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->hangCall(int(run) + 2, hw::FakeWorld::Fate::HangsBefore);
        const auto lost = begin(rig);
        QVERIFY(eventually([&] { return rig.world->isFrozen(); }));
        QCOMPARE(vm(rig).memory, 2_GiB);
        rig.crash();
        rig.world->release();
        rig.world->failCalls(u"images.mountRoot"_s, { ErrorCode::Io, u"no image"_s }, 1);
        QVERIFY(rig.start());
        QCOMPARE(rig.get(5).find(u"vm")->version, 0u);
        QVERIFY(rig.changes(5).endsWith(u"vm 1 unchanged"));
        QCOMPARE(vm(rig).memory, 1_GiB);
        QCOMPARE(rig.engine->usage().used.mru, 1_GiB);
    }

    void aPausedMachineChangesWhenItMayRunAgain()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        QVERIFY(change(rig, { kCpu }, 2ULL << 30));
        QCOMPARE(rig.state(5, "vm"), u"paused"_s);
        QCOMPARE(rig.get(5).find(u"vm")->version, 0u);
        QVERIFY(!vm(rig).running);
        QCOMPARE(vm(rig).cpu, 1u);
        QCOMPARE(vm(rig).disks.values(), QList<Bytes> { 2_GiB }); // it sees that all the same
        QVERIFY(powerUp(rig, false));
        QVERIFY(rig.later(10min));
        QCOMPARE(starts(rig), 1);
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
        QVERIFY(vm(rig).running);
        QCOMPARE(vm(rig).cpu, 2u);
    }

    void aDiskGrowsUnderARunningMachine()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        // Its guest hears of it later, but surely.
        rig.world->failCalls(u"machines.growDisk"_s, { ErrorCode::Io, u"libvirt is away"_s }, 2);
        auto set = Rig::fullSet();
        set[2] = Rig::disk("data", 2ULL << 30, 1);
        QVERIFY(testing::wait(rig.engine->update(TwinId(Rig::kTwin), rig.request(5, 1, set))));
        QVERIFY(rig.idle());
        QCOMPARE(rig.get(5).find(u"data")->version, 0u);
        QVERIFY(rig.result(5, "data").message.contains(u"libvirt is away"));
        QVERIFY(rig.later(10s) && rig.later(20s));
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
        QCOMPARE(rig.result(5, "data").message, QString());
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, 2_GiB);
        QCOMPARE(vm(rig).disks.values(), QList<Bytes> { 2_GiB });
        QCOMPARE(starts(rig), 1);
        QCOMPARE(rig.engine->usage().used.sru, 2_GiB + 500_MiB);
    }

    void aDiskGrowsUnderAMachineThatIsDown()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.machines.crash(QString::fromLatin1(kVm), u"exit status 1"_s);
        auto set = Rig::fullSet();
        set[2] = Rig::disk("data", 2ULL << 30, 1);
        QVERIFY(testing::wait(rig.engine->update(TwinId(Rig::kTwin), rig.request(5, 1, set))));
        QVERIFY(rig.idle() && rig.later(10s));
        QCOMPARE(rig.get(5).find(u"data")->version, 1u);
        QCOMPARE(vm(rig).disks.values(), QList<Bytes> { 2_GiB });
    }
};
ZOS_TEST(TestEngineMachineChanges)
#include "tst_enginemachinechanges.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Machines whose disks come and go: their guests start anew for it, and no disk goes from under
// one.
class TestEngineMounts : public QObject
{
    Q_OBJECT
    static constexpr quint64 kSize = 1ULL << 30;
    static inline const QString kVm = QStringLiteral("42-5-vm");
    static inline const QStringList kData { QStringLiteral("42-5-data") };
    static inline const QStringList kBoth { QStringLiteral("42-5-data"),
        QStringLiteral("42-5-more") };

    static bool deployFull(Rig &rig)
    {
        return rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
                   .has_value()
            && rig.idle();
    }
    // The machine with these disks, which are all there are; of them "more" is new in version 1.
    static QByteArray version(Rig &rig, quint32 version, const QByteArrayList &mounted,
        const QByteArrayList &disks, quint64 memory = kSize)
    {
        QByteArrayList set { Rig::machine("vm", mounted, "10.20.2.2", memory, version),
            Rig::network() };
        for (const auto &disk : disks)
            set += Rig::disk(disk.constData(), kSize, disk == "more" ? 1 : 0);
        return rig.request(5, version, set);
    }
    static Result<> update(Rig &rig, const QByteArray &json)
    {
        const auto accepted = testing::wait(rig.engine->update(TwinId(Rig::kTwin), json));
        rig.idle();
        return accepted;
    }
    static QStringList disksOf(const Rig &rig) { return rig.world->machines.value(kVm).diskIds; }
    static int starts(const Rig &rig) { return rig.world->starts.value(kVm); }
    static bool isThere(const Rig &rig, const QString &disk)
    {
        return rig.world->volumes.contains(u"disk "_s + disk);
    }
    // It runs, with the disks its record says.
    static bool isSound(const Rig &rig)
    {
        const auto *vm = rig.get(5).find(u"vm");
        QStringList wanted;
        for (const auto &mount : vm->as<ZMachine>()->mounts)
            wanted += workloadId(TwinId(42), ContractId(5), mount.name);
        return rig.state(5, "vm") == u"ok" && rig.world->machines.value(kVm).running
            && disksOf(rig) == wanted && std::ranges::all_of(wanted, [&rig](const QString &disk) {
                   return isThere(rig, disk);
               });
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void theyComeAndGo()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QCOMPARE(disksOf(rig), kData);
        QVERIFY(update(rig, version(rig, 1, { "data", "more" }, { "data", "more" })));
        QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
        QCOMPARE(disksOf(rig), kBoth);
        QCOMPARE(starts(rig), 2);
        QVERIFY(isSound(rig));
        // The same ones in another order are other devices.
        QVERIFY(update(rig, version(rig, 2, { "more", "data" }, { "data", "more" })));
        QCOMPARE(disksOf(rig), QStringList(kBoth.rbegin(), kBoth.rend()));
        QCOMPARE(starts(rig), 3);
        QVERIFY(update(rig, version(rig, 3, { "more" }, { "data", "more" })));
        QCOMPARE(disksOf(rig), kBoth.last(1));
        QCOMPARE(starts(rig), 4);
        QVERIFY(isThere(rig, kData.first())); // taken out, not thrown away
        QVERIFY(update(rig, version(rig, 4, { "more" }, { "more" })));
        QVERIFY(!isThere(rig, kData.first()));
        QCOMPARE(starts(rig), 4);
        QVERIFY(isSound(rig));
    }

    // What goes wrong with the change would leave the machine as it was, without its disk.
    void aDiskIsTakenOutBeforeItGoes()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto refused = update(rig, version(rig, 1, {}, {}));
        QVERIFY(!refused);
        QCOMPARE(refused.error().what,
            u"disk 'data' is still used by machine 'vm', take it out of the machine first: "
            "upgrade validation error"_s);
        QCOMPARE(rig.world->snapshot(), world);
        // Also while the change that takes it out waits.
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        QVERIFY(update(rig, version(rig, 1, {}, { "data" })));
        QVERIFY(!update(rig, version(rig, 2, {}, {})));
        QVERIFY(isThere(rig, kData.first()));
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(disksOf(rig), QStringList());
        QVERIFY(update(rig, version(rig, 2, {}, {})));
        QVERIFY(!isThere(rig, kData.first()));
        QVERIFY(isSound(rig));
    }

    void aDiskThatIsNotMadeChangesNothing()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->failCalls(u"volumes.createDisk"_s, { ErrorCode::Io, u"bad blocks"_s });
        QVERIFY(update(rig, version(rig, 1, { "data", "more" }, { "data", "more" })));
        QCOMPARE(rig.state(5, "more"), u"error"_s);
        QCOMPARE(rig.result(5, "vm").message, u"invalid disk 'more' state"_s);
        QCOMPARE(rig.get(5).find(u"vm")->version, 0u);
        QCOMPARE(starts(rig), 1);
        QVERIFY(isSound(rig));
    }

    // Nothing is noted about what runs, e.g. because nobody heard that it was started.
    void whatNobodyHasNotesOfIsToldByItsDigest_data()
    {
        QTest::addColumn<bool>("ours");
        QTest::newRow("as recorded") << true;
        QTest::newRow("another") << false;
    }
    void whatNobodyHasNotesOfIsToldByItsDigest()
    {
        QFETCH(const bool, ours);
        Rig rig;
        QVERIFY(deployFull(rig));
        auto &machine = rig.world->machines[kVm];
        const auto digest = machine.digest;
        machine.cpu = 0;
        machine.memory = {};
        machine.diskIds = ours ? kData : kBoth;
        machine.digest = ours ? digest : QString(64, u'0');
        rig.crash();
        QVERIFY(rig.start());
        QCOMPARE(starts(rig), ours ? 1 : 2);
        QCOMPARE(rig.world->machines.value(kVm).digest, digest);
        QVERIFY(isSound(rig));
    }

    // Its name is still taken by one that does not go away.
    void aDiskThatComesLaterIsWaitedFor()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(update(rig, version(rig, 1, { "data" }, { "data", "more" })));
        rig.world->failCalls(u"volumes.removeDisk"_s, { ErrorCode::Io, u"bad blocks"_s });
        QVERIFY(update(rig, version(rig, 2, { "data" }, { "data" })));
        QVERIFY(isThere(rig, kBoth.last()));
        const QByteArrayList set { Rig::machine("vm", { "data", "more" }, "10.20.2.2", kSize, 3),
            Rig::network(), Rig::disk("data", kSize, 0), Rig::disk("more", kSize, 3) };
        QVERIFY(update(rig, rig.request(5, 3, set)));
        QCOMPARE(rig.state(5, "more"), u"init"_s);
        QCOMPARE(rig.result(5, "vm").message, u"waiting for disk 'more'"_s);
        QCOMPARE(starts(rig), 1);
        QVERIFY(isSound(rig));
        rig.world->worksAgain();
        QVERIFY(rig.later(1h));
        QCOMPARE(rig.get(5).find(u"vm")->version, 3u);
        QCOMPARE(disksOf(rig), kBoth);
        QCOMPARE(starts(rig), 2);
        QVERIFY(isSound(rig));
    }

    // Whatever call fails, or is the last one of this process, done or not.
    void aCallOfAChangeFails_data()
    {
        QTest::addColumn<int>("what");
        QTest::addColumn<bool>("comes");
        for (const bool comes : { true, false }) {
            const auto *which = comes ? "a disk comes" : "a disk goes";
            QTest::addRow("%s, error", which) << 0 << comes;
            QTest::addRow("%s, killed before", which) << 1 << comes;
            QTest::addRow("%s, killed after", which) << 2 << comes;
        }
    }
    void aCallOfAChangeFails()
    {
        QFETCH(int, what);
        QFETCH(bool, comes);
        using Fate = hw::FakeWorld::Fate;
        int seen = 0;
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(deployFull(rig));
            const auto json = comes ? version(rig, 1, { "data", "more" }, { "data", "more" })
                                    : version(rig, 1, {}, { "data" });
            const auto logged = rig.world->callLog().size();
            if (what == 0)
                rig.world->failCall(call, { ErrorCode::Io, u"the injected fault"_s });
            else
                rig.world->hangCall(call, what == 1 ? Fate::HangsBefore : Fate::HangsAfter);
            const auto answer = Rig::begin(rig.engine->update(TwinId(Rig::kTwin), json));
            QVERIFY(eventually([&] {
                return rig.world->isFrozen()
                    || (answer->has_value() && rig.engine->pendingSteps() == 0);
            }));
            const auto line = rig.world->callLog().value(logged + call - 1);
            if (line.isEmpty())
                break;
            ++seen;
            const bool acknowledged = answer->has_value() && answer->value().has_value();
            if (what > 0) {
                QVERIFY2(rig.world->isFrozen(), qPrintable(line));
                rig.crash();
                rig.world->release();
                QVERIFY(rig.start());
            }
            for (const auto time : { 10s, 30s, 60s, 120s, 600s })
                QVERIFY(rig.later(time));
            QVERIFY2(isSound(rig), qPrintable(line));
            if (acknowledged && what > 0)
                QCOMPARE(rig.get(5).find(u"vm")->version, 1u);
            QVERIFY(rig.memory.contents().pending.isEmpty());
        }
        QVERIFY(seen > 3);
    }

    // Its newest version asks for what the recorded one has, and another one runs.
    void whatAnotherChangeLeftIsPutRight_data()
    {
        QTest::addColumn<bool>("size");
        QTest::newRow("disks") << false;
        QTest::newRow("memory") << true;
    }
    void whatAnotherChangeLeftIsPutRight()
    {
        QFETCH(bool, size);
        const auto first = [size](Rig &rig) {
            return size ? version(rig, 1, { "data" }, { "data" }, 2 * kSize)
                        : version(rig, 1, {}, { "data" });
        };
        Rig example;
        QVERIFY(deployFull(example));
        const auto before = example.world->callLog().size();
        QVERIFY(update(example, first(example)));
        const auto run = example.world->callLog().indexOf(u"machines.run 42-5-vm", before);
        QVERIFY(run > 0);

        Rig rig;
        QVERIFY(deployFull(rig));
        rig.world->hangCall(int(run - before) + 2, hw::FakeWorld::Fate::HangsBefore);
        const auto lost = Rig::begin(rig.engine->update(TwinId(Rig::kTwin), first(rig)));
        QVERIFY(eventually([&] { return rig.world->isFrozen(); }));
        rig.crash();
        rig.world->release();
        // What it needs is late, and its owner has another idea meanwhile.
        rig.world->failCalls(u"networks.apply"_s, { ErrorCode::Io, u"no room for links"_s });
        QVERIFY(rig.start());
        QCOMPARE(rig.get(5).find(u"vm")->version, 0u);
        QVERIFY(update(rig, version(rig, 2, { "data" }, { "data" })));
        rig.world->worksAgain();
        QVERIFY(rig.later(10s) && rig.later(30s));
        QCOMPARE(rig.get(5).find(u"vm")->version, 2u);
        QCOMPARE(rig.world->machines.value(kVm).memory, 1_GiB);
        QVERIFY(isSound(rig));
    }
};
ZOS_TEST(TestEngineMounts)
#include "tst_enginemounts.moc"

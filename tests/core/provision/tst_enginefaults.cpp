// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Every call of the machine, the store and the chain goes wrong once, in every way and at every
// place: a request ends well or says what was in its way, and nothing is left of what failed.
class TestEngineFaults : public QObject
{
    Q_OBJECT
private:
    static constexpr auto kInjected = "the injected fault";

    // A call goes wrong, counted from here.
    class Fault
    {
    public:
        Fault(Rig &rig, int call, ErrorCode code)
            : m_rig(rig)
            , m_at(rig.world->callLog().size() + call - 1)
        {
            rig.world->failCall(call, { code, QString::fromLatin1(kInjected) });
        }
        // Which one it was, "" when there were not so many.
        QString line() const { return m_rig.world->callLog().value(m_at); }

    private:
        Rig &m_rig;
        qsizetype m_at;
    };

    static bool deployFull(Rig &rig)
    {
        return rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
                   .has_value()
            && rig.idle();
    }
    static QByteArrayList changedSet()
    {
        return { Rig::machine("vm2", { "data" }, "10.20.2.2", 1ULL << 30, 1),
            Rig::network("net", 3012, 1), Rig::disk("data", 2ULL << 30, 1) };
    }
    static bool settleDown(Rig &rig)
    {
        for (const auto time : { 10s, 30s, 60s, 120s, 600s, 600s, 3600s }) {
            if (!rig.later(time))
                return false;
        }
        return true;
    }
    // Words by which a person knows the step, for a call that a start makes.
    static QString nameOf(const QString &line)
    {
        static const QMap<QString, QString> names { { u"volumes.createDisk"_s,
                                                        u"creating the disk"_s },
            { u"volumes.growDisk"_s, u"growing the disk"_s },
            { u"volumes.disk"_s, u"looking for "_s },
            { u"volumes.formatDisk"_s, u"formatting disk 'data'"_s },
            { u"volumes.createVolume"_s, u"failed to create vm rootfs"_s },
            { u"networks.apply"_s, u"setting up the network"_s },
            { u"networks.addTap"_s, u"could not set up tap device"_s },
            { u"images.mountRoot"_s, u"failed to mount flist: 42-5-"_s },
            { u"machines.list"_s, u"listing machines"_s },
            { u"machines.run"_s, u"starting the machine"_s } };
        return names.value(line.section(u' ', 0, 0));
    }
    // The machine holds what okay workloads need and nothing else.
    static QString surplus(const Rig &rig)
    {
        QSet<QString> expected;
        for (const auto &workload : rig.workloads(5)) {
            if (!isOkay(workload.result.state))
                continue;
            const auto id = workloadId(TwinId(Rig::kTwin), ContractId(5), workload.name);
            if (workload.type == u"zmount")
                expected += u"disk "_s + id;
            if (workload.type == u"network")
                expected += u"network"_s;
            if (workload.type == u"zmachine")
                expected
                    += { u"volume rootfs:"_s + id, u"machine "_s + id, u"root "_s + id, u"tap"_s };
        }
        QSet<QString> found;
        for (const auto &key : rig.world->volumes.keys())
            found += key;
        for (const auto &id : rig.world->machines.keys())
            found += u"machine "_s + id;
        for (const auto &id : rig.world->roots.keys())
            found += u"root "_s + id;
        if (!rig.world->networks.isEmpty())
            found += u"network"_s;
        if (!rig.world->taps.isEmpty())
            found += u"tap"_s;
        if (found == expected && rig.world->taps.size() <= 1 && rig.world->networks.size() <= 1)
            return {};
        return QDebug::toString(found) + u" instead of "_s + QDebug::toString(expected);
    }
    static QString cancelLeaves(Rig &rig)
    {
        rig.ledger.cancel(ContractId(5));
        if (!rig.idle() || !settleDown(rig))
            return u"no end"_s;
        const auto contents = rig.memory.contents();
        const bool empty = contents.deployments.isEmpty() && contents.workloads.isEmpty()
            && contents.tombstones.isEmpty() && contents.pending.isEmpty()
            && contents.reports.isEmpty() && rig.engine->usage().used == Capacity {};
        if (!empty)
            return u"something in the store"_s;
        return rig.world->snapshot() == Rig().world->snapshot()
            ? QString()
            : QDebug::toString(rig.world->snapshot());
    }
    // What users see is what a restart would find.
    static bool survivesARestart(Rig &rig)
    {
        const auto before = rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        const auto changes = rig.changes(5);
        rig.crash();
        if (!rig.start())
            return false;
        const auto after = rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        return before.has_value() == after.has_value() && (!before || *before == *after)
            && rig.changes(5) == changes;
    }
    static void kinds()
    {
        QTest::addColumn<int>("code");
        for (const auto code : { ErrorCode::Io, ErrorCode::Timeout, ErrorCode::Busy,
                 ErrorCode::Limit, ErrorCode::Unavailable, ErrorCode::NotFound, ErrorCode::Exists,
                 ErrorCode::Denied, ErrorCode::Corrupt })
            QTest::newRow(qPrintable(errorName(code))) << int(code);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void aCallOfACreationFails_data() { kinds(); }
    void aCallOfACreationFails()
    {
        QFETCH(int, code);
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(rig.start());
            const auto json = rig.request(5, 0, Rig::fullSet());
            const Fault fault(rig, call, ErrorCode(code));
            const auto accepted = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json));
            QVERIFY(rig.idle());
            const auto line = fault.line();
            if (line.isEmpty())
                break;
            QVERIFY(settleDown(rig));
            if (!accepted) {
                QVERIFY(accepted.error().what.contains(
                    u"could not be stored: "_s + QString::fromLatin1(kInjected)));
                QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
                QCOMPARE(rig.engine->usage().used, Capacity {});
                // Asking again works.
                QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)));
                QVERIFY(rig.idle());
            }
            int failed = 0;
            for (const auto &workload : rig.workloads(5)) {
                const auto &result = workload.result;
                QVERIFY2(isOkay(result.state) || result.state == ResultState::Error,
                    qPrintable(line + u": " + workload.name + u' ' + stateName(result.state)));
                if (isOkay(result.state))
                    continue;
                ++failed;
                const bool own = result.message.contains(QString::fromLatin1(kInjected));
                const auto wanted = own ? nameOf(line)
                    : line.startsWith(u"volumes.createDisk")
                    ? u"invalid disk 'data' state"_s
                    : u"could not get network resource subnet"_s;
                QVERIFY2(!wanted.isEmpty() && result.message.contains(wanted),
                    qPrintable(line + u": " + result.message));
            }
            // A store that hiccups fails nobody.
            QVERIFY2((failed == 0) == line.startsWith(u"store.commit"), qPrintable(line));
            QCOMPARE(surplus(rig), QString());
            QVERIFY(rig.memory.contents().tombstones.isEmpty());
            QVERIFY2(survivesARestart(rig), qPrintable(line));
            QCOMPARE(cancelLeaves(rig), QString());
        }
    }

    void aCallOfAChangeFails_data() { kinds(); }
    void aCallOfAChangeFails()
    {
        QFETCH(int, code);
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(deployFull(rig));
            const auto json = rig.request(5, 1, changedSet());
            const Fault fault(rig, call, ErrorCode(code));
            const auto accepted = testing::wait(rig.engine->update(TwinId(Rig::kTwin), json));
            QVERIFY(rig.idle());
            const auto line = fault.line();
            if (line.isEmpty())
                break;
            QVERIFY(settleDown(rig));
            if (!accepted) {
                QVERIFY(accepted.error().what.contains(QString::fromLatin1(kInjected)));
                QCOMPARE(rig.get(5).version, 0u);
                QVERIFY(testing::wait(rig.engine->update(TwinId(Rig::kTwin), json)));
                QVERIFY(rig.idle());
            }
            QCOMPARE(rig.get(5).version, 1u);
            for (const auto &workload : rig.workloads(5)) {
                const auto &result = workload.result;
                const bool removal = line.contains(u"42-5-vm ") || line.endsWith(u"42-5-vm");
                if (workload.name == u"vm2") {
                    const bool own = result.message.contains(nameOf(line))
                        && result.message.contains(QString::fromLatin1(kInjected));
                    QVERIFY2(isOkay(result.state) || (result.state == ResultState::Error && own),
                        qPrintable(line + u": " + result.message));
                    continue;
                }
                // What was there runs on, in the new form or in the old one.
                QVERIFY2(isOkay(result.state), qPrintable(line));
                QCOMPARE(workload.version == 1, result.message.isEmpty());
                QVERIFY(
                    workload.version == 1 || (!removal && result.message.contains(nameOf(line))));
            }
            const auto after = rig.get(5);
            QCOMPARE(rig.world->networks.first().listenPort,
                after.find(u"net")->version == 1 ? 3012 : 3011);
            QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size,
                after.find(u"data")->version == 1 ? 2_GiB : 1_GiB);
            QCOMPARE(surplus(rig), QString());
            const auto contents = rig.memory.contents();
            QVERIFY(contents.pending.isEmpty() && contents.tombstones.isEmpty());
            QVERIFY2(survivesARestart(rig), qPrintable(line));
            QCOMPARE(cancelLeaves(rig), QString());
        }
    }

    void aCallOfAnEndFails_data() { kinds(); }
    void aCallOfAnEndFails()
    {
        QFETCH(int, code);
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(deployFull(rig));
            const Fault fault(rig, call, ErrorCode(code));
            QCOMPARE(cancelLeaves(rig), QString());
            if (fault.line().startsWith(u"volumes.list"))
                break; // already comparing
            const auto history
                = testing::wait(rig.engine->history(TwinId(Rig::kTwin), ContractId(5)));
            QCOMPARE(std::ranges::count(*history, ResultState::Deleted,
                         [](const LogEntry &entry) { return entry.workload.result.state; }),
                3);
        }
    }

    // Trouble after the first start turns nothing into an error.
    void aCallOfARestartFails_data() { kinds(); }
    void aCallOfARestartFails()
    {
        QFETCH(int, code);
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(deployFull(rig));
            const auto world = rig.world->snapshot();
            const auto answer = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
            rig.crash();
            rig.world->reboot();
            const Fault fault(rig, call, ErrorCode(code));
            QVERIFY(rig.start());
            if (fault.line().isEmpty())
                break;
            QVERIFY(settleDown(rig));
            QCOMPARE(rig.world->snapshot(), world);
            QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
            QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
        }
    }

    void aCallOfAPauseFails_data() { kinds(); }
    void aCallOfAPauseFails()
    {
        QFETCH(int, code);
        for (const bool begins : { true, false }) {
            for (int call = 1;; ++call) {
                QVERIFY(call < 100);
                Rig rig;
                QVERIFY(deployFull(rig));
                if (!begins)
                    rig.ledger.setGrace(ContractId(5), true);
                QVERIFY(rig.idle());
                const Fault fault(rig, call, ErrorCode(code));
                rig.ledger.setGrace(ContractId(5), begins);
                QVERIFY(rig.idle());
                if (fault.line().isEmpty())
                    break;
                QVERIFY(settleDown(rig));
                for (const auto *name : { "data", "net", "vm" })
                    QCOMPARE(rig.state(5, name), begins ? u"paused"_s : u"ok"_s);
                rig.ledger.setGrace(ContractId(5), false);
                QVERIFY(rig.idle());
                QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
                QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            }
        }
    }

    void aCallOfACrashedMachinesStartFails_data() { kinds(); }
    void aCallOfACrashedMachinesStartFails()
    {
        QFETCH(int, code);
        for (int call = 1;; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(deployFull(rig));
            const auto world = rig.world->snapshot();
            rig.machines.crash(u"42-5-vm"_s, u"QEMU ended unexpectedly"_s);
            const Fault fault(rig, call, ErrorCode(code));
            QVERIFY(rig.later(2s));
            if (fault.line().isEmpty())
                break;
            QVERIFY(settleDown(rig));
            QCOMPARE(rig.world->snapshot(), world);
            QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
        }
    }

    // A step that does not come back is given up by the clock, named, and cleaned up after.
    void aStepThatHangsMeetsItsDeadline()
    {
        for (int call = 2;; ++call) { // the first is the acceptance itself
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(rig.start());
            const auto json = rig.request(5, 0, Rig::fullSet());
            const auto from = rig.world->callLog().size();
            rig.world->stallCall(call);
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)));
            QVERIFY(eventually([&rig] {
                return rig.world->waitingCalls() > 0 || rig.engine->pendingSteps() == 0;
            }));
            const auto line = rig.world->callLog().value(from + call - 1);
            if (line.isEmpty() || line.startsWith(u"volumes.list"))
                break; // already comparing
            if (line.startsWith(u"store.commit"))
                continue; // is waited for: aStoreThatHangsAnswersNobody()
            // Neither the call itself nor the removal behind it is waited for for ever.
            QVERIFY(rig.runsOut());
            QVERIFY(rig.world->waitingCalls() > 0);
            QStringList messages;
            for (const auto &workload : rig.workloads(5)) {
                QVERIFY2(workload.result.state != ResultState::Init,
                    qPrintable(line + u' ' + workload.name + u' ' + workload.result.message));
                messages += workload.result.message;
            }
            const auto said = messages.join(u'|');
            QVERIFY2(said.contains(QRegularExpression(u"did not finish within \\d+ s"_s)),
                qPrintable(line + u": " + said));
            QVERIFY2(said.contains(nameOf(line)), qPrintable(line + u": " + said));
            rig.world->goOn(); // the call takes effect after all
            QVERIFY(rig.idle() && settleDown(rig));
            QCOMPARE(surplus(rig), QString());
            QCOMPARE(cancelLeaves(rig), QString());
        }
    }

    void stoppingDoesNotWaitForIt()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"volumes.createDisk"_s);
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() > 0; }));
        auto stopping = rig.engine->stop();
        QVERIFY(rig.rests(5s));
        rig.turn(4s);
        QVERIFY(!stopping.isReady());
        rig.turn(1s);
        testing::wait(std::move(stopping));
        rig.engine.reset();
        rig.world->release();
        QVERIFY(rig.start());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }

    // What may still be written is neither accepted nor refused: a refusal would be a lie after the
    // next restart.
    void aStoreThatHangsAnswersNobody_data()
    {
        QTest::addColumn<bool>("isWritten");
        QTest::newRow("written at last") << true;
        QTest::newRow("failed at last") << false;
    }
    void aStoreThatHangsAnswersNobody()
    {
        QFETCH(bool, isWritten);
        Rig rig;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, Rig::fullSet());
        rig.world->stallCalls(u"store.commit"_s);
        const auto answer = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() > 0; }));
        rig.turn(1h);
        QCoreApplication::processEvents();
        QVERIFY(!answer->has_value());
        if (!isWritten)
            rig.world->failCalls(u"store.commit"_s, { ErrorCode::Io, u"no space left"_s }, 1);
        rig.world->goOn();
        QVERIFY(eventually([&answer] { return answer->has_value(); }) && rig.idle());
        QCOMPARE((**answer).has_value(), isWritten);
        if (!isWritten)
            QCOMPARE(
                (**answer).error().what, u"the deployment could not be stored: no space left"_s);
        QCOMPARE(rig.memory.contents().deployments.size(), isWritten ? 1 : 0);
        QCOMPARE(rig.engine->usage().used, isWritten ? rig.get(5).capacity() : Capacity {});
        QVERIFY(survivesARestart(rig));
    }

    void aFullDiskAtAnyMomentOnlyDelays_data()
    {
        QTest::addColumn<QString>("what");
        for (const auto *what : { "create", "update", "end" })
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void aFullDiskAtAnyMomentOnlyDelays()
    {
        QFETCH(QString, what);
        for (int call = 1, happened = true; happened; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(what == u"create" ? rig.start() : deployFull(rig));
            const auto json = what == u"create" ? rig.request(5, 0, Rig::fullSet())
                                                : rig.request(5, 1, changedSet());
            happened = false;
            rig.world->atCall(call, [&] {
                happened = true;
                rig.store.failAll({ ErrorCode::Io, u"no space left on device"_s });
            });
            Result<> accepted;
            if (what == u"create")
                accepted = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json));
            else if (what == u"update")
                accepted = testing::wait(rig.engine->update(TwinId(Rig::kTwin), json));
            else
                rig.ledger.cancel(ContractId(5));
            QVERIFY(rig.idle());
            if (!happened)
                break;
            const int starts = rig.world->starts.value(u"42-5-vm"_s);
            QVERIFY(settleDown(rig));
            if (what == u"update" && rig.get(5).version == 0)
                QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            rig.storeWorks();
            QVERIFY(settleDown(rig));
            QCOMPARE(rig.world->starts.value(u"42-5-vm"_s),
                std::max(starts, what == u"create" && accepted ? 1 : starts));
            if (what == u"end") {
                QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
                QVERIFY(rig.memory.contents().deployments.isEmpty());
                continue;
            }
            if (!accepted) {
                QVERIFY(accepted.error().what.contains(u"could not be stored: no space left"));
                continue;
            }
            for (const auto &workload : rig.workloads(5))
                QVERIFY2(isOkay(workload.result.state), qPrintable(workload.result.message));
            QCOMPARE(surplus(rig), QString());
            QVERIFY(survivesARestart(rig));
        }
    }

    void theChainGoesAtAnyMomentOfACreation()
    {
        for (int call = 1, asked = 1; asked >= call; ++call) {
            QVERIFY(call < 100);
            Rig rig;
            QVERIFY(rig.start());
            const auto json = rig.request(5, 0, Rig::fullSet());
            const auto before = rig.ledger.calls;
            rig.ledger.offlineFrom = before + call;
            const auto accepted = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json));
            QVERIFY(rig.idle() && settleDown(rig));
            asked = rig.ledger.calls - before;
            if (!accepted) {
                QVERIFY(!accepted.error().what.isEmpty());
                QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
                QCOMPARE(rig.engine->usage().used, Capacity {});
            }
            rig.ledger.goOnline();
            QVERIFY(rig.idle() && settleDown(rig));
            if (!accepted)
                QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
            for (const auto *name : { "data", "net", "vm" })
                QCOMPARE(rig.state(5, name), u"ok"_s);
            QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
        }
    }
};
ZOS_TEST(TestEngineFaults)
#include "tst_enginefaults.moc"

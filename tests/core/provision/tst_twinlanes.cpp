// SPDX-License-Identifier: Apache-2.0
#include "core/provision/twinlanes.h"
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Lanes alone, with jobs that end when they are told to; then the engine on top of them.
class TestTwinLanes : public QObject
{
    Q_OBJECT
    QStringList m_log;
    QMap<QString, std::shared_ptr<zos::detail::Gate>> m_running;
    std::unique_ptr<TaskScope> m_scope;
    std::unique_ptr<TwinLanes> m_lanes;

    static DeploymentKey key(quint32 twin, quint64 contract = 1)
    {
        return { TwinId(twin), ContractId(contract) };
    }
    static Task<void> job(TestTwinLanes *test, QString name)
    {
        const auto gate = std::make_shared<zos::detail::Gate>();
        test->m_log += name;
        test->m_running.insert(name, gate);
        co_await gate->opened();
        test->m_running.remove(name);
    }
    void add(const QString &name, quint32 twin, quint64 contract = 1, bool urgent = false)
    {
        m_lanes->add(
            key(twin, contract), u"settle"_s, urgent, [this, name] { return job(this, name); });
    }
    bool runs(const QStringList &names)
    {
        return eventually([&] { return m_running.keys() == names; });
    }
    void end(const QString &name) { m_running.value(name)->open(); }
    void makeLanes(int most)
    {
        m_lanes = std::make_unique<TwinLanes>(
            most, [this](Task<void> task) { m_scope->spawn(std::move(task)); });
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }
    void init()
    {
        m_log.clear();
        m_scope = std::make_unique<TaskScope>();
        makeLanes(2);
    }
    void cleanup()
    {
        m_lanes->close();
        for (const auto &gate : std::as_const(m_running))
            gate->open();
        testing::wait(m_scope->finish());
        m_scope.reset();
        m_running.clear();
    }

    void jobsOfATwinTakeTurns()
    {
        add(u"a1"_s, 1, 1);
        add(u"a2"_s, 1, 2);
        add(u"a3"_s, 1, 3);
        QVERIFY(runs({ u"a1"_s }));
        QCOMPARE(m_lanes->pending(), 3);
        QCOMPARE(m_lanes->position(key(1, 1)), -1); // runs
        QCOMPARE(m_lanes->position(key(1, 3)), 2);
        end(u"a1"_s);
        QVERIFY(runs({ u"a2"_s }));
        end(u"a2"_s);
        QVERIFY(runs({ u"a3"_s }));
        QCOMPARE(m_log, QStringList({ u"a1"_s, u"a2"_s, u"a3"_s }));
    }
    void twinsRunSideBySideUpToTheLimit()
    {
        for (quint32 twin = 1; twin <= 4; ++twin)
            add(u"t%1"_s.arg(twin), twin);
        QVERIFY(runs({ u"t1"_s, u"t2"_s }));
        end(u"t2"_s);
        QVERIFY(runs({ u"t1"_s, u"t3"_s }));
        end(u"t3"_s);
        QVERIFY(runs({ u"t1"_s, u"t4"_s }));
        end(u"t4"_s);
        QVERIFY(runs({ u"t1"_s }));
        QCOMPARE(m_lanes->pending(), 1);
    }
    void nobodyWaitsBehindABusyNeighboursWholeQueue()
    {
        makeLanes(1);
        for (quint64 contract = 1; contract <= 3; ++contract)
            add(u"a%1"_s.arg(contract), 1, contract);
        add(u"b1"_s, 2);
        for (const auto &name : { u"a1"_s, u"a2"_s, u"b1"_s, u"a3"_s }) {
            QVERIFY(runs({ name }));
            end(name);
        }
        QVERIFY(runs({}));
    }
    void aWaitingJobIsEnough()
    {
        add(u"a1"_s, 1, 1);
        add(u"a2"_s, 1, 2);
        add(u"again"_s, 1, 2); // waits already
        QVERIFY(runs({ u"a1"_s }));
        add(u"afterwards"_s, 1, 1); // the running one may have looked too early
        QCOMPARE(m_lanes->pending(), 3);
        end(u"a1"_s);
        QVERIFY(runs({ u"a2"_s }));
        end(u"a2"_s);
        QVERIFY(runs({ u"afterwards"_s }));
        QCOMPARE(m_log, QStringList({ u"a1"_s, u"a2"_s, u"afterwards"_s }));
    }
    void urgentJobsGoFirst()
    {
        add(u"a1"_s, 1, 1);
        add(u"a2"_s, 1, 2);
        add(u"a3"_s, 1, 3);
        add(u"urgent"_s, 1, 3, true);
        QVERIFY(runs({ u"a1"_s }));
        QCOMPARE(m_lanes->pending(), 3);
        end(u"a1"_s);
        QVERIFY(runs({ u"urgent"_s }));
        end(u"urgent"_s);
        QVERIFY(runs({ u"a2"_s }));
        QCOMPARE(m_log, QStringList({ u"a1"_s, u"urgent"_s, u"a2"_s }));
    }
    void closedLanesBeginNothing()
    {
        add(u"a1"_s, 1, 1);
        add(u"a2"_s, 1, 2);
        QVERIFY(runs({ u"a1"_s }));
        m_lanes->close();
        add(u"a3"_s, 1, 3);
        QCOMPARE(m_lanes->pending(), 1);
        end(u"a1"_s);
        QVERIFY(runs({}));
        QVERIFY(eventually([this] { return m_lanes->pending() == 0; }));
        QCOMPARE(m_log, QStringList { u"a1"_s });
    }
    void countsWhatWaitsAndWhatRuns()
    {
        add(u"a1"_s, 1);
        add(u"b1"_s, 2);
        QVERIFY(runs({ u"a1"_s, u"b1"_s }));
        end(u"a1"_s);
        QVERIFY(runs({ u"b1"_s }));
        QCOMPARE(m_lanes->pending(), 1);
        end(u"b1"_s);
        QVERIFY(eventually([this] { return m_lanes->pending() == 0; }));
    }
    void aThousandJobsThatNeverWaitKeepTheStackFlat()
    {
        int done = 0;
        for (quint64 contract = 1; contract <= 1000; ++contract)
            m_lanes->add(key(1, contract), u"settle"_s, false, [&done]() {
                ++done;
                return []() -> Task<void> { co_return; }();
            });
        QVERIFY(eventually([&done] { return done == 1000; }));
    }

    // ---- the engine
    void aStepThatHangsHoldsUpItsOwnTwinOnly()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"volumes.createDisk 42-5-data"_s);
        const auto deploy = [&rig](quint64 contract, quint32 twin) {
            return testing::wait(
                rig.engine->deploy(
                    TwinId(twin), rig.request(contract, 0, { Rig::disk("data", 1 << 20) }, twin)))
                .has_value();
        };
        QVERIFY(deploy(5, Rig::kTwin) && deploy(6, Rig::kTwin) && deploy(7, Rig::kTwin + 1));
        QVERIFY(eventually([&rig] { return rig.world->volumes.contains(u"disk 43-7-data"_s); }));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() == 1; }));
        QCOMPARE(rig.state(6, "data"), u"init"_s); // the same twin: in turn
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(6, "data"), u"ok"_s);
        const auto log = rig.world->callLog();
        QVERIFY(log.indexOf(u"volumes.createDisk 43-7-data"_s)
            < log.indexOf(u"volumes.createDisk 42-6-data"_s));
    }
    void fourTwinsAtATime()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"volumes.createDisk"_s);
        for (quint32 twin = 50; twin < 56; ++twin) {
            rig.ledger.twins.insert(
                TwinId(twin), Twin { TwinId(twin), rig.stranger.publicKey(), {}, {}, {} });
            const auto json = rig.request(twin, 0, { Rig::disk("data", 1 << 20) }, twin);
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(twin), json)));
        }
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() == 4; }));
        QVERIFY(rig.engine->get(TwinId(55), ContractId(55))); // reads do not wait
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->volumes.size(), 6);
    }
    void aCancelOvertakesWhatItsTwinHasQueued()
    {
        Rig rig;
        QVERIFY(rig.start());
        for (quint64 contract = 5; contract < 9; ++contract) {
            if (contract == 6)
                rig.world->stallCalls(u"volumes.createDisk"_s);
            QVERIFY(testing::wait(rig.engine->deploy(
                TwinId(Rig::kTwin), rig.request(contract, 0, { Rig::disk("data", 1 << 20) }))));
            if (contract == 5)
                QVERIFY(rig.idle());
        }
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() == 1; }));
        rig.ledger.cancel(ContractId(5));
        rig.ledger.cancel(ContractId(8)); // it never began
        // The chain was looked at and both ends are decided; the lane is still at work.
        QVERIFY(eventually([&rig] { return rig.memory.contents().tombstones.size() == 2; }));
        rig.world->goOn();
        QVERIFY(rig.idle());
        const auto log = rig.world->callLog();
        QVERIFY(log.indexOf(u"volumes.removeDisk 42-5-data"_s)
            < log.indexOf(u"volumes.createDisk 42-7-data"_s));
        QVERIFY(!log.contains(u"volumes.createDisk 42-8-data"_s));
        QCOMPARE(rig.world->volumes.size(), 2);
    }
};
ZOS_TEST(TestTwinLanes)
#include "tst_twinlanes.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/base/agenda.h"
#include "core/provision/machinesupervisor.h"
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// The supervisor alone, then the engine with a guest that misbehaves.
class TestMachineSupervisor : public QObject
{
    Q_OBJECT
    const QString m_id = u"7-1-vm"_s;
    FakeClock m_clock;
    std::unique_ptr<Agenda> m_agenda;
    std::unique_ptr<MachineSupervisor> m_supervisor;
    int m_starts = 0;
    int m_destroyed = 0;
    QStringList m_said;

    void later(std::chrono::milliseconds time)
    {
        m_clock.advance(time);
        m_agenda->runDue();
    }
    // The machine stops; the next start comes within a fifth around that time.
    bool startsAfter(std::chrono::milliseconds time)
    {
        const int before = m_starts;
        later(time * 8 / 10 - 1ms);
        if (m_starts != before)
            return false;
        later(time * 4 / 10 + 2ms);
        return m_starts == before + 1;
    }
    bool crashes(std::chrono::milliseconds delay)
    {
        m_supervisor->running(m_id);
        m_supervisor->stopped(m_id, u"the guest crashed"_s);
        return startsAfter(delay);
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
        m_starts = m_destroyed = 0;
        m_said.clear();
        m_supervisor.reset();
        m_agenda = std::make_unique<Agenda>(m_clock);
        m_supervisor = std::make_unique<MachineSupervisor>(m_clock, *m_agenda,
            MachineSupervisor::Actions { [this](const QString &) { ++m_starts; },
                [this](const QString &) { ++m_destroyed; },
                [this](const QString &, const QString &message) { m_said += message; } });
    }

    void startsAgainSlowerAndSlower()
    {
        for (auto delay = 1000ms; delay < 300s; delay *= 2)
            QVERIFY2(crashes(delay), qPrintable(QString::number(delay.count())));
        QCOMPARE(m_starts, 9);
        QVERIFY(m_said.isEmpty());
        QVERIFY(!m_supervisor->isTroubled(m_id));
    }
    void saysSoAndGoesOnEveryFiveMinutes()
    {
        for (int n = 0; n < 9; ++n) {
            m_supervisor->running(m_id);
            m_supervisor->stopped(m_id, u"kernel panic"_s);
            later(6min / 10); // at most, on average of the nine
            for (int more = 0; m_starts == n && more < 10; ++more)
                later(36s);
            QCOMPARE(m_starts, n + 1);
        }
        QVERIFY(m_said.isEmpty());
        m_supervisor->running(m_id);
        m_supervisor->stopped(m_id, u"exit status 3"_s);
        QCOMPARE(
            m_said, QStringList { u"machine keeps crashing: 10 starts, last: exit status 3"_s });
        QVERIFY(m_supervisor->isTroubled(m_id));
        for (int n = 10; n < 60; ++n) { // for hours, never more often, never less
            QVERIFY(startsAfter(5min));
            m_supervisor->running(m_id);
            m_supervisor->stopped(m_id, u"exit status 3"_s);
        }
        QCOMPARE(m_destroyed, 0);
    }
    void tenMinutesOfRunningResetIt()
    {
        for (int n = 0; n < 12; ++n) {
            m_supervisor->running(m_id);
            m_supervisor->stopped(m_id, u"kernel panic"_s);
        }
        QVERIFY(m_supervisor->isTroubled(m_id));
        m_supervisor->running(m_id);
        later(10min - 1ms);
        QVERIFY(m_supervisor->isTroubled(m_id));
        later(1ms);
        QVERIFY(!m_supervisor->isTroubled(m_id));
        QCOMPARE(m_said.last(), QString());
        const auto said = m_said.size();
        QVERIFY(crashes(1s));
        QCOMPARE(m_said.size(), said); // counted from one
    }
    void aShorterRunResetsNothing()
    {
        QVERIFY(crashes(1s));
        m_supervisor->running(m_id);
        later(9min);
        m_supervisor->stopped(m_id, u"the guest crashed"_s);
        QVERIFY(startsAfter(2s));
    }
    void aPowerOffIsAWishToRestart()
    {
        m_supervisor->running(m_id);
        later(60s);
        m_supervisor->stopped(m_id, u"power-off by the guest"_s);
        later(2s - 1ms);
        QCOMPARE(m_starts, 0);
        later(1ms);
        QCOMPARE(m_starts, 1);
        QVERIFY(crashes(1s)); // it was no failure
    }
    void aQuickPowerOffIsAFailure()
    {
        for (int n = 0; n < 10; ++n) {
            m_supervisor->running(m_id);
            later(4s);
            m_supervisor->stopped(m_id, u"power-off by the guest"_s);
            later(0s);
        }
        QCOMPARE(m_said,
            QStringList { u"machine keeps crashing: 10 starts, last: power-off after 4 s"_s });
    }
    void failuresLongAgoAreForgotten()
    {
        // One crash every 9 minutes is a nuisance, not a loop.
        for (int n = 0; n < 30; ++n) {
            m_supervisor->running(m_id);
            later(9min);
            m_supervisor->stopped(m_id, u"the guest crashed"_s);
            later(6min);
        }
        QVERIFY(m_said.isEmpty());
    }
    void aRebootStormIsEnded()
    {
        m_supervisor->running(m_id);
        for (int n = 0; n < 4; ++n) {
            m_supervisor->rebooted(m_id);
            later(59s);
        }
        QCOMPARE(m_destroyed, 0);
        m_supervisor->rebooted(m_id);
        QCOMPARE(m_destroyed, 1);
        m_supervisor->stopped(m_id, u"destroyed"_s); // our own doing is no second failure
        QVERIFY(startsAfter(1s));
    }
    void slowRebootsAreFine()
    {
        m_supervisor->running(m_id);
        for (int n = 0; n < 20; ++n) {
            later(60s);
            m_supervisor->rebooted(m_id);
        }
        QCOMPARE(m_destroyed, 0);
    }
    void aStopBeforeTheStartIsKnownCounts()
    {
        m_supervisor->starting(m_id);
        m_supervisor->stopped(m_id, u"the guest crashed"_s);
        QCOMPARE(m_starts, 0);
        m_supervisor->running(m_id);
        QVERIFY(startsAfter(1s));
        // News from before this start do not.
        m_supervisor->forget(m_id);
        m_supervisor->stopped(m_id, u"the guest crashed"_s);
        m_supervisor->starting(m_id);
        m_supervisor->running(m_id);
        const int before = m_starts;
        later(1min);
        QCOMPARE(m_starts, before);
    }
    void aStopIsCountedOnce()
    {
        m_supervisor->running(m_id);
        for (int n = 0; n < 20; ++n)
            m_supervisor->stopped(m_id, u"the guest crashed"_s);
        QVERIFY(m_said.isEmpty());
        QVERIFY(startsAfter(1s));
    }
    void aFailedStartIsTriedAgain()
    {
        m_supervisor->running(m_id);
        m_supervisor->stopped(m_id, u"the guest crashed"_s);
        QVERIFY(startsAfter(1s));
        m_supervisor->startFailed(m_id, u"no memory"_s);
        QVERIFY(startsAfter(2s));
        m_supervisor->startFailed(u"7-1-unknown"_s, u"no memory"_s);
        later(1h);
        QCOMPARE(m_starts, 2);
    }
    void whatIsForgottenStaysDown()
    {
        m_supervisor->running(m_id);
        m_supervisor->stopped(m_id, u"the guest crashed"_s);
        m_supervisor->forget(m_id);
        later(1h);
        QCOMPARE(m_starts, 0);
        m_supervisor->rebooted(m_id);
        QCOMPARE(m_destroyed, 0);
    }
    void machinesAreCountedApart()
    {
        for (int n = 0; n < 9; ++n) {
            for (const auto &id : { u"7-1-a"_s, u"7-1-b"_s }) {
                m_supervisor->running(id);
                m_supervisor->stopped(id, u"the guest crashed"_s);
            }
        }
        QVERIFY(m_said.isEmpty());
    }

    // ---- the engine
    void aCrashLoopIsShownAndNothingIsLost()
    {
        Rig rig;
        QVERIFY(rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        const auto world = rig.world->snapshot();
        const auto history = rig.changes(5);
        for (int n = 0; n < 10; ++n) {
            QVERIFY(rig.world->machines.contains(u"42-5-vm"_s));
            QCOMPARE(rig.result(5, "vm").message, QString());
            rig.machines.crash(u"42-5-vm"_s, u"exit status 3"_s);
            for (int more = 0; n < 9 && rig.world->machines.isEmpty() && more < 12; ++more)
                QVERIFY(rig.later(30s));
        }
        const auto shown = u"machine keeps crashing: 10 starts, last: exit status 3"_s;
        QCOMPARE(rig.state(5, "vm"), u"ok"_s); // capacity and contract stay
        QCOMPARE(rig.result(5, "vm").message, shown);
        QCOMPARE(rig.engine->usage().used.mru, 1_GiB);
        QVERIFY(rig.later(5min));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.result(5, "vm").message, shown); // a start proves nothing
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.result(5, "vm").message, QString());
        QCOMPARE(rig.changes(5), history);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 11);
        QCOMPARE(rig.count(u"volumes.removeVolume"_s), 0);
    }
    void aPauseEndsTheLoop()
    {
        Rig rig;
        QVERIFY(rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        for (int n = 0; n < 10; ++n) {
            rig.machines.crash(u"42-5-vm"_s, u"exit status 3"_s);
            for (int more = 0; n < 9 && rig.world->machines.isEmpty() && more < 12; ++more)
                QVERIFY(rig.later(30s));
        }
        QVERIFY(rig.result(5, "vm").message.startsWith(u"machine keeps crashing"));
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        QCOMPARE(rig.result(5, "vm").message, u"paused"_s);
        QVERIFY(rig.later(1h));
        QVERIFY(rig.world->machines.isEmpty());
        rig.ledger.setGrace(ContractId(5), false);
        QVERIFY(rig.idle());
        QCOMPARE(rig.result(5, "vm").message, QString());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QVERIFY(rig.world->machines.contains(u"42-5-vm"_s));
    }
    void aRebootStormIsBroken()
    {
        Rig rig;
        QVERIFY(rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        for (int n = 0; n < 5; ++n)
            rig.machines.reboot(u"42-5-vm"_s);
        QVERIFY(rig.idle());
        QCOMPARE(rig.count(u"machines.destroy"_s), 1);
        QVERIFY(rig.world->machines.isEmpty());
        QVERIFY(rig.later(2s));
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
    }
    void aMachineThatIsDeletedIsLeftAlone()
    {
        Rig rig;
        QVERIFY(rig.start()
            && testing::wait(
                rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        rig.machines.crash(u"42-5-vm"_s, u"exit status 3"_s);
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle() && rig.later(1h));
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
    }
};
ZOS_TEST(TestMachineSupervisor)
#include "tst_machinesupervisor.moc"

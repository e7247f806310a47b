// SPDX-License-Identifier: Apache-2.0
#include "core/base/agenda.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestAgenda : public QObject
{
    Q_OBJECT
    QStringList m_done;

    std::function<void()> note(const QString &what)
    {
        return [this, what] { m_done += what; };
    }

private Q_SLOTS:
    void init() { m_done.clear(); }

    void happensAtItsTimeAndOnce()
    {
        FakeClock clock;
        Agenda agenda(clock);
        agenda.at(u"a"_s, 10s, note(u"a"_s));
        clock.advance(9999ms);
        agenda.runDue();
        QCOMPARE(m_done, QStringList());
        QVERIFY(agenda.contains(u"a"_s));
        clock.advance(1ms);
        agenda.runDue();
        QCOMPARE(m_done, QStringList { u"a"_s });
        QVERIFY(!agenda.contains(u"a"_s));
        clock.advance(1h);
        agenda.runDue();
        QCOMPARE(m_done.size(), 1);
    }
    void aNameIsThereOnce()
    {
        FakeClock clock;
        Agenda agenda(clock);
        agenda.at(u"a"_s, 10s, note(u"first"_s));
        agenda.at(u"a"_s, 20s, note(u"second"_s));
        clock.advance(10s);
        agenda.runDue();
        QCOMPARE(m_done, QStringList());
        clock.advance(10s);
        agenda.runDue();
        QCOMPARE(m_done, QStringList { u"second"_s });
    }
    void earlierNeverDelays()
    {
        FakeClock clock;
        Agenda agenda(clock);
        agenda.earlier(u"a"_s, 10s, note(u"new"_s));
        agenda.earlier(u"a"_s, 20s, note(u"late"_s));
        QCOMPARE(*agenda.nextDue(), clock.monotonic() + 10s);
        agenda.earlier(u"a"_s, 5s, note(u"soon"_s));
        QCOMPARE(*agenda.nextDue(), clock.monotonic() + 5s);
        clock.advance(1h);
        agenda.runDue();
        QCOMPARE(m_done, QStringList { u"soon"_s });
    }
    void whatIsDroppedDoesNotHappen()
    {
        FakeClock clock;
        Agenda agenda(clock);
        agenda.at(u"a"_s, 1s, note(u"a"_s));
        agenda.at(u"b"_s, 1s, note(u"b"_s));
        agenda.drop(u"a"_s);
        agenda.drop(u"unknown"_s);
        clock.advance(1s);
        agenda.runDue();
        QCOMPARE(m_done, QStringList { u"b"_s });
        agenda.at(u"c"_s, 1s, note(u"c"_s));
        agenda.clear();
        QVERIFY(!agenda.nextDue());
        clock.advance(1h);
        agenda.runDue();
        QCOMPARE(m_done.size(), 1);
    }
    void callsMayPlanAndDrop()
    {
        FakeClock clock;
        Agenda agenda(clock);
        // Again and again, as back-offs do; what is planned meanwhile waits for the next look.
        agenda.at(u"a"_s, 1s, [&] {
            m_done += u"a"_s;
            agenda.at(u"a"_s, 0s, note(u"again"_s));
            agenda.clear();
            agenda.at(u"b"_s, 0s, note(u"b"_s));
        });
        clock.advance(1s);
        agenda.runDue();
        QCOMPARE(m_done, QStringList { u"a"_s });
        agenda.runDue();
        QCOMPARE(m_done, QStringList({ u"a"_s, u"b"_s }));
    }
    void aWallClockThatJumpsMovesNothing()
    {
        FakeClock clock;
        Agenda agenda(clock);
        agenda.at(u"a"_s, 10s, note(u"a"_s));
        clock.jumpWallClock(4'000'000'000s);
        agenda.runDue();
        QCOMPARE(m_done, QStringList());
        clock.jumpWallClock(0s);
        clock.advance(10s);
        agenda.runDue();
        QCOMPARE(m_done.size(), 1);
    }
    void aTimerDoesItByItself()
    {
        const SystemClock clock;
        Agenda agenda(clock);
        agenda.at(u"hour"_s, 1h, note(u"hour"_s));
        agenda.at(u"soon"_s, 1ms, note(u"soon"_s));
        QVERIFY(testing::eventually([this] { return !m_done.isEmpty(); }));
        QCOMPARE(m_done, QStringList { u"soon"_s });
    }
};
ZOS_TEST(TestAgenda)
#include "tst_agenda.moc"

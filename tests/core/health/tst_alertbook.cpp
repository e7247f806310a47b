// SPDX-License-Identifier: Apache-2.0
#include "core/health/alertbook.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestAlertBook : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void opensAfterItsHold()
    {
        FakeClock clock;
        AlertBook book(clock);
        const qint64 begin = clock.now().count();
        const QList<AlertBook::Trigger> trouble { { u"chain"_s, u"chain.unreachable"_s,
            { { u"servers"_s, 4 } } } };
        for (int second = 0; second < 60; ++second, clock.advance(1s)) {
            book.observe(trouble);
            QVERIFY2(book.open().isEmpty(), qPrintable(QString::number(second)));
        }
        book.observe(trouble);
        QCOMPARE(book.open().size(), 1);
        const auto alert = book.open().first();
        QCOMPARE(alert.ref, u"ZOS-CHAIN-001"_s);
        QCOMPARE(alert.severity, u"warn"_s);
        QCOMPARE(alert.sinceMs, begin);
        QCOMPARE(alert.count, 1);
        QCOMPARE(alert.params[u"servers"_s].toInt(), 4);
    }
    void becomesCriticalLater()
    {
        FakeClock clock;
        AlertBook book(clock);
        const QList<AlertBook::Trigger> trouble { { u"chain"_s, u"chain.unreachable"_s, {} } };
        for (int i = 0; i <= 30; ++i, clock.advance(10s))
            book.observe(trouble);
        QCOMPARE(book.open().first().severity, u"crit"_s);
        QCOMPARE(book.open().first().count, 1);
    }
    void shortTroubleNeverOpens()
    {
        FakeClock clock;
        AlertBook book(clock);
        for (int i = 0; i < 20; ++i) {
            book.observe({ { u"ygg"_s, u"ygg.no_peers"_s, {} } });
            clock.advance(40s);
            book.observe({});
            QVERIFY(book.open().isEmpty());
        }
    }
    void closesAfterHealth()
    {
        FakeClock clock;
        AlertBook book(clock);
        book.observe({ { u"kvm"_s, u"hw.no_kvm"_s, {} } });
        QCOMPARE(book.open().size(), 1);
        clock.advance(29s);
        book.observe({});
        QCOMPARE(book.open().size(), 1);
        clock.advance(1s);
        book.observe({});
        QVERIFY(book.open().isEmpty());
    }
    void remembersAReturningAlert()
    {
        FakeClock clock;
        AlertBook book(clock);
        const qint64 first = clock.now().count();
        const QList<AlertBook::Trigger> trouble { { u"kvm"_s, u"hw.no_kvm"_s, {} } };
        book.observe(trouble);
        clock.advance(31s);
        book.observe({});
        QVERIFY(book.open().isEmpty());
        clock.advance(9min);
        book.observe(trouble);
        QCOMPARE(book.open().first().sinceMs, first);
        QCOMPARE(book.open().first().count, 2);
        clock.advance(31s);
        book.observe({});
        clock.advance(11min);
        book.observe({});
        const qint64 later = clock.now().count();
        book.observe(trouble);
        QCOMPARE(book.open().first().sinceMs, later);
        QCOMPARE(book.open().first().count, 1);
    }
    void wallClockStepsDoNotMatter()
    {
        FakeClock clock;
        AlertBook book(clock);
        const QList<AlertBook::Trigger> trouble { { u"time"_s, u"time.unsynced"_s, {} } };
        book.observe(trouble);
        clock.jumpWallClock(5s);
        book.observe(trouble);
        QVERIFY(book.open().isEmpty());
        for (int i = 0; i < 30; ++i) {
            clock.advance(10s);
            book.observe(trouble);
        }
        QCOMPARE(book.open().size(), 1);
    }
    void worstFirstThenOldest()
    {
        FakeClock clock;
        AlertBook book(clock);
        book.observe(
            { { u"w2"_s, u"wl.error"_s, {}, u"info"_s }, { u"a"_s, u"disk.wearing"_s, {} } });
        clock.advance(1s);
        book.observe({ { u"w2"_s, u"wl.error"_s, {}, u"info"_s }, { u"a"_s, u"disk.wearing"_s, {} },
            { u"b"_s, u"disk.hot"_s, {} }, { u"c"_s, u"hw.no_kvm"_s, {} } });
        QStringList keys;
        for (const auto &alert : book.open())
            keys += alert.key;
        QCOMPARE(keys, (QStringList { u"c"_s, u"a"_s, u"b"_s }));
    }
    void unknownCodesAndFloodsAreBounded()
    {
        FakeClock clock;
        AlertBook book(clock);
        QList<AlertBook::Trigger> many { { u"x"_s, u"no.such_code"_s, {} } };
        for (int i = 0; i < 1000; ++i)
            many += { QString::number(i), u"disk.hot"_s, {} };
        book.observe(many);
        QCOMPARE(book.open().size(), 256);
        QVERIFY(!alertRule(u"no.such_code"_s));
    }
};

ZOS_TEST(TestAlertBook)
#include "tst_alertbook.moc"

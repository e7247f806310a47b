// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/twindirectory.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestTwinDirectory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void remembersFoundTwins()
    {
        testing::TwinsLedger ledger;
        ledger.put(7, QByteArray(32, 'a'));
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        QCOMPARE(testing::wait(directory.twin(TwinId(7)))->account, QByteArray(32, 'a'));
        clock.advance(599s);
        QVERIFY(testing::wait(directory.twin(TwinId(7))).has_value());
        QCOMPARE(ledger.lookups, 1);
        clock.advance(2s);
        QVERIFY(testing::wait(directory.twin(TwinId(7))).has_value());
        QCOMPARE(ledger.lookups, 2);
    }
    void remembersAbsentTwinsShortly()
    {
        testing::TwinsLedger ledger;
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        QCOMPARE(testing::wait(directory.twin(TwinId(7))).error().code, ErrorCode::NotFound);
        ledger.put(7, QByteArray(32, 'a'));
        QCOMPARE(testing::wait(directory.twin(TwinId(7))).error().code, ErrorCode::NotFound);
        QCOMPARE(ledger.lookups, 1);
        clock.advance(11s);
        QVERIFY(testing::wait(directory.twin(TwinId(7))).has_value());
    }
    void neverRemembersTrouble()
    {
        testing::TwinsLedger ledger;
        ledger.put(7, QByteArray(32, 'a'));
        ledger.offline = true;
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        QCOMPARE(testing::wait(directory.twin(TwinId(7))).error().code, ErrorCode::Unavailable);
        ledger.offline = false;
        QVERIFY(testing::wait(directory.twin(TwinId(7))).has_value());
    }
    void asksOnceForManyAskers()
    {
        testing::TwinsLedger ledger;
        ledger.put(7, QByteArray(32, 'a'));
        ledger.delay = 5ms;
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        TaskScope scope;
        int answered = 0;
        for (int i = 0; i < 20; ++i) {
            scope.spawn([](TwinDirectory *twins, int *count) -> Task<void> {
                const auto twin = co_await twins->twin(TwinId(7));
                *count += twin ? 1 : 0;
            }(&directory, &answered));
        }
        QVERIFY(testing::eventually([&] { return answered == 20; }));
        QCOMPARE(ledger.lookups, 1);
        testing::wait(scope.finish());
    }
    void fetchesAnewForABadSignature()
    {
        testing::TwinsLedger ledger;
        ledger.put(7, QByteArray(32, 'a'));
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        QVERIFY(testing::wait(directory.twin(TwinId(7))).has_value());
        ledger.put(7, QByteArray(32, 'b'));
        QCOMPARE(testing::wait(directory.refreshed(TwinId(7)))->account,
            QByteArray(32, 'a')); // just asked
        clock.advance(11s);
        QCOMPARE(testing::wait(directory.refreshed(TwinId(7)))->account, QByteArray(32, 'b'));
        QCOMPARE(ledger.lookups, 2);
    }
    void followsTheLedger()
    {
        testing::TwinsLedger ledger;
        ledger.put(7, QByteArray(32, 'a'));
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        QVERIFY(testing::wait(directory.twin(TwinId(7))).has_value());
        ledger.put(7, QByteArray(32, 'b'));
        ledger.announce(7);
        QCOMPARE(testing::wait(directory.twin(TwinId(7)))->account, QByteArray(32, 'b'));
    }
    void isBounded()
    {
        testing::TwinsLedger ledger;
        FakeClock clock;
        TwinDirectory directory(&ledger, &clock);
        ledger.put(1, QByteArray(32, 'a'));
        QVERIFY(testing::wait(directory.twin(TwinId(1))).has_value());
        for (quint32 id = 2; id < 12'000; ++id)
            QVERIFY(!testing::wait(directory.twin(TwinId(id))));
        QVERIFY(directory.size() <= 10'000);
        QVERIFY(testing::wait(directory.twin(TwinId(1))).has_value());
        QCOMPARE(ledger.lookups, 11'999); // known twins stay when made-up ones fill the table
    }
};
ZOS_TEST(TestTwinDirectory)
#include "tst_twindirectory.moc"

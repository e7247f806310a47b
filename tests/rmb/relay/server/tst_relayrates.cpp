// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayrates.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using Verdict = zos::rmb::RelayRates::Verdict;

class TestRelayRates : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsMessages()
    {
        FakeClock clock;
        RelayRates rates(3, 1'000'000, &clock);
        for (int i = 0; i < 3; ++i)
            QCOMPARE(rates.take(TwinId(7), 1), Verdict::Fine);
        QCOMPARE(rates.take(TwinId(7), 1), Verdict::Over);
        QCOMPARE(rates.take(TwinId(8), 1), Verdict::Fine); // somebody else's business
        clock.advance(std::chrono::seconds(59));
        QCOMPARE(rates.take(TwinId(7), 1), Verdict::Over);
        clock.advance(std::chrono::seconds(1));
        QCOMPARE(rates.take(TwinId(7), 1), Verdict::Fine);
    }
    void countsBytes()
    {
        FakeClock clock;
        RelayRates rates(1000, 100, &clock);
        QCOMPARE(rates.take(TwinId(7), 60), Verdict::Fine);
        QCOMPARE(rates.take(TwinId(7), 40), Verdict::Fine);
        QCOMPARE(rates.take(TwinId(7), 1), Verdict::Over);
        clock.advance(std::chrono::minutes(1));
        QCOMPARE(rates.take(TwinId(7), 101), Verdict::Over);
    }
    void tenfoldIsAbuse()
    {
        FakeClock clock;
        RelayRates rates(2, 1'000'000, &clock);
        for (int i = 0; i < 20; ++i)
            QVERIFY(rates.take(TwinId(7), 1) != Verdict::Abuse);
        QCOMPARE(rates.take(TwinId(7), 1), Verdict::Abuse);
        QCOMPARE(rates.take(TwinId(8), 10'000'001), Verdict::Abuse);
    }
    void forgetsFinishedMinutes()
    {
        FakeClock clock;
        RelayRates rates(2, 100, &clock);
        for (quint32 twin = 1; twin <= 5'000; ++twin) {
            rates.take(TwinId(twin), 1);
            clock.advance(std::chrono::milliseconds(100));
        }
        QVERIFY2(rates.size() <= 1025, qPrintable(QString::number(rates.size())));
    }
};

ZOS_TEST(TestRelayRates)
#include "tst_relayrates.moc"

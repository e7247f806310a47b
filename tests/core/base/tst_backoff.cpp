// SPDX-License-Identifier: Apache-2.0
#include "core/base/backoff.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace std::chrono_literals;

class TestBackoff : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void doublesToTheLongest()
    {
        for (int run = 0; run < 200; ++run) {
            Backoff backoff(1000ms, 30'000ms);
            for (const auto middle :
                { 1000ms, 2000ms, 4000ms, 8000ms, 16'000ms, 30'000ms, 30'000ms }) {
                const auto pause = backoff.next();
                QVERIFY2(pause >= middle * 8 / 10 && pause <= middle * 12 / 10,
                    qPrintable(QString::number(pause.count())));
            }
        }
    }
    void beginsAnew()
    {
        Backoff backoff(1000ms, 30'000ms);
        for (int i = 0; i < 5; ++i)
            (void)backoff.next();
        backoff.reset();
        QVERIFY(backoff.next() <= 1200ms);
        QVERIFY(backoff.next() >= 1600ms);
    }
    // Those that lost the same peer do not come back at the same moment.
    void spreads()
    {
        int early = 0;
        int late = 0;
        for (int run = 0; run < 1000; ++run) {
            const auto pause = Backoff(1000ms, 30'000ms).next();
            early += pause < 900ms ? 1 : 0;
            late += pause > 1100ms ? 1 : 0;
        }
        // A quarter each; less than 150 happens once in 10^13 runs.
        QVERIFY2(early > 150, qPrintable(QString::number(early)));
        QVERIFY2(late > 150, qPrintable(QString::number(late)));
    }
};
ZOS_TEST(TestBackoff)
#include "tst_backoff.moc"

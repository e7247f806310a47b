// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/histories/laboratory.h"
#include "tests/support/runner.h"

#include <QElapsedTimer>
#include <QHashSeed>
#include <QLoggingCategory>

#include <cstdio>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;

// Random histories of a node against the reference. ZOS_HISTORIES=N runs N of them,
// ZOS_HISTORY=SEED the one of that seed. What goes wrong is told in its shortest form.
class TestEngineHistories : public QObject
{
    Q_OBJECT
private:
    static inline const QString kSilence = u"zos.*=false"_s;

    static QString wrongWith(const History &history, Laboratory::Tally *tally = nullptr)
    {
        Laboratory lab(history);
        const auto wrong = lab.run();
        if (tally)
            *tally = lab.tally();
        return wrong;
    }

    // Leaves out what is not needed for something to go wrong.
    static History shorter(History history, int tries)
    {
        for (auto part = history.steps.size() / 2; part > 0 && tries > 0;) {
            bool found = false;
            for (qsizetype from = 0; from + part <= history.steps.size() && tries > 0;) {
                auto without = history;
                without.steps.remove(from, part);
                --tries;
                if (wrongWith(without).isEmpty()) {
                    from += part;
                } else {
                    history = without;
                    found = true;
                }
            }
            if (!found || part > history.steps.size())
                part /= 2;
        }
        return history;
    }

    static void report(const History &history, const QString &wrong)
    {
        const auto least = shorter(history, 400);
        QLoggingCategory::setFilterRules({});
        std::printf("What happens in the shortest form of it:\n");
        Laboratory lab(least, true);
        const auto text
            = u"history %1: %2\nits shortest form: %3\n%4\nagain: ZOS_HISTORY=%1 %5 "
              u"TestEngineHistories"_s.arg(history.seed)
                  .arg(wrong, lab.run(), least.text(), QCoreApplication::applicationFilePath());
        QLoggingCategory::setFilterRules(kSilence);
        QFAIL(qPrintable(text));
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QHashSeed::setDeterministicGlobalSeed();
        QLoggingCategory::setFilterRules(kSilence);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void everyHistoryIsOneTheReferenceAllows()
    {
        bool single = false;
        const auto seed = qEnvironmentVariable("ZOS_HISTORY").toULongLong(&single);
        const int count = single ? 1
            : qEnvironmentVariableIsSet("ZOS_HISTORIES")
            ? qEnvironmentVariableIntValue("ZOS_HISTORIES")
            : qEnvironmentVariableIsSet("ZOS_SOAK") ? 10000
                                                    : 200;
        Laboratory::Tally sum;
        QElapsedTimer time;
        time.start();
        for (int n = 0; n < count; ++n) {
            const auto history = History::random(single ? seed : quint64(n) + 1);
            Laboratory::Tally tally;
            if (const auto wrong = wrongWith(history, &tally); !wrong.isEmpty())
                return report(history, wrong);
            sum.accepted += tally.accepted;
            sum.refused += tally.refused;
            sum.lost += tally.lost;
            sum.lives += tally.lives;
            sum.okay += tally.okay;
            sum.failed += tally.failed;
            sum.calls += tally.calls;
        }
        std::printf("HISTORIES %d in %.1f s: %d requests accepted, %d refused, %d without an "
                    "answer; %d calls; %d lives; %d workloads okay and %d failed at the end\n",
            count, double(time.elapsed()) / 1000, sum.accepted, sum.refused, sum.lost, sum.calls,
            sum.lives, sum.okay, sum.failed);
        if (single)
            return;
        // They are about something.
        QVERIFY(sum.accepted > count && sum.refused > count && sum.lost * 4 > count);
        QVERIFY(sum.okay > count && sum.failed * 4 > count && sum.lives > 3 * count);
    }

    // Faults of the engine that showed beyond the histories of the normal run.
    void whatOthersFoundStaysMended_data()
    {
        QTest::addColumn<quint64>("seed");
        QTest::newRow("a change that waited when its workload failed came back") << quint64(3584);
        QTest::newRow("a paused machine ran on when pausing it failed at a start") << quint64(4941);
        QTest::newRow("a growth that was given up was made all the same") << quint64(7655);
        QTest::newRow("a growth whose result was not written was taken for refused")
            << quint64(4448);
    }
    void whatOthersFoundStaysMended()
    {
        QFETCH(quint64, seed);
        const auto history = History::random(seed);
        if (const auto wrong = wrongWith(history); !wrong.isEmpty())
            report(history, wrong);
    }

    void aHistoryAlwaysRunsTheSameWay()
    {
        for (const quint64 seed : { 16U, 17U, 18U, 19U }) {
            Laboratory::Tally tallies[2];
            QString outcomes[2];
            for (int n = 0; n < 2; ++n)
                outcomes[n] = wrongWith(History::random(seed), &tallies[n]);
            QCOMPARE(outcomes[0], outcomes[1]);
            QCOMPARE(tallies[0].calls, tallies[1].calls);
            QCOMPARE(tallies[0].accepted, tallies[1].accepted);
            QCOMPARE(tallies[0].failed, tallies[1].failed);
        }
    }
};
ZOS_TEST(TestEngineHistories)
#include "tst_enginehistories.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/health/selftestrunner.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QTemporaryDir>
#include <QTest>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// 2027-01-15 08:00:00 UTC, so that hours of the day can be seen.
constexpr auto kEight = std::chrono::seconds(1'800'000'000);

class TestSelfTestRunner : public QObject
{
    Q_OBJECT
private:
    struct Lab
    {
        explicit Lab(const QString &path, const FakeClock &time, const QString &boot = u"boot-1"_s)
            : clock(time)
            , runner(results, clock, path, boot)
        {
        }
        ~Lab() { testing::wait(runner.stop()); }
        void add(SelfTestPlan plan)
        {
            const auto name = plan.name;
            runner.add(std::move(plan), [this, name]() -> Task<SelfTestResult> {
                ++runs;
                co_return SelfTestResult { name, u"d"_s, clock.seconds().count(), "[\"x\"]",
                    { u"x"_s } };
            });
        }
        std::chrono::seconds due(const QString &name)
        {
            return std::chrono::floor<std::chrono::seconds>(
                *runner.due(name) - clock.monotonic() + clock.now());
        }

        FakeClock clock;
        SelfTests results;
        SelfTestRunner runner;
        int runs = 0;
    };
    static int runsOf(Lab &lab)
    {
        QCoreApplication::processEvents();
        lab.runner.runDue();
        QCoreApplication::processEvents();
        return lab.runs;
    }

private Q_SLOTS:
    void fixedTimesOfTheDay()
    {
        QCOMPARE(nextSelfTest(kEight, 6h), kEight + 4h); // noon
        QCOMPARE(nextSelfTest(kEight + 4h, 6h), kEight + 10h); // strictly later
        QCOMPARE(nextSelfTest(kEight + 1s, 15min), kEight + 15min);
        QCOMPARE(nextSelfTest(kEight - 1s, 15min), kEight);
        QCOMPARE(nextSelfTest(kEight, 24h), kEight + 16h); // midnight
    }

    void runsAfterTheStartAndThenAtFixedTimes()
    {
        const QTemporaryDir folder;
        Lab lab(folder.filePath(u"results"_s), FakeClock(kEight + 7s));
        lab.add({ u"healthcheck"_s, 15min, 0s, 0s, true });
        lab.add({ u"provisiontest"_s, 24h, 30min, 2min, false });
        lab.runner.start();
        QCOMPARE(runsOf(lab), 1);
        QCOMPARE(lab.due(u"healthcheck"_s), kEight + 15min);
        lab.clock.advance(2min - 1ms);
        QCOMPARE(runsOf(lab), 1);
        lab.clock.advance(1ms);
        QCOMPARE(runsOf(lab), 2);
        QVERIFY(lab.due(u"provisiontest"_s) >= kEight + 16h);
        QVERIFY(lab.due(u"provisiontest"_s) <= kEight + 16h + 30min);
        lab.clock.advance(15min);
        QCOMPARE(runsOf(lab), 3);
        QCOMPARE(lab.results.all().size(), 2);
    }

    void resultsOutliveTheProcessButNotTheBoot()
    {
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"results"_s);
        const FakeClock clock(kEight);
        const SelfTestPlan plan { u"cpu-benchmark"_s, 6h, 0s, 2min, false };
        {
            Lab lab(path, clock);
            lab.add(plan);
            lab.runner.start();
            lab.clock.advance(2min);
            QCOMPARE(runsOf(lab), 1);
        }
        {
            Lab lab(path, clock);
            lab.add(plan);
            lab.add({ u"healthcheck"_s, 15min, 0s, 0s, true });
            lab.runner.start();
            const auto *known = lab.results.find(u"cpu-benchmark");
            QVERIFY(known);
            QCOMPARE(known->timestamp, (kEight + 2min).count());
            QCOMPARE(known->result, "[\"x\"]");
            QCOMPARE(known->troubles, QStringList { u"x"_s });
            QCOMPARE(lab.due(u"cpu-benchmark"_s), kEight + 4h);
            QCOMPARE(runsOf(lab), 1); // the other one: each start looks at its health
        }
        Lab lab(path, clock, u"boot-2"_s);
        lab.add(plan);
        lab.runner.start();
        QVERIFY(!lab.results.find(u"cpu-benchmark"));
        QCOMPARE(lab.due(u"cpu-benchmark"_s), kEight + 2min);
    }

    void doesNotBelieveItsFile_data()
    {
        QTest::addColumn<QByteArray>("text");
        const auto one = [](const QByteArray &members) -> QByteArray {
            return "{\"boot\":\"boot-1\",\"results\":[{" + members + "}]}";
        };
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("{\"boot\":\"boot-1\",\"results\":[");
        QTest::newRow("a list") << QByteArray("[]");
        QTest::newRow("of nobody")
            << one(R"("name":"iperf","timestamp":1,"result":[],"troubles":[])");
        QTest::newRow("no time") << one(R"("name":"healthcheck","result":[],"troubles":[])");
        QTest::newRow("half a second")
            << one(R"("name":"healthcheck","timestamp":1.5,"result":[],"troubles":[])");
        QTest::newRow("a word for a result")
            << one(R"("name":"healthcheck","timestamp":1,"result":"x","troubles":[])");
        QTest::newRow("endless") << QByteArray(2 << 20, ' ');
    }
    void doesNotBelieveItsFile()
    {
        QFETCH(QByteArray, text);
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"results"_s);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        Lab lab(path, FakeClock(kEight));
        lab.add({ u"healthcheck"_s, 15min, 0s, 0s, false });
        lab.runner.start();
        QVERIFY(lab.results.all().isEmpty());
        QCOMPARE(runsOf(lab), 1);
    }
};
ZOS_TEST(TestSelfTestRunner)
#include "tst_selftestrunner.moc"

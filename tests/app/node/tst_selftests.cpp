// SPDX-License-Identifier: Apache-2.0
#include "app/node/cpubenchmark.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace zos;
using namespace Qt::StringLiterals;

class TestSelfTests : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void measuresProcessors()
    {
        const FakeClock clock;
        const auto made = testing::wait(app::benchmarkCpu({ 2, 1, 7 }, &clock, CancelToken()));
        QCOMPARE(made.name, u"cpu-benchmark"_s);
        QCOMPARE(made.timestamp, clock.seconds().count());
        QCOMPARE(made.troubles, QStringList());
        const auto result = QJsonDocument::fromJson(made.result).object();
        QCOMPARE(
            result.keys(), QStringList({ u"multi"_s, u"single"_s, u"threads"_s, u"workloads"_s }));
        QVERIFY(result.value(u"single").toDouble() > 0);
        QVERIFY(result.value(u"multi").toDouble() > 0);
        QCOMPARE(result.value(u"threads").toInt(), 2);
        QCOMPARE(result.value(u"workloads").toInt(), 7);
    }
    void measuringCanBeStopped()
    {
        const FakeClock clock;
        CancelToken token;
        token.cancel();
        const auto made = testing::wait(app::benchmarkCpu({ 2, 1'000'000, 0 }, &clock, token));
        QCOMPARE(made.name, u"cpu-benchmark"_s);
    }
};
ZOS_TEST(TestSelfTests)
#include "tst_selftests.moc"

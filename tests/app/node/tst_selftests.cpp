// SPDX-License-Identifier: Apache-2.0
#include "app/node/cpubenchmark.h"
#include "app/node/provisiontest.h"
#include "hardware/fake/fakenetworks.h"
#include "hardware/fake/fakevolumes.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace zos;
using namespace Qt::StringLiterals;

class TestSelfTests : public QObject
{
    Q_OBJECT
private:
    struct Lab
    {
        Lab()
            : world(std::move(*hw::FakeWorld::fromJson(
                  "{\"memory\":8589934592,\"disks\":[{\"name\":\"sda\",\"size\":107374182400}],"
                  "\"nics\":[{\"name\":\"eth0\"}]}")))
            , volumes(*world)
            , networks(*world)
        {
            testing::wait(volumes.start());
            testing::wait(networks.start());
        }
        app::ProvisionSources sources() { return { &volumes, &networks, &clock }; }
        bool isEmpty()
        {
            return testing::wait(volumes.list())->isEmpty()
                && testing::wait(networks.list())->isEmpty();
        }
        std::unique_ptr<hw::FakeWorld> world;
        hw::FakeVolumes volumes;
        hw::FakeNetworks networks;
        FakeClock clock;
    };

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

    void makesAndRemoves()
    {
        Lab lab;
        const auto made = testing::wait(app::testProvisioning(lab.sources()));
        QCOMPARE(made.name, u"provisiontest"_s);
        QCOMPARE(made.result, "[]");
        QCOMPARE(made.troubles, QStringList());
        for (const auto *call : { "volumes.createDisk", "volumes.formatDisk", "networks.apply" })
            QVERIFY2(lab.world->callLog().join(u' ').contains(QLatin1StringView(call)), call);
        QVERIFY(lab.isEmpty());
    }
    void tellsWhatCannotBeMade_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<QString>("trouble");
        QTest::newRow("disk") << u"volumes.createDisk"_s << u"disk: no"_s;
        QTest::newRow("file system") << u"volumes.formatDisk"_s << u"disk: no"_s;
        QTest::newRow("network") << u"networks.apply"_s << u"network: no"_s;
    }
    void tellsWhatCannotBeMade()
    {
        QFETCH(QString, call);
        QFETCH(QString, trouble);
        Lab lab;
        lab.world->failCalls(call, { ErrorCode::Io, u"no"_s });
        const auto made = testing::wait(app::testProvisioning(lab.sources()));
        QCOMPARE(made.troubles, QStringList { trouble });
        QCOMPARE(made.result, QByteArray("[\"" + trouble.toUtf8() + "\"]"));
        QVERIFY(lab.isEmpty());
    }
    // The process ended in the middle of it.
    void remainsGo()
    {
        Lab lab;
        QVERIFY(testing::wait(lab.volumes.createDisk(u"0-0-selftest"_s, 1_MiB)));
        QVERIFY(!lab.isEmpty());
        QCOMPARE(testing::wait(app::removeTestRemains(lab.sources())), QStringList());
        QVERIFY(lab.isEmpty());
    }
};
ZOS_TEST(TestSelfTests)
#include "tst_selftests.moc"

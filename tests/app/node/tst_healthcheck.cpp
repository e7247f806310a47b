// SPDX-License-Identifier: Apache-2.0
#include "app/node/healthcheck.h"
#include "hardware/fake/fakenetworks.h"
#include "hardware/fake/fakeoverlay.h"
#include "hardware/fake/fakevolumes.h"
#include "tests/support/memoryledger.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

class TestHealthCheck : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsWhatIsWrong_data()
    {
        QTest::addColumn<QString>("wrong");
        QTest::addColumn<QByteArray>("result");
        QTest::addColumn<QStringList>("troubles");
        QTest::newRow("nothing") << QString() << QByteArray("{\"cache\":[],\"network\":[]}")
                                 << QStringList();
        QTest::newRow("pool") << u"pool"_s
                              << QByteArray("{\"cache\":[\"pool pool-sda: read-only\"],"
                                            "\"network\":[]}")
                              << QStringList { u"pool pool-sda: read-only"_s };
        QTest::newRow("ledger") << u"ledger"_s
                                << QByteArray("{\"cache\":[],\"network\":[\"ledger: the chain "
                                              "cannot be reached\"]}")
                                << QStringList { u"ledger: the chain cannot be reached"_s };
        QTest::newRow("overlay") << u"overlay"_s
                                 << QByteArray("{\"cache\":[],\"network\":[\"the overlay is "
                                               "down: not started\"]}")
                                 << QStringList { u"the overlay is down: not started"_s };
        QTest::newRow("networks") << u"networks"_s
                                  << QByteArray("{\"cache\":[],\"network\":[\"netlink says no\"]}")
                                  << QStringList { u"netlink says no"_s };
    }
    void findsWhatIsWrong()
    {
        QFETCH(QString, wrong);
        QFETCH(QByteArray, result);
        QFETCH(QStringList, troubles);
        const QTemporaryDir folder;
        const auto world = std::move(*hw::FakeWorld::fromJson(
            "{\"memory\":8589934592,\"disks\":[{\"name\":\"sda\",\"size\":107374182400}],"
            "\"nics\":[{\"name\":\"eth0\"}]}"));
        hw::FakeVolumes volumes(*world);
        hw::FakeNetworks networks(*world);
        hw::FakeOverlay overlay(*world, u"201::1"_s, u"301::/64"_s);
        testing::MemoryLedger ledger;
        const FakeClock clock;
        QVERIFY(testing::wait(volumes.start()));
        if (wrong != u"overlay")
            QVERIFY(testing::wait(overlay.start()));
        if (wrong == u"pool") {
            world->pools.first().healthy = false;
            world->pools.first().trouble = u"read-only"_s;
        }
        ledger.offline = wrong == u"ledger";
        if (wrong == u"networks")
            world->failCalls(u"networks.addresses"_s, { ErrorCode::Io, u"netlink says no"_s });
        const auto found = testing::wait(
            app::checkHealth({ folder.path(), &volumes, &networks, &overlay, &ledger, &clock }));
        QCOMPARE(found.name, u"healthcheck"_s);
        QCOMPARE(found.timestamp, clock.seconds().count());
        QCOMPARE(found.result, result);
        QCOMPARE(found.troubles, troubles);
        QVERIFY(QDir(folder.path()).isEmpty());
    }
    void noticesAStateFolderThatCannotBeWritten()
    {
        const auto world = std::move(*hw::FakeWorld::fromJson("{\"memory\":8589934592}"));
        hw::FakeVolumes volumes(*world);
        hw::FakeNetworks networks(*world);
        hw::FakeOverlay overlay(*world, {}, {});
        testing::MemoryLedger ledger;
        const FakeClock clock;
        const auto found = testing::wait(app::checkHealth(
            { u"/proc/nothing/here"_s, &volumes, &networks, &overlay, &ledger, &clock }));
        QVERIFY(found.troubles.first().contains(u"/proc/nothing/here cannot be written"));
    }
};
ZOS_TEST(TestHealthCheck)
#include "tst_healthcheck.moc"

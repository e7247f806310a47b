// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// What waits is tried again when there is reason to hope, not only when its time has come.
class TestEngineRetries : public QObject
{
    Q_OBJECT
private:
    static bool deploy(Rig &rig, quint64 contract, const QByteArrayList &workloads)
    {
        return testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(contract, 0, workloads)))
            .has_value();
    }
    // A node that came up again and cannot restore its machine; its next try is minutes away.
    static bool waits(Rig &rig, const QString &call)
    {
        if (!rig.start() || !deploy(rig, 5, Rig::fullSet()) || !rig.idle())
            return false;
        rig.crash();
        rig.world->reboot();
        rig.world->failCalls(call, { ErrorCode::Unavailable, u"not there yet"_s });
        if (!rig.start())
            return false;
        for (const auto time : { 10s, 20s, 40s, 80s, 160s }) {
            if (!rig.later(time))
                return false;
        }
        const auto next = rig.engine->progress(TwinId(Rig::kTwin), ContractId(5))->nextRetry;
        return next && *next - rig.clock.seconds().count() > 200 && !isUp(rig);
    }
    static bool isUp(const Rig &rig) { return rig.world->machines.contains(u"42-5-vm"_s); }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void nothingHappensWithoutAReason()
    {
        Rig rig;
        QVERIFY(waits(rig, u"images.mountRoot"_s));
        rig.world->worksAgain();
        rig.world->clearLog();
        for (int seconds = 0; seconds < 30; ++seconds)
            QVERIFY(rig.later(1s));
        QVERIFY(!isUp(rig));
        QCOMPARE(rig.count(u"images.mountRoot"_s), 0);
        QVERIFY(rig.count(u"networks.uplink"_s) <= 7);
    }

    void libvirtAnswersAgain()
    {
        Rig rig;
        QVERIFY(waits(rig, u"machines.run"_s));
        rig.world->worksAgain();
        Q_EMIT rig.machines.connectionChanged(true);
        QVERIFY(rig.later(1s));
        QVERIFY(isUp(rig));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }

    void theChainAnswersAgain()
    {
        Rig rig;
        QVERIFY(waits(rig, u"images.mountRoot"_s));
        rig.world->worksAgain();
        rig.ledger.goOnline();
        QVERIFY(rig.later(1s));
        QVERIFY(isUp(rig));
    }

    void theWayOutIsThere()
    {
        Rig rig;
        rig.world->nics.first().carrier = false;
        rig.world->nics.first().addresses.clear();
        QVERIFY(waits(rig, u"images.mountRoot"_s));
        rig.world->worksAgain();
        rig.world->nics.first().addresses = { u"192.0.2.7/24"_s };
        QVERIFY(rig.later(5s) && rig.later(1s));
        QVERIFY(!isUp(rig)); // an address and no cable
        rig.world->nics.first().carrier = true;
        QVERIFY(rig.later(5s) && rig.later(1s));
        QVERIFY(isUp(rig));
    }

    void aPoolIsThere()
    {
        Rig rig;
        auto pool = rig.world->pools.takeLast();
        QVERIFY(waits(rig, u"volumes.volume"_s));
        rig.world->worksAgain();
        pool.healthy = false;
        rig.world->pools += pool;
        QVERIFY(rig.later(5s) && rig.later(1s));
        QVERIFY(!isUp(rig));
        rig.world->pools.last().healthy = true;
        QVERIFY(rig.later(5s) && rig.later(1s));
        QVERIFY(isUp(rig));
    }

    void roomBecameFree()
    {
        Rig rig;
        QVERIFY(waits(rig, u"images.mountRoot"_s));
        QVERIFY(deploy(rig, 6, { Rig::disk("other", 1 << 20) }) && rig.idle());
        rig.world->worksAgain();
        rig.ledger.cancel(ContractId(6));
        QVERIFY(rig.idle() && rig.later(1s));
        QVERIFY(isUp(rig));
    }

    // What works for one works for the others.
    void oneThatWorksIsAReasonForAll()
    {
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 5, Rig::fullSet()));
        QVERIFY(deploy(rig, 6, { Rig::machine("late", {}, "10.20.2.9") }) && rig.idle());
        rig.crash();
        rig.world->reboot();
        rig.world->failCalls(u"images.mountRoot"_s, { ErrorCode::Unavailable, u"away"_s });
        QVERIFY(rig.start());
        for (const auto time : { 10s, 20s, 40s, 80s })
            QVERIFY(rig.later(time));
        QVERIFY(!isUp(rig));
        // Another request makes the one try again; that is the reason for the other.
        rig.world->worksAgain();
        rig.ledger.setGrace(ContractId(6), true);
        QVERIFY(rig.idle());
        QVERIFY(rig.world->machines.contains(u"42-6-late"_s));
        QVERIFY(rig.later(1s));
        QVERIFY(isUp(rig));
    }

    void aNetworkIsAReasonForItsTwin()
    {
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 6, { Rig::network() }) && rig.idle());
        QVERIFY(deploy(rig, 5, { Rig::machine("vm", {}) }) && rig.idle());
        rig.crash();
        rig.world->reboot();
        rig.world->failCalls(u"networks.apply"_s, { ErrorCode::Unavailable, u"away"_s });
        QVERIFY(rig.start());
        for (const auto time : { 10s, 20s, 40s, 80s, 160s })
            QVERIFY(rig.later(time));
        rig.world->worksAgain();
        rig.ledger.setGrace(ContractId(6), true); // makes its deployment look again
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s); // in the same moment
        QVERIFY(isUp(rig));
    }

    // However often there is hope, it is not tried more often than every ten seconds.
    void hopesInVainCostLittle()
    {
        Rig rig;
        QVERIFY(waits(rig, u"machines.run"_s));
        rig.world->clearLog();
        for (int seconds = 0; seconds < 60; ++seconds) {
            Q_EMIT rig.machines.connectionChanged(true);
            QVERIFY(rig.later(1s));
        }
        QVERIFY(rig.count(u"machines.run"_s) > 3);
        QVERIFY2(rig.count(u"machines.run"_s) <= 7,
            qPrintable(QString::number(rig.count(u"machines.run"_s))));
    }
};
ZOS_TEST(TestEngineRetries)
#include "tst_engineretries.moc"

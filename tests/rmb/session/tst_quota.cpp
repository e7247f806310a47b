// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/quota.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using namespace std::chrono_literals;

namespace {

QuotaLimits roomy()
{
    QuotaLimits limits;
    limits.places = 100;
    limits.placesPerTwin = 40;
    limits.bytes = 10'000;
    limits.bytesPerTwin = 4'000;
    limits.rate = limits.ratePerTwin = 0;
    limits.byteRate = limits.byteRatePerTwin = 0;
    return limits;
}

int enterUntilRefused(Quota &quota, TwinId twin, QList<Quota::Place> &places, qsizetype bytes = 1)
{
    int taken = 0;
    while (auto place = quota.enter(twin, bytes)) {
        places += std::move(*place);
        ++taken;
    }
    return taken;
}

} // namespace

class TestQuota : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void placesOfOneTwin()
    {
        FakeClock clock;
        Quota quota(roomy(), &clock);
        QList<Quota::Place> places;
        QCOMPARE(enterUntilRefused(quota, TwinId(7), places), 40);
        QCOMPARE(quota.enter(TwinId(7), 1).error().code, ErrorCode::Busy);
        QVERIFY(quota.enter(TwinId(8), 1).has_value()); // and given back at once
        QCOMPARE(quota.taken(), 40);
        places.removeLast();
        QVERIFY(quota.enter(TwinId(7), 1).has_value());
        places.clear();
        QCOMPARE(quota.taken(), 0);
    }
    void floodOfManyLeavesRoomForOneMore()
    {
        FakeClock clock;
        Quota quota(roomy(), &clock);
        QList<Quota::Place> places;
        for (quint32 twin = 1; twin <= 9; ++twin)
            enterUntilRefused(quota, TwinId(twin), places);
        QVERIFY(quota.taken() < 95);
        auto newcomer = quota.enter(TwinId(50), 1);
        QVERIFY(newcomer.has_value());
        QVERIFY(!quota.enter(TwinId(50), 1));
    }
    void bytes()
    {
        FakeClock clock;
        Quota quota(roomy(), &clock);
        QList<Quota::Place> places;
        QVERIFY(!quota.enter(TwinId(7), 4'001));
        QCOMPARE(enterUntilRefused(quota, TwinId(7), places, 1'000), 4);
        QVERIFY(quota.enter(TwinId(8), 4'000).has_value());
        QCOMPARE(enterUntilRefused(quota, TwinId(8), places, 1'000), 2); // half of what is left
        QVERIFY(quota.enter(TwinId(9), 4'000).has_value());
    }
    void answersCountAsBytes()
    {
        FakeClock clock;
        auto limits = roomy();
        limits.bytes = 1'000'000;
        limits.bytesPerTwin = 400'000;
        Quota quota(limits, &clock);
        const auto asked = quota.enter(TwinId(7), 100'000);
        QList<Quota::Place> held;
        for (int i = 0; i < 2; ++i)
            held += quota.hold(TwinId(7), 150'000).value();
        QCOMPARE(quota.hold(TwinId(7), 100'000).error().code, ErrorCode::Busy);
        QCOMPARE(quota.enter(TwinId(7), 1).error().code, ErrorCode::Busy); // nor a request more
        QVERIFY(quota.enter(TwinId(8), 1).has_value());
        QVERIFY(quota.hold(TwinId(7), 64 << 10).has_value()); // a small answer always
        QCOMPARE(quota.taken(), 1);
        held.removeLast();
        QVERIFY(quota.hold(TwinId(7), 100'000).has_value());
        // All together: seven eighths.
        held += quota.hold(TwinId(8), 400'000).value();
        QCOMPARE(quota.hold(TwinId(9), 250'000).error().code, ErrorCode::Busy);
        QVERIFY(quota.enter(TwinId(9), 250'000).has_value());
    }
    // Who waits for an answer to be taken is not forgotten when many come by.
    void answersAreNotForgotten()
    {
        FakeClock clock;
        auto limits = roomy();
        limits.bytes = limits.bytesPerTwin = 100'000;
        Quota quota(limits, &clock);
        const auto held = quota.hold(TwinId(1), 80'000);
        QVERIFY(held.has_value());
        clock.advance(1h);
        for (quint32 twin = 10; twin < 5'000; ++twin)
            QVERIFY(quota.enter(TwinId(twin), 1).has_value());
        QVERIFY(!quota.hold(TwinId(1), 70'000));
    }
    void rateOfOneTwin()
    {
        FakeClock clock;
        QuotaLimits limits = roomy();
        limits.ratePerTwin = 10;
        Quota quota(limits, &clock);
        const auto ask = [&](quint32 twin) { return quota.enter(TwinId(twin), 1).has_value(); };
        int granted = 0;
        for (int i = 0; i < 100; ++i)
            granted += ask(7) ? 1 : 0;
        QCOMPARE(granted, 20);
        QVERIFY(ask(8));
        clock.advance(100ms);
        QVERIFY(ask(7));
        QVERIFY(!ask(7));
        clock.advance(1h);
        granted = 0;
        for (int i = 0; i < 100; ++i)
            granted += ask(7) ? 1 : 0;
        QCOMPARE(granted, 20); // a rest is worth two seconds, not more
    }
    void byteRate()
    {
        FakeClock clock;
        QuotaLimits limits = roomy();
        limits.byteRatePerTwin = 1'000;
        Quota quota(limits, &clock);
        QVERIFY(quota.enter(TwinId(7), 3'500).has_value()); // more than a budget, but only once
        QVERIFY(!quota.enter(TwinId(7), 1));
        clock.advance(1s);
        QVERIFY(!quota.enter(TwinId(7), 1));
        clock.advance(1s);
        QVERIFY(quota.enter(TwinId(7), 1).has_value());
    }
    void rateOfAllTogetherSparesTheQuiet()
    {
        FakeClock clock;
        QuotaLimits limits = roomy();
        limits.rate = 20;
        limits.ratePerTwin = 30;
        Quota quota(limits, &clock);
        int granted = 0;
        for (int i = 0; i < 100; ++i)
            granted += quota.enter(TwinId(7), 1) ? 1 : 0;
        QCOMPARE(granted, 40);
        QVERIFY(quota.enter(TwinId(8), 1).has_value());
    }
    void placesOutliveTheQuota()
    {
        FakeClock clock;
        auto quota = std::make_unique<Quota>(roomy(), &clock);
        auto place = quota->enter(TwinId(7), 1);
        QVERIFY(place.has_value());
        quota.reset();
        place->reset();
    }
    void forgetsThoseWhoRest()
    {
        FakeClock clock;
        QuotaLimits limits = roomy();
        limits.ratePerTwin = 1;
        Quota quota(limits, &clock);
        QVERIFY(quota.enter(TwinId(1), 1).has_value());
        QVERIFY(quota.enter(TwinId(1), 1).has_value());
        for (quint32 twin = 10; twin < 10'000; ++twin)
            QVERIFY(quota.enter(TwinId(twin), 1).has_value());
        QVERIFY(!quota.enter(TwinId(1), 1)); // not yet
        clock.advance(3s);
        QVERIFY(quota.enter(TwinId(20'000), 1).has_value());
        QVERIFY(quota.enter(TwinId(1), 1).has_value());
    }
};
ZOS_TEST(TestQuota)
#include "tst_quota.moc"

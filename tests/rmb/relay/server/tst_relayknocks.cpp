// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayknocks.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestRelayKnocks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void boundsAnAddress()
    {
        FakeClock clock;
        RelayKnocks knocks(20, 2, &clock);
        const QHostAddress one(u"192.0.2.1"_s), other(u"192.0.2.2"_s);
        const auto granted = [&knocks](const QHostAddress &address) {
            int count = 0;
            while (count < 100 && knocks.take(address))
                ++count;
            return count;
        };
        QCOMPARE(granted(one), 20);
        QCOMPARE(granted(other), 20); // of its own
        clock.advance(1s);
        QCOMPARE(granted(one), 2);
        clock.advance(1h);
        QCOMPARE(granted(one), 20);
    }
    void aBadOneCostsMore()
    {
        FakeClock clock;
        RelayKnocks knocks(20, 2, &clock);
        const QHostAddress address(u"192.0.2.1"_s);
        int bad = 0;
        for (; bad < 100 && knocks.take(address); ++bad)
            knocks.wasBad(address);
        QCOMPARE(bad, 3);
        clock.advance(2s); // what is overdrawn is made up for first
        QVERIFY(!knocks.take(address));
        clock.advance(1s);
        QVERIFY(knocks.take(address));
    }
    void aSubnetIsOneAddress()
    {
        FakeClock clock;
        RelayKnocks knocks(1, 1, &clock);
        QVERIFY(knocks.take(QHostAddress(u"2001:db8:1:2::1"_s)));
        QVERIFY(!knocks.take(QHostAddress(u"2001:db8:1:2:ffff::2"_s)));
        QVERIFY(knocks.take(QHostAddress(u"2001:db8:1:3::1"_s)));
    }
    void forgetsThoseWhoRest()
    {
        FakeClock clock;
        RelayKnocks knocks(8, 8, &clock);
        for (quint32 i = 0; i < 100'000; ++i) {
            QVERIFY(knocks.take(QHostAddress(0x0a000000 + i)));
            if (i % 100 == 0)
                clock.advance(200ms);
        }
        QVERIFY(knocks.size() <= 1024);
    }
};
ZOS_TEST(TestRelayKnocks)
#include "tst_relayknocks.moc"

// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/courier.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;

class TestCourier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void readsAddresses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("address");
        QTest::addColumn<int>("port");
        QTest::newRow("IPv6") << u"201:78f6::e86"_s << u"201:78f6::e86"_s << 8051;
        QTest::newRow("IPv4") << u"10.1.2.3"_s << u"10.1.2.3"_s << 8051;
        QTest::newRow("IPv4 with port") << u"10.1.2.3:99"_s << u"10.1.2.3"_s << 99;
        QTest::newRow("IPv6 with port") << u"[201::1]:99"_s << u"201::1"_s << 99;
        QTest::newRow("IPv6 in brackets") << u"[201::1]"_s << u"201::1"_s << 8051;
        QTest::newRow("empty") << QString() << QString() << 0;
        QTest::newRow("name") << u"example.org"_s << QString() << 0;
        QTest::newRow("name with port") << u"example.org:99"_s << QString() << 0;
        QTest::newRow("port zero") << u"10.1.2.3:0"_s << QString() << 0;
        QTest::newRow("port too large") << u"10.1.2.3:65536"_s << QString() << 0;
        QTest::newRow("open bracket") << u"[201::1"_s << QString() << 0;
        QTest::newRow("text behind bracket") << u"[201::1]x:99"_s << QString() << 0;
        QTest::newRow("zone") << u"fe80::1%eth0"_s << QString() << 0;
        QTest::newRow("header injection") << u"201::1\r\nX: y"_s << QString() << 0;
    }
    void readsAddresses()
    {
        QFETCH(QString, text);
        QFETCH(QString, address);
        QFETCH(int, port);
        const auto route = parseRoute(text, 8051);
        QCOMPARE(route.has_value(), !address.isEmpty());
        if (route) {
            QCOMPARE(route->address, QHostAddress(address));
            QCOMPARE(route->port, quint16(port));
        }
    }
    void knowsTheOverlay()
    {
        QVERIFY(isOverlayAddress(QHostAddress(u"200::1"_s)));
        QVERIFY(isOverlayAddress(QHostAddress(u"3ff:ffff::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"400::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"2001:db8::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"::1"_s)));
        QVERIFY(!isOverlayAddress(QHostAddress(u"2.2.2.2"_s)));
    }
    void neverSendsBehindTheNode()
    {
        const SystemClock clock;
        DirectConfig config;
        const Courier strict(Identity::generate(), &clock, config);
        Twin twin;
        for (const auto &ip :
            { u"127.0.0.1"_s, u"192.168.1.1:80"_s, u"::1"_s, u"fd00::1"_s, u""_s }) {
            twin.ip = ip;
            QVERIFY(strict.routesTo(twin, QHostAddress(u"127.0.0.1"_s)).isEmpty());
        }
        twin.ip = u"301:78f6::1"_s;
        const auto routes = strict.routesTo(twin, QHostAddress(u"201:78f6::e86"_s));
        QCOMPARE(routes.size(), 2); // the ledger's word first, then where the call came from
        QCOMPARE(routes.first().address, QHostAddress(u"301:78f6::1"_s));
        QCOMPARE(strict.routesTo(twin, QHostAddress(u"301:78f6::1"_s)).size(), 1);
    }
};
ZOS_TEST(TestCourier)
#include "tst_courier.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/model/netvalues.h"
#include "tests/support/runner.h"

using namespace zos;

class TestNetValues : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAddressesAsGoDoes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("printed"); // null: refused
        const auto row = [](const char *text, const char *printed) {
            QTest::newRow(*text ? text : "empty")
                << QString::fromLatin1(text) << QString::fromLatin1(printed);
        };
        row("10.20.2.2", "10.20.2.2");
        row("255.255.255.255", "255.255.255.255");
        row("0.0.0.0", "0.0.0.0");
        row("::", "::");
        row("::1", "::1");
        row("1::", "1::");
        row("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
        row("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
        row("2001:0db8::0001", "2001:db8::1");
        row("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
        row("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
        row("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
        row("1:0:0:4:0:0:0:8", "1:0:0:4::8");
        row("::ffff:10.20.2.2", "10.20.2.2");
        row("::ffff:a14:202", "10.20.2.2");
        row("::1.2.3.4", "::102:304");
        row("64:ff9b::1.2.3.4", "64:ff9b::102:304");
        row("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304");
        for (const char *bad : { "", "10.20.2", "10.20.2.2.2", "10.20.02.2", "10.20.256.1",
                 "10.20.2.", ".1.2.3", "1..2.3", " 1.2.3.4", "1.2.3.4 ", "1.2.3.-4", "0x1.2.3.4",
                 "1.2.3.4/24", "0000.1.1.1", "1", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9",
                 "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8::", "::1::", ":1", "1:", ":::", "12345::", "g::",
                 "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "::1.2.3", "[::1]", "1::2::3" })
            row(bad, nullptr);
    }
    void readsAddressesAsGoDoes()
    {
        QFETCH(QString, text);
        QFETCH(QString, printed);
        const auto address = IpAddress::parse(text);
        QCOMPARE(address.has_value(), !printed.isNull());
        if (address) {
            QCOMPARE(address->text(), printed);
            QCOMPARE(*IpAddress::parse(printed), *address);
        } else {
            QCOMPARE(address.error().code, ErrorCode::Invalid);
        }
    }
    void readsNetworksAsGoDoes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("printed");
        const auto row = [](const char *text, const char *printed) {
            QTest::newRow(*text ? text : "empty")
                << QString::fromLatin1(text) << QString::fromLatin1(printed);
        };
        row("10.20.2.7/24", "10.20.2.7/24");
        row("10.20.2.0/024", "10.20.2.0/24");
        row("0.0.0.0/0", "0.0.0.0/0");
        row("10.0.0.1/32", "10.0.0.1/32");
        row("2001:db8:0::1/64", "2001:db8::1/64");
        row("::/0", "::/0");
        row("::ffff:10.1.2.3/112", "10.1.2.3/16");
        row("::ffff:10.1.2.3/64", "10.1.2.3/0");
        for (const char *bad : { "", "10.20.2.0", "10.20.2.0/", "10.20.2.0/33", "10.20.2.0/-1",
                 "10.20.2.0/+8", "::/129", "fe80::1%a/64", "10.20.02.0/24", "/24", "10.20.2.0/24/1",
                 "10.20.2.0/2 4", "::/99999999999" })
            row(bad, nullptr);
    }
    void readsNetworksAsGoDoes()
    {
        QFETCH(QString, text);
        QFETCH(QString, printed);
        const auto net = IpNet::parse(text);
        QCOMPARE(net.has_value(), !printed.isNull());
        if (net)
            QCOMPARE(net->text(), printed);
        else
            QCOMPARE(net.error().code, ErrorCode::Invalid);
    }
    void knowsWhatContainsWhat()
    {
        const auto net = [](const char *text) { return *IpNet::parse(QString::fromLatin1(text)); };
        const auto ip
            = [](const char *text) { return *IpAddress::parse(QString::fromLatin1(text)); };
        QCOMPARE(net("10.20.2.7/20").network().text(), QStringLiteral("10.20.0.0"));
        QCOMPARE(net("2001:db8:1:2ff::1/57").network().text(), QStringLiteral("2001:db8:1:280::"));
        QVERIFY(net("10.20.2.7/24").contains(ip("10.20.2.255")));
        QVERIFY(!net("10.20.2.7/24").contains(ip("10.20.3.0")));
        QVERIFY(net("10.20.2.7/24").contains(ip("::ffff:10.20.2.1")));
        QVERIFY(!net("0.0.0.0/0").contains(ip("::1")));
        QVERIFY(!net("::/0").contains(ip("10.0.0.1")));
        QVERIFY(net("10.0.0.0/8").contains(net("10.20.0.0/16")));
        QVERIFY(!net("10.20.0.0/16").contains(net("10.0.0.0/8")));
        QVERIFY(net("10.20.0.0/16").overlaps(net("10.0.0.0/8")));
        QVERIFY(net("10.20.0.0/15").overlaps(net("10.21.128.0/17")));
        QVERIFY(!net("10.20.0.0/16").overlaps(net("10.21.0.0/16")));
        QVERIFY(!IpNet().contains(ip("10.0.0.1")));
        QVERIFY(!net("0.0.0.0/0").contains(IpAddress()));
        QCOMPARE(ip("10.20.2.2").v4(), 0x0a140202U);
        QCOMPARE(IpAddress::fromV4(0x0a140202U), ip("10.20.2.2"));
        QVERIFY(IpAddress().isAbsent());
        QCOMPARE(IpAddress().text(), QString());
        QCOMPARE(IpNet().text(), QString());
    }
    void knowsAddressesThatNeverLeaveTheNode()
    {
        const auto ip
            = [](const char *text) { return *IpAddress::parse(QString::fromLatin1(text)); };
        QVERIFY(ip("127.3.2.1").isLoopback() && ip("::1").isLoopback()
            && ip("::ffff:127.0.0.1").isLoopback());
        QVERIFY(
            !ip("128.0.0.1").isLoopback() && !ip("::2").isLoopback() && !ip("1::1").isLoopback());
        QVERIFY(ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified()
            && !ip("::1").isUnspecified());
        QVERIFY(ip("169.254.1.1").isLinkLocal() && ip("febf::1").isLinkLocal()
            && !ip("fec0::1").isLinkLocal());
        QVERIFY(ip("239.1.1.1").isMulticast() && ip("ff02::1").isMulticast()
            && !ip("240.0.0.1").isMulticast());
        QVERIFY(!IpAddress().isLoopback() && !IpAddress().isUnspecified()
            && !IpAddress().isLinkLocal());
    }
};

ZOS_TEST(TestNetValues)
#include "tst_netvalues.moc"

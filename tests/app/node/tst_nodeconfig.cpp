// SPDX-License-Identifier: Apache-2.0
#include "app/node/nodeconfig.h"
#include "tests/support/runner.h"

#include <QTemporaryDir>

using namespace zos;
using namespace zos::app;

class TestNodeConfig : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    Result<NodeConfig> load(const QByteArray &text)
    {
        QFile file(m_dir.filePath(QStringLiteral("zosd.json")));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write the test's own file");
        file.write(text);
        file.close();
        return NodeConfig::load(file.fileName());
    }
private Q_SLOTS:
    void knowsWhoVerifies_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("given");
        QTest::addColumn<QString>("service");
        const auto row
            = [](const char *name, const char *network, const char *given, const char *service) {
                  QTest::newRow(name) << QString::fromLatin1(network) << QString::fromLatin1(given)
                                      << QString::fromLatin1(service);
              };
        row("local", "local", "", "");
        row("production", "production", "", "https://kyc.threefold.me");
        row("testing", "testing", "", "https://kyc.test.grid.tf");
        row("development", "development", "", "https://kyc.dev.grid.tf");
        row("another", "production", "https://kyc.example.org", "https://kyc.example.org");
        row("off", "production", "off", "");
    }
    void knowsWhoVerifies()
    {
        QFETCH(QString, network);
        QFETCH(QString, given);
        QFETCH(QString, service);
        NodeConfig config;
        config.network = network;
        config.kycUrl = given;
        QCOMPARE(config.verificationService().value_or(QUrl()).toString(), service);
    }
    void readsWhetherStateMayBeInMemory()
    {
        const auto with = [this](const QByteArray &text) {
            return load("{\"farm\":7,\"ledger\":\"/l\",\"state_dir\":\"/s\"" + text + "}");
        };
        QVERIFY(!with("")->allowVolatileState);
        QCOMPARE(with(",\"allow_volatile_state\":false")->allowVolatileState, false);
        QCOMPARE(with(",\"allow_volatile_state\":true")->allowVolatileState, true);
        QVERIFY(!with(",\"allow_volatile_state\":1"));
    }
    void readsWhoVerifies()
    {
        const auto with = [this](const QByteArray &text) {
            return load(
                "{\"farm\":7,\"ledger\":\"/l\",\"state_dir\":\"/s\",\"kyc_url\":" + text + "}");
        };
        QCOMPARE(with("\"http://127.0.0.1:8080/\"")->kycUrl, u"http://127.0.0.1:8080");
        QCOMPARE(with("\"off\"")->kycUrl, u"off");
        for (const auto *bad : { "true", "\"on\"", "\"\"", "\"ftp://a\"", "\"https://\"",
                 "\"https://a?b\"", "\"https://u:p@a\"" })
            QVERIFY2(!with(bad), bad);
    }

    void readsAComplete()
    {
        const auto config
            = load("{\"farm\":7,\"ledger\":\"/l\",\"state_dir\":\"/s\",\"devices\":[\"/dev/a\"],"
                   "\"pins\":{\"/dev/a\":\"hdd\"},\"min_device\":5,\"yggdrasil_multicast\":false,"
                   "\"admin_twins\":[5,4294967295]}");
        QVERIFY(config);
        QCOMPARE(config->adminTwins, QList({ TwinId(5), TwinId(4294967295) }));
        QCOMPARE(config->farm, FarmId(7));
        QCOMPARE(config->network, u"local");
        QCOMPARE(config->devices, QStringList { QStringLiteral("/dev/a") });
        QCOMPARE(config->pins.value(QStringLiteral("/dev/a")), DiskKind::Hdd);
        QCOMPARE(config->minDevice, Bytes(5));
        QCOMPARE(config->cacheDir, u"/s/cache");
        QVERIFY(!config->yggdrasilMulticast);
    }
    void readsAddressesOfTwins()
    {
        const auto config
            = load("{\"farm\":7,\"ledger\":\"/l\",\"state_dir\":\"/s\",\"twin_addresses\":"
                   "{\"5\":\"201:78f6::e86\",\"4294967295\":\"[300::1]:99\"}}");
        QVERIFY2(config, config ? "" : qPrintable(config.error().what));
        QCOMPARE(config->twinAddresses.size(), 2);
        QCOMPARE(config->twinAddresses.value(TwinId(5)), u"201:78f6::e86");
        QCOMPARE(config->twinAddresses.value(TwinId(4294967295)), u"[300::1]:99");
    }
    void readsTheLocalRelay_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QHostAddress>("address");
        QTest::newRow("IPv4") << QByteArray("127.0.0.1:8052")
                              << QHostAddress(QStringLiteral("127.0.0.1"));
        QTest::newRow("IPv6") << QByteArray("[2001:db8::1]:8052")
                              << QHostAddress(QStringLiteral("2001:db8::1"));
    }
    void readsTheLocalRelay()
    {
        QFETCH(QByteArray, text);
        QFETCH(QHostAddress, address);
        const auto config = load(
            "{\"farm\":7,\"ledger\":\"/l\",\"state_dir\":\"/s\",\"local_relay\":\"" + text + "\"}");
        QVERIFY(config);
        QCOMPARE(config->localRelayAddress, address);
        QCOMPARE(config->localRelayPort, 8052);
    }
    void takesPeersOfTheOverlay()
    {
        const QStringList peers { QStringLiteral("tls://203.0.113.7:9001"),
            QStringLiteral("tcp://[2001:db8::1]:80?priority=254&maxbackoff=30s"),
            QStringLiteral("wss://peer.example:443?sni=other.example&password=secret"),
            QStringLiteral("quic://peer.example:1?maxbackoff=2m&key=") + QString(64, u'a') };
        const auto config = load("{\"farm\":7,\"ledger\":\"/l\",\"state_dir\":\"/s\","
                                 "\"yggdrasil_peers\":[\""
            + peers.join(QStringLiteral("\",\"")).toLatin1() + "\"]}");
        QVERIFY2(config, config ? "" : qPrintable(config.error().what));
        QCOMPARE(config->yggdrasilPeers, peers);
    }
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("not JSON") << QByteArray("{") << QStringLiteral("JSON");
        QTest::newRow("a list") << QByteArray("[]") << QStringLiteral("must be one JSON object");
        QTest::newRow("no farm") << QByteArray("{\"ledger\":\"l\",\"state_dir\":\"s\"}")
                                 << QStringLiteral("farm is missing");
        QTest::newRow("farm 0") << QByteArray("{\"farm\":0}") << QStringLiteral("a farm id from 1");
        QTest::newRow("farm too large")
            << QByteArray("{\"farm\":4294967296}") << QStringLiteral("a farm id from 1");
        QTest::newRow("a typing mistake") << QByteArray("{\"farm\":1,\"ledgre\":\"l\"}")
                                          << QStringLiteral("unknown member \"ledgre\"");
        QTest::newRow("wrong type") << QByteArray("{\"farm\":1,\"devices\":\"/dev/sda\"}")
                                    << QStringLiteral("a list of strings");
        for (const char *wrong : { "5", "[0]", "[\"5\"]", "[4294967296]", "[5.0]" })
            QTest::addRow("operators %s", wrong) << QByteArray("{\"farm\":1,\"admin_twins\":")
                    + wrong + "}" << QStringLiteral("a list of twin ids");
        for (const char *wrong : { "[]", "{\"0\":\"201::1\"}", "{\"05\":\"201::1\"}",
                 "{\"x\":\"201::1\"}", "{\"4294967296\":\"201::1\"}", "{\"5\":7}",
                 "{\"5\":\"a.name\"}", "{\"5\":\"\"}", "{\"5\":\"10.0.0.1:0\"}" })
            QTest::addRow("addresses %s", wrong) << QByteArray("{\"farm\":1,\"twin_addresses\":")
                    + wrong + "}" << QStringLiteral("an object of twin id to ADDRESS");
        QTest::newRow("unknown network")
            << QByteArray("{\"farm\":1,\"network\":\"prod\",\"ledger\":\"l\",\"state_dir\":\"s\"}")
            << QStringLiteral("network must be one of");
        QTest::newRow("a network that is not served yet") << QByteArray(
            "{\"farm\":1,\"network\":\"testing\",\"ledger\":\"l\",\"state_dir\":\"s\"}")
                                                          << QStringLiteral("TFChain client");
        QTest::newRow("a local relay of a real network")
            << QByteArray(
                   "{\"farm\":1,\"network\":\"testing\",\"ledger\":\"l\",\"state_dir\":\"s\","
                   "\"local_relay\":\"127.0.0.1:8052\"}")
            << QStringLiteral("local_relay is a feature of the network \"local\"");
        QTest::newRow("an open relay of a real network")
            << QByteArray(
                   "{\"farm\":1,\"network\":\"testing\",\"ledger\":\"l\",\"state_dir\":\"s\","
                   "\"relays\":[\"wss://a.tf\",\"ws://b.tf\"]}")
            << QStringLiteral("ws://b.tf is not encrypted");
        QTest::newRow("five relays")
            << QByteArray("{\"farm\":1,\"relays\":[\"wss://a\",\"wss://b\",\"wss://c\","
                          "\"wss://d\",\"wss://e\"]}")
            << QStringLiteral("at most 4 relays");
        for (const char *every : { "0.0.0.0", "[::]" })
            QTest::addRow("a local relay on %s", every)
                << QByteArray("{\"farm\":1,\"ledger\":\"l\",\"state_dir\":\"s\",\"local_relay\":\"")
                    + every + ":8052\"}"
                << QStringLiteral("the one address they find it at");
        QTest::newRow("four relays and a local one") << QByteArray(
            "{\"farm\":1,\"ledger\":\"l\",\"state_dir\":\"s\","
            "\"local_relay\":\"127.0.0.1:8052\",\"relays\":[\"wss://a\",\"wss://b\","
            "\"wss://c\",\"wss://d\"]}") << QStringLiteral("at most 4 together with local_relay");
        for (const char *wrong : { "", "relay.tf", "http://relay.tf", "wss://", "wss://a_b.tf",
                 "wss://user@relay.tf", "wss://relay.tf/path", "wss://relay.tf?x", "wss://a b" })
            QTest::addRow("relay \"%s\"", wrong) << QByteArray("{\"farm\":1,\"relays\":[\"") + wrong
                    + "\"]}" << QStringLiteral("at most 4 relays");
        for (const char *wrong : { "", "203.0.113.7:9001", "http://203.0.113.7:9001",
                 "tls://203.0.113.7", "tls://203.0.113.7:0", "tls://:9001", "tls://a b:9001",
                 "tls://203.0.113.7:9001?maxbackoff=5s", "tls://203.0.113.7:9001?maxbackoff=x",
                 "tls://203.0.113.7:9001?what=ever", "tls://203.0.113.7:9001?key=12",
                 "tls://203.0.113.7:9001?priority=255" })
            QTest::addRow("peer \"%s\"", wrong) << QByteArray("{\"farm\":1,\"yggdrasil_peers\":[\"")
                    + wrong + "\"]}" << QStringLiteral("is no peer of the overlay");
        for (const char *wrong : { "", "127.0.0.1", "127.0.0.1:", ":8052", "127.0.0.1:0",
                 "127.0.0.1:65536", "localhost:8052", "::1:8052", "[127.0.0.1]:8052", "[::1]" })
            QTest::addRow("local relay \"%s\"", wrong)
                << QByteArray("{\"farm\":1,\"local_relay\":\"") + wrong + "\"}"
                << QStringLiteral("ADDRESS:PORT");
    }
    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, says);
        const auto config = load(text);
        QVERIFY(!config);
        QVERIFY2(config.error().what.contains(says), qPrintable(config.error().what));
    }
};
ZOS_TEST(TestNodeConfig)
#include "tst_nodeconfig.moc"

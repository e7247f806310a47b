// SPDX-License-Identifier: Apache-2.0
#include "app/api/nodeapi.h"
#include "hardware/fake/fakeinventory.h"
#include "hardware/fake/fakeoverlay.h"
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::Rig;

namespace {

// The whole API on a simulated node; every call goes through the router as those of a peer do.
struct Api
{
    Api()
        : inventory(*rig.world)
        , overlay(*rig.world, u"201:1::1"_s, u"301:1::/64"_s)
    {
        if (!rig.start())
            qFatal("the engine does not start");
        app::ApiParts parts;
        parts.engine = rig.engine.get();
        parts.networks = &rig.networks;
        parts.volumes = &rig.volumes;
        parts.inventory = &inventory;
        parts.overlay = &overlay;
        api = std::make_unique<app::NodeApi>(router, parts);
    }
    rmb::Answer call(
        const QString &command, const QByteArray &payload = {}, quint32 twin = Rig::kTwin)
    {
        rmb::Call call;
        call.twin = TwinId(twin);
        call.command = command;
        call.payload = payload;
        return testing::wait(router.route(std::move(call), 10s));
    }
    QByteArray good(
        const QString &command, const QByteArray &payload = {}, quint32 twin = Rig::kTwin)
    {
        const auto answer = call(command, payload, twin);
        return answer ? *answer : "failed: " + answer.error().what.toUtf8();
    }
    QString refusal(
        const QString &command, const QByteArray &payload = {}, quint32 twin = Rig::kTwin)
    {
        const auto answer = call(command, payload, twin);
        return answer ? u"accepted"_s : answer.error().what;
    }
    QByteArray deployAll()
    {
        const auto answer = good(u"zos.deployment.deploy"_s, rig.request(5, 0, Rig::fullSet()));
        return rig.idle() ? answer : "never idle";
    }

    Rig rig;
    hw::FakeInventory inventory;
    hw::FakeOverlay overlay;
    rmb::Router router;
    std::unique_ptr<app::NodeApi> api;
};

QJsonObject object(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

} // namespace

class TestNodeApi : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void knowsItsCommands()
    {
        const QStringList wanted { u"zos.deployment.changes"_s, u"zos.deployment.delete"_s,
            u"zos.deployment.deploy"_s, u"zos.deployment.get"_s, u"zos.deployment.list"_s,
            u"zos.deployment.update"_s, u"zos.network.has_ipv6"_s, u"zos.network.interfaces"_s,
            u"zos.network.list_private_ips"_s, u"zos.network.list_wg_ports"_s,
            u"zos.network.public_config_get"_s, u"zos.statistics.get"_s, u"zos.storage.pools"_s,
            u"zos.system.dmi"_s, u"zos.system.hypervisor"_s, u"zos.system.node_features_get"_s,
            u"zos.system.version"_s };
        Api api;
        const auto known = api.router.commands();
        for (const auto &command : wanted)
            QVERIFY2(known.contains(command), qPrintable(command));
    }
    void deploysAndReads()
    {
        Api api;
        QCOMPARE(api.good(u"zos.deployment.list"_s), "[]");
        QCOMPARE(api.deployAll(), "null");
        const auto deployment
            = Deployment::fromJson(api.good(u"zos.deployment.get"_s, "{\"contract_id\":5}"));
        QVERIFY(deployment.has_value());
        QCOMPARE(deployment->workloads.size(), 3);
        for (const auto *name : { "data", "net", "vm" })
            QCOMPARE(api.rig.state(5, name), u"ok"_s);
        QCOMPARE(QJsonDocument::fromJson(api.good(u"zos.deployment.list"_s)).array().size(), 1);
        QVERIFY(
            QJsonDocument::fromJson(api.good(u"zos.deployment.changes"_s, "{\"contract_id\":5}"))
                .array()
                .size()
            >= 3);
        QCOMPARE(api.good(u"zos.network.list_private_ips"_s, "{\"network_name\":\"net\"}"),
            "[\"10.20.2.2\"]");
        QVERIFY(QJsonDocument::fromJson(api.good(u"zos.network.list_wg_ports"_s))
                .array()
                .contains(3011));
        QCOMPARE(api.refusal(u"zos.deployment.deploy"_s, api.rig.request(5, 0, Rig::fullSet())),
            u"exists"_s);
    }
    void othersSeeNothing()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        constexpr quint32 kOther = Rig::kTwin + 1;
        QCOMPARE(api.refusal(u"zos.deployment.get"_s, "{\"contract_id\":5}", kOther),
            u"deployment not found"_s);
        QCOMPARE(api.refusal(u"zos.deployment.changes"_s, "{\"contract_id\":5}", kOther),
            u"deployment not found"_s);
        QCOMPARE(api.good(u"zos.deployment.list"_s, {}, kOther), "[]");
        QCOMPARE(api.good(u"zos.network.list_private_ips"_s, "{\"network_name\":\"net\"}", kOther),
            "[]");
        // A request in somebody else's name.
        QCOMPARE(api.refusal(u"zos.deployment.deploy"_s,
                     api.rig.request(6, 0, { Rig::disk("d", 1ULL << 30) }), kOther),
            u"twin id mismatch (deployment: 42, message: 43)"_s);
    }
    void neverDeletes()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        QCOMPARE(api.refusal(u"zos.deployment.delete"_s, "{\"contract_id\":5}"),
            u"deletion over the api is disabled, please cancel your contract instead"_s);
        QCOMPARE(api.rig.state(5, "vm"), u"ok"_s);
    }
    void refusesStrangePayloads_data()
    {
        QTest::addColumn<QByteArray>("payload");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("null") << QByteArray("null");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("text") << QByteArray("\"5\"");
        QTest::newRow("empty object") << QByteArray("{}");
        QTest::newRow("number as text") << QByteArray("{\"contract_id\":\"5\",\"network_name\":5}");
        QTest::newRow("fraction") << QByteArray("{\"contract_id\":5.0,\"network_name\":5}");
        QTest::newRow("exponent") << QByteArray("{\"contract_id\":1e308,\"network_name\":null}");
        QTest::newRow("negative") << QByteArray("{\"contract_id\":-5,\"network_name\":[]}");
        QTest::newRow("beyond 64 bits")
            << QByteArray("{\"contract_id\":18446744073709551616,\"network_name\":{}}");
        QTest::newRow("broken") << QByteArray("{\"contract_id\":5");
        QTest::newRow("deep") << QByteArray(10'000, '[');
        QTest::newRow("zero bytes") << QByteArray(100, '\0');
    }
    void refusesStrangePayloads()
    {
        QFETCH(QByteArray, payload);
        Api api;
        const auto before = api.rig.world->snapshot();
        for (const auto &command :
            { u"zos.deployment.deploy"_s, u"zos.deployment.update"_s, u"zos.deployment.get"_s,
                u"zos.deployment.changes"_s, u"zos.network.list_private_ips"_s }) {
            const auto answer = api.call(command, payload);
            QVERIFY2(!answer, qPrintable(command));
            QVERIFY(!answer.error().what.isEmpty());
            QVERIFY(answer.error().code != ErrorCode::Bug);
        }
        QCOMPARE(api.rig.world->snapshot(), before);
        QCOMPARE(api.good(u"zos.deployment.list"_s), "[]");
        // Commands without input do not mind.
        QVERIFY(api.call(u"zos.system.version"_s, payload).has_value());
        QVERIFY(api.call(u"zos.storage.pools"_s, payload).has_value());
    }
    void countsInStatistics()
    {
        Api api;
        const auto empty = object(api.good(u"zos.statistics.get"_s));
        QCOMPARE(empty.value(u"users"_s).toObject().value(u"deployments"_s).toInt(), 0);
        QCOMPARE(api.deployAll(), "null");
        const auto full = object(api.good(u"zos.statistics.get"_s));
        for (const auto &part : { u"total"_s, u"used"_s, u"system"_s }) {
            for (const auto &unit : { u"cru"_s, u"sru"_s, u"hru"_s, u"mru"_s, u"ipv4u"_s })
                QVERIFY2(
                    full.value(part).toObject().contains(unit), qPrintable(part + u'.' + unit));
        }
        QCOMPARE(full.value(u"users"_s).toObject().value(u"deployments"_s).toInt(), 1);
        QCOMPARE(full.value(u"users"_s).toObject().value(u"workloads"_s).toInt(), 3);
        QVERIFY(full.contains(u"open_connections"_s));
        const auto memory = [](const QJsonObject &text) {
            return text.value(u"used"_s).toObject().value(u"mru"_s).toInteger();
        };
        QCOMPARE(memory(full) - memory(empty), 1LL << 30);
    }
    void describesItself()
    {
        Api api;
        api.rig.world->host.virtualised = u"kvm"_s;
        DmiSection section;
        section.handleLine = u"Handle 0x0000, DMI type 0, 26 bytes"_s;
        section.type = 0;
        section.title = u"BIOS Information"_s;
        section.properties = { { u"Vendor"_s, u"ACME"_s }, { u"Characteristics"_s, QString() } };
        section.lists.insert(u"Characteristics"_s, { u"PCI is supported"_s });
        DmiSection other;
        other.type = 200;
        api.rig.world->host.dmi = { section, other };
        const auto version = object(api.good(u"zos.system.version"_s));
        QCOMPARE(version.keys(), QStringList({ u"zinit"_s, u"zos"_s }));
        QCOMPARE(api.good(u"zos.system.hypervisor"_s), "\"kvm\"");
        const auto dmi = object(api.good(u"zos.system.dmi"_s));
        const auto sections = dmi.value(u"sections"_s).toArray();
        QVERIFY2(sections.size() == 2, api.good(u"zos.system.dmi"_s).constData());
        const auto bios = sections.first().toObject();
        QCOMPARE(bios.value(u"typestr"_s).toString(), u"BIOS"_s);
        QCOMPARE(bios.value(u"typenum"_s).toInt(-1), 0);
        const auto inner = bios.value(u"subsections"_s).toArray().first().toObject();
        QCOMPARE(inner.value(u"title"_s).toString(), u"BIOS Information"_s);
        const auto properties = inner.value(u"properties"_s).toObject();
        QCOMPARE(properties.value(u"Vendor"_s).toObject().value(u"value"_s).toString(), u"ACME"_s);
        QCOMPARE(
            properties.value(u"Characteristics"_s).toObject().value(u"items"_s).toArray().size(),
            1);
        QCOMPARE(sections.last().toObject().value(u"typestr"_s).toString(), u"Custom Type 200"_s);
    }
    void featuresFollowTheOverlay()
    {
        Api api;
        QVERIFY(!api.good(u"zos.system.node_features_get"_s).contains("yggdrasil"));
        QVERIFY(testing::wait(api.overlay.start()).has_value());
        const auto features
            = QJsonDocument::fromJson(api.good(u"zos.system.node_features_get"_s)).array();
        QCOMPARE(features,
            QJsonArray(
                { u"zmount"_s, u"network"_s, u"zmachine"_s, u"yggdrasil"_s, u"wireguard"_s }));
    }
    void tellsAddressesAndPools()
    {
        Api api;
        api.rig.world->nics.first().addresses = { u"192.0.2.7/24"_s };
        QVERIFY(testing::wait(api.overlay.start()).has_value());
        QCOMPARE(api.good(u"zos.network.interfaces"_s),
            "{\"zos\":[\"192.0.2.7\"],\"ygg\":[\"201:1::1\"]}");
        QCOMPARE(api.good(u"zos.network.has_ipv6"_s), "false");
        QCOMPARE(api.refusal(u"zos.network.public_config_get"_s), u"no public configuration"_s);
        const auto pools = QJsonDocument::fromJson(api.good(u"zos.storage.pools"_s)).array();
        QCOMPARE(pools.size(), 2);
        for (const auto &pool : pools)
            QCOMPARE(pool.toObject().keys(),
                QStringList({ u"name"_s, u"size"_s, u"type"_s, u"used"_s }));
        QCOMPARE(api.refusal(u"zos.network.public_config_set"_s), u"function not found"_s);
    }
};
ZOS_TEST(TestNodeApi)
#include "tst_nodeapi.moc"

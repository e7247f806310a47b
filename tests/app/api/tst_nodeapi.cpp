// SPDX-License-Identifier: Apache-2.0
#include "tests/app/api/apirig.h"
#include "tests/support/logcatcher.h"
#include "tests/support/runner.h"

#include <QJsonArray>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::Api;
using testing::object;
using testing::Rig;

class TestNodeApi : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

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
    // Nobody waits for the answer any more: nothing may come of the request.
    void storesNothingForWhoIsGone()
    {
        Api api;
        rmb::Call call;
        call.twin = TwinId(Api::kOwner);
        call.command = u"zos.deployment.deploy"_s;
        call.payload = api.rig.request(5, 0, Rig::fullSet());
        call.cancel.cancel();
        const auto answer
            = testing::wait(api.router.route(std::move(call), std::chrono::seconds(10)));
        QVERIFY(!answer);
        QVERIFY2(
            answer.error().what.contains(u"lifetime was over"), qPrintable(answer.error().what));
        QCOMPARE(api.good(u"zos.deployment.list"_s), "[]");
        QCOMPARE(api.deployAll(), "null");
    }
    // What changes something is in the log with its uid, refused or not; what only reads is not.
    void notesWhatChanges()
    {
        Api api;
        const testing::LogCatcher log;
        const auto ask = [&api](const QString &command, const QByteArray &payload, quint32 twin) {
            rmb::Call call;
            call.twin = TwinId(twin);
            call.command = command;
            call.payload = payload;
            call.requestId = u"uid of "_s + command;
            (void)testing::wait(api.router.route(std::move(call), std::chrono::seconds(10)));
        };
        const auto lines = [&log] { return log.lines(u"zos.node"_s); };
        const QByteArray deployment = api.rig.request(5, 0, Rig::fullSet());
        ask(u"zos.statistics.get"_s, {}, Api::kOwner);
        QVERIFY(lines().isEmpty());
        ask(u"zos.deployment.deploy"_s, deployment, Api::kOwner);
        QCOMPARE(lines().size(), 1);
        QVERIFY(lines().last().contains(
            u"zos.deployment.deploy \"uid of zos.deployment.deploy\" of twin 42 took "));
        QVERIFY2(lines().last().endsWith(u"ms: ok"), qPrintable(lines().last()));
        ask(u"zos.deployment.deploy"_s, deployment, Api::kOther);
        QCOMPARE(lines().size(), 2);
        QVERIFY(lines().last().contains(u"twin id mismatch"));
        ask(u"zos.admin.set_public_nic"_s, "\"eth0\"", Api::kOther);
        QCOMPARE(lines().size(), 3);
        QVERIFY(lines().last().endsWith(u"\"unauthorized\""));
        for (int i = 0; i < 20; ++i)
            ask(u"zos.admin.set_public_nic"_s, "\"eth0\"", Api::kOther);
        QCOMPARE(lines().size(), 10);
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
    void offersOnlyWhatItServes()
    {
        Api api;
        QVERIFY(testing::wait(api.overlay.start()).has_value());
        QCOMPARE(api.good(u"zos.system.node_features_get"_s),
            "[\"zmount\",\"network\",\"zmachine\",\"wireguard\",\"zmachine-update\"]");
        QCOMPARE(api.good(u"zos.gpu.list"_s), "[]");
        QCOMPARE(api.good(u"zos.network.list_public_ips"_s), "[]");
        QCOMPARE(api.refusal(u"zos.location.get"_s), u"failed to fetch location information"_s);
    }
    void tellsItsSelfTests()
    {
        Api api;
        QCOMPARE(api.good(u"zos.perf.get_all"_s), "[]");
        QCOMPARE(api.refusal(u"zos.perf.get"_s, "{\"name\":\"iperf\"}"), u"result not found"_s);
        api.selfTests.put({ u"healthcheck"_s, u"d"_s, 5, "{\"cache\":[],\"network\":[]}", {} });
        const QByteArray result = "{\"name\":\"healthcheck\",\"description\":\"d\",\"timestamp\":5,"
                                  "\"result\":{\"cache\":[],\"network\":[]}}";
        QCOMPARE(api.good(u"zos.perf.get"_s, "{\"Name\":\"healthcheck\"}"), result);
        QCOMPARE(api.good(u"zos.perf.get"_s, "{\"name\":\"healthcheck\"}"), result);
        QCOMPARE(api.good(u"zos.perf.get_all"_s), '[' + result + ']');
        // A newer one takes its place.
        api.selfTests.put({ u"healthcheck"_s, u"d"_s, 6, "{}", {} });
        QCOMPARE(QJsonDocument::fromJson(api.good(u"zos.perf.get_all"_s)).array().size(), 1);
    }
    void diagnosesItsParts()
    {
        Api api;
        const auto ask = [&] { return object(api.good(u"zos.system.diagnostics"_s)); };
        auto told = ask();
        QVERIFY(told.value(u"system_status_ok"_s).toBool());
        QVERIFY(!told.value(u"healthy"_s).toBool()); // not tested yet
        const auto modules = told.value(u"modules"_s).toObject();
        QCOMPARE(modules.keys(),
            QStringList({ u"flist"_s, u"identityd"_s, u"network"_s, u"node"_s, u"provision"_s,
                u"storage"_s, u"vmd"_s }));
        // Readers take any error for a broken node.
        QVERIFY(!api.good(u"zos.system.diagnostics"_s).contains("\"error\""));
        api.selfTests.put({ u"healthcheck"_s, {}, 5, "{}", {} });
        QVERIFY(ask().value(u"healthy"_s).toBool());
        api.selfTests.put({ u"healthcheck"_s, {}, 6, "{}", { u"the overlay is down"_s } });
        QVERIFY(!ask().value(u"healthy"_s).toBool());

        api.rig.world->failCalls(
            u"machines.list"_s, { ErrorCode::Unavailable, u"libvirt is gone"_s });
        told = ask();
        QVERIFY(!told.value(u"system_status_ok"_s).toBool());
        const auto broken = told.value(u"modules"_s).toObject();
        QCOMPARE(
            broken.value(u"vmd"_s).toObject().value(u"error"_s).toString(), u"libvirt is gone"_s);
        QVERIFY(!broken.value(u"storage"_s).toObject().contains(u"error"_s));
    }
    void listensToTheFarmer()
    {
        Api api;
        api.rig.world->nics.first().addresses = { u"192.0.2.7/24"_s };
        api.rig.world->nics.first().mac = u"02:00:00:00:00:01"_s;
        for (const auto &prefix : { u"zos.admin."_s, u"zos.network.admin."_s }) {
            QCOMPARE(api.good(prefix + u"interfaces"_s, {}, Api::kFarmer),
                "{\"eth0\":{\"ips\":[\"192.0.2.7/24\"],\"mac\":\"02:00:00:00:00:01\"}}");
            QCOMPARE(api.good(prefix + u"get_public_nic"_s, {}, Api::kFarmer),
                "{\"is_single\":true,\"is_dual\":false,\"dual_interface\":\"\"}");
            const auto set = [&](const QByteArray &payload) {
                return api.good(prefix + u"set_public_nic"_s, payload, Api::kFarmer);
            };
            QCOMPARE(set("\"zos\""), "null");
            QCOMPARE(set("\"eth0\""), "failed: not supported");
            QCOMPARE(set("\"eth7\""), "failed: interface 'eth7' not found");
        }
    }
    void followsTheFarm()
    {
        Api api;
        const auto asked = [&](quint32 twin) {
            return api.call(u"zos.admin.get_public_nic"_s, {}, twin).has_value();
        };
        QVERIFY(asked(Api::kFarmer) && !asked(Api::kOther));
        const auto say = [&](FarmId farm) {
            LedgerEvent news {};
            news.kind = LedgerEvent::Kind::FarmUpdated;
            news.farm = farm;
            Q_EMIT api.rig.ledger.event(news, true);
        };
        // The farm was sold; news of other farms say nothing.
        api.rig.ledger.farms[Api::kFarm].twin = TwinId(Api::kOther);
        const auto calls = api.rig.ledger.calls;
        say(FarmId(99));
        QCOMPARE(api.rig.ledger.calls, calls);
        say(Api::kFarm);
        QVERIFY(testing::eventually([&] { return asked(Api::kOther); }));
        QVERIFY(!asked(Api::kFarmer));
        // Missed while the chain was away: asked for when it is back.
        api.rig.ledger.offline = true;
        api.rig.ledger.farms[Api::kFarm].twin = TwinId(Api::kFarmer);
        say(Api::kFarm);
        QVERIFY(asked(Api::kOther)); // as last known
        api.rig.ledger.goOnline();
        QVERIFY(testing::eventually([&] { return asked(Api::kFarmer); }));
        api.rig.ledger.farms[Api::kFarm].twin = TwinId(Api::kOther);
        Q_EMIT api.rig.ledger.gap();
        QVERIFY(testing::eventually([&] { return asked(Api::kOther); }));
    }
    void showsTheWholeHistory()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        const auto page = [&](const QByteArray &rest) {
            return QJsonDocument::fromJson(
                api.good(u"zos.deployment.history"_s, "{\"contract_id\":5" + rest + "}"))
                .array();
        };
        const auto all = page({});
        QCOMPARE(all.size(), 6); // three begun, three done
        const auto seq
            = [](const QJsonValue &entry) { return entry.toObject().value(u"seq"_s).toInteger(); };
        QCOMPARE(page(",\"limit\":2").size(), 2);
        const auto rest = page(",\"after\":" + QByteArray::number(seq(all.at(1))));
        QCOMPARE(rest.size(), 4);
        QCOMPARE(seq(rest.first()), seq(all.at(2)));
        // Also of what is gone.
        api.rig.ledger.cancel(ContractId(5));
        QVERIFY(api.rig.idle());
        QCOMPARE(
            api.refusal(u"zos.deployment.get"_s, "{\"contract_id\":5}"), u"deployment not found"_s);
        QCOMPARE(page({}).size(), 9);
    }
    void showsTheConsoleToTheOwner()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        const auto log = [&](const QByteArray &rest) {
            return api.good(u"zos.deployment.logs"_s, "{\"contract_id\":5," + rest + "}");
        };
        api.rig.world->machines[u"42-5-vm"_s].console = "0123456789";
        QCOMPARE(log("\"workload\":\"vm\""), "{\"text\":\"0123456789\",\"truncated\":false}");
        QCOMPARE(log("\"workload\":\"vm\",\"tail\":4"), "{\"text\":\"6789\",\"truncated\":true}");
        QCOMPARE(log("\"workload\":\"vm\",\"tail\":10"),
            "{\"text\":\"0123456789\",\"truncated\":false}");
        QCOMPARE(log("\"workload\":\"vm\",\"tail\":0"), "{\"text\":\"\",\"truncated\":true}");
        QCOMPARE(log("\"workload\":\"data\""), "failed: workload 'data' is no machine");
        QCOMPARE(log("\"workload\":\"nope\""), "failed: workload 'nope' not found");
        // Not from the middle of a character on, whatever bytes a guest prints.
        api.rig.world->machines[u"42-5-vm"_s].console = "a\xe2\x82\xac"
                                                        "b";
        QCOMPARE(log("\"workload\":\"vm\",\"tail\":3"), "{\"text\":\"b\",\"truncated\":true}");
        api.rig.world->machines[u"42-5-vm"_s].console = QByteArray("\xff\x1b[31m\0", 7);
        QVERIFY(Json::parse(log("\"workload\":\"vm\"")).has_value());
        // Bounded, whatever is asked for.
        api.rig.world->machines[u"42-5-vm"_s].console = QByteArray(1 << 20, 'x');
        const auto most = log("\"workload\":\"vm\",\"tail\":18446744073709551615");
        QVERIFY(most.size() < 300'000 && most.endsWith("\"truncated\":true}"));
    }
    void operatorsSeeNoSecrets()
    {
        Api api;
        const QByteArray secret = "1BLKRScBfGyJtiAr/DL54X4d3Da24wKp3xbN6fhS1Hc=";
        auto machine = Rig::machine();
        QVERIFY(machine.contains("\"env\":{}"));
        machine.replace("\"env\":{}",
            "\"env\":{\"TOKEN\":\"env-secret\"},\"note\":\"kept\","
            "\"deep\":[{\"Password\":\"deep-secret\",\"KEY\":7}]");
        QCOMPARE(
            api.good(u"zos.deployment.deploy"_s,
                api.rig.request(5, 0, { machine, Rig::network(), Rig::disk("data", 1 << 30) })),
            "null");
        QVERIFY(api.rig.idle());
        const auto shown
            = api.good(u"zos.debug.deployment.get"_s, "{\"deployment\":\"42:5\"}", Api::kAdmin);
        for (const auto &hidden : { secret, QByteArray("env-secret"), QByteArray("deep-secret") })
            QVERIFY2(!shown.contains(hidden), shown.constData());
        for (const auto *kept : { "\"TOKEN\":\"***\"", "\"note\":\"kept\"", "\"Password\":\"***\"",
                 "\"KEY\":\"***\"", "\"wireguard_private_key\":\"***\"", "10.20.2.0/24" })
            QVERIFY2(shown.contains(kept), kept);
        // The owner sees what is its own.
        QVERIFY(api.good(u"zos.deployment.get"_s, "{\"contract_id\":5}").contains(secret));
        for (const auto &command : { u"history"_s, u"info"_s, u"health"_s, u"list"_s }) {
            const auto answer = api.good(u"zos.debug.deployment."_s + command,
                "{\"deployment\":\"42:5\",\"workload\":\"vm\"}", Api::kAdmin);
            QVERIFY2(!answer.contains(secret) && !answer.contains("-secret"), answer.constData());
        }
    }
    void answersOperators()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        const auto debug = [&](const QString &command, const QByteArray &payload) {
            return api.good(u"zos.debug.deployment."_s + command, payload, Api::kAdmin);
        };
        const QByteArray brief
            = "{\"deployments\":[{\"twin_id\":42,\"contract_id\":5,\"workloads\":["
              "{\"type\":\"zmachine\",\"name\":\"vm\",\"state\":\"ok\"},"
              "{\"type\":\"network\",\"name\":\"net\",\"state\":\"ok\"},"
              "{\"type\":\"zmount\",\"name\":\"data\",\"state\":\"ok\"}]}]}";
        QCOMPARE(debug(u"list"_s, {}), brief);
        QCOMPARE(debug(u"list"_s, "null"), brief);
        QCOMPARE(debug(u"list"_s, "{\"twin_id\":42}"), brief);
        QCOMPARE(debug(u"list"_s, "{\"twin_id\":43}"), "{\"deployments\":[]}");
        QCOMPARE(debug(u"info"_s, "{\"deployment\":\"42:5\",\"workload\":\"vm\"}"),
            "{\"workload_id\":\"42-5-vm\",\"type\":\"zmachine\",\"name\":\"vm\",\"info\":{"
            "\"HtEnabled\":false,\"Memory\":1073741824,\"CPU\":1},\"logs\":\"simulated machine "
            "42-5-vm\\n\"}");
        const auto network
            = object(debug(u"info"_s, "{\"deployment\":\"42:5\",\"workload\":\"net\"}"));
        QCOMPARE(network.value(u"info"_s).toObject().value(u"state"_s).toString(), u"up"_s);
        QCOMPARE(debug(u"info"_s, "{\"deployment\":\"42:5\",\"workload\":\"data\"}"),
            "failed: there is no information about workloads of type 'zmount'");
        const auto past = object(debug(u"history"_s, "{\"deployment\":\"42:5\"}"));
        QCOMPARE(past.value(u"history"_s).toArray().size(), 6);

        const auto states = [&] {
            QStringList all;
            const auto told
                = object(debug(u"health"_s, "{\"deployment\":\"42:5\",\"options\":{}}"));
            for (const auto &one : told.value(u"workloads"_s).toArray()) {
                QString line = one.toObject().value(u"status"_s).toString();
                for (const auto &check : one.toObject().value(u"checks"_s).toArray()) {
                    if (!check.toObject().value(u"ok"_s).toBool())
                        line += u' ' + check.toObject().value(u"name"_s).toString();
                }
                all += line;
            }
            return all;
        };
        QCOMPARE(states(), QStringList({ u"healthy"_s, u"healthy"_s, u"healthy"_s }));
        api.rig.world->machines.clear();
        api.rig.world->roots.clear();
        api.rig.world->networks.clear();
        api.rig.world->volumes.clear();
        QCOMPARE(states(),
            QStringList({ u"unhealthy vm.process vm.disks vm.virtiofs"_s,
                u"unhealthy network.namespace network.interfaces network.bridge"_s,
                u"unhealthy disk.file"_s }));
    }
    void runsNothingForOperators()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        QCOMPARE(
            api.refusal(u"zos.debug.deployment.health"_s,
                "{\"deployment\":\"42:5\",\"options\":{\"system_probe\":\"id\"}}", Api::kAdmin),
            u"system_probe is not supported"_s);
    }
    void readsIdentifiersStrictly_data()
    {
        QTest::addColumn<QByteArray>("identifier");
        QTest::addColumn<QString>("says");
        const auto format = [](const QString &got) {
            return u"invalid deployment format: expected 'twin-id:contract-id', got '%1'"_s.arg(
                got);
        };
        QTest::newRow("missing") << QByteArray("{}") << u"deployment identifier is required"_s;
        QTest::newRow("empty") << QByteArray("{\"deployment\":\"\"}")
                               << u"deployment identifier is required"_s;
        QTest::newRow("null") << QByteArray("{\"deployment\":null}")
                              << u"deployment identifier is required"_s;
        QTest::newRow("number") << QByteArray("{\"deployment\":5}")
                                << u"deployment must be a string"_s;
        QTest::newRow("no colon") << QByteArray("{\"deployment\":\"42\"}") << format(u"42"_s);
        QTest::newRow("two colons")
            << QByteArray("{\"deployment\":\"42:5:1\"}") << format(u"42:5:1"_s);
        QTest::newRow("twin") << QByteArray("{\"deployment\":\"x:5\"}")
                              << u"invalid twin ID: 'x' is not a number"_s;
        QTest::newRow("large twin") << QByteArray("{\"deployment\":\"4294967296:5\"}")
                                    << u"invalid twin ID: '4294967296' is not a number"_s;
        QTest::newRow("signed twin") << QByteArray("{\"deployment\":\"+42:5\"}")
                                     << u"invalid twin ID: '+42' is not a number"_s;
        QTest::newRow("contract") << QByteArray("{\"deployment\":\"42:\"}")
                                  << u"invalid contract ID: '' is not a number"_s;
        QTest::newRow("unknown") << QByteArray("{\"deployment\":\"42:6\"}")
                                 << u"deployment not found"_s;
    }
    void readsIdentifiersStrictly()
    {
        QFETCH(QByteArray, identifier);
        QFETCH(QString, says);
        Api api;
        QCOMPARE(api.deployAll(), "null");
        for (const auto &command : { u"get"_s, u"history"_s, u"info"_s, u"health"_s })
            QCOMPARE(
                api.refusal(u"zos.debug.deployment."_s + command, identifier, Api::kAdmin), says);
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
    // A client that reads the pools and fills what they say is free is not refused; one byte more
    // is, with the pool, what is free and what is asked in the words.
    void whatPoolsSayIsFreeFits()
    {
        Api api;
        auto &all = api.rig.world->pools;
        all = { all.first() };
        all.first().system = 7_GiB;
        const auto free = [&api] {
            const auto pool = QJsonDocument::fromJson(api.good(u"zos.storage.pools"_s))
                                  .array()
                                  .first()
                                  .toObject();
            return quint64(pool.value(u"size").toInteger() - pool.value(u"used").toInteger());
        };
        const auto most = free();
        QCOMPARE(most, (100_GiB - 7_GiB).count());
        const auto figures = [&api](const QString &part) {
            return QJsonDocument::fromJson(api.good(u"zos.statistics.get"_s))
                .object()
                .value(part)
                .toObject()
                .value(u"sru")
                .toInteger();
        };
        QCOMPARE(figures(u"system"_s), qint64((7_GiB).count()));
        QCOMPARE(figures(u"total"_s) - figures(u"used"_s), qint64(most));
        const auto ask = [&api](quint64 size) {
            return api.rig.request(5, 0,
                { Rig::disk("data", size), Rig::network(),
                    Rig::machine("vm", { "data" }, "10.20.2.2") });
        };
        const auto root = (500_MiB).count();
        QCOMPARE(api.refusal(u"zos.deployment.deploy"_s, ask(most - root + 1)),
            u"not enough space left in pools of this type ssd: asked %1 bytes (524288000 of them "
            "for roots of machines), available %2 bytes, most of it in pool pool-sda (%2 bytes)"_s
                .arg(most + 1)
                .arg(most));
        QCOMPARE(api.good(u"zos.deployment.deploy"_s, ask(most - root)), "null");
        QVERIFY(api.rig.idle());
        for (const auto *name : { "data", "net", "vm" })
            QCOMPARE(api.rig.state(5, name), u"ok"_s);
        QCOMPARE(free(), 0U);
        QCOMPARE(figures(u"total"_s) - figures(u"used"_s), 0);
    }
};
ZOS_TEST(TestNodeApi)
#include "tst_nodeapi.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/md5.h"
#include "core/model/zmachine.h"
#include "core/model/zmount.h"
#include "tests/core/model/modelvectors.h"
#include "tests/support/runner.h"

#include <QtCrypto>

using namespace zos;

class TestDeployment : public QObject
{
    Q_OBJECT
    QCA::Initializer m_qca;

private Q_SLOTS:
    void hashesLikeTheReference_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-hash")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void hashesLikeTheReference()
    {
        QFETCH(Json, vector);
        const auto deployment = testing::parsed(testing::requestOf(vector, u"json"));
        if (!testing::flagOf(vector, u"accepted")) {
            QVERIFY(!deployment);
            QCOMPARE(deployment.error().code, ErrorCode::Invalid);
            return;
        }
        QVERIFY2(deployment, deployment ? "" : qPrintable(deployment.error().what));
        QCOMPARE(QString::fromUtf8(deployment->challenge()), testing::textOf(vector, u"challenge"));
        QCOMPARE(deployment->challengeHex(), testing::textOf(vector, u"hash"));
        const auto *capacities = vector.findExact(u"capacity");
        for (const auto &workload : deployment->workloads)
            QCOMPARE(workload.capacity().toJson(),
                capacities->findExact(workload.name)->raw().simplified().replace(" ", ""));
    }
    void acceptsTheOtherFormsOfLightNetworks_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-hash"))) {
            if (testing::textOf(vector, u"json").contains(u"network-light"))
                QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
        }
    }
    void acceptsTheOtherFormsOfLightNetworks()
    {
        QFETCH(Json, vector);
        const auto deployment = testing::parsed(testing::requestOf(vector, u"json"));
        QVERIFY(deployment);
        const auto variants = deployment->challengeVariants();
        QCOMPARE(variants.first(), deployment->challenge());
        QStringList hashes;
        for (const auto &text : variants)
            hashes += QString::fromLatin1(md5(text).toHex());
        QVERIFY(hashes.contains(testing::textOf(vector, u"ts_hash")));
        // The oldest form leaves out what these networks have: it must not bind them.
        QVERIFY(!hashes.contains(testing::textOf(vector, u"old_light_hash")));
    }
    void acceptsTheOldestFormWhenItLeavesNothingOut()
    {
        const QByteArray request
            = R"({"twin_id":42,"workloads":[{"name":"nl","type":"network-light","data":
            {"subnet":"10.30.2.0/24","mycelium":{"hex_key":"00ff"}}}]})";
        const auto deployment = testing::parsed(request);
        QVERIFY(deployment);
        const QList<QByteArray> expected { "0420"
                                           "0nlnetwork-light<nil>10.30.2.0/24000ff"
                                           "0",
            "0420"
            "0nlnetwork-light10.30.2.0/2400ff"
            "0" };
        QCOMPARE(deployment->challengeVariants(), expected);
    }
    void givesOneFormForEverythingElse()
    {
        for (const auto &vector : testing::cases(QStringLiteral("deployments-hash"))) {
            const auto deployment = testing::parsed(testing::requestOf(vector, u"json"));
            if (deployment && !testing::textOf(vector, u"json").contains(u"network-light"))
                QCOMPARE(deployment->challengeVariants().size(), 1);
        }
    }

    void validatesLikeTheReference_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-validation")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void validatesLikeTheReference()
    {
        QFETCH(Json, vector);
        const auto deployment = testing::parsed(testing::requestOf(vector, u"json"));
        const auto valid = deployment ? deployment->validate() : Result<>(fail(deployment.error()));
        const bool accept = testing::textOf(vector, u"better_node") == u"accept";
        QVERIFY2(valid.has_value() == accept, valid ? "accepted" : qPrintable(valid.error().what));
        if (!valid) {
            QCOMPARE(valid.error().code, ErrorCode::Invalid);
            QVERIFY(!valid.error().what.isEmpty());
        }
        const auto stage = testing::textOf(vector, u"stage");
        if (stage == u"valid")
            QCOMPARE(valid.error().what, testing::textOf(vector, u"reference_error"));
        else if (stage == u"decode")
            QVERIFY(!deployment);
        else if (stage == u"data" || stage == u"panic")
            QVERIFY(!deployment);
        if (deployment && !testing::textOf(vector, u"hash").isEmpty())
            QCOMPARE(deployment->challengeHex(), testing::textOf(vector, u"hash"));
    }

    // The first one counts: workload by workload, and of each version, name, repetition, type,
    // data, then the rules of its type.
    void theFirstOfTwoFaultsIsTold_data()
    {
        QTest::addColumn<QByteArray>("workloads");
        QTest::addColumn<QString>("told");
        const auto one = [](const char *name, const char *type, const char *data,
                             int version = 0) -> QByteArray {
            return QByteArray("{\"version\":") + QByteArray::number(version) + ",\"name\":\"" + name
                + "\",\"type\":\"" + type + "\",\"data\":" + data + '}';
        };
        const auto good = one("good", "zmount", R"({"size":1})");
        const auto both = [](const QByteArray &first, const QByteArray &second) {
            return QByteArray(first + ',' + second);
        };
        QTest::newRow("version, then name")
            << one("a b", "zmount", "{}", 1)
            << QStringLiteral(
                   "workload 'a b' version '1' cannot be higher than deployment version '0'");
        QTest::newRow("name, then type")
            << one("a b", "disk", "{}")
            << QStringLiteral("name 'a b' is invalid: unsupported character in workload name");
        QTest::newRow("name, then data")
            << one("a b", "zmount", R"({"size":"x"})")
            << QStringLiteral("name 'a b' is invalid: unsupported character in workload name");
        QTest::newRow("repetition, then type")
            << both(good, one("good", "disk", "{}"))
            << QStringLiteral("multiple workloads with the same name 'good'");
        QTest::newRow("type, then data")
            << one("a", "disk", "null") << QStringLiteral("invalid reservation type 'disk'");
        QTest::newRow("rules of the first, then the name of the second")
            << both(one("a", "zmount", R"({"size":0})"), one("b c", "zmount", R"({"size":1})"))
            << QStringLiteral("invalid size");
        QTest::newRow("rules of the first, then the data of the second") << both(
            one("a", "zdb", R"({"size":1,"mode":"x"})"),
            one("b", "zmount", R"({"size":-1})")) << QStringLiteral("invalid mode");
        QTest::newRow("name of the first, then the type of the second")
            << both(one("ygg", "zmount", R"({"size":1})"), one("b", "disk", "{}"))
            << QStringLiteral("name 'ygg' is invalid: invalid name 'ygg' is reserved");
        QTest::newRow("size, then mode")
            << one("a", "zdb", R"({"size":0,"mode":"x"})") << QStringLiteral("invalid size");
        QTest::newRow("interfaces, then cpu")
            << one("a", "zmachine", R"({"network":{"interfaces":[]}})")
            << QStringLiteral("only one network private network is supported at the moment");
        QTest::newRow("cpu, then memory") << one(
            "a", "zmachine", R"({"network":{"interfaces":[{"network":"n","ip":"10.1.2.3"}]}})")
                                          << QStringLiteral("cpu capacity can't be 0");
        QTest::newRow("memory, then the network's name")
            << one("a", "zmachine",
                   R"({"network":{"interfaces":[{"network":"pub","ip":"10.1.2.3"}]},)"
                   R"("compute_capacity":{"cpu":1,"memory":1}})")
            << QStringLiteral("mem capacity can't be less that 250M");
        QTest::newRow("range, then subnet")
            << one("a", "network", "{}") << QStringLiteral("network IP range cannot be empty");
        QTest::newRow("subnet, then key") << one("a", "network", R"({"ip_range":"10.20.0.0/16"})")
                                          << QStringLiteral("network resource subnet cannot empty");
    }
    void theFirstOfTwoFaultsIsTold()
    {
        QFETCH(QByteArray, workloads);
        QFETCH(QString, told);
        const auto deployment
            = Deployment::fromJson(QByteArray(R"({"version":0,"workloads":[)" + workloads + "]}"));
        const auto valid = deployment ? deployment->validate() : Result<>(fail(deployment.error()));
        QVERIFY(!valid);
        QCOMPARE(valid.error().what, told);
        QCOMPARE(valid.error().code, ErrorCode::Invalid);
    }

    void countsTheRootOfMachines_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-capacity")))
            QTest::newRow(vector.findExact(u"input")->raw().simplified().constData()) << vector;
        const auto row = [](const char *name, const char *input, const char *capacity) {
            const QByteArray text
                = QByteArray("{\"input\":") + input + ",\"capacity\":" + capacity + '}';
            QTest::newRow(name) << *Json::parse(text);
        };
        row("product beyond 64 bits", R"({"cpu":255,"memory":144115188075855872,"size":0})",
            R"({"cru":255,"sru":2147483648,"hru":0,"mru":144115188075855872,"ipv4u":0})");
        row("product wraps to zero", R"({"cpu":128,"memory":144115188075855872,"size":0})",
            R"({"cru":128,"sru":2147483648,"hru":0,"mru":144115188075855872,"ipv4u":0})");
        row("no cpu", R"({"cpu":0,"memory":144115188075855872,"size":0})",
            R"({"cru":0,"sru":524288000,"hru":0,"mru":144115188075855872,"ipv4u":0})");
    }
    void countsTheRootOfMachines()
    {
        QFETCH(Json, vector);
        const auto &input = *vector.findExact(u"input");
        const QByteArray data = "{\"size\":" + input.findExact(u"size")->raw()
            + ",\"compute_capacity\":{\"cpu\":" + input.findExact(u"cpu")->raw()
            + ",\"memory\":" + input.findExact(u"memory")->raw() + "}}";
        for (const auto *type : { u"zmachine", u"zmachine-light" }) {
            const auto decoded = decodeWorkloadData(type, *Json::parse(data));
            QVERIFY(decoded);
            QCOMPARE((*decoded)->capacity().toJson(),
                vector.findExact(u"capacity")->raw().simplified().replace(" ", ""));
        }
    }
    void sumsCapacity()
    {
        const auto deployment = testing::parsed(R"({"workloads":[
            {"name":"a","type":"zmount","data":{"size":18446744073709551615}},
            {"name":"b","type":"volume","data":{"size":5}},
            {"name":"c","type":"zdb","data":{"size":7}},
            {"name":"d","type":"ip","data":{"v4":true}},
            {"name":"e","type":"ip","data":{"v6":true}},
            {"name":"f","type":"ipv4","data":{}}]})");
        QVERIFY(deployment);
        QCOMPARE(deployment->capacity().toJson(),
            R"({"cru":0,"sru":18446744073709551615,"hru":7,"mru":0,"ipv4u":2})");
    }

    void readsCompleteRequests_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-examples")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void readsCompleteRequests()
    {
        QFETCH(Json, vector);
        const auto deployment = testing::parsed(testing::requestOf(vector, u"request"));
        QVERIFY(deployment);
        QVERIFY(deployment->validate());
        QCOMPARE(deployment->challengeHex(), testing::textOf(vector, u"hash"));
        QCOMPARE(QString::fromUtf8(deployment->challenge()), testing::textOf(vector, u"challenge"));
        const auto *sent = vector.findExact(u"request")->findExact(u"workloads");
        for (qsizetype i = 0; i < deployment->workloads.size(); ++i)
            QCOMPARE(deployment->workloads[i].data, sent->items()[i].findExact(u"data")->raw());
    }

    void keepsDataVerbatimAndDropsForeignResults()
    {
        const QByteArray data
            = R"({ "__type":"zmount",  "size": 5 , "new\u0041": [1.50, {"x":null}] })";
        const auto deployment
            = testing::parsed(R"({"workloads":[{"name":"a","type":"zmount","data":)" + data
                + R"(,"result":{"state":"ok","created":7,"message":"mine","data":{"x":1}}}]})");
        QVERIFY(deployment);
        const auto &workload = deployment->workloads.first();
        QCOMPARE(workload.data, data);
        QCOMPARE(workload.as<ZMount>()->size, Bytes(5));
        QCOMPARE(workload.as<ZMachine>(), nullptr);
        QCOMPARE(workload.result.state, ResultState::Init);
        QCOMPARE(workload.toJson(),
            R"({"version":0,"name":"a","type":"zmount","data":)" + data
                + R"(,"metadata":"","description":"","result":{"created":0,"state":"init","message":"","data":null}})");
    }

    // Of newer clients. They are no part of what is signed.
    void keepsMembersItDoesNotKnow()
    {
        const QByteArray plain = R"({"twin_id":7,"workloads":[{"name":"a","type":"zmount",)"
                                 R"("data":{"size":5},"metadata":""}]})";
        const auto without = testing::parsed(plain);
        const auto with = testing::parsed(
            R"({"Project":{"a" : [1.50]},"twin_id":7,"tags":["x"],"workloads":[{"later":null,)"
            R"("name":"a","type":"zmount","data":{"size":5},"RESULT":{"state":"ok"},"DATA":)"
            R"({"size":5},"metadata":"","color":1,"color":"bü"}],"VERSION":0})");
        QVERIFY(without && with);
        QCOMPARE(with->challenge(), without->challenge());
        QCOMPARE(without->unknown, QByteArray());
        QCOMPARE(with->unknown, R"({"Project":{"a" : [1.50]},"tags":["x"]})");
        const auto &workload = with->workloads.first();
        QCOMPARE(workload.unknown, QByteArray("{\"later\":null,\"color\":\"b\xc3\xbc\"}"));
        QCOMPARE(workload.result.state, ResultState::Init);
        QCOMPARE(workload.toJson(),
            QByteArray(R"({"version":0,"name":"a","type":"zmount","data":{"size":5},"metadata":"",)"
                       R"("description":"","result":{"created":0,"state":"init","message":"",)"
                       "\"data\":null},\"later\":null,\"color\":\"b\xc3\xbc\"}"));
        QVERIFY(with->toJson().endsWith(R"(],"Project":{"a" : [1.50]},"tags":["x"]})"));
        const auto again = Deployment::fromJson(with->toJson());
        QVERIFY(again);
        QCOMPARE(again->toJson(), with->toJson());
    }
    void boundsMembersItDoesNotKnow()
    {
        for (const bool inside : { false, true }) {
            const QByteArray much = "\"x\":[\"" + QByteArray(40 << 10, 'a') + "\",\""
                + QByteArray(40 << 10, 'b') + "\"]";
            const QByteArray before
                = inside ? R"({"workloads":[{"name":"a","type":"zmount","data":{"size":5},)" : "{";
            const QByteArray text = before + much + (inside ? "}]}" : "}");
            const auto refused = Deployment::fromJson(text);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::Limit);
            QVERIFY(refused.error().what.contains(QStringLiteral("unknown members of %1 bytes")
                    .arg(much.size() + 2))); // with their braces
        }
    }
    void writesListsNeverNull()
    {
        const auto deployment
            = testing::parsed(R"({"signature_requirement":{"requests":null},"workloads":null})");
        QVERIFY(deployment);
        QVERIFY(deployment->validate());
        QCOMPARE(deployment->toJson(),
            R"({"version":0,"twin_id":0,"contract_id":0,"metadata":"","description":"","expiration":0,)"
            R"("signature_requirement":{"requests":[],"weight_required":0,"signatures":[],"signature_style":""},)"
            R"("workloads":[]})");
    }
    void readsTimestamps_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<qint64>("seconds"); // -1: refused
        QTest::newRow("integer") << QByteArray("1626394539") << 1626394539LL;
        QTest::newRow("null") << QByteArray("null") << 0LL;
        QTest::newRow("zulu") << QByteArray("\"2021-07-16T00:15:39Z\"") << 1626394539LL;
        QTest::newRow("offset") << QByteArray("\"2021-07-16T02:15:39.999+02:00\"") << 1626394539LL;
        QTest::newRow("west") << QByteArray("\"2021-07-15T19:15:39-05:00\"") << 1626394539LL;
        QTest::newRow("leap day") << QByteArray("\"2024-02-29T00:00:00Z\"") << 1709164800LL;
        for (const char *bad :
            { "\"\"", "1.5", "1e3", "true", "\"1626394539\"", "\"2021-07-16\"",
                "\"2021-07-16T00:15:39\"", "\"2023-02-29T00:00:00Z\"", "\"2021-07-16 00:15:39Z\"",
                "\"2021-13-16T00:15:39Z\"", "\"2021-07-16T24:15:39Z\"", "\"2021-07-16T00:15:39.Z\"",
                "\"2021-07-16T00:15:39+0200\"", "[]", "9223372036854775808" })
            QTest::newRow(bad) << QByteArray(bad) << -1LL;
    }
    void readsTimestamps()
    {
        QFETCH(QByteArray, json);
        QFETCH(qint64, seconds);
        const auto deployment = testing::parsed("{\"expiration\":" + json + '}');
        QCOMPARE(deployment.has_value(), seconds >= 0);
        if (deployment)
            QCOMPARE(deployment->expiration, seconds);
    }
    void readsRepeatedMembersAsGoDoes()
    {
        const auto machine = [](const QByteArray &data) {
            return std::static_pointer_cast<const ZMachine>(
                *decodeWorkloadData(u"zmachine", *Json::parse(data)));
        };
        const auto merged = machine(
            R"({"compute_capacity":{"cpu":2},"Compute_Capacity":{"memory":5},"compute_capacity":null,
            "size":7,"size":null,"gpu":["a"],"gpu":null,"env":{"a":"1","A":"2"},"env":{"b":"3","a":"4"}})");
        QCOMPARE(merged->cpu, 2);
        QCOMPARE(merged->memory, Bytes(5));
        QCOMPARE(merged->size, Bytes(7));
        QVERIFY(merged->gpu.isEmpty());
        const QMap<QByteArray, QString> env { { "a", QStringLiteral("4") },
            { "A", QStringLiteral("2") }, { "b", QStringLiteral("3") } };
        QCOMPARE(merged->env, env);
        // An earlier member of the wrong kind is an error even when a later one would replace it.
        QVERIFY(!decodeWorkloadData(u"zmount", *Json::parse(R"({"size":"x","size":1})")));
    }
    void namesTheBadMember()
    {
        const auto refused = testing::parsed(
            R"({"workloads":[{"name":"n","type":"network","data":{"peers":[{},{"allowed_ips":["10.0.0.0/8","x"]}]}}]})");
        QVERIFY(!refused);
        QCOMPARE(refused.error().what,
            QStringLiteral("failed to load data into object of type 'network': "
                           "peers[1].allowed_ips[1]: invalid "
                           "CIDR address: x"));
    }

    void boundsRequests_data()
    {
        QTest::addColumn<QByteArray>("json");
        const auto workloads = [](int count, const QByteArray &one) {
            return "{\"workloads\":[" + QByteArray(one + ',').repeated(count - 1) + one + "]}";
        };
        const auto machine = [](const QByteArray &data) {
            return R"({"workloads":[{"name":"v","type":"zmachine","data":)" + data + "}]}";
        };
        QTest::newRow("text") << QByteArray("{\"x\":\"" + QByteArray(1 << 20, 'x') + "\"}");
        QTest::newRow("workloads") << workloads(257, R"({"type":"ipv4","data":{}})");
        QTest::newRow("metadata") << QByteArray(
            "{\"metadata\":\"" + QByteArray((64 << 10) + 1, 'x') + "\"}");
        QTest::newRow("metadata in UTF-8") << QByteArray(
            "{\"metadata\":\"" + QByteArray("\xc3\xbc").repeated((32 << 10) + 1) + "\"}");
        QTest::newRow("environment value")
            << machine("{\"env\":{\"a\":\"" + QByteArray((256 << 10) + 1, 'x') + "\"}}");
        QTest::newRow("peers") << QByteArray(
            R"({"workloads":[{"name":"n","type":"network","data":{"peers":[)"
            + QByteArray("{},").repeated(1024) + "{}]}}]}");
        QTest::newRow("signature requests")
            << QByteArray("{\"signature_requirement\":{\"requests\":["
                   + QByteArray("{},").repeated(256) + "{}]}}");
    }
    void boundsRequests()
    {
        QFETCH(QByteArray, json);
        const auto refused = testing::parsed(json);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Limit);
    }
    void acceptsRequestsAtTheBounds()
    {
        QVERIFY(testing::parsed("{\"metadata\":\"" + QByteArray(64 << 10, 'x')
            + "\",\"description\":\"" + QByteArray("\xc3\xbc").repeated(32 << 10) + "\"}"));
        QVERIFY(testing::parsed("{\"workloads\":["
            + QByteArray(R"({"type":"ipv4","data":{}},)").repeated(255)
            + R"({"type":"ipv4","data":{}}]})"));
        QVERIFY(testing::parsed(
            "{\"workloads\":[{\"name\":\"v\",\"type\":\"zmachine\",\"data\":{\"env\":{\"a\":\""
            + QByteArray(256 << 10, 'x') + "\"}}}]}"));
    }
    void knowsItsTypes()
    {
        const auto types = workloadTypes();
        QCOMPARE(types.size(), 13);
        QCOMPARE(types.first(), QStringLiteral("zmount"));
        QVERIFY(std::is_sorted(types.begin(), types.end(),
            [](const auto &a, const auto &b) { return installRank(a) < installRank(b); }));
        for (const auto &type : types) {
            QCOMPARE(isShareable(type), type.startsWith(u"network"));
            QVERIFY(!decodeWorkloadData(type, Json()));
            QVERIFY(!decodeWorkloadData(type, *Json::parse("[]")));
            QVERIFY(decodeWorkloadData(type, *Json::parse("{}")));
        }
        QVERIFY(installRank(u"network") < installRank(u"zmachine"));
        QVERIFY(installRank(u"unknown") > installRank(u"gateway-fqdn-proxy"));
        QVERIFY(!supportsUpdate(u"unknown") && !isShareable(u"unknown") && !supportsUpdate(u"ip")
            && supportsUpdate(u"network") && supportsUpdate(u"zmachine"));
    }
    void buildsSignedMessages()
    {
        const QByteArray hash = QByteArray::fromHex("ba11a1799177fd2784c802ec24b5e2a7");
        QCOMPARE(signedMessage(hash, {}), hash);
        QCOMPARE(signedMessage(hash, u"other"), hash);
        QCOMPARE(signedMessage(hash, u"polka-wallet"),
            "<Bytes>ba11a1799177fd2784c802ec24b5e2a7</Bytes>");
    }
};

ZOS_TEST(TestDeployment)
#include "tst_deployment.moc"

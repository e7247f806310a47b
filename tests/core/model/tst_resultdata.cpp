// SPDX-License-Identifier: Apache-2.0
#include "core/model/resultdata.h"
#include "tests/core/model/modelvectors.h"
#include "tests/core/model/mutation.h"
#include "tests/support/runner.h"

using namespace zos;

class TestResultData : public QObject
{
    Q_OBJECT

    static QByteArray rewritten(const QString &type, const Json &input)
    {
        if (type == u"zmachine")
            return MachineResult::fromJson(input)->toJson(type);
        if (type == u"zdb")
            return ZdbResult::fromJson(input)->toJson();
        if (type == u"ip")
            return PublicIpResult::fromJson(input)->toJson();
        if (type == u"zmount" || type == u"volume")
            return VolumeResult::fromJson(type, input)->toJson(type);
        if (type == u"gateway-name-proxy")
            return GatewayNameResult::fromJson(input)->toJson();
        return type == u"gateway-fqdn-proxy" ? "{}" : "unknown type";
    }

private Q_SLOTS:
    void writesDocumentsLikeTheReference_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-results")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void writesDocumentsLikeTheReference()
    {
        QFETCH(Json, vector);
        const auto input = Json::parse(testing::requestOf(vector, u"input"));
        QVERIFY(input);
        // The one difference on purpose: clients iterate lists without looking for null.
        const auto expected
            = testing::requestOf(vector, u"output").replace("\"IPs\":null", "\"IPs\":[]");
        QCOMPARE(rewritten(testing::textOf(vector, u"type"), *input), expected);
    }
    void mutantsAreReadOrRefused_data() { writesDocumentsLikeTheReference_data(); }
    void mutantsAreReadOrRefused()
    {
        QFETCH(Json, vector);
        QRandomGenerator random(815);
        const QByteArray result
            = "{\"created\":1700000000,\"state\":\"ok\",\"message\":\"m\",\"data\":"
            + testing::requestOf(vector, u"input") + '}';
        for (int i = 0; i < 200; ++i) {
            const auto mutant = testing::mutated(result, random);
            const auto json = Json::parse(mutant);
            if (!json)
                continue;
            if (const auto read = WorkloadResult::fromJson(*json); !read)
                QVERIFY2(read.error().code == ErrorCode::Invalid
                        || read.error().code == ErrorCode::Limit,
                    mutant.constData());
            else
                QCOMPARE(WorkloadResult::fromJson(*Json::parse(read->toJson()))->toJson(),
                    read->toJson());
            const auto *data = json->find(u"data");
            if (!data)
                continue;
            for (const auto &read : { MachineResult::fromJson(*data).error_or(Error()),
                     ZdbResult::fromJson(*data).error_or(Error()) })
                QVERIFY2(read.what.isEmpty() || read.code == ErrorCode::Invalid
                        || read.code == ErrorCode::Limit,
                    mutant.constData());
        }
    }
    void leavesPlanetaryOutForLightMachines()
    {
        MachineResult result;
        result.id = QStringLiteral("1-2-a");
        result.planetaryIp = QStringLiteral("302::1");
        QCOMPARE(result.toJson(u"zmachine-light"),
            R"({"id":"1-2-a","ip":"","mycelium_ip":"","console_url":""})");
    }
    void writesQsfsDocument()
    {
        QsfsResult result { QStringLiteral("/mnt/q"),
            QStringLiteral("http://[302::1]:9100/metrics") };
        const QByteArray text
            = R"({"path":"/mnt/q","metrics_endpoint":"http://[302::1]:9100/metrics"})";
        QCOMPARE(result.toJson(), text);
        QCOMPARE(QsfsResult::fromJson(*Json::parse(text))->metricsEndpoint, result.metricsEndpoint);
    }
    void resultSurvivesWritingAndReading()
    {
        WorkloadResult result;
        result.created = 1700000042;
        result.message = QStringLiteral("a \"quoted\" reason\n");
        result.data = R"({"id": "x", "n": 18446744073709551615})";
        for (const auto state : { ResultState::Init, ResultState::Ok, ResultState::Error,
                 ResultState::Deleted, ResultState::Paused, ResultState::Unchanged }) {
            result.state = state;
            const auto again = WorkloadResult::fromJson(*Json::parse(result.toJson()));
            QVERIFY(again);
            QCOMPARE(again->state, state);
            QCOMPARE(again->created, result.created);
            QCOMPARE(again->message, result.message);
            QCOMPARE(again->data, result.data);
            QCOMPARE(*resultStateFrom(stateName(state)), state);
        }
        QCOMPARE(
            WorkloadResult().toJson(), R"({"created":0,"state":"init","message":"","data":null})");
    }
    void refusesUnknownResults_data()
    {
        QTest::addColumn<QByteArray>("json");
        for (const char *json : { "[]", R"({"state":"fine"})", R"({})", R"({"state":"Ok"})",
                 R"({"state":"ok","created":"x"})", R"({"state":"ok","message":5})" })
            QTest::newRow(json) << QByteArray(json);
    }
    void refusesUnknownResults()
    {
        QFETCH(QByteArray, json);
        const auto result = WorkloadResult::fromJson(*Json::parse(json));
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Invalid);
    }
};

ZOS_TEST(TestResultData)
#include "tst_resultdata.moc"

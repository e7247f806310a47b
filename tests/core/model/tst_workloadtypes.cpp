// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/gateway.h"
#include "core/model/gatewayfqdnproxy.h"
#include "core/model/gatewaynameproxy.h"
#include "tests/core/model/modelvectors.h"
#include "tests/support/runner.h"

using namespace zos;

// Vectors of the networking side: data of single workloads.
class TestWorkloadTypes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void decodesNetworkingData_data()
    {
        QTest::addColumn<Json>("vector");
        int row = 0;
        for (const auto &vector :
            testing::cases(QStringLiteral("network"), QStringLiteral("workload_data")))
            QTest::addRow("%d %s", row++, qPrintable(testing::textOf(vector, u"type"))) << vector;
    }
    void decodesNetworkingData()
    {
        QFETCH(Json, vector);
        const auto decoded
            = decodeWorkloadData(testing::textOf(vector, u"type"), *vector.findExact(u"data"));
        QVERIFY2(decoded, decoded ? "" : qPrintable(decoded.error().what));
        QByteArray text;
        (*decoded)->appendChallenge(text);
        QCOMPARE(QString::fromUtf8(text), testing::textOf(vector, u"challenge"));
        const auto valid = (*decoded)->validate(Deployment(), Workload());
        QCOMPARE(valid.has_value(), testing::flagOf(vector, u"valid"));
        QCOMPARE(valid ? QString() : valid.error().what, testing::textOf(vector, u"error"));
        // The reference's own writing of the data means the same to us.
        if (const auto *other = vector.findExact(u"remarshalled")) {
            const auto again = decodeWorkloadData(
                testing::textOf(vector, u"type"), *Json::parse(other->string().toUtf8()));
            QVERIFY(again);
            QByteArray otherText;
            (*again)->appendChallenge(otherText);
            QCOMPARE(otherText, text);
        }
    }
    void checksGatewayBackends_data()
    {
        QTest::addColumn<QString>("backend");
        QTest::addColumn<bool>("terminate");
        QTest::addColumn<bool>("passthrough");
        // Accepted by the reference, but never right: into the node itself, or to no port at all.
        const QStringList refusedHere { QStringLiteral("127.0.0.1:8080"),
            QStringLiteral("http://10.1.2.3:99999") };
        for (const auto &vector :
            testing::cases(QStringLiteral("network"), QStringLiteral("gateway_backends"))) {
            const auto backend = testing::textOf(vector, u"backend");
            const bool refused = refusedHere.contains(backend);
            QTest::newRow(backend.isEmpty() ? "empty" : qPrintable(backend))
                << backend << (testing::flagOf(vector, u"terminate") && !refused)
                << (testing::flagOf(vector, u"passthrough") && !refused);
        }
        const auto row = [](const char *backend, bool terminate, bool passthrough) {
            QTest::newRow(backend) << QString::fromLatin1(backend) << terminate << passthrough;
        };
        row("http://user:pw@1.1.1.1/a:b?c@d#e", true, false);
        row("http://1.1.1.1:", true, false);
        row("http://1.1.1.1:0", false, false);
        row("http://1.1.1.1:x", false, false);
        row("http://0.0.0.0", false, false);
        row("http://[fe80::1]:80", false, false);
        row("http://224.0.0.1", false, false);
        row("http://127.1.1.1", false, false);
        row("http://[::ffff:127.0.0.1]", false, false);
        row("http://[1.1.1.1]", false, false);
        row("http://::1", false, false);
        row("http:1.1.1.1", false, false);
        row("http:///path", false, false);
        row("http://1.1.1.1\n", false, false);
        row("http://1.1.1.1@127.0.0.1", false, false);
        row("[2001:db8::1]:443", false, true);
        row("[2001:db8::1]", false, false);
        row("[2001:db8::1]443", false, false);
        row("[::1]:443", false, false);
        row("0.0.0.0:443", false, false);
        row("1.1.1.1:", false, false);
        row("1.1.1.1:-1", false, false);
        row("1.1.1.1:+1", false, false);
        row("1.1.1.1:99999999999999999999", false, false);
        row(":443", false, false);
        row("[1.1.1.1:443", false, false);
        row("1.1.1.1]:443", false, false);
    }
    void checksGatewayBackends()
    {
        QFETCH(QString, backend);
        QFETCH(bool, terminate);
        QFETCH(bool, passthrough);
        for (const bool tls : { false, true }) {
            const auto valid = validateBackend(backend, tls);
            QCOMPARE(valid.has_value(), tls ? passthrough : terminate);
            if (!valid)
                QVERIFY(valid.error().what.startsWith(
                    QStringLiteral("failed to validate backend '%1': ").arg(backend)));
        }
    }
    void checksGatewayNames_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector :
            testing::cases(QStringLiteral("network"), QStringLiteral("gateway_names")))
            QTest::addRow("%s '%s'", qPrintable(testing::textOf(vector, u"kind")),
                qPrintable(testing::textOf(vector, u"value")))
                << vector;
    }
    void checksGatewayNames()
    {
        QFETCH(Json, vector);
        const auto value = testing::textOf(vector, u"value");
        const Gateway gateway { false, { QStringLiteral("http://1.1.1.1") }, {} };
        GatewayNameProxy name;
        name.name = value;
        name.gateway = gateway;
        GatewayFqdnProxy fqdn;
        fqdn.fqdn = value;
        fqdn.gateway = gateway;
        const auto valid = testing::textOf(vector, u"kind") == u"name"
            ? name.validate(Deployment(), Workload())
            : fqdn.validate(Deployment(), Workload());
        QCOMPARE(valid.has_value(), testing::flagOf(vector, u"valid"));
    }
};

ZOS_TEST(TestWorkloadTypes)
#include "tst_workloadtypes.moc"

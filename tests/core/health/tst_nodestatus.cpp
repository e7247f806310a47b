// SPDX-License-Identifier: Apache-2.0
#include "core/health/nodestatus.h"
#include "core/health/statusfields.h"
#include "tests/support/jsonschema.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace zos;
using namespace Qt::StringLiterals;

class TestNodeStatus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checkerAgreesWithVectors_data();
    void checkerAgreesWithVectors();
    void documentsFitTheSchema_data();
    void documentsFitTheSchema();
    void levelIsTheWorstAlert();
    void noiseChangesNothing();
    void tellsOfTheBus();
    void unknownPartsAreAbsent();
    void ratesKeepTwoDigits_data();
    void ratesKeepTwoDigits();

private:
    static QJsonObject schema();
};

namespace {
// Everything set, and everything that comes from outside as bad as it can be.
NodeStatus filled(const QString &outside, int many)
{
    NodeStatus status;
    status.phase = NodeStatus::Phase::Running;
    status.node.id = 7;
    status.node.twinId = 4294967295U;
    for (QString *text :
        { &status.node.account, &status.node.hostname, &status.node.version, &status.node.kernel,
            &status.node.arch, &status.node.vendor, &status.node.product, &status.node.cpuModel,
            &status.node.virtualized, &status.node.registrationState, &status.node.registrationCode,
            &status.farm.name, &status.farm.state, &status.network, &status.runmode, &status.bridge,
            &status.gateway4, &status.gateway6, &status.yggAddress, &status.yggSubnet,
            &status.timeZone, &status.nodePage, &status.helpPage, &status.language })
        *text = outside;
    status.farm.id = 1;
    status.cru = { 64, 2, 37, 20 };
    status.mru = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };
    status.cpuBusy = 7;
    status.memoryBusy = -1;
    status.load1 = 3.14159;
    status.utcOffsetSeconds = 1'000'000;
    for (int i = 0; i < many; ++i) {
        const QString n = outside + QString::number(i);
        status.connections
            += { i % 2 ? u"chain"_s : n, n, n, { { n, n }, { u"x"_s, QJsonArray { 1 } } }, -0, 5 };
        status.nics += { n, n, n, n, true, 1000, { n, u"zos"_s }, { n }, 1e300, -4.0, ~0ULL };
        status.disks += { n, n, n, n, n, n, ~0ULL, n, n, { n, u"disk.wearing"_s } };
        status.pools += { n, n, n, n, 5, ~0ULL, ~0ULL, { n } };
        status.workloads += { n, n, n, n, n, ~0ULL, 3, ~0ULL, 1, 2, 3, 4 };
        status.alerts += { n, i % 2 ? u"wl.error"_s : n, i % 3 ? u"ZOS-WL-001"_s : n, n, -5,
            { { u"a"_s, n } }, -1 };
        status.log += { ~0ULL, -7, n, n, n };
        status.bootSteps += { i % 2 ? u"disks"_s : n, n, n, { { u"ssd"_s, 2 } }, 3 };
        status.dns += n;
        status.overlayPeers += { n, true, -3 };
        status.bridgeAddresses += n;
    }
    return status;
}

QJsonObject published(const NodeStatus &status)
{
    QJsonObject document = status.toJson();
    document[u"seq"_s] = 1;
    document[u"sent_ms"_s] = 1;
    document[u"mono_ms"_s] = 1;
    document[u"stale_after_ms"_s] = 8000;
    return document;
}
} // namespace

QJsonObject TestNodeStatus::schema()
{
    QJsonObject schema = testing::vectors(u"status.schema"_s).first().document;
    // A private network made by the node itself exists only in this implementation.
    auto properties = schema[u"properties"_s].toObject();
    auto network = properties[u"network"_s].toObject();
    auto members = network[u"properties"_s].toObject();
    auto name = members[u"name"_s].toObject();
    auto words = name[u"enum"_s].toArray();
    words += u"local"_s;
    name[u"enum"_s] = words;
    members[u"name"_s] = name;
    network[u"properties"_s] = members;
    properties[u"network"_s] = network;
    schema[u"properties"_s] = properties;
    return schema;
}

void TestNodeStatus::checkerAgreesWithVectors_data()
{
    QTest::addColumn<QJsonObject>("document");
    QTest::addColumn<bool>("valid");
    for (const auto &entry :
        testing::vectors(u"status-cases"_s).first().document[u"cases"_s].toArray())
        QTest::newRow(qPrintable(entry[u"name"_s].toString()))
            << entry[u"document"_s].toObject() << entry[u"valid"_s].toBool();
}

void TestNodeStatus::checkerAgreesWithVectors()
{
    QFETCH(const QJsonObject, document);
    QFETCH(const bool, valid);
    const QString violation = testing::schemaViolation(schema(), document);
    QVERIFY2(violation.isEmpty() == valid, qPrintable(violation));
}

void TestNodeStatus::documentsFitTheSchema_data()
{
    QTest::addColumn<QString>("outside");
    QTest::addColumn<int>("many");
    QTest::newRow("plain") << u"ok"_s << 2;
    QTest::newRow("empty") << QString() << 0;
    QTest::newRow("long") << QString(5000, u'x') << 300;
    QTest::newRow("html and bidi") << u"<img src=x>\u202Eevil\n\u0007"_s << 40;
    QTest::newRow("emoji") << u"\U0001F98A"_s.repeated(100) << 5;
    QTest::newRow("lone surrogates") << QString(200, QChar(0xD83E)) << 5;
}

void TestNodeStatus::documentsFitTheSchema()
{
    QFETCH(const QString, outside);
    QFETCH(const int, many);
    using Phase = NodeStatus::Phase;
    for (const auto phase :
        { Phase::Booting, Phase::Unconfigured, Phase::Registering, Phase::Running, Phase::Updating,
            Phase::DegradedBoot, Phase::ShuttingDown, Phase::Failed }) {
        NodeStatus status = filled(outside, many);
        status.phase = phase;
        const QString violation = testing::schemaViolation(schema(), published(status));
        QVERIFY2(violation.isEmpty(), qPrintable(violation));
    }
    NodeStatus local;
    local.network = u"local"_s;
    QCOMPARE(local.toJson()[u"network"_s][u"name"_s].toString(), u"local"_s);
    QCOMPARE(testing::schemaViolation(schema(), published(local)), QString());
}

void TestNodeStatus::levelIsTheWorstAlert()
{
    NodeStatus status;
    QVERIFY(status.level() == NodeStatus::Level::Ok);
    status.alerts += { u"a"_s, u"wl.error"_s, u"ZOS-WL-001"_s, u"info"_s, 0, {}, 1 };
    QVERIFY(status.level() == NodeStatus::Level::Ok);
    status.alerts += { u"b"_s, u"wl.error"_s, u"ZOS-WL-001"_s, u"warn"_s, 0, {}, 1 };
    QVERIFY(status.level() == NodeStatus::Level::Warn);
    status.alerts += { u"c"_s, u"hw.no_kvm"_s, u"ZOS-HW-001"_s, u"crit"_s, 0, {}, 1 };
    QVERIFY(status.level() == NodeStatus::Level::Crit);
    QCOMPARE(status.toJson()[u"health"_s].toObject(),
        (QJsonObject { { u"level"_s, u"crit"_s }, { u"warn"_s, 1 }, { u"crit"_s, 1 } }));
}

void TestNodeStatus::noiseChangesNothing()
{
    NodeStatus status;
    status.mru = { 256ULL << 30, 26ULL << 30, 123ULL << 30, 118'000'000'000 };
    status.cpuBusy = 0.3101;
    status.memoryBusy = 0.4601;
    status.nics += { u"eno1"_s, u"3c:ec:ef:1a:70:02"_s, u"igb"_s, u"ok"_s, true, 1000, {}, {},
        42'110'000.0, 11'840'000.0, 0 };
    status.pools += { u"5f0b12c8"_s, u"ssd"_s, u"vm"_s, u"ok"_s, 1'920'383'410'176, 0,
        1'120'000'000'000, {} };
    const QJsonObject before = status.toJson();
    status.cpuBusy = 0.3149;
    status.memoryBusy = 0.4551;
    status.mru.used = *status.mru.used + 1'000'000;
    status.nics[0].rxBps = 41'700'000.0;
    status.nics[0].txBps = 12'300'000.0;
    status.pools[0].used += 5'000'000;
    QCOMPARE(status.toJson(), before);
    status.cpuBusy = 0.33;
    QVERIFY(status.toJson() != before);
}

void TestNodeStatus::tellsOfTheBus()
{
    NodeStatus status;
    status.phase = NodeStatus::Phase::Running;
    status.overlayPeers
        = { { u"tls://203.0.113.7:9001"_s, true, 12 }, { u"tcp://a:1"_s, false, {} } };
    status.busCounters = { { u"busy"_s, 7 } };
    QCOMPARE(QJsonDocument(status.toJson()[u"bus"_s].toObject()).toJson(QJsonDocument::Compact),
        "{\"dropped\":{\"busy\":7},\"overlay_peers\":[{\"latency_ms\":12,\"up\":true,\"uri\":"
        "\"tls://203.0.113.7:9001\"},{\"latency_ms\":null,\"up\":false,\"uri\":\"tcp://a:1\"}]}");
}

void TestNodeStatus::unknownPartsAreAbsent()
{
    const QJsonObject document = NodeStatus().toJson();
    for (const auto part :
        { "capacity"_L1, "usage"_L1, "connections"_L1, "net"_L1, "storage"_L1, "workloads"_L1 })
        QVERIFY2(!document.contains(part), part.data());
    QVERIFY(document.contains("boot"_L1));
}

void TestNodeStatus::ratesKeepTwoDigits_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<qint64>("shown");
    QTest::newRow("nothing") << 0.0 << qint64(0);
    QTest::newRow("small") << 7.0 << qint64(7);
    QTest::newRow("up") << 42'510.0 << qint64(43'000);
    QTest::newRow("down") << 42'499.0 << qint64(42'000);
    QTest::newRow("negative") << -5.0 << qint64(0);
    QTest::newRow("large") << 9.96e9 << qint64(10'000'000'000);
}

void TestNodeStatus::ratesKeepTwoDigits()
{
    QFETCH(const double, value);
    QFETCH(const qint64, shown);
    QCOMPARE(status::rate(value).toInteger(-1), shown);
}

ZOS_TEST(TestNodeStatus)
#include "tst_nodestatus.moc"

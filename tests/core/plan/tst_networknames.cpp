// SPDX-License-Identifier: Apache-2.0
#include "core/plan/networkplan.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

struct NameCase
{
    QByteArray row;
    QJsonObject object;
};

// Cases of one section of every network vector file.
QList<NameCase> nameCases(const QString &section)
{
    QList<NameCase> cases;
    for (const auto &file : testing::vectors(u"network"_s)) {
        const auto list = file.document[u"sections"_s][section][u"cases"_s].toArray();
        for (qsizetype i = 0; i < list.size(); ++i)
            cases.append({ (file.name + u' ' + QString::number(i)).toUtf8(), list[i].toObject() });
    }
    return cases;
}

void addNameRows(const QList<NameCase> &cases)
{
    QTest::addColumn<QJsonObject>("object");
    for (const auto &one : cases)
        QTest::newRow(one.row.constData()) << one.object;
}

} // namespace

class TestNetworkNames : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void networkIds_data() { addNameRows(nameCases(u"network_id"_s)); }
    void networkIds()
    {
        QFETCH(QJsonObject, object);
        const TwinId twin(static_cast<quint32>(object[u"twin"_s].toInteger()));
        const auto id = networkId(twin, object[u"network"_s].toString());
        QCOMPARE(id, object[u"net_id"_s].toString());
        const auto names = networkNames(id);
        QCOMPARE(names.bridge, object[u"bridge"_s].toString());
        QCOMPARE(names.nameSpace, object[u"namespace"_s].toString());
        QCOMPARE(names.nameSpace, object[u"nr_iface"_s].toString());
        QCOMPARE(names.wireguard, object[u"wireguard"_s].toString());
        QCOMPARE(names.lanPort, u"v-"_s + id);
        QCOMPARE(names.uplinkPort, u"u-"_s + id);
        QVERIFY(names.bridge.size() <= 15); // the kernel's limit
    }

    void macs_data() { addNameRows(nameCases(u"mac_from_bytes"_s)); }
    void macs()
    {
        QFETCH(QJsonObject, object);
        const auto input = QByteArray::fromHex(object[u"input_hex"_s].toString().toLatin1());
        QCOMPARE(macFrom(input), object[u"mac"_s].toString());
    }

    void macsOfText_data()
    {
        QTest::addColumn<QJsonObject>("object");
        for (const auto &file : testing::vectors(u"machine-mac"_s)) {
            const auto list = file.document[u"cases"_s].toArray();
            for (qsizetype i = 0; i < list.size(); ++i)
                QTest::addRow("%s %lld", qPrintable(file.name), qlonglong(i)) << list[i].toObject();
        }
    }
    void macsOfText()
    {
        QFETCH(QJsonObject, object);
        QCOMPARE(macFrom(object[u"input"_s].toString().toUtf8()), object[u"mac"_s].toString());
    }

    void devices_data()
    {
        auto cases = nameCases(u"vm_interfaces"_s);
        for (const auto &file : testing::vectors(u"machine-names"_s)) {
            const auto list = file.document[u"cases"_s].toArray();
            for (qsizetype i = 0; i < list.size(); ++i)
                cases.append(
                    { file.name.toUtf8() + ' ' + QByteArray::number(i), list[i].toObject() });
        }
        addNameRows(cases);
    }
    void devices()
    {
        QFETCH(QJsonObject, object);
        const auto workload = object[u"workload_id"_s].toString();
        const auto check
            = [&](const QString &kind, const QString &suffix, const QByteArray &prefix) {
                  const auto expected = object[kind].toObject();
                  const auto id = deviceId(workload, suffix);
                  QCOMPARE(id, expected[u"unique"_s].toString());
                  QCOMPARE(u"t-"_s + id, expected[u"tap"_s].toString());
                  QCOMPARE(macFrom(prefix + id.toLatin1()), expected[u"mac"_s].toString());
              };
        check(u"private"_s, object[u"network"_s].toString(), {});
        check(u"planetary"_s, u"ygg"_s, "ygg:");
        check(u"mycelium"_s, u"mycelium"_s, "mycelium:");
    }
};

ZOS_TEST(TestNetworkNames)
#include "tst_networknames.moc"

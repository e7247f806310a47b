// SPDX-License-Identifier: Apache-2.0
#include "core/model/netvalues.h"
#include "hardware/network/networkrecords.h"
#include "hardware/network/networkscript.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>

using namespace zos;
using namespace zos::hw;
using namespace Qt::StringLiterals;

namespace {

const auto kId = u"Vp6mnP5Nd8BVD"_s;
const auto kOther = u"MLawWuKNDVvno"_s;

NetworkRecord sample()
{
    NetworkRecord record;
    record.id = kId;
    record.dmz = 0x647f0005;
    record.port = 3011;
    record.digest = "d1";
    record.layout = "d2";
    record.rules = "d3";
    record.wireguard = "d4";
    record.range = u"10.20.0.0/16"_s;
    record.endpoints = { { u"key="_s, u"1.2.3.4:5"_s }, { u"hidden="_s, QString() } };
    record.graces = { { 3010, 1234567 }, { 3009, 1200000 } };
    return record;
}

} // namespace

class TestNetworkRecords : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void survivesTheProcess()
    {
        const QTemporaryDir dir;
        {
            NetworkRecords records(dir.path());
            QVERIFY(records.load());
            QVERIFY(records.save(sample()));
        }
        NetworkRecords records(dir.path());
        QVERIFY(records.load());
        QCOMPARE(records.ids(), QStringList { kId });
        const auto *read = records.find(kId);
        QVERIFY(read);
        QCOMPARE(read->dmz, sample().dmz);
        QCOMPARE(read->port, sample().port);
        QCOMPARE(read->digest, sample().digest);
        QCOMPARE(read->layout, sample().layout);
        QCOMPARE(read->rules, sample().rules);
        QCOMPARE(read->wireguard, sample().wireguard);
        QCOMPARE(read->range, sample().range);
        QCOMPARE(read->endpoints, sample().endpoints);
        QCOMPARE(read->graces, sample().graces);
        const auto mode = QFile::permissions(dir.path() + u"/Vp6mnP5Nd8BVD.json"_s);
        QVERIFY(!(
            mode & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther)));
        QVERIFY(records.erase(kId));
        QVERIFY(records.erase(kId));
        QVERIFY(!records.find(kId));
        QVERIFY(QDir(dir.path()).entryList({ u"*.json"_s }).isEmpty());
    }

    void dropsWhatItCannotRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut short") << QByteArray("{\"version\":1,\"dmz\":16");
        QTest::newRow("another version") << QByteArray("{\"version\":2,\"dmz\":1686044677}");
        QTest::newRow("address elsewhere") << QByteArray("{\"version\":1,\"dmz\":1}");
    }
    void dropsWhatItCannotRead()
    {
        QFETCH(QByteArray, text);
        const QTemporaryDir dir;
        QFile file(dir.path() + u"/Vp6mnP5Nd8BVD.json"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        NetworkRecords records(dir.path());
        QVERIFY(records.load());
        QCOMPARE(records.ids(), QStringList());
    }

    // The order the reference gives addresses in, restarts in between.
    void aRecordThatCannotBeErasedIsKept()
    {
        const QTemporaryDir dir;
        const auto folder = dir.filePath(u"records"_s);
        NetworkRecords records(folder);
        QVERIFY(records.load());
        QVERIFY(records.save(sample()));
        // A link to itself in its place: nobody can look whether the file is there.
        QVERIFY(QDir().rename(folder, dir.filePath(u"aside"_s)));
        QVERIFY(QFile::link(folder, folder));
        QVERIFY(!records.erase(kId));
        QVERIFY(records.find(kId));
        QVERIFY(QFile::remove(folder));
        QVERIFY(QDir().rename(dir.filePath(u"aside"_s), folder));
        QVERIFY(records.erase(kId));
        QVERIFY(!records.find(kId));
        QVERIFY(records.load());
        QVERIFY(!records.find(kId));
    }
    void givesAddressesLikeTheReference()
    {
        for (const auto &file : testing::vectors(u"network"_s)) {
            const QTemporaryDir dir;
            const auto cases = file.document[u"sections"_s][u"ndmz_ipam"_s][u"cases"_s].toArray();
            QVERIFY(!cases.isEmpty());
            for (const auto &one : cases) {
                NetworkRecords records(dir.path());
                QVERIFY(records.load());
                const auto id = networkId(TwinId(1), one[u"id"_s].toString());
                if (one[u"op"_s].toString() == u"free"_s) {
                    QVERIFY(records.erase(id));
                    continue;
                }
                const auto given = records.allocate(id);
                QVERIFY(given);
                QCOMPARE(IpAddress::fromV4(*given).text() + u"/16"_s, one[u"result"_s].toString());
            }
            for (const auto &one :
                file.document[u"sections"_s][u"ndmz_ipv6"_s][u"cases"_s].toArray())
                QCOMPARE(dmzAddress6(IpAddress::parse(one[u"ipv4"_s].toString())->v4()) + u"/64"_s,
                    one[u"ipv6"_s].toString());
        }
    }

    void startsOverAtTheEnd()
    {
        const QTemporaryDir dir;
        QFile last(dir.path() + u"/last-address"_s);
        QVERIFY(last.open(QIODevice::WriteOnly));
        last.write(QByteArray::number(0x647ffffeU));
        last.close();
        NetworkRecords records(dir.path());
        QVERIFY(records.load());
        QCOMPARE(*records.allocate(kId), 0x647f0002U);
        QCOMPARE(*records.allocate(kId), 0x647f0002U);
        QCOMPARE(*records.allocate(kOther), 0x647f0003U);
    }
};

ZOS_TEST(TestNetworkRecords)
#include "tst_networkrecords.moc"

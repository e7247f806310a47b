// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"
#include "core/model/deployment.h"
#include "core/model/md5.h"
#include "tests/core/model/modelvectors.h"
#include "tests/support/runner.h"

#include <QtCrypto>

using namespace zos;

class TestIds : public QObject
{
    Q_OBJECT
    QCA::Initializer m_qca;

private Q_SLOTS:
    void buildsIdsLikeTheReference_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-ids")))
            QTest::newRow(vector.raw().simplified().constData()) << vector;
    }
    void buildsIdsLikeTheReference()
    {
        QFETCH(Json, vector);
        const TwinId twin(static_cast<quint32>(*vector.findExact(u"twin")->toUnsigned()));
        const ContractId contract(*vector.findExact(u"contract")->toUnsigned());
        const auto name = testing::textOf(vector, u"name");
        const auto id = workloadId(twin, contract, name);
        QCOMPARE(id, testing::textOf(vector, u"workload_id"));
        const auto parts = parseWorkloadId(id);
        QVERIFY(parts);
        QCOMPARE(parts->twin, twin);
        QCOMPARE(parts->contract, contract);
        QCOMPARE(parts->name, name);
        // Device and network names are made elsewhere, but of this MD5.
        const auto shortName
            = [](const QString &text) { return base58(md5(text.toUtf8())).first(13); };
        QCOMPARE(shortName(id + u':' + testing::textOf(vector, u"suffix")),
            testing::textOf(vector, u"unique"));
        QCOMPARE(shortName(twin.text() + u':' + name), testing::textOf(vector, u"network_id"));
    }
    void refusesWhatIsNoId_data()
    {
        QTest::addColumn<QString>("id");
        for (const char *id : { "", "1", "1-2", "1-2-", "1-2-a-b", "x-2-a", "1-x-a", "-1-2-a",
                 "01-2-a", "1-02-a", "+1-2-a", "4294967296-1-a", "1-18446744073709551616-a",
                 "1-2-ygg", "1-2-a b", "1-2-../x", " 1-2-a", "1-2-a\n" })
            QTest::addRow("'%s'", QByteArray(id).replace('\n', "<newline>").constData())
                << QString::fromLatin1(id);
    }
    void refusesWhatIsNoId()
    {
        QFETCH(QString, id);
        const auto parts = parseWorkloadId(id);
        QVERIFY(!parts);
        QCOMPARE(parts.error().code, ErrorCode::Invalid);
    }
    void acceptsTheLargestId()
    {
        QVERIFY(parseWorkloadId(QString(u"4294967295-18446744073709551615-" + QString(36, u'a'))));
        QVERIFY(!parseWorkloadId(QString(u"4294967295-18446744073709551615-" + QString(37, u'a'))));
    }
    void checksNames_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector :
            testing::cases(QStringLiteral("network"), QStringLiteral("workload_names")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void checksNames()
    {
        QFETCH(Json, vector);
        const auto valid = Workload::validateName(testing::textOf(vector, u"name"));
        QCOMPARE(valid.has_value(), testing::flagOf(vector, u"valid"));
        QCOMPARE(valid ? QString() : valid.error().what, testing::textOf(vector, u"error"));
    }
};

ZOS_TEST(TestIds)
#include "tst_ids.moc"

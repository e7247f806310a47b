// SPDX-License-Identifier: Apache-2.0
#include "core/model/upgrade.h"
#include "tests/core/model/modelvectors.h"
#include "tests/support/runner.h"

using namespace zos;

class TestUpgrade : public QObject
{
    Q_OBJECT

    static Deployment deployment(quint32 version, const QByteArray &workloads)
    {
        auto read = testing::parsed("{\"version\":" + QByteArray::number(version)
            + ",\"twin_id\":1,\"contract_id\":2,\"workloads\":[" + workloads + "]}");
        return std::move(*read);
    }

private Q_SLOTS:
    void comparesLikeTheReference_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-upgrade")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void comparesLikeTheReference()
    {
        QFETCH(Json, vector);
        const auto stored = testing::parsed(testing::requestOf(vector, u"old"));
        const auto wanted = testing::parsed(testing::requestOf(vector, u"new"));
        QVERIFY(stored && wanted);
        const auto upgrade = Upgrade::between(*stored, *wanted);
        auto error = testing::textOf(vector, u"error");
        // The reference drops such a change in silence; the vector file says a better node refuses.
        if (testing::textOf(vector, u"name") == u"changed-data-old-version")
            error = QStringLiteral("workload 'vola' changed without new version");
        if (!error.isEmpty()) {
            QVERIFY(!upgrade);
            QCOMPARE(upgrade.error().what, error + QStringLiteral(": upgrade validation error"));
            QCOMPARE(upgrade.error().code, ErrorCode::Invalid);
            return;
        }
        QVERIFY2(upgrade, upgrade ? "" : qPrintable(upgrade.error().what));
        QStringList operations;
        const auto add = [&](const char *what, const QStringList &names) {
            for (const auto &name : names)
                operations += QLatin1StringView(what) + u' '
                    + workloadId(wanted->twin, wanted->contract, name);
        };
        add("add", upgrade->add);
        add("remove", upgrade->remove);
        add("update", upgrade->update);
        QStringList expected;
        for (const auto &operation : vector.findExact(u"operations")->items())
            expected += operation.string();
        operations.sort();
        expected.sort();
        QCOMPARE(operations, expected);
        QCOMPARE(upgrade->isEmpty(), expected.isEmpty());
    }
    void refusesTypesThatCannotBeUpdated()
    {
        const QByteArray old = R"({"name":"a","type":"ip","data":{"v4":true}})";
        const QByteArray changed = R"({"name":"a","type":"ip","version":1,"data":{"v6":true}})";
        const auto upgrade = Upgrade::between(deployment(0, old), deployment(1, changed));
        QVERIFY(!upgrade);
        QCOMPARE(upgrade.error().what,
            QStringLiteral("workload 'ip' does not support upgrade: upgrade validation error"));
        QVERIFY(Upgrade::between(deployment(0, old), deployment(1, old)));
    }
    void takesReorderedDataForUnchanged()
    {
        const auto upgrade = Upgrade::between(
            deployment(0, R"({"name":"a","type":"zdb","data":{"size":1,"mode":"seq"}})"),
            deployment(1,
                R"({"name":"a","type":"zdb","data":{"__type":"zdb","mode":"seq","size":1,"public":false}})"));
        QVERIFY(upgrade);
        QVERIFY(upgrade->isEmpty());
    }
    void survivesTheLastVersion()
    {
        const auto upgrade = Upgrade::between(deployment(4294967295U, {}), deployment(0, {}));
        QVERIFY(!upgrade);
        QCOMPARE(upgrade.error().what,
            QStringLiteral(
                "expecting deployment version 4294967296, got 0: upgrade validation error"));
    }
};

ZOS_TEST(TestUpgrade)
#include "tst_upgrade.moc"

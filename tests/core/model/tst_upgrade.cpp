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
    void aMachineKeepsWhatItIsMadeOf_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::addColumn<QString>("refusal");
        const auto row
            = [](const char *name, const char *before, const char *after, const char *refusal) {
                  QTest::newRow(name)
                      << QByteArray(before) << QByteArray(after) << QString::fromLatin1(refusal);
              };
        row("nothing", "", "", "");
        row("cpu", R"("cpu":1)", R"("cpu":2)", "");
        row("more memory", R"("memory":1073741824)", R"("memory":2147483648)", "");
        row("less memory", R"("memory":1073741824)", R"("memory":536870912)", "");
        row("environment", R"("env":{})", R"("env":{"A":"b"})", "");
        row("entrypoint", R"("entrypoint":"")", R"("entrypoint":"/bin/sh")", "");
        row("larger root", R"("size":1073741824)", R"("size":2147483648)", "");
        row("smaller root", R"("size":1073741824)", R"("size":1073741823)",
            "size of machine 'vm' cannot be made smaller, deploy a new machine");
        row("smallest root", R"("size":1073741824)", R"("size":0)",
            "size of machine 'vm' cannot be made smaller, deploy a new machine");
        row("image", "http://h/a.flist", "http://h/b.flist",
            "flist of machine 'vm' cannot be changed, deploy a new machine");
        row("network", R"("network":"net")", R"("network":"other")",
            "network of machine 'vm' cannot be changed, deploy a new machine");
        row("address", "10.1.1.2", "10.1.1.3",
            "network of machine 'vm' cannot be changed, deploy a new machine");
        row("planetary", R"("planetary":false)", R"("planetary":true)",
            "network of machine 'vm' cannot be changed, deploy a new machine");
        row("public address", R"("public_ip":"")", R"("public_ip":"pub")",
            "network of machine 'vm' cannot be changed, deploy a new machine");
        row("mycelium", R"("planetary":false)",
            R"("planetary":false,"mycelium":{"network":"net","hex_seed":"010203040506"})",
            "network of machine 'vm' cannot be changed, deploy a new machine");
        row("fewer disks", R"([{"name":"data","mountpoint":"/data"}])", "[]", "");
        row("more disks", R"([{"name":"data","mountpoint":"/data"}])",
            R"([{"name":"more","mountpoint":"/more"},{"name":"data","mountpoint":"/data"}])", "");
        row("mount point", R"("mountpoint":"/data")", R"("mountpoint":"/other")",
            "mount points of machine 'vm' cannot be changed, deploy a new machine");
        row("gpu", R"("gpu":[])", R"("gpu":["0000:0e:00.0/1002/744c"])",
            "gpu of machine 'vm' cannot be changed, deploy a new machine");
        row("corex", R"("corex":false)", R"("corex":true)",
            "corex of machine 'vm' cannot be changed, deploy a new machine");
    }
    void aMachineKeepsWhatItIsMadeOf()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        QFETCH(QString, refusal);
        const QByteArray around
            = R"({"name":"data","type":"zmount","data":{"size":1}},{"name":"more","type":"zmount","data":{"size":1}},{"name":"pub","type":"ip","data":{"v4":true}},)";
        const QByteArray machine
            = R"({"name":"vm","type":"zmachine","version":0,"data":{"flist":"http://h/a.flist",)"
              R"("network":{"public_ip":"","planetary":false,"interfaces":[{"network":"net","ip":"10.1.1.2"}]},)"
              R"("size":1073741824,"compute_capacity":{"cpu":1,"memory":1073741824},)"
              R"("mounts":[{"name":"data","mountpoint":"/data"}],"entrypoint":"","env":{},"corex":false,"gpu":[]}})";
        auto changed = machine;
        QVERIFY(before.isEmpty() || changed.contains(before));
        changed.replace(before.isEmpty() ? QByteArray("\"version\":0") : before,
            before.isEmpty() ? QByteArray("\"version\":1") : after);
        changed.replace("\"version\":0", "\"version\":1");
        auto stored = deployment(0, around + machine);
        const auto wanted = deployment(1, around + changed);
        const auto upgrade = Upgrade::between(stored, wanted);
        QCOMPARE(upgrade ? QString() : upgrade.error().what,
            refusal.isEmpty() ? refusal : refusal + QStringLiteral(": upgrade validation error"));
        QVERIFY(!upgrade || upgrade->update == QStringList { QStringLiteral("vm") });
        // One that never came to life is nothing that could be lost.
        stored.workloads.last().result.state = ResultState::Error;
        QVERIFY(Upgrade::between(stored, wanted));
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

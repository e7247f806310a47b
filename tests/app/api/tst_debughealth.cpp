// SPDX-License-Identifier: Apache-2.0
#include "tests/app/api/apirig.h"
#include "tests/support/runner.h"

#include <QJsonArray>

using namespace zos;
using namespace Qt::StringLiterals;
using testing::Api;
using testing::Rig;

// What operators are told about a user's network, zos.debug.deployment.health.
class TestDebugHealth : public QObject
{
    Q_OBJECT
private:
    static QJsonArray checksOf(Api &api, const QString &workload)
    {
        const auto told = testing::object(api.good(u"zos.debug.deployment.health"_s,
            "{\"deployment\":\"42:5\",\"options\":{}}", Api::kAdmin));
        for (const auto &one : told.value(u"workloads"_s).toArray()) {
            if (one.toObject().value(u"name"_s).toString() == workload)
                return one.toObject().value(u"checks"_s).toArray();
        }
        return {};
    }
    static QJsonObject checkOf(Api &api, const QString &name)
    {
        for (const auto &check : checksOf(api, u"net"_s)) {
            if (check.toObject().value(u"name"_s).toString() == name)
                return check.toObject();
        }
        return {};
    }
    static QString verdict(const QJsonObject &check)
    {
        return (check.value(u"ok"_s).toBool() ? u"ok: "_s : u"not ok: "_s)
            + check.value(u"message"_s).toString();
    }

private Q_SLOTS:
    void tellsOfABridgeThatIsWell()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        QStringList names;
        for (const auto &check : checksOf(api, u"net"_s))
            names += check.toObject().value(u"name"_s).toString();
        QCOMPARE(names,
            QStringList({ u"network.config"_s, u"network.namespace"_s, u"network.interfaces"_s,
                u"network.bridge"_s }));
        const auto check = checkOf(api, u"network.bridge"_s);
        QCOMPARE(verdict(check), u"ok: up, gateway and machines are plugged in"_s);
        const auto tap = tapName(u"42-5-vm", u"net");
        const auto bridge = networkNames(networkId(TwinId(42), u"net")).bridge;
        QCOMPARE(check.value(u"evidence"_s).toObject(),
            QJsonObject({ { u"bridge"_s, bridge }, { u"exists"_s, true }, { u"up"_s, true },
                { u"gateway"_s, true }, { u"taps"_s, QJsonArray { tap } },
                { u"missing"_s, QJsonArray() } }));
    }
    void tellsOfABridgeThatIsNot_data()
    {
        QTest::addColumn<int>("event");
        QTest::addColumn<QString>("told");
        QTest::newRow("down") << 0 << u"not ok: the bridge is down"_s;
        QTest::newRow("gone") << 1 << u"not ok: the bridge does not exist"_s;
        QTest::newRow("a machine is unplugged")
            << 2 << u"not ok: machines are not plugged into the bridge"_s;
        QTest::newRow("nobody can tell") << 3 << u"not ok: rtnetlink is deaf"_s;
    }
    void tellsOfABridgeThatIsNot()
    {
        QFETCH(int, event);
        QFETCH(QString, told);
        Api api;
        QCOMPARE(api.deployAll(), "null");
        const auto bridge = networkNames(networkId(TwinId(42), u"net")).bridge;
        const auto tap = tapName(u"42-5-vm", u"net");
        if (event == 0)
            api.rig.world->bridgesDown.insert(bridge);
        else if (event == 1)
            api.rig.world->loseBridge(bridge);
        else if (event == 2)
            api.rig.world->taps[tap].clear();
        else
            api.rig.world->failCalls(
                u"networks.state"_s, { ErrorCode::Io, u"rtnetlink is deaf"_s });
        const auto check = checkOf(api, u"network.bridge"_s);
        QCOMPARE(verdict(check), told);
        const auto evidence = check.value(u"evidence"_s).toObject();
        QCOMPARE(evidence.value(u"bridge"_s).toString(), bridge);
        QCOMPARE(evidence.contains(u"exists"_s), event != 3);
        if (event == 1 || event == 2)
            QCOMPARE(evidence.value(u"missing"_s).toArray(), QJsonArray { tap });
    }
    // A network is its twin's: machines of another deployment are plugged into it too.
    void knowsMachinesOfOtherDeployments()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        const auto other = Rig::machine("other", {}, "10.20.2.9");
        QCOMPARE(api.good(u"zos.deployment.deploy"_s, api.rig.request(6, 0, { other })), "null");
        QVERIFY(api.rig.idle());
        QCOMPARE(verdict(checkOf(api, u"network.bridge"_s)),
            u"ok: up, gateway and machines are plugged in"_s);
        const auto tap = tapName(u"42-6-other", u"net");
        api.rig.world->taps.remove(tap);
        const auto check = checkOf(api, u"network.bridge"_s);
        QCOMPARE(verdict(check), u"not ok: machines are not plugged into the bridge"_s);
        QCOMPARE(check.value(u"evidence"_s).toObject().value(u"missing"_s).toArray(),
            QJsonArray { tap });
    }
    // Such a network is refused when it is sent; one of the store may be from another program.
    void saysThatThereIsNoMycelium()
    {
        Api api;
        QCOMPARE(api.deployAll(), "null");
        QCOMPARE(checkOf(api, u"network.mycelium"_s), QJsonObject()); // nobody asked for it
        StoreChange change;
        for (auto stored : api.rig.memory.contents().workloads) {
            if (stored.workload.name != u"net")
                continue;
            auto &data = stored.workload.data;
            data.chop(1);
            data += ",\"mycelium\":{\"hex_key\":\"" + QByteArray(64, '1') + "\",\"peers\":[]}}";
            stored.workload.decoded = *decodeWorkloadData(u"network", *Json::parse(data));
            change.workloads += stored;
        }
        QCOMPARE(change.workloads.size(), 1);
        QVERIFY(testing::wait(api.rig.memory.commit(change)));
        QVERIFY(api.restart());
        const auto check = checkOf(api, u"network.mycelium"_s);
        QCOMPARE(verdict(check), u"not ok: mycelium is not available on this node"_s);
    }
};
ZOS_TEST(TestDebugHealth)
#include "tst_debughealth.moc"

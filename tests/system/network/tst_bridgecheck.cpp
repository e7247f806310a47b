// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/kernelnetworks.h"
#include "tests/app/api/apirig.h"
#include "tests/support/contracts/contract.h"
#include "tests/support/runner.h"
#include "tests/system/network/networklab.h"

#include <QJsonArray>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;
using testing::Api;
using testing::Rig;

// What operators are told of a network of the real kernel that something was done to. The engine
// of this node works on a simulated machine; the same network stands beside it in the kernel.
class TestBridgeCheck : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;
    lab::CountingRunner m_runner;
    lab::ChildServices m_services;
    std::unique_ptr<hw::KernelNetworks> m_networks;

    // The verdict and the message.
    static QString told(Api &api, const QString &name)
    {
        const auto answer = testing::object(
            api.good(u"zos.debug.deployment.health"_s, "{\"deployment\":\"42:5\"}", Api::kAdmin));
        for (const auto &workload : answer.value(u"workloads"_s).toArray()) {
            for (const auto &check : workload.toObject().value(u"checks"_s).toArray()) {
                const auto one = check.toObject();
                if (one.value(u"name"_s).toString() == name)
                    return (one.value(u"ok"_s).toBool() ? u"ok: "_s : u"not ok: "_s)
                        + one.value(u"message"_s).toString();
            }
        }
        return u"no such check"_s;
    }
    static bool ip(const QString &line) { return lab::batch({}, line.toLatin1() + '\n'); }

private Q_SLOTS:
    void initTestCase()
    {
        if (!lab::isIsolated())
            QSKIP("needs root in a network name space of its own (tests/support/isolated)");
        QVERIFY(lab::batch({},
            "link add zos type bridge\n"
            "link set zos up\n"
            "addr add 192.168.77.2/24 dev zos\n"));
        hw::KernelNetworks::Config config;
        config.runDir = m_dir.path();
        m_networks = std::make_unique<hw::KernelNetworks>(config, &m_runner, &m_services);
        ZOS_WORKS(m_networks->start());
    }
    void theBridgeIsLookedAt()
    {
        const auto bridge = u"network.bridge"_s;
        const auto well = u"ok: up, gateway and machines are plugged in"_s;
        const auto gone = u"not ok: the bridge does not exist"_s;
        Api api;
        QCOMPARE(api.deployAll(), "null");
        const auto plan = api.rig.world->networks.first();
        const auto tap = api.rig.world->taps.firstKey();
        api.makeApi(m_networks.get());
        QCOMPARE(told(api, bridge), gone); // nothing is there yet

        const auto made = [&] {
            ZOS_WORKS(m_networks->apply(plan));
            ZOS_WORKS(m_networks->addTap(tap, plan.names.bridge));
        };
        made();
        QCOMPARE(told(api, bridge), well);
        QCOMPARE(told(api, u"network.interfaces"_s), u"ok: WireGuard is up and holds its port"_s);

        QVERIFY(ip(u"link set dev %1 down"_s.arg(plan.names.bridge)));
        QCOMPARE(told(api, bridge), u"not ok: the bridge is down"_s);
        made();
        QCOMPARE(told(api, bridge), well);

        QVERIFY(ip(u"link set dev %1 nomaster"_s.arg(plan.names.lanPort)));
        QCOMPARE(told(api, bridge), u"not ok: the gateway is not plugged into the bridge"_s);
        made();
        QVERIFY(ip(u"link set dev %1 nomaster"_s.arg(tap)));
        QCOMPARE(told(api, bridge), u"not ok: machines are not plugged into the bridge"_s);
        made();
        QCOMPARE(told(api, bridge), well);

        QVERIFY(lab::batch(
            plan.names.nameSpace, "link set dev " + plan.names.wireguard.toLatin1() + " down\n"));
        QCOMPARE(told(api, bridge), well);
        QCOMPARE(told(api, u"network.interfaces"_s),
            u"not ok: the WireGuard interface is missing or down"_s);

        QVERIFY(ip(u"link del dev %1"_s.arg(plan.names.bridge)));
        QCOMPARE(told(api, bridge), gone);
        QVERIFY(ip(u"link add name %1 type veth peer name other0"_s.arg(
            plan.names.bridge))); // its name alone
        QCOMPARE(told(api, bridge), gone);
        QVERIFY(ip(u"link del dev %1"_s.arg(plan.names.bridge)));
        ZOS_WORKS(m_networks->removeTap(tap));
        ZOS_WORKS(m_networks->remove(plan.names.id));
    }
};
ZOS_TEST(TestBridgeCheck)
#include "tst_bridgecheck.moc"

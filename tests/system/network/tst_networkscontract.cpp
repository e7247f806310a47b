// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/kernelnetworks.h"
#include "tests/support/contracts/networkscontract.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/system/network/networklab.h"

#include <QTemporaryDir>

#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Real links, name spaces and wireguard-go; needs a network name space of its own.
class TestNetworksContract : public testing::NetworksContract
{
    Q_OBJECT
    QTemporaryDir m_dir;
    lab::CountingRunner m_runner;
    lab::ChildServices m_services;
    std::unique_ptr<hw::KernelNetworks> m_networks;
    int m_guest = -1;

    Networks &networks() override { return *m_networks; }
    void restart() override
    {
        hw::KernelNetworks::Config config;
        config.runDir = m_dir.path();
        m_networks = std::make_unique<hw::KernelNetworks>(config, &m_runner, &m_services);
        ZOS_WORKS(m_networks->start());
    }
    static bool hasCarrier(const QString &tap)
    {
        const auto links = hw::dumpLinks();
        return links && links->value(tap).carrier;
    }
    // What an emulator does: it holds the other end of the tap.
    void plugIn(const QString &tap) override
    {
        m_guest = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        ifreq request {};
        request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
        qstrncpy(request.ifr_name, tap.toLatin1().constData(), IFNAMSIZ);
        QCOMPARE(::ioctl(m_guest, TUNSETIFF, &request), 0);
        QVERIFY(testing::eventually([&tap] { return hasCarrier(tap); }));
    }
    void unplug(const QString &tap) override
    {
        ::close(std::exchange(m_guest, -1));
        QVERIFY(testing::eventually([&tap] { return !hasCarrier(tap); }));
    }
    void stopBridge(const QString &bridge) override
    {
        QVERIFY(lab::batch({}, "link set dev " + bridge.toLatin1() + " down\n"));
    }
    void loseBridge(const QString &bridge) override
    {
        QVERIFY(lab::batch({}, "link del dev " + bridge.toLatin1() + "\n"));
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!lab::isIsolated())
            QSKIP("needs root in a network name space of its own (tests/support/isolated)");
        QVERIFY(lab::batch({},
            "netns add inet\n"
            "link add zos type bridge\n"
            "link set zos up\n"
            "addr add 192.168.77.2/24 dev zos\n"
            "link add up0 type veth peer name eth0 netns inet\n"
            "link set up0 master zos up\n"
            "route add default via 192.168.77.1\n"));
        restart();
    }
};
ZOS_TEST(TestNetworksContract)
#include "tst_networkscontract.moc"

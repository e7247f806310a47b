// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakenetworks.h"
#include "tests/support/contracts/networkscontract.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestFakeNetworks : public testing::NetworksContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world = std::move(
        *hw::FakeWorld::fromJson("{\"memory\":1073741824,\"nics\":[{\"name\":\"eth0\"}]}"));
    std::unique_ptr<hw::FakeNetworks> m_networks;

    Networks &networks() override { return *m_networks; }
    void restart() override
    {
        m_networks = std::make_unique<hw::FakeNetworks>(*m_world);
        ZOS_WORKS(m_networks->start());
    }
    void plugIn(const QString &tap) override { m_world->machines[u"7-1-vm"_s].taps = { tap }; }
    void unplug(const QString &) override { m_world->machines.clear(); }
    void stopBridge(const QString &bridge) override { m_world->bridgesDown.insert(bridge); }
    void loseBridge(const QString &bridge) override { m_world->loseBridge(bridge); }

private Q_SLOTS:
    void initTestCase() { restart(); }
};
ZOS_TEST(TestFakeNetworks)
#include "tst_fakenetworks.moc"

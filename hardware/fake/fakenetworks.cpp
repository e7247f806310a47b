// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakenetworks.h"

#include <algorithm>

namespace zos::hw {

Task<Result<>> FakeNetworks::start()
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.start"), {});
    if (!entered)
        co_return entered;
    co_return co_await m_world.leave();
}

Task<Result<>> FakeNetworks::apply(NetworkPlan plan)
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.apply"), plan.names.id);
    if (!entered)
        co_return entered;
    if (!isNetworkId(plan.names.id))
        co_return fail(ErrorCode::Invalid, QStringLiteral("not a network id"));
    bool taken = std::ranges::contains(kNodePorts, plan.listenPort);
    for (const auto &[id, other] : std::as_const(m_world.networks).asKeyValueRange())
        taken = taken || (id != plan.names.id && other.listenPort == plan.listenPort);
    if (taken)
        co_return fail(ErrorCode::Exists,
            QStringLiteral("wireguard listen port already in use, pick another one: port %1 is "
                           "already in the set")
                .arg(plan.listenPort));
    m_world.networks.insert(plan.names.id, plan);
    m_world.bridgesDown.remove(plan.names.bridge);
    m_world.bridgesGone.remove(plan.names.bridge);
    co_return co_await m_world.leave();
}

Task<Result<>> FakeNetworks::remove(QString networkId)
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.remove"), networkId);
    if (!entered)
        co_return entered;
    if (!isNetworkId(networkId))
        co_return fail(ErrorCode::Invalid, QStringLiteral("not a network id"));
    for (const auto &machine : std::as_const(m_world.machines)) {
        for (const auto &tap : machine.taps) {
            if (m_world.taps.value(tap) == networkNames(networkId).bridge)
                co_return fail(ErrorCode::Busy,
                    QStringLiteral("a running machine uses it through %1").arg(tap));
        }
    }
    m_world.loseBridge(networkNames(networkId).bridge);
    m_world.networks.remove(networkId);
    co_return co_await m_world.leave();
}

Task<Result<QStringList>> FakeNetworks::list()
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.list"), {});
    if (!entered)
        co_return fail(entered.error());
    co_return m_world.networks.keys();
}

Task<Result<NetworkState>> FakeNetworks::state(QString networkId)
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.state"), networkId);
    if (!entered)
        co_return fail(entered.error());
    if (!isNetworkId(networkId))
        co_return fail(ErrorCode::Invalid, QStringLiteral("not a network id"));
    const auto bridge = networkNames(networkId).bridge;
    NetworkState state;
    state.wireguard = m_world.networks.contains(networkId);
    state.bridge = state.wireguard && !m_world.bridgesGone.contains(bridge);
    state.bridgeUp = state.bridge && !m_world.bridgesDown.contains(bridge);
    state.gateway = state.bridge;
    if (state.bridge)
        state.taps = m_world.taps.keys(bridge);
    co_return std::as_const(state);
}

Task<Result<>> FakeNetworks::addTap(QString tap, QString bridge)
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.addTap"), tap);
    if (!entered)
        co_return entered;
    if (!isOwnName(tap, u"t-") || !isOwnName(bridge, u"b-"))
        co_return fail(ErrorCode::Invalid, QStringLiteral("not a tap on a network's bridge"));
    bool known = false;
    for (const auto &plan : std::as_const(m_world.networks))
        known = known || (plan.names.bridge == bridge && !m_world.bridgesGone.contains(bridge));
    if (!known)
        co_return fail(ErrorCode::NotFound, QStringLiteral("bridge %1 does not exist").arg(bridge));
    m_world.taps.insert(tap, bridge);
    co_return co_await m_world.leave();
}

Task<Result<>> FakeNetworks::removeTap(QString tap)
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.removeTap"), tap);
    if (!entered)
        co_return entered;
    if (!isOwnName(tap, u"t-"))
        co_return fail(ErrorCode::Invalid, QStringLiteral("not a tap"));
    m_world.taps.remove(tap);
    co_return co_await m_world.leave();
}

Task<Result<QStringList>> FakeNetworks::taps()
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.taps"), {});
    if (!entered)
        co_return fail(entered.error());
    co_return m_world.taps.keys();
}

QList<quint16> FakeNetworks::wireguardPorts() const
{
    QList<quint16> ports(kNodePorts.begin(), kNodePorts.end());
    for (const auto &plan : std::as_const(m_world.networks))
        ports += plan.listenPort;
    return ports;
}

Task<Result<NodeAddresses>> FakeNetworks::addresses()
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.addresses"), {});
    if (!entered)
        co_return fail(entered.error());
    NodeAddresses all;
    for (const auto &nic : std::as_const(m_world.nics)) {
        for (const auto &address : nic.addresses)
            all.zos += address.section(u'/', 0, 0);
    }
    co_return all;
}

Task<Result<UplinkFacts>> FakeNetworks::uplink()
{
    const auto entered = co_await m_world.enter(QStringLiteral("networks.uplink"), {});
    if (!entered)
        co_return fail(entered.error());
    UplinkFacts facts;
    facts.nics = m_world.nics;
    facts.bridge = QStringLiteral("zos");
    for (const auto &nic : std::as_const(m_world.nics))
        facts.bridgeAddresses += nic.addresses;
    facts.gateway4 = QStringLiteral("192.0.2.1");
    facts.dns = { QStringLiteral("192.0.2.1") };
    co_return facts;
}

} // namespace zos::hw

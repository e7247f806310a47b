// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// Networks and taps of the simulated machine.
class FakeNetworks final : public Networks
{
public:
    explicit FakeNetworks(FakeWorld &world)
        : m_world(world)
    {
    }
    Task<Result<>> start() override;
    Task<Result<>> apply(NetworkPlan plan) override;
    Task<Result<>> remove(QString networkId) override;
    Task<Result<QStringList>> list() override;
    Task<Result<NetworkState>> state(QString networkId) override;
    Task<Result<>> addTap(QString tap, QString bridge) override;
    Task<Result<>> removeTap(QString tap) override;
    Task<Result<QStringList>> taps() override;
    QList<quint16> wireguardPorts() const override;
    Task<Result<NodeAddresses>> addresses() override;
    Task<Result<UplinkFacts>> uplink() override;

private:
    FakeWorld &m_world;
};

} // namespace zos::hw

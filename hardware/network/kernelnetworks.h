// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/networks.h"
#include "core/ports/services.h"
#include "hardware/network/networkbase.h"
#include "hardware/network/networkrecords.h"
#include "hardware/network/networktaps.h"
#include "hardware/network/systemnetspace.h"
#include "hardware/network/uplinkreader.h"
#include "hardware/network/wireguarddevice.h"

namespace zos::hw {

// Networks of the real kernel. The objects in the kernel are the truth: every call looks at them
// first and changes what differs, so a restarted node adopts what it finds and a network that
// lost a part gets that part back. Lives on the event loop; calls for one network take turns,
// different networks are worked on side by side.
class KernelNetworks final : public Networks
{
public:
    struct Config
    {
        QString uplinkBridge = QStringLiteral("zos"); // read, never changed
        QString runDir = QStringLiteral("/run/zos/network"); // records; emptied by a reboot
        QStringList dns;
        QString yggdrasilInterface = QStringLiteral("ygg0");
        QString namesDir = QStringLiteral("/run/netns"); // where iproute2 keeps name spaces
        QString wireguardDir = QStringLiteral("/run/wireguard"); // where wireguard-go listens
        std::chrono::milliseconds portGrace = std::chrono::minutes(15); // of a port that was left
    };
    // `space` is for tests; null = the kernel's.
    KernelNetworks(
        Config config, CommandRunner *runner, Services *services, NetSpace *space = nullptr);
    ~KernelNetworks() override;

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
    struct Work; // one apply() in flight
    Task<Result<NetworkView>> look(NetworkNames names);
    Task<Result<>> reservePort(QString id, quint16 port);
    void releasePorts(const QString &id);
    QList<PortGrace> gracesFor(const NetworkPlan &plan, const NetworkView &view) const;
    Task<Result<>> endGraces(QString id);
    Task<Result<>> applyInTurn(NetworkPlan plan);
    Task<Result<>> build(NetworkPlan plan, NetworkView view, QList<PortGrace> graces);
    Task<Result<>> makeLinks(Work *work);
    Task<Result<>> configureInside(Work *work);
    Task<Result<>> removeInTurn(NetworkNames names);
    QString pathOf(const NetworkNames &names) const;

    const Config m_config;
    CommandRunner *const m_runner;
    const std::unique_ptr<NetSpace> m_ownSpace;
    NetSpace *const m_space;
    NetworkBase m_base;
    WireguardDevice m_wireguard;
    NetworkTaps m_taps;
    UplinkReader m_reader;
    NetworkRecords m_records;
    KeyedLock m_turns;
    QHash<quint16, QString> m_ports; // port -> network, changes in flight included
    QHash<QString, NetworkPlan> m_plans; // as last applied by this process
};

} // namespace zos::hw

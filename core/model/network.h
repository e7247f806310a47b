// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"
#include "core/model/netvalues.h"

#include <optional>

namespace zos {

struct WireguardPeer
{
    IpNet subnet;
    QString publicKey; // base64
    QList<IpNet> allowedIps;
    QString endpoint; // "" or ip:port or [ip6]:port
    bool operator==(const WireguardPeer &) const = default;
};

struct MyceliumData
{
    QByteArray key; // raw bytes of hex_key
    QStringList peers;
};

// Private network of one twin over WireGuard; the network's name is the workload's name.
struct Network final : WorkloadData
{
    IpNet ipRange;
    IpNet subnet;
    QString wireguardPrivateKey; // base64
    quint16 wireguardListenPort = 0;
    QList<WireguardPeer> peers;
    std::optional<MyceliumData> mycelium;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    // The members alone; light networks have the same ones.
    static Result<> read(const Json &data, Network &network);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    void appendPeers(QByteArray &text) const;
    Result<> validateMycelium() const;
};

} // namespace zos

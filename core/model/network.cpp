// SPDX-License-Identifier: Apache-2.0
#include "core/model/network.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

namespace {

Result<> readWireguardPeer(const Json &json, WireguardPeer &peer)
{
    return JsonFields(json)
        .net(u"subnet", peer.subnet)
        .text(u"wireguard_public_key", peer.publicKey)
        .list(u"allowed_ips", peer.allowedIps, limits::peers, JsonFields::readNet)
        .text(u"endpoint", peer.endpoint)
        .finish();
}

Result<> readNetworkMycelium(const Json &json, std::optional<MyceliumData> &mycelium)
{
    if (json.isNull()) {
        mycelium.reset();
        return {};
    }
    if (!mycelium)
        mycelium.emplace();
    return JsonFields(json)
        .hex(u"hex_key", mycelium->key)
        .texts(u"peers", mycelium->peers, limits::peers)
        .finish();
}

Result<> validatePeer(const WireguardPeer &peer)
{
    if (peer.subnet.isAbsent())
        return fail(ErrorCode::Invalid, QStringLiteral("peer wireguard subnet cannot empty"));
    if (peer.allowedIps.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("peer wireguard allowedIPs cannot empty"));
    if (peer.publicKey.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("peer wireguard public key cannot empty"));
    return {};
}

} // namespace

Result<> Network::read(const Json &data, Network &network)
{
    return JsonFields(data)
        .net(u"ip_range", network.ipRange)
        .net(u"subnet", network.subnet)
        .text(u"wireguard_private_key", network.wireguardPrivateKey)
        .number(u"wireguard_listen_port", network.wireguardListenPort)
        .list(u"peers", network.peers, limits::peers, readWireguardPeer)
        .object(u"mycelium", network.mycelium, readNetworkMycelium)
        .finish();
}

Result<std::shared_ptr<const WorkloadData>> Network::decode(const Json &data)
{
    auto decoded = std::make_shared<Network>();
    if (auto done = read(data, *decoded); !done)
        return fail(done.error());
    return decoded;
}

void Network::appendChallenge(QByteArray &text) const
{
    Challenge(text).net(ipRange).net(subnet).text(wireguardPrivateKey).number(wireguardListenPort);
    appendPeers(text);
}

void Network::appendPeers(QByteArray &bytes) const
{
    Challenge text(bytes);
    for (const auto &peer : peers) {
        text.text(peer.publicKey).text(peer.endpoint).net(peer.subnet);
        for (const auto &allowed : peer.allowedIps)
            text.net(allowed);
    }
    if (mycelium)
        text.hex(mycelium->key).texts(mycelium->peers);
}

Result<> Network::validateMycelium() const
{
    if (!mycelium)
        return {};
    if (mycelium->key.size() != 32)
        return fail(ErrorCode::Invalid, QStringLiteral("invalid mycelium key length, expected 32"));
    if (!mycelium->peers.isEmpty())
        return fail(ErrorCode::Invalid,
            QStringLiteral("user defined peers list is not supported right now"));
    return {};
}

Result<> Network::validate(const Deployment &, const Workload &) const
{
    if (ipRange.isAbsent())
        return fail(ErrorCode::Invalid, QStringLiteral("network IP range cannot be empty"));
    if (subnet.isAbsent())
        return fail(ErrorCode::Invalid, QStringLiteral("network resource subnet cannot empty"));
    if (wireguardPrivateKey.isEmpty())
        return fail(ErrorCode::Invalid,
            QStringLiteral("network resource wireguard private key cannot empty"));
    for (const auto &peer : peers) {
        if (auto valid = validatePeer(peer); !valid)
            return valid;
    }
    return validateMycelium();
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"
#include "core/plan/networkplan.h"

#include <sodium.h>

namespace zos {

namespace {

constexpr auto kWireguardKeepalive
    = "PersistentKeepalive = 20\n"; // seconds; keeps NAT mappings open

QByteArray wireguardInterface(const NetworkPlan &plan)
{
    return "[Interface]\nPrivateKey = " + plan.privateKey.toLatin1()
        + "\nListenPort = " + QByteArray::number(plan.listenPort) + '\n';
}

QByteArray wireguardPeer(const WireguardPeer &peer, bool withEndpoint)
{
    QByteArray text = "\n[Peer]\nPublicKey = " + peer.publicKey.toLatin1() + "\nAllowedIPs = ";
    QByteArrayList allowed;
    for (const auto &net : peer.allowedIps)
        allowed.append(net.text().toLatin1());
    text += allowed.join(", ") + '\n';
    if (withEndpoint && !peer.endpoint.isEmpty())
        text += "Endpoint = " + peer.endpoint.toLatin1() + '\n';
    return text + kWireguardKeepalive;
}

} // namespace

Result<QString> wireguardPublicKey(QStringView privateKey)
{
    auto secret = strictBase64(privateKey.toLatin1());
    if (!secret || secret->size() != crypto_scalarmult_SCALARBYTES)
        return fail(
            ErrorCode::Invalid, QStringLiteral("a WireGuard key is the base64 form of 32 bytes"));
    QByteArray open(crypto_scalarmult_BYTES, '\0');
    // The multiplication clamps its own copy, so any 32 bytes are a private key.
    const int failed = crypto_scalarmult_base(reinterpret_cast<unsigned char *>(open.data()),
        reinterpret_cast<const unsigned char *>(secret->constData()));
    sodium_memzero(secret->data(), static_cast<size_t>(secret->size()));
    if (failed != 0)
        return fail(ErrorCode::Invalid, QStringLiteral("the WireGuard private key is degenerate"));
    return QString::fromLatin1(open.toBase64());
}

QByteArray wireguardConfig(const NetworkPlan &plan)
{
    auto text = wireguardInterface(plan);
    for (const auto &peer : plan.peers)
        text += wireguardPeer(peer, true);
    return text;
}

QByteArray wireguardUpdate(const NetworkPlan &plan, const QHash<QString, QString> &configured)
{
    auto text = wireguardInterface(plan);
    for (const auto &peer : plan.peers)
        text += wireguardPeer(peer, configured.value(peer.publicKey) != peer.endpoint);
    return text;
}

QByteArray userWireguardConfig(const NetworkPlan &network, const QString &userPrivateKey,
    const IpNet &userSubnet, const QString &endpoint)
{
    const auto inside = [](const IpNet &net) {
        const auto host = net.address().v4();
        return QStringLiteral("100.64.%1.%2/32").arg((host >> 16) & 0xff).arg((host >> 8) & 0xff);
    };
    const auto open = wireguardPublicKey(network.privateKey);
    QStringList lines {
        QStringLiteral("[Interface]"),
        QStringLiteral("Address = ") + inside(userSubnet),
        QStringLiteral("PrivateKey = ") + userPrivateKey,
        QString(),
        QStringLiteral("[Peer]"),
        QStringLiteral("PublicKey = ") + open.value_or(QString()),
        QStringLiteral("AllowedIPs = ") + network.range.text() + QStringLiteral(", ")
            + inside(network.range),
        QStringLiteral("PersistentKeepalive = 25"),
    };
    if (!endpoint.isEmpty())
        lines.append(QStringLiteral("Endpoint = ") + endpoint);
    return lines.join(u'\n').toUtf8() + '\n';
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/plan/networkplan.h"

namespace zos {

QString networkAddress6(const QString &networkId, const IpAddress &ip)
{
    // Five ASCII characters of the id, not a hash of it (network.md 11, trap 1).
    const auto digits = networkId.left(5).toLatin1().toHex();
    const auto host = ip.v4();
    const auto text
        = QStringLiteral("fd%1:%2:%3:%4::%5")
              .arg(QLatin1StringView(digits.first(2)), QLatin1StringView(digits.sliced(2, 4)),
                  QLatin1StringView(digits.sliced(6, 4)), QString::number((host >> 8) & 0xff, 16),
                  QString::number(host & 0xff, 16));
    const auto address = IpAddress::parse(text);
    return address ? address->text() : QString();
}

Result<NicPlan> planPrivateNic(
    QStringView workloadId, const NetworkPlan &network, const IpAddress &ip, const QStringList &dns)
{
    if (ip.isAbsent() || !ip.isV4())
        return fail(ErrorCode::Invalid, QStringLiteral("invalid IP"));
    if (!network.subnet.contains(ip))
        return fail(ErrorCode::Invalid,
            QStringLiteral("IP %1 is not part of local nr subnet %2")
                .arg(ip.text(), network.subnet.text()));
    const quint32 hosts = 0xffffffffU >> network.subnet.prefix();
    const quint32 part = ip.v4() & hosts;
    if ((ip.v4() & 0xff) == 1 || part == 0 || part == hosts)
        return fail(ErrorCode::Invalid, QStringLiteral("ip %1 is reserved").arg(ip.text()));

    const auto id = deviceId(workloadId, network.name);
    const auto via = network.gateway.text();
    const auto anywhere6 = IpNet::parse(u"::/0");
    const auto wireguard = IpNet(IpAddress::fromV4(0x64400000), 16);
    NicPlan nic;
    nic.name = QStringLiteral("eth0");
    nic.tap = tapName(workloadId, network.name);
    nic.bridge = network.names.bridge;
    nic.mac = macFrom(id.toLatin1());
    nic.addresses = { QStringLiteral("%1/%2").arg(ip.text()).arg(network.subnet.prefix()),
        networkAddress6(network.names.id, ip) + QStringLiteral("/64") };
    if (network.range.prefix() != network.subnet.prefix())
        nic.routes.append(RoutePlan { network.range, via });
    nic.routes.append(RoutePlan { wireguard, via });
    nic.routes.append(RoutePlan { IpNet(IpAddress::fromV4(0), 0), via });
    if (anywhere6)
        nic.routes.append(RoutePlan { *anywhere6, network.gateway6 });
    nic.dns = dns;
    return nic;
}

} // namespace zos

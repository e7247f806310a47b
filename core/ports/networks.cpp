// SPDX-License-Identifier: Apache-2.0
#include "core/ports/networks.h"

namespace zos {

QStringList NetworkState::missing(const QStringList &wanted) const
{
    QStringList absent = wanted;
    absent.removeIf([this](const QString &tap) { return taps.contains(tap); });
    return absent;
}

QString NetworkState::trouble(const QStringList &wanted) const
{
    if (!bridge)
        return QStringLiteral("the bridge does not exist");
    if (!bridgeUp)
        return QStringLiteral("the bridge is down");
    if (!gateway)
        return QStringLiteral("the gateway is not plugged into the bridge");
    if (!missing(wanted).isEmpty())
        return QStringLiteral("machines are not plugged into the bridge");
    return {};
}

} // namespace zos

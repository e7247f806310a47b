// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>
#include <array>

namespace zos {

namespace {

using Groups = std::array<quint16, 8>;

// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::".
QString ipv6Text(const Groups &groups)
{
    std::size_t runAt = 0;
    std::size_t runLength = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        auto end = i;
        while (end < groups.size() && groups[end] == 0)
            ++end;
        if (end - i > runLength) {
            runAt = i;
            runLength = end - i;
        }
    }
    if (runLength < 2)
        runAt = groups.size();
    QString text;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (i == runAt) {
            text += QStringLiteral("::");
            i += runLength - 1;
            continue;
        }
        if (!text.isEmpty() && !text.endsWith(u':'))
            text += u':';
        text += QString::number(groups[i], 16);
    }
    return text;
}

// 02, the number of leading one bits of the inverted key, then the 112 bits after the zero bit.
Groups overlayAddress(const QByteArray &publicKey)
{
    const auto bit = [&publicKey](qsizetype index) {
        return index < 8 * publicKey.size()
            && (quint8(publicKey.at(index / 8)) >> (7 - index % 8) & 1) == 0;
    };
    qsizetype ones = 0;
    while (ones < 255 && bit(ones))
        ++ones;
    Groups groups {};
    groups[0] = quint16(0x0200 | ones);
    for (qsizetype i = 0; i < 112; ++i) {
        if (bit(ones + 1 + i))
            groups[std::size_t(1 + i / 16)] |= quint16(0x8000 >> (i % 16));
    }
    return groups;
}

// The /64 behind the key with these four groups as interface id.
Groups subnetAddress(const QByteArray &publicKey, const std::array<quint16, 4> &interfaceId)
{
    auto groups = overlayAddress(publicKey);
    groups[0] |= 0x0100;
    std::ranges::copy(interfaceId, groups.begin() + 4);
    return groups;
}

} // namespace

QString yggdrasilAddress(const QByteArray &publicKey)
{
    return ipv6Text(overlayAddress(publicKey));
}

QString yggdrasilSubnet(const QByteArray &publicKey)
{
    return ipv6Text(subnetAddress(publicKey, {})) + QStringLiteral("/64");
}

QString yggdrasilGateway(const QByteArray &publicKey)
{
    return ipv6Text(subnetAddress(publicKey, { 0, 0, 0, 1 })) + QStringLiteral("/64");
}

QString yggdrasilSubnetAddress(const QByteArray &publicKey, const QByteArray &name)
{
    const auto digest = QCryptographicHash::hash(name, QCryptographicHash::Sha512);
    std::array<quint16, 4> interfaceId;
    for (std::size_t i = 0; i < interfaceId.size(); ++i)
        interfaceId[i] = qFromBigEndian<quint16>(digest.constData() + 2 * i);
    return ipv6Text(subnetAddress(publicKey, interfaceId));
}

} // namespace zos

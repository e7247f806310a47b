// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"
#include "core/plan/networkplan.h"

#include <QCryptographicHash>

#include <algorithm>

namespace zos {

namespace {

constexpr qsizetype kIdLength = 13; // a two-character prefix fills an interface name exactly

// Names, not secrets: a plain digest keeps the planner free of any start-up order.
QByteArray nameDigest(const QByteArray &text)
{
    return QCryptographicHash::hash(text, QCryptographicHash::Md5);
}

QString shortId(const QString &text)
{
    return base58(nameDigest(text.toUtf8())).left(kIdLength);
}

} // namespace

QString networkId(TwinId twin, QStringView networkName)
{
    return shortId(twin.text() + u':' + networkName);
}

NetworkNames networkNames(const QString &networkId)
{
    NetworkNames names;
    names.id = networkId;
    names.nameSpace = QStringLiteral("n-") + networkId;
    names.bridge = QStringLiteral("b-") + networkId;
    names.wireguard = QStringLiteral("w-") + networkId;
    names.lanPort = QStringLiteral("v-") + networkId;
    names.uplinkPort = QStringLiteral("u-") + networkId;
    return names;
}

QString deviceId(QStringView workloadId, QStringView suffix)
{
    return shortId(workloadId + u':' + suffix);
}

QString tapName(QStringView workloadId, QStringView networkName)
{
    return u"t-" + deviceId(workloadId, networkName);
}

bool isNetworkId(QStringView text)
{
    static const QString alphabet
        = QStringLiteral("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
    return text.size() == 13
        && std::ranges::all_of(text, [](QChar c) { return alphabet.contains(c); });
}

bool isOwnName(QStringView name, QStringView prefix)
{
    return name.startsWith(prefix) && isNetworkId(name.sliced(prefix.size()));
}

QString macFrom(const QByteArray &bytes)
{
    constexpr qsizetype kMacLength = 6;
    auto digest = nameDigest(bytes);
    for (;;) {
        for (qsizetype at = 0; at + kMacLength <= digest.size(); ++at) {
            // The bits stay set for the windows that follow; the original does the same.
            digest[at] = static_cast<char>((digest[at] | 0x02) & 0xfe);
            const auto window = digest.mid(at, kMacLength);
            if (window.sliced(3, 3) <= QByteArrayView("\x90\x00\xff", 3)
                || window.first(2) >= QByteArrayView("\x90\x02", 2))
                return QString::fromLatin1(window.toHex(':'));
        }
        digest = nameDigest(digest);
    }
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/portgrace.h"

#include <time.h>

#include <algorithm>
#include <ranges>

namespace zos::hw {

namespace {

constexpr int kMostPeers = 4096; // of a set: who sends to the port can be anybody

struct Family
{
    QLatin1StringView name; // of the protocol
    QLatin1StringView header;
    QLatin1StringView type;
};
constexpr Family kFamilies[]
    = { { QLatin1StringView("ipv4"), QLatin1StringView("ip"), QLatin1StringView("ipv4_addr") },
          { QLatin1StringView("ipv6"), QLatin1StringView("ip6"), QLatin1StringView("ipv6_addr") } };

QString setName(const Family &family, quint16 port)
{
    return QStringLiteral("%1-%2").arg(family.header).arg(port);
}

// "192.0.2.1:5" or "[2001:db8::1]:5" as an element of the family's set; empty = of another family.
QString element(const Family &family, const QString &endpoint)
{
    const auto colon = endpoint.lastIndexOf(u':');
    auto host = QStringView(endpoint).first(std::max<qsizetype>(colon, 0));
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.sliced(1, host.size() - 2);
    bool number = false;
    const auto port = QStringView(endpoint).sliced(colon + 1).toUShort(&number);
    const auto address = IpAddress::parse(host);
    if (!address || !number || address->isV4() != (family.header == u"ip"))
        return {};
    return QStringLiteral("%1 . %2").arg(address->text()).arg(port);
}

bool isIn(const QList<PortGrace> &graces, quint16 port)
{
    return std::ranges::contains(graces, port, &PortGrace::port);
}

} // namespace

qint64 machineTime()
{
    timespec now {};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return qint64(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

QList<PortGrace> nextGraces(
    QList<PortGrace> graces, quint16 port, quint16 left, qint64 now, std::chrono::milliseconds time)
{
    graces.removeIf([=](const PortGrace &grace) {
        return grace.port == port || grace.port == left || grace.until <= now;
    });
    if (left != 0 && left != port && time.count() > 0)
        graces.prepend({ left, now + time.count() });
    return graces.first(std::min(graces.size(), kMostGraces));
}

QByteArray graceRules(const NetworkNames &names, quint16 port, const QList<PortGrace> &wanted,
    const QList<PortGrace> &present, const QStringList &endpoints, std::chrono::milliseconds time)
{
    const QString table = u"inet zos-grace-" + names.id;
    QString text = QStringLiteral("add table %1\n").arg(table);
    if (wanted.isEmpty())
        return (text + QStringLiteral("delete table %1\n").arg(table)).toLatin1();
    // Before connection tracking sees what comes, after it saw what goes.
    text += QStringLiteral("add chain %1 in { type filter hook prerouting priority raw; }\n"
                           "add chain %1 out { type filter hook output priority 300; }\n"
                           "flush chain %1 in\n"
                           "flush chain %1 out\n")
                .arg(table);
    const auto addSet = [&](const Family &family, quint16 grace) {
        text += QStringLiteral("add set %1 %2 { type %3 . inet_service; size %4; "
                               "flags dynamic,timeout; timeout %5s; }\n")
                    .arg(table, setName(family, grace), family.type)
                    .arg(kMostPeers)
                    .arg(std::chrono::ceil<std::chrono::seconds>(time).count());
    };
    for (const auto &grace : present) {
        for (const auto &family : kFamilies) {
            if (isIn(wanted, grace.port))
                continue;
            addSet(family, grace.port); // or it could not be deleted where it is missing
            text += QStringLiteral("delete set %1 %2\n").arg(table, setName(family, grace.port));
        }
    }
    for (const auto &grace : wanted) {
        for (const auto &family : kFamilies) {
            const auto set = setName(family, grace.port);
            addSet(family, grace.port);
            QStringList elements;
            for (const auto &endpoint : endpoints) {
                if (const auto one = element(family, endpoint); !one.isEmpty())
                    elements += one;
            }
            if (!isIn(present, grace.port) && !elements.isEmpty())
                text += QStringLiteral("add element %1 %2 { %3 }\n")
                            .arg(table, set, elements.join(QStringLiteral(", ")));
        }
    }
    // Who sends to a port is answered from it, and not from any other. Where nothing was heard, the
    // oldest port is right.
    const auto forget = [&](const Family &family, quint16 used) {
        QString words;
        for (const auto &grace : wanted) {
            if (grace.port != used)
                words += QStringLiteral(" delete @%1 { %2 saddr . udp sport }")
                             .arg(setName(family, grace.port), family.header);
        }
        return words;
    };
    for (const auto &grace : wanted | std::views::reverse) {
        for (const auto &family : kFamilies) {
            const auto set = setName(family, grace.port);
            // The port first: a set that is full ends the rule.
            text += QStringLiteral("add rule %1 in meta nfproto %2 udp dport %3 fib daddr type "
                                   "local udp dport set %4%7 update @%5 { %6 saddr . udp sport } "
                                   "accept\n")
                        .arg(table, family.name)
                        .arg(grace.port)
                        .arg(port)
                        .arg(set, family.header, forget(family, grace.port));
            text += QStringLiteral("add rule %1 out meta nfproto %2 udp sport %3 %4 daddr . udp "
                                   "dport @%5 udp sport set %6 accept\n")
                        .arg(table, family.name)
                        .arg(port)
                        .arg(family.header, set)
                        .arg(grace.port);
        }
    }
    for (const auto &family : kFamilies)
        text += QStringLiteral(
            "add rule %1 in meta nfproto %2 udp dport %3 fib daddr type local%4\n")
                    .arg(table, family.name)
                    .arg(port)
                    .arg(forget(family, port));
    return text.toLatin1();
}

} // namespace zos::hw

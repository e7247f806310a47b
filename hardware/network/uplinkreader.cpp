// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/uplinkreader.h"

#include "core/model/netvalues.h"
#include "hardware/network/ipcommand.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace zos::hw {

namespace {

// Asks the driver of a network card; false when it does not answer.
bool askDriver(const QString &nic, void *question)
{
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ifreq request {};
    const auto name = nic.toLatin1().left(IFNAMSIZ - 1);
    std::memcpy(request.ifr_name, name.constData(), size_t(name.size()));
    request.ifr_data = static_cast<char *>(question);
    const bool ok = ::ioctl(fd, SIOCETHTOOL, &request) == 0;
    ::close(fd);
    return ok;
}

QString driverOf(const QString &nic)
{
    ethtool_drvinfo info {};
    info.cmd = ETHTOOL_GDRVINFO;
    if (!askDriver(nic, &info))
        return {};
    return QString::fromUtf8(info.driver, qsizetype(::strnlen(info.driver, sizeof info.driver)));
}

std::optional<int> speedOf(const QString &nic)
{
    ethtool_cmd settings {};
    settings.cmd = ETHTOOL_GSET;
    if (!askDriver(nic, &settings))
        return std::nullopt;
    const auto speed = ethtool_cmd_speed(&settings);
    if (speed == 0 || speed == quint32(SPEED_UNKNOWN) || speed > 10'000'000)
        return std::nullopt;
    return int(speed);
}

QString textOf(const QJsonObject &object, QLatin1StringView name)
{
    return object[name].toString();
}

QStringList cidrsOf(const QJsonObject &link)
{
    QStringList list;
    for (const auto &value : link[QLatin1StringView("addr_info")].toArray()) {
        const auto address = value.toObject();
        if (textOf(address, QLatin1StringView("scope")) == QLatin1StringView("link"))
            continue;
        list.append(QStringLiteral("%1/%2")
                .arg(textOf(address, QLatin1StringView("local")))
                .arg(address[QLatin1StringView("prefixlen")].toInt()));
    }
    return list;
}

NicFacts nicOf(const QJsonObject &link, const QString &bridge)
{
    NicFacts nic;
    nic.name = textOf(link, QLatin1StringView("ifname"));
    nic.mac = textOf(link, QLatin1StringView("address"));
    nic.driver = driverOf(nic.name);
    nic.speedMbps = speedOf(nic.name);
    nic.carrier = link[QLatin1StringView("flags")].toArray().contains(QStringLiteral("LOWER_UP"));
    nic.addresses = cidrsOf(link);
    const auto master = textOf(link, QLatin1StringView("master"));
    const auto role = master == bridge ? QStringLiteral("zos")
        : master.isEmpty()             ? QStringLiteral("spare")
                                       : QStringLiteral("member");
    nic.roles = { role };
    const auto counters = link[QLatin1StringView("stats64")].toObject();
    const auto received = counters[QLatin1StringView("rx")].toObject();
    const auto sent = counters[QLatin1StringView("tx")].toObject();
    const auto count = [](const QJsonObject &from, QLatin1StringView name) {
        return static_cast<quint64>(std::max<qint64>(0, from[name].toInteger()));
    };
    nic.rxBytes = count(received, QLatin1StringView("bytes"));
    nic.txBytes = count(sent, QLatin1StringView("bytes"));
    nic.errors
        = count(received, QLatin1StringView("errors")) + count(sent, QLatin1StringView("errors"));
    return nic;
}

// Hardware has no kind; on machines made of name spaces the bridge's own ports count as cards too.
bool isNic(const QJsonObject &link, const QString &bridge)
{
    if (textOf(link, QLatin1StringView("link_type")) != QLatin1StringView("ether"))
        return false;
    const auto kind
        = link[QLatin1StringView("linkinfo")][QLatin1StringView("info_kind")].toString();
    const auto master = textOf(link, QLatin1StringView("master"));
    return kind.isEmpty() || (kind == QLatin1StringView("veth") && master == bridge);
}

QString gatewayOf(const QByteArray &routes)
{
    const auto list = QJsonDocument::fromJson(routes).array();
    return list.isEmpty() ? QString() : list.first()[QLatin1StringView("gateway")].toString();
}

bool isWorldWide(const QString &text)
{
    const auto address = IpAddress::parse(text);
    if (!address || address->isV4())
        return address.has_value();
    const auto first = address->v6()[0];
    const bool linkLocal = first == 0xfe && (address->v6()[1] & 0xc0) == 0x80;
    const bool uniqueLocal = (first & 0xfe) == 0xfc;
    return !linkLocal && !uniqueLocal;
}

} // namespace

UplinkReader::UplinkReader(
    CommandRunner *runner, NetSpace *space, QString bridge, QString yggdrasil, QStringList dns)
    : m_runner(runner)
    , m_space(space)
    , m_bridge(std::move(bridge))
    , m_yggdrasil(std::move(yggdrasil))
    , m_dns(std::move(dns))
{
}

Task<Result<NodeAddresses>> UplinkReader::addresses()
{
    const auto list = co_await m_space->addresses(QString());
    if (!list)
        co_return fail(list.error());
    NodeAddresses found; // publicIpv6 stays false: behind a shared uplink tenants have IPv4 only
    for (const auto &one : *list) {
        if (!isWorldWide(one.address))
            continue;
        if (one.interface == m_bridge)
            found.zos.append(one.address);
        else if (one.interface == m_yggdrasil)
            found.yggdrasil.append(one.address);
    }
    co_return found;
}

Task<Result<UplinkFacts>> UplinkReader::facts()
{
    const auto ask = [](const QStringList &what) {
        auto arguments = QStringList { QStringLiteral("-j") };
        arguments += what;
        return ipCommand(arguments);
    };
    const auto linksCommand = ask({ QStringLiteral("-s"), QStringLiteral("-d"),
        QStringLiteral("addr"), QStringLiteral("show") });
    const auto route4
        = ask({ QStringLiteral("route"), QStringLiteral("show"), QStringLiteral("default") });
    const auto route6 = ask({ QStringLiteral("-6"), QStringLiteral("route"), QStringLiteral("show"),
        QStringLiteral("default") });
    auto linksTask = runOk(m_runner, linksCommand);
    auto task4 = runOk(m_runner, route4);
    auto task6 = runOk(m_runner, route6);
    const auto links = co_await linksTask;
    const auto via4 = co_await task4;
    const auto via6 = co_await task6;
    if (!links)
        co_return fail(links.error().wrapped(QStringLiteral("read network cards")));

    UplinkFacts facts;
    facts.bridge = m_bridge;
    facts.dns = m_dns;
    for (const auto &value : QJsonDocument::fromJson(links->out).array()) {
        const auto link = value.toObject();
        if (textOf(link, QLatin1StringView("ifname")) == m_bridge)
            facts.bridgeAddresses = cidrsOf(link);
        else if (isNic(link, m_bridge))
            facts.nics.append(nicOf(link, m_bridge));
    }
    facts.gateway4 = via4 ? gatewayOf(via4->out) : QString();
    facts.gateway6 = via6 ? gatewayOf(via6->out) : QString();
    co_return facts;
}

} // namespace zos::hw

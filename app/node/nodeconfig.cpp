// SPDX-License-Identifier: Apache-2.0
#include "app/node/nodeconfig.h"

#include "core/base/json.h"
#include "core/base/logging.h"
#include "rmb/direct/courier.h"
#include "rmb/relay/relaylinks.h"

#include <QFile>
#include <QHash>
#include <QRegularExpression>
#include <QSet>
#include <QUrl>
#include <QUrlQuery>

#include <functional>

namespace zos::app {

namespace {

constexpr int kMaxRelays = 4; // as many links there are, and names in a twin

using Setter = std::function<Result<>(const Json &)>;

std::unexpected<Error> wrongType(const char *expected)
{
    return fail(ErrorCode::Invalid, QStringLiteral("must be %1").arg(QLatin1StringView(expected)));
}

Setter text(QString &target)
{
    return [&target](const Json &json) -> Result<> {
        if (!json.isString())
            return wrongType("a string");
        target = json.string();
        return {};
    };
}

Setter flag(auto &target)
{
    return [&target](const Json &json) -> Result<> {
        if (json.kind() != Json::Kind::Bool)
            return wrongType("true or false");
        target = json.boolean();
        return {};
    };
}

Setter texts(QStringList &target)
{
    return [&target](const Json &json) -> Result<> {
        if (!json.isArray())
            return wrongType("a list of strings");
        QStringList list;
        for (const auto &item : json.items()) {
            if (!item.isString())
                return wrongType("a list of strings");
            list += item.string();
        }
        target = list;
        return {};
    };
}

Setter bytes(auto &target)
{
    return [&target](const Json &json) -> Result<> {
        const auto count = json.toUnsigned();
        if (!count)
            return wrongType("a number of bytes");
        target = Bytes(*count);
        return {};
    };
}

Setter farmId(FarmId &target)
{
    return [&target](const Json &json) -> Result<> {
        const auto id = json.toUnsigned(std::numeric_limits<quint32>::max());
        if (!id || *id == 0)
            return wrongType("a farm id from 1 to 4294967295");
        target = FarmId(static_cast<quint32>(*id));
        return {};
    };
}

Setter twinIds(QList<TwinId> &target)
{
    return [&target](const Json &json) -> Result<> {
        if (!json.isArray())
            return wrongType("a list of twin ids");
        QList<TwinId> list;
        for (const auto &item : json.items()) {
            const auto id = item.toUnsigned(std::numeric_limits<quint32>::max());
            if (!id || *id == 0)
                return wrongType("a list of twin ids");
            list += TwinId(static_cast<quint32>(*id));
        }
        target = list;
        return {};
    };
}

Setter addressesOfTwins(QHash<TwinId, QString> &target)
{
    return [&target](const Json &json) -> Result<> {
        constexpr qsizetype most = 1024;
        const char *const expected = "an object of twin id to ADDRESS or ADDRESS:PORT, an IPv6 "
                                     "address with a port in brackets";
        if (!json.isObject() || json.members().size() > most)
            return wrongType(expected);
        QHash<TwinId, QString> addresses;
        for (const auto &[twin, address] : json.members()) {
            bool number = false;
            const auto id = twin.toUInt(&number);
            if (!number || id == 0 || QString::number(id) != twin || !address.isString()
                || !rmb::parseRoute(address.string(), 1))
                return wrongType(expected);
            addresses.insert(TwinId(id), address.string());
        }
        target = addresses;
        return {};
    };
}

Setter portNumber(quint16 &target)
{
    return [&target](const Json &json) -> Result<> {
        const auto port = json.toUnsigned(65535);
        if (!port)
            return wrongType("a port number");
        target = static_cast<quint16>(*port);
        return {};
    };
}

Setter hostAddress(QHostAddress &target)
{
    return [&target](const Json &json) -> Result<> {
        if (!json.isString() || !target.setAddress(json.string()))
            return wrongType("an IP address");
        return {};
    };
}

Setter addressAndPort(QHostAddress &address, quint16 &port)
{
    return [&address, &port](const Json &json) -> Result<> {
        QString host = json.isString() ? json.string() : QString();
        const qsizetype colon = host.lastIndexOf(u':');
        bool number = false;
        port = QStringView(host).sliced(colon + 1).toUShort(&number);
        host.truncate(colon);
        const bool bracketed = host.startsWith(u'[') && host.endsWith(u']');
        if (bracketed)
            host = host.sliced(1, host.size() - 2);
        if (colon <= 0 || !number || port == 0 || !address.setAddress(host)
            || bracketed != (address.protocol() == QAbstractSocket::IPv6Protocol))
            return wrongType("ADDRESS:PORT, an IPv6 address in brackets");
        return {};
    };
}

Setter relayUrls(QList<QUrl> &target)
{
    return [&target](const Json &json) -> Result<> {
        const char *const expected = "a list of at most 4 relays, wss://NAME";
        if (!json.isArray() || json.items().size() > kMaxRelays)
            return wrongType(expected);
        QList<QUrl> list;
        for (const auto &item : json.items()) {
            const auto url = rmb::relayUrl(item.string());
            if (!url)
                return wrongType(expected);
            list += *url;
        }
        target = list;
        return {};
    };
}

// An address to which paths are added, or "off".
Setter serviceUrl(QString &target)
{
    return [&target](const Json &json) -> Result<> {
        const QUrl url(json.isString() ? json.string() : QString(), QUrl::StrictMode);
        const bool isUsable = (url.scheme() == u"https" || url.scheme() == u"http")
            && !url.host().isEmpty() && !url.hasQuery() && !url.hasFragment()
            && url.userInfo().isEmpty();
        if (!json.isString() || (json.string() != u"off" && !isUsable))
            return wrongType("https://NAME or off");
        target = json.string();
        while (target.endsWith(u'/'))
            target.chop(1);
        return {};
    };
}

Setter diskKinds(QMap<QString, DiskKind> &target)
{
    return [&target](const Json &json) -> Result<> {
        if (!json.isObject())
            return wrongType("an object of device to \"ssd\" or \"hdd\"");
        for (const auto &[device, kind] : json.members()) {
            if (kind.string() == u"ssd")
                target[device] = DiskKind::Ssd;
            else if (kind.string() == u"hdd")
                target[device] = DiskKind::Hdd;
            else
                return wrongType("an object of device to \"ssd\" or \"hdd\"");
        }
        return {};
    };
}

// A daemon that cannot read one of its peers does not start at all, and a node without the overlay
// is deaf: what it would not read never reaches it.
bool isOverlayPeer(const QString &text)
{
    static const QSet<QString> schemes { QStringLiteral("tcp"), QStringLiteral("tls"),
        QStringLiteral("quic"), QStringLiteral("ws"), QStringLiteral("wss") };
    static const QHash<QString, QString> options {
        { QStringLiteral("key"), QStringLiteral("[0-9a-f]{64}") },
        { QStringLiteral("priority"), QStringLiteral("\\d{1,2}|1\\d\\d|2[0-4]\\d|25[0-4]") },
        { QStringLiteral("sni"), QStringLiteral("[a-z0-9.-]{1,253}") },
        { QStringLiteral("password"), QStringLiteral(".{1,64}") },
        { QStringLiteral("maxbackoff"), QStringLiteral("[3-9]\\ds|[1-9]\\d{2,4}s|[1-9]\\d{0,3}m") },
    };
    const QUrl url(text, QUrl::StrictMode);
    if (text.size() > 256 || !url.isValid() || !schemes.contains(url.scheme())
        || url.host().isEmpty() || url.port() < 1 || !url.userInfo().isEmpty())
        return false;
    const auto given = QUrlQuery(url).queryItems();
    return std::ranges::all_of(given, [](const auto &option) {
        const auto form = options.constFind(option.first);
        return form != options.cend()
            && QRegularExpression(QRegularExpression::anchoredPattern(*form))
                   .match(option.second)
                   .hasMatch();
    });
}

Setter overlayPeers(QStringList &target)
{
    return [&target](const Json &json) -> Result<> {
        QStringList list;
        if (const auto read = texts(list)(json); !read)
            return read;
        for (const auto &peer : std::as_const(list)) {
            if (!isOverlayPeer(peer))
                return fail(ErrorCode::Invalid,
                    QStringLiteral("%1 is no peer of the overlay: tls://HOST:PORT and options it "
                                   "knows (pauses of 30 s and more)")
                        .arg(quoted(peer)));
        }
        target = list;
        return {};
    };
}

Result<> checkComplete(const NodeConfig &config)
{
    const QStringList networks { QStringLiteral("local"), QStringLiteral("development"),
        QStringLiteral("testing"), QStringLiteral("production") };
    if (!networks.contains(config.network))
        return fail(ErrorCode::Invalid,
            QStringLiteral("network must be one of %1").arg(networks.join(u", ")));
    const auto open = std::ranges::find(config.relays, QStringLiteral("ws"), &QUrl::scheme);
    if (config.network != u"local" && open != config.relays.end())
        return fail(ErrorCode::Invalid,
            QStringLiteral("relays: %1 is not encrypted, only the network \"local\" may use it")
                .arg(open->toString()));
    if (config.network != u"local" && !config.localRelayAddress.isNull())
        return fail(ErrorCode::Invalid,
            QStringLiteral("local_relay is a feature of the network \"local\", this is %1")
                .arg(config.network));
    if (config.network != u"local" && config.kycUrl.startsWith(u"http:"))
        return fail(ErrorCode::Invalid,
            QStringLiteral("kyc_url: %1 is not encrypted, only the network \"local\" may use it")
                .arg(config.kycUrl));
    if (config.network != u"local")
        return fail(ErrorCode::Invalid,
            QStringLiteral("network %1 needs the TFChain client, which this version does not have: "
                           "only \"local\" works")
                .arg(config.network));
    const QHostAddress &own = config.localRelayAddress;
    if (own == QHostAddress(QHostAddress::AnyIPv4) || own == QHostAddress(QHostAddress::AnyIPv6))
        return fail(ErrorCode::Invalid,
            QStringLiteral("local_relay: peers need the one address they find it at, not %1")
                .arg(own.toString()));
    if (config.busRelays().size() > kMaxRelays)
        return fail(ErrorCode::Invalid,
            QStringLiteral("relays: at most %1 together with local_relay").arg(kMaxRelays));
    if (config.ledger.isEmpty())
        return fail(ErrorCode::Invalid,
            QStringLiteral("ledger is missing: the local network needs its file"));
    if (config.stateDir.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("state_dir is missing"));
    if (config.farm.value() == 0)
        return fail(
            ErrorCode::Invalid, QStringLiteral("farm is missing: which farm does this node join?"));
    return {};
}

} // namespace

std::optional<QUrl> NodeConfig::verificationService() const
{
    if (kycUrl == u"off")
        return {};
    if (!kycUrl.isEmpty())
        return QUrl(kycUrl);
    static const QHash<QString, QString> own {
        { QStringLiteral("development"), QStringLiteral("https://kyc.dev.grid.tf") },
        { QStringLiteral("testing"), QStringLiteral("https://kyc.test.grid.tf") },
        { QStringLiteral("production"), QStringLiteral("https://kyc.threefold.me") },
    };
    const auto found = own.constFind(network);
    return found == own.cend() ? std::nullopt : std::optional(QUrl(*found));
}

QList<QUrl> NodeConfig::busRelays() const
{
    QList<QUrl> all = relays;
    if (!localRelayAddress.isNull()) {
        QUrl own;
        own.setScheme(QStringLiteral("ws"));
        own.setHost(localRelayAddress.toString());
        own.setPort(localRelayPort);
        if (!all.contains(own))
            all += own;
    }
    return all;
}

Result<NodeConfig> NodeConfig::load(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::NotFound,
            QStringLiteral("cannot read %1: %2").arg(path, file.errorString()));
    const auto json = Json::parse(file.read(1 << 20));
    if (!json)
        return fail(json.error().wrapped(path));
    if (!json->isObject())
        return fail(ErrorCode::Invalid, QStringLiteral("%1: must be one JSON object").arg(path));

    NodeConfig config;
    const std::pair<QStringView, Setter> members[] = {
        { u"farm", farmId(config.farm) },
        { u"network", text(config.network) },
        { u"ledger", text(config.ledger) },
        { u"state_dir", text(config.stateDir) },
        { u"allow_volatile_state", flag(config.allowVolatileState) },
        { u"run_dir", text(config.runDir) },
        { u"cache_dir", text(config.cacheDir) },
        { u"log_dir", text(config.logDir) },
        { u"supervisor", text(config.supervisor) },
        { u"devices", texts(config.devices) },
        { u"pins", diskKinds(config.pins) },
        { u"min_device", bytes(config.minDevice) },
        { u"mount_root", text(config.mountRoot) },
        { u"bridge", text(config.bridge) },
        { u"dns", texts(config.dns) },
        { u"yggdrasil_listen", texts(config.yggdrasilListen) },
        { u"yggdrasil_peers", overlayPeers(config.yggdrasilPeers) },
        { u"yggdrasil_multicast", flag(config.yggdrasilMulticast) },
        { u"rmb_port", portNumber(config.rmbPort) },
        { u"rmb_address", hostAddress(config.rmbAddress) },
        { u"twin_addresses", addressesOfTwins(config.twinAddresses) },
        { u"relays", relayUrls(config.relays) },
        { u"local_relay", addressAndPort(config.localRelayAddress, config.localRelayPort) },
        { u"kyc_url", serviceUrl(config.kycUrl) },
        { u"admin_twins", twinIds(config.adminTwins) },
        { u"guest_kernel", text(config.guestKernel) },
        { u"guest_initramfs", text(config.guestInitramfs) },
        { u"manage_libvirt", flag(config.manageLibvirt) },
        { u"language", text(config.language) },
        { u"reserved_memory", bytes(config.reservedMemory) },
        { u"fake_machine", text(config.fakeMachine) },
        { u"fake_disks", text(config.fakeDisks) },
    };
    for (const auto &[name, value] : json->members()) {
        const auto *member
            = std::ranges::find(members, QStringView(name), &std::pair<QStringView, Setter>::first);
        if (member == std::end(members))
            return fail(
                ErrorCode::Invalid, QStringLiteral("%1: unknown member \"%2\"").arg(path, name));
        if (const auto outcome = member->second(value); !outcome)
            return fail(outcome.error().wrapped(path + u": " + name));
    }
    if (config.cacheDir.isEmpty())
        config.cacheDir = config.stateDir + u"/cache";
    if (config.logDir.isEmpty())
        config.logDir = config.stateDir + u"/log";
    if (const auto complete = checkComplete(config); !complete)
        return fail(complete.error().wrapped(path));
    return config;
}

} // namespace zos::app

// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgerrules.h"

#include <QRegularExpression>
#include <QSet>

#include <arpa/inet.h>

#include <array>
#include <cmath>
#include <optional>

namespace zos {

namespace {

constexpr auto kUnknown = QLatin1StringView("Unknown");

// Address bytes in network order: 4 or 16, or nothing.
QByteArray ledgerAddress(const QString &text)
{
    const auto latin = text.toLatin1();
    std::array<char, 16> bytes {};
    if (inet_pton(AF_INET, latin.constData(), bytes.data()) == 1)
        return QByteArray(bytes.data(), 4);
    if (inet_pton(AF_INET6, latin.constData(), bytes.data()) == 1)
        return QByteArray(bytes.data(), 16);
    return {};
}

bool ledgerMatches(const QString &text, const QString &pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(text).hasMatch();
}

bool lengthIn(const QString &text, qsizetype least, qsizetype most)
{
    const auto length = text.toUtf8().size();
    return length >= least && length <= most;
}

bool isCoordinate(const QString &text, double limit)
{
    if (text == kUnknown)
        return true;
    bool number = false;
    const auto value = text.toDouble(&number);
    return number && std::abs(value) <= limit;
}

// The gateway lies in the address's net and is another address.
bool isPublicIp(const PublicIp &ip)
{
    const auto slash = ip.ip.indexOf(u'/');
    if (slash < 0)
        return false;
    const auto address = ledgerAddress(ip.ip.first(slash));
    const auto gateway = ledgerAddress(ip.gateway);
    bool number = false;
    const auto prefix = ip.ip.sliced(slash + 1).toInt(&number);
    if (!number || address.isEmpty() || gateway.size() != address.size() || gateway == address
        || prefix < 1 || prefix > 8 * address.size())
        return false;
    for (int bit = 0; bit < prefix; ++bit) {
        if (((address.at(bit / 8) ^ gateway.at(bit / 8)) >> (7 - bit % 8) & 1) != 0)
            return false;
    }
    return true;
}

// An address; in a laboratory also "address:port" or "[address]:port", where several twins share
// one.
bool isTwinAddress(const QString &text)
{
    if (!ledgerAddress(text).isEmpty())
        return true;
    static const QRegularExpression withPort(
        QStringLiteral("\\A(?:\\[([0-9a-fA-F:.]+)\\]|([0-9.]+)):([0-9]{1,5})\\z"));
    const auto match = withPort.match(text);
    const auto host = match.captured(1) + match.captured(2);
    const auto port = match.captured(3).toUInt();
    return match.hasMatch() && !ledgerAddress(host).isEmpty() && port > 0 && port < 65536;
}

Result<> checkInterface(const NodeInterface &interface)
{
    if (!ledgerMatches(interface.name, QStringLiteral("[a-z0-9_-]{3,20}")))
        return LedgerRules::refused(QLatin1StringView("InvalidInterfaceName"));
    if (!ledgerMatches(interface.mac, QStringLiteral("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")))
        return LedgerRules::refused(QLatin1StringView("InvalidMacAddress"));
    if (interface.ips.size() > 10)
        return LedgerRules::refused(QLatin1StringView("InvalidInterfaceIP"));
    for (const auto &ip : interface.ips) {
        if (!lengthIn(ip, 7, 42) || ledgerAddress(ip).isEmpty())
            return LedgerRules::refused(QLatin1StringView("InvalidInterfaceIP"));
    }
    return {};
}

} // namespace

std::unexpected<Error> LedgerRules::refused(QLatin1StringView name)
{
    auto code = ErrorCode::Invalid;
    if (name.endsWith(QLatin1StringView("NotExists")))
        code = ErrorCode::NotFound;
    else if (name.contains(QLatin1StringView("Exists"))
        || name.contains(QLatin1StringView("NotUnique")))
        code = ErrorCode::Exists;
    else if (name.contains(QLatin1StringView("NotAuthorized"))
        || name.contains(QLatin1StringView("NotAvailable"))
        || name.contains(QLatin1StringView("GraceState"))
        || name.startsWith(QLatin1StringView("NodeHas")))
        code = ErrorCode::Denied;
    else if (name.contains(QLatin1StringView("NotEnough")))
        code = ErrorCode::Limit;
    return fail(code, QString(name));
}

Result<> LedgerRules::twin(const QString &ip, const QString &relay, const QByteArray &pk)
{
    if (!ip.isEmpty() && !isTwinAddress(ip))
        return refused(QLatin1StringView("InvalidTwinIp"));
    // Unlike on the chain a relay may also be an address with its port, "ws:/127.0.0.1:8052": the
    // relay of a laboratory has no name. That form is the one existing clients compare with.
    const QString one
        = QStringLiteral("([A-Za-z0-9.-]*|ws:/([A-Za-z0-9.-]+|\\[[0-9a-f:.]+\\]):[0-9]{1,5})");
    if (!relay.isEmpty()
        && (relay.size() > 1024 || !ledgerMatches(relay, QStringLiteral("%1(_%1)*").arg(one))
            || relay.startsWith(u'.') || relay.endsWith(u'.')
            || relay.contains(QStringLiteral(".."))))
        return refused(QLatin1StringView("InvalidRelayAddress"));
    if (!pk.isEmpty() && pk.size() > 128)
        return refused(QLatin1StringView("InvalidTwinPk"));
    return {};
}

void LedgerRules::completeNode(NodeRecord &record)
{
    for (auto *text : { &record.country, &record.city, &record.latitude, &record.longitude }) {
        if (text->isEmpty())
            *text = kUnknown;
    }
}

Result<> LedgerRules::node(const NodeRecord &record)
{
    if (record.resources.cru < 1)
        return refused(QLatin1StringView("InvalidCRUInput"));
    if (record.resources.mru.count() == 0)
        return refused(QLatin1StringView("InvalidMRUInput"));
    if (!lengthIn(record.city, 1, 58))
        return refused(QLatin1StringView("CityNameTooLong"));
    if (!lengthIn(record.country, 2, 56))
        return refused(QLatin1StringView(
            record.country.size() < 2 ? "CountryNameTooShort" : "CountryNameTooLong"));
    if (!lengthIn(record.latitude, 1, 50) || !isCoordinate(record.latitude, 90))
        return refused(QLatin1StringView("InvalidLatitudeInput"));
    if (!lengthIn(record.longitude, 1, 50) || !isCoordinate(record.longitude, 180))
        return refused(QLatin1StringView("InvalidLongitudeInput"));
    if (!lengthIn(record.serial, 0, 128))
        return refused(QLatin1StringView("SerialNumberTooLong"));
    if (record.interfaces.size() > 10)
        return refused(QLatin1StringView("InvalidInterfaceName"));
    for (const auto &interface : record.interfaces) {
        if (auto checked = checkInterface(interface); !checked)
            return checked;
    }
    return {};
}

Result<> LedgerRules::farm(const QString &name, const QList<PublicIp> &ips)
{
    if (!lengthIn(name, 3, 40))
        return refused(QLatin1StringView(name.size() < 3 ? "FarmNameTooShort" : "FarmNameTooLong"));
    if (!ledgerMatches(name, QStringLiteral("[A-Za-z0-9_-]+")))
        return refused(QLatin1StringView("InvalidFarmName"));
    if (ips.size() > 512)
        return refused(QLatin1StringView("InvalidPublicIP"));
    QSet<QString> seen;
    for (const auto &ip : ips) {
        if (!isPublicIp(ip))
            return refused(QLatin1StringView("InvalidPublicIP"));
        if (seen.contains(ip.ip))
            return refused(QLatin1StringView("IpExists"));
        seen.insert(ip.ip);
    }
    return {};
}

Result<> LedgerRules::deployment(const QString &hash, const QString &data)
{
    // Text of 32 characters on every chain: the hex form of the challenge hash.
    if (!ledgerMatches(hash, QStringLiteral("[\\x21-\\x7e]{32}")))
        return refused(QLatin1StringView("InvalidDeploymentHash"));
    if (!lengthIn(data, 0, 512))
        return refused(QLatin1StringView("DeploymentDataTooLong"));
    return {};
}

Result<> LedgerRules::contractName(const QString &name)
{
    if (!lengthIn(name, 3, 64))
        return refused(QLatin1StringView(
            name.size() < 3 ? "NameContractNameTooShort" : "NameContractNameTooLong"));
    if (!ledgerMatches(name, QStringLiteral("[a-z0-9_-]+")))
        return refused(QLatin1StringView("NameNotValid"));
    return {};
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/model/gateway.h"

#include "core/model/challenge.h"

#include <algorithm>

namespace zos {

namespace {

bool isAsciiAlnum(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
}

bool allDigits(QStringView text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

Result<> validateBackendHost(QStringView host)
{
    const auto address = IpAddress::parse(host);
    if (!address || address->isLoopback() || address->isUnspecified() || address->isLinkLocal()
        || address->isMulticast())
        return fail(ErrorCode::Invalid, QStringLiteral("invalid ip address in backend: ") + host);
    return {};
}

struct HostPort
{
    QStringView host;
    QStringView port;
};

// Go's net.SplitHostPort, with its error texts.
Result<HostPort> splitHostPort(QStringView text)
{
    const auto refuse = [&](const char *why) {
        return fail(
            ErrorCode::Invalid, QStringLiteral("address %1: %2").arg(text, QLatin1StringView(why)));
    };
    const auto last = text.lastIndexOf(u':');
    if (last < 0)
        return refuse("missing port in address");
    QStringView host = text.first(last);
    if (text.startsWith(u'[')) {
        const auto end = text.indexOf(u']');
        if (end < 0)
            return refuse("missing ']' in address");
        if (end + 1 == text.size())
            return refuse("missing port in address");
        if (end + 1 != last)
            return refuse(
                text[end + 1] == u':' ? "too many colons in address" : "missing port in address");
        host = text.sliced(1, end - 1);
        if (host.contains(u'[') || text.sliced(end + 1).contains(u'['))
            return refuse("unexpected '[' in address");
    } else if (host.contains(u':')) {
        return refuse("too many colons in address");
    } else if (text.contains(u'[')) {
        return refuse("unexpected '[' in address");
    }
    if (text.sliced(last).contains(u']') || (!text.startsWith(u'[') && host.contains(u']')))
        return refuse("unexpected ']' in address");
    return HostPort { host, text.sliced(last + 1) };
}

Result<> validatePassthroughBackend(const QString &backend)
{
    const auto context = QStringLiteral("failed to parse backend %1 with error").arg(backend);
    const auto parts = splitHostPort(backend);
    if (!parts)
        return fail(parts.error().wrapped(context).wrapped(context));
    if (parts->port.isEmpty() || !allDigits(parts->port)) {
        return fail(
            ErrorCode::Invalid, context + QStringLiteral(": invalid port '%1'").arg(parts->port));
    }
    // Leading zeros are allowed, so the length alone says nothing.
    quint32 port = 0;
    for (const QChar digit : parts->port) {
        port = port * 10 + (digit.unicode() - u'0');
        if (port > 65535)
            return fail(ErrorCode::Invalid,
                context + QStringLiteral(": port '%1' must be <= 65535").arg(parts->port));
    }
    return validateBackendHost(parts->host);
}

// "scheme:rest" of an address; no scheme when the part before the colon cannot be one.
std::pair<QString, QStringView> splitScheme(const QString &address)
{
    for (qsizetype i = 0; i < address.size(); ++i) {
        const QChar c = address[i];
        if (c == u':' && i > 0)
            return { address.first(i).toLower(), QStringView(address).sliced(i + 1) };
        const bool leading = isAsciiAlnum(c) && !(c >= u'0' && c <= u'9');
        if (!leading && (i == 0 || !(isAsciiAlnum(c) || c == u'+' || c == u'-' || c == u'.')))
            break;
    }
    return { {}, address };
}

Result<> validateTerminatedBackend(const QString &backend)
{
    const auto unparsable = [&](const char *why) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("failed to parse backend with error: parse \"%1\": %2")
                .arg(backend, QLatin1StringView(why)));
    };
    for (const QChar c : backend) {
        if (c < u' ' || c == QChar(0x7f))
            return unparsable("net/url: invalid control character in URL");
    }
    const auto [scheme, rest] = splitScheme(backend);
    if (scheme.isEmpty()) {
        const auto slash = rest.indexOf(u'/');
        if ((slash < 0 ? rest : rest.first(slash)).contains(u':'))
            return unparsable("first path segment in URL cannot contain colon");
    }
    if (scheme != u"http")
        return fail(ErrorCode::Invalid, QStringLiteral("scheme expected to be http"));
    QStringView authority;
    if (rest.startsWith(u"//")) {
        authority = rest.sliced(2);
        for (const QChar mark : { u'/', u'?', u'#' }) {
            if (const auto end = authority.indexOf(mark); end >= 0)
                authority = authority.first(end);
        }
        authority = authority.sliced(authority.lastIndexOf(u'@') + 1);
    }
    QStringView host = authority;
    QStringView port;
    if (authority.startsWith(u'[')) {
        const auto end = authority.lastIndexOf(u']');
        if (end < 0)
            return unparsable("missing ']' in host");
        host = authority.sliced(1, end - 1);
        port = authority.sliced(end + 1);
    } else if (const auto colon = authority.lastIndexOf(u':'); colon >= 0) {
        host = authority.first(colon);
        port = authority.sliced(colon);
    }
    if (!port.isEmpty() && (!port.startsWith(u':') || !allDigits(port.sliced(1))))
        return unparsable("invalid port after host");
    if (auto valid = validateBackendHost(host); !valid)
        return valid;
    // A square bracket around IPv4 or a bare IPv6 cannot be dialled.
    if (host.contains(u':') != authority.startsWith(u'['))
        return fail(ErrorCode::Invalid, QStringLiteral("invalid ip address in backend: ") + host);
    if (port.size() > 1) {
        bool ok = false;
        const uint number = port.sliced(1).toUInt(&ok);
        if (!ok || number == 0 || number > 65535)
            return fail(ErrorCode::Invalid,
                QStringLiteral("port '%1' must be from 1 to 65535").arg(port.sliced(1)));
    }
    return {};
}

} // namespace

Result<> validateBackend(const QString &backend, bool tlsPassthrough)
{
    auto valid
        = tlsPassthrough ? validatePassthroughBackend(backend) : validateTerminatedBackend(backend);
    if (!valid)
        return fail(
            valid.error().wrapped(QStringLiteral("failed to validate backend '%1'").arg(backend)));
    return {};
}

Result<> Gateway::validate() const
{
    if (backends.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("backends list can not be empty"));
    for (const auto &backend : backends) {
        if (auto valid = validateBackend(backend, tlsPassthrough); !valid)
            return valid;
    }
    return {};
}

void Gateway::read(JsonFields &fields)
{
    fields.flag(u"tls_passthrough", tlsPassthrough)
        .texts(u"backends", backends, kMaxBackends)
        .text(u"network", network);
}

void Gateway::appendChallenge(QByteArray &text) const
{
    Challenge(text).flag(tlsPassthrough).texts(backends).text(network);
}

bool Gateway::isLabelText(QStringView text)
{
    return std::all_of(text.begin(), text.end(),
        [](QChar c) { return isAsciiAlnum(c) || c == u'-' || c == u'_'; });
}

} // namespace zos

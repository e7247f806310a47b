// SPDX-License-Identifier: Apache-2.0
#include "rmb/wire/relaytoken.h"

#include "core/base/json.h"

#include <QSet>

namespace zos::rmb {

namespace {

constexpr qsizetype kMaxToken = 4096;
constexpr qsizetype kMaxSession = 256;
constexpr auto kTokenEncoding = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

std::unexpected<Error> badToken(const QString &why)
{
    return fail(ErrorCode::Invalid, QStringLiteral("invalid jwt: %1").arg(why));
}

// One text for one value: no padding, no other characters, no left-over bits.
std::optional<QByteArray> tokenPart(QByteArrayView text)
{
    const auto bytes = text.toByteArray();
    auto decoded = QByteArray::fromBase64Encoding(bytes, kTokenEncoding);
    if (!decoded || decoded.decoded.toBase64(kTokenEncoding) != bytes)
        return std::nullopt;
    return std::move(decoded.decoded);
}

// A JSON object in which no name appears twice: parsers differ in which one counts.
std::optional<Json> tokenObject(QByteArrayView text)
{
    const auto bytes = tokenPart(text);
    if (!bytes || bytes->contains('\0'))
        return std::nullopt;
    auto json = Json::parse(*bytes);
    if (!json || !json->isObject())
        return std::nullopt;
    QSet<QString> names;
    for (const auto &[name, value] : json->members())
        names.insert(name);
    if (names.size() != json->members().size())
        return std::nullopt;
    return std::move(*json);
}

} // namespace

QByteArray RelayToken::make(const Identity &identity) const
{
    JsonWriter header;
    header.object();
    header.key(u"alg").string(u"RS512");
    header.key(u"typ").string(u"JWT");
    header.end();
    JsonWriter claims;
    claims.object();
    claims.key(u"sub").number(twin.value());
    claims.key(u"iat").number(issued);
    claims.key(u"exp").number(expires);
    if (!session.isEmpty())
        claims.key(u"sid").string(session);
    claims.end();
    const QByteArray text
        = header.text().toBase64(kTokenEncoding) + '.' + claims.text().toBase64(kTokenEncoding);
    return text + '.' + identity.typedSignature(text).toBase64(kTokenEncoding);
}

Result<RelayToken> RelayToken::parse(QByteArrayView text)
{
    if (text.size() > kMaxToken)
        return badToken(QStringLiteral("longer than %1 bytes").arg(kMaxToken));
    const qsizetype first = text.indexOf('.');
    const qsizetype second = text.lastIndexOf('.');
    if (first < 0 || second == first || text.sliced(first + 1, second - first - 1).contains('.'))
        return badToken(QStringLiteral("not three parts"));
    const auto header = tokenObject(text.first(first));
    if (!header)
        return badToken(QStringLiteral("bad header"));
    const Json *algorithm = header->findExact(u"alg");
    if (!algorithm || !algorithm->isString() || algorithm->string() != u"RS512")
        return badToken(QStringLiteral("algorithm is not RS512"));
    const auto claims = tokenObject(text.sliced(first + 1, second - first - 1));
    if (!claims)
        return badToken(QStringLiteral("bad claims"));
    const auto number = [&claims](QStringView name, quint64 max) {
        const Json *value = claims->findExact(name);
        return value ? value->toUnsigned(max) : std::nullopt;
    };
    const auto sub = number(u"sub", std::numeric_limits<quint32>::max());
    const auto iat = number(u"iat", std::numeric_limits<quint64>::max());
    const auto exp = number(u"exp", std::numeric_limits<quint64>::max());
    if (!sub || !iat || !exp)
        return badToken(QStringLiteral("sub, iat or exp is not a plain integer in range"));
    const Json *sid = claims->findExact(u"sid");
    if (sid && !sid->isNull() && !(sid->isString() && sid->string().size() <= kMaxSession))
        return badToken(
            QStringLiteral("sid is not a string of at most %1 characters").arg(kMaxSession));
    const auto signature = tokenPart(text.sliced(second + 1));
    if (!signature)
        return badToken(QStringLiteral("bad signature"));

    RelayToken token;
    token.twin = TwinId(static_cast<quint32>(*sub));
    token.session = sid && sid->isString() ? sid->string() : QString();
    token.issued = *iat;
    token.expires = *exp;
    token.signedText = text.first(second).toByteArray();
    token.signature = *signature;
    return token;
}

bool RelayToken::verify(const QByteArray &publicKey) const
{
    return verifyTyped(publicKey, signedText, signature);
}

} // namespace zos::rmb

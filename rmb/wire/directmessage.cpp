// SPDX-License-Identifier: Apache-2.0
#include "rmb/wire/directmessage.h"

#include "core/base/encoding.h"
#include "core/base/json.h"

#include <QCryptographicHash>
#include <QSet>

#include <algorithm>

namespace zos::rmb {

namespace {

constexpr qsizetype kMaxName = 256; // uid, cmd, ret
constexpr qsizetype kMaxHint = 4096; // tag, shm, err
constexpr qsizetype kMaxDestinations = 16;
constexpr quint64 kMaxInteger = std::numeric_limits<qint64>::max();
constexpr quint64 kMaxAge = 60;
constexpr quint64 kDefaultLifetime = 3600;

// Reads members by exact name and remembers the first broken rule.
class MessageReader
{
public:
    explicit MessageReader(const Json &object)
        : m_object(object)
    {
        QSet<QString> seen;
        for (const auto &[name, value] : object.members()) {
            if (seen.contains(name))
                refuse(QStringLiteral("a key appears twice"));
            seen.insert(name);
        }
    }

    quint64 number(QStringView key, bool required, quint64 max = kMaxInteger)
    {
        const Json *value = find(key, required);
        if (!value)
            return 0;
        const auto read = value->toUnsigned(max);
        if (!read)
            refuse(QStringLiteral("%1 is not a plain integer in range").arg(key));
        return read.value_or(0);
    }
    QString text(QStringView key, qsizetype max)
    {
        const Json *value = find(key, true);
        return value ? read(*value, key, max) : QString();
    }
    std::optional<QString> nullable(QStringView key, qsizetype max)
    {
        const Json *value = find(key, false);
        if (!value || value->isNull())
            return std::nullopt;
        return read(*value, key, max);
    }
    bool flag(QStringView key)
    {
        const Json *value = find(key, false);
        if (value && value->kind() != Json::Kind::Bool)
            refuse(QStringLiteral("%1 is not a boolean").arg(key));
        return value && value->boolean();
    }
    QList<TwinId> twins(QStringView key)
    {
        QList<TwinId> list;
        const Json *value = find(key, true);
        if (!value)
            return list;
        if (!value->isArray() || value->items().size() > kMaxDestinations) {
            refuse(QStringLiteral("%1 is not a list of at most %2 twins")
                    .arg(key)
                    .arg(kMaxDestinations));
            return list;
        }
        for (const Json &item : value->items()) {
            const auto twin = item.toUnsigned(std::numeric_limits<quint32>::max());
            if (!twin)
                refuse(QStringLiteral("%1 holds something that is not a twin id").arg(key));
            list.append(TwinId(static_cast<quint32>(twin.value_or(0))));
        }
        return list;
    }
    void refuse(const QString &why)
    {
        if (m_trouble.isEmpty())
            m_trouble = why;
    }
    const QString &trouble() const { return m_trouble; }

private:
    const Json *find(QStringView key, bool required)
    {
        const Json *value = m_object.findExact(key);
        if (!value && required)
            refuse(QStringLiteral("%1 is missing").arg(key));
        return value;
    }
    QString read(const Json &value, QStringView key, qsizetype max)
    {
        if (!value.isString())
            refuse(QStringLiteral("%1 is not a string").arg(key));
        else if (value.string().size() > max)
            refuse(QStringLiteral("%1 exceeds %2 characters").arg(key).arg(max));
        return value.string();
    }

    const Json &m_object;
    QString m_trouble;
};

} // namespace

Result<DirectMessage> DirectMessage::decode(QByteArrayView text)
{
    // The parser takes a zero byte for the end of its input.
    if (text.contains('\0'))
        return fail(ErrorCode::Invalid, QStringLiteral("failed to parse message: zero byte"));
    const auto json = Json::parse(text);
    if (!json)
        return fail(Error { ErrorCode::Invalid, json.error().what }.wrapped(
            QStringLiteral("failed to parse message")));
    if (!json->isObject())
        return fail(ErrorCode::Invalid, QStringLiteral("failed to parse message: not an object"));
    MessageReader reader(*json);
    DirectMessage message;
    if (reader.number(u"ver", true) != 1)
        reader.refuse(QStringLiteral("ver is not 1"));
    message.uid = reader.text(u"uid", kMaxName);
    message.cmd = reader.text(u"cmd", kMaxName);
    message.exp = reader.number(u"exp", false);
    message.tries = reader.number(u"try", false);
    message.dat = reader.text(u"dat", std::numeric_limits<qsizetype>::max()).toUtf8();
    message.tag = reader.nullable(u"tag", kMaxHint);
    message.src = TwinId(
        static_cast<quint32>(reader.number(u"src", true, std::numeric_limits<quint32>::max())));
    message.dst = reader.twins(u"dst");
    message.ret = reader.text(u"ret", kMaxName);
    message.shm = reader.text(u"shm", kMaxHint);
    message.now = reader.number(u"now", true);
    message.pxy = reader.flag(u"pxy");
    message.err = reader.nullable(u"err", std::numeric_limits<qsizetype>::max());
    message.sig = reader.nullable(u"sig", kMaxName).value_or(QString()).toUtf8();
    if (!reader.trouble().isEmpty())
        return fail(ErrorCode::Invalid,
            QStringLiteral("failed to parse message: %1").arg(reader.trouble()));
    return message;
}

QByteArray DirectMessage::encode() const
{
    const auto nullable = [](JsonWriter &writer, const std::optional<QString> &text) {
        if (text)
            writer.string(*text);
        else
            writer.null();
    };
    JsonWriter writer;
    writer.object();
    writer.key(u"ver").number(1);
    writer.key(u"uid").string(uid);
    writer.key(u"cmd").string(cmd);
    writer.key(u"exp").number(exp);
    writer.key(u"try").number(tries);
    writer.key(u"dat").string(exactUtf8(dat));
    nullable(writer.key(u"tag"), tag);
    writer.key(u"src").number(src.value());
    writer.key(u"dst").array();
    for (const TwinId twin : dst)
        writer.number(twin.value());
    writer.end();
    writer.key(u"ret").string(ret);
    writer.key(u"shm").string(shm);
    writer.key(u"now").number(now);
    writer.key(u"pxy").boolean(pxy);
    nullable(writer.key(u"err"), err);
    if (sig.isEmpty())
        writer.key(u"sig").null();
    else
        writer.key(u"sig").string(exactUtf8(sig));
    writer.end();
    return writer.text();
}

QByteArray DirectMessage::preimage() const
{
    QByteArray text = "1";
    text.reserve(dat.size() + 256);
    text += uid.toUtf8();
    text += cmd.toUtf8();
    text += dat;
    text += QByteArray::number(src.value());
    for (const TwinId twin : dst)
        text += QByteArray::number(twin.value());
    text += ret.toUtf8();
    text += QByteArray::number(now);
    text += pxy ? "true" : "false";
    return text;
}

QByteArray DirectMessage::challenge() const
{
    return QCryptographicHash::hash(preimage(), QCryptographicHash::Md5);
}

void DirectMessage::sign(const Identity &identity)
{
    sig = identity.typedSignature(challenge()).toHex();
}

bool DirectMessage::verify(const QByteArray &publicKey) const
{
    const auto bytes = strictHex(sig);
    return bytes && bytes->size() == 65 && verifyTyped(publicKey, challenge(), *bytes);
}

void DirectMessage::stamp(quint64 time)
{
    if (now != 0 && now <= time)
        exp -= std::min(exp, time - now);
    now = time;
}

Result<> DirectMessage::checkAge(quint64 time) const
{
    if (time > now && time - now > kMaxAge)
        return fail(ErrorCode::Invalid,
            QStringLiteral("message is too old: %1 s, at most %2").arg(time - now).arg(kMaxAge));
    if (now > time && now - time > kMaxAge)
        return fail(ErrorCode::Invalid,
            QStringLiteral("message is from the future: %1 s ahead, at most %2")
                .arg(now - time)
                .arg(kMaxAge));
    return {};
}

bool DirectMessage::expired(quint64 time) const
{
    return exp != 0 && time > now && time - now >= exp;
}

quint64 DirectMessage::lifetime(quint64 time) const
{
    const quint64 age = time > now ? time - now : 0;
    // A day is more than any handler may take; it keeps hostile numbers out of timers.
    const quint64 whole = exp == 0 ? kDefaultLifetime : std::min<quint64>(exp, 86'400);
    return whole - std::min(whole, age);
}

DirectMessage DirectMessage::reply(quint64 time) const
{
    DirectMessage answer;
    answer.uid = uid;
    answer.cmd = cmd;
    answer.exp = std::max<quint64>(30, lifetime(time));
    answer.tries = std::clamp<quint64>(tries, 1, 5);
    answer.tag = tag;
    answer.src = dst.isEmpty() ? TwinId() : dst.first();
    answer.dst = { src };
    answer.ret = ret.isEmpty() ? QStringLiteral("msgbus.system.reply") : ret;
    answer.shm = shm;
    answer.now = time;
    answer.pxy = pxy;
    return answer;
}

bool isUuid(QStringView text)
{
    if (text.size() != 36)
        return false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t c = text[i].unicode();
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex
            = (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f') || (c >= u'A' && c <= u'F');
        if (dash ? c != u'-' : !hex)
            return false;
    }
    return true;
}

} // namespace zos::rmb

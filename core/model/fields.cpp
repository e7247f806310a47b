// SPDX-License-Identifier: Apache-2.0
#include "core/model/fields.h"

#include "core/base/encoding.h"

#include <algorithm>

namespace zos {

namespace {

std::unexpected<Error> wrongKind(const char *expected)
{
    return fail(ErrorCode::Invalid, QStringLiteral("expected ") + QLatin1StringView(expected));
}

} // namespace

JsonFields::JsonFields(const Json &object)
{
    if (object.isObject())
        m_object = &object;
    else if (!object.isNull())
        m_error = wrongKind("an object").error();
}

bool JsonFields::matches(const QString &key, QStringView name)
{
    return key.size() == name.size() && key.compare(name, Qt::CaseInsensitive) == 0;
}

Error JsonFields::placed(const QString &place, const Error &error)
{
    // A reason that starts with a place of its own is continued, every other one follows a colon.
    const QString &what = error.what;
    const auto colon = what.indexOf(u": ");
    const bool nested = colon > 0 && !what.first(colon).contains(u' ');
    const QString joint = !nested ? QStringLiteral(": ")
        : what.startsWith(u'[')   ? QString()
                                  : QStringLiteral(".");
    return Error { error.code, place + joint + what };
}

void JsonFields::note(QStringView name, Result<> outcome)
{
    if (!outcome)
        m_error = placed(name.toString(), outcome.error());
}

JsonFields &JsonFields::others(QByteArray &object)
{
    object.clear();
    if (!m_object || m_error)
        return *this;
    QList<std::pair<QString, Json>> found;
    for (const auto &member : m_object->members()) {
        const auto isKnown = [&member](QStringView name) { return matches(member.first, name); };
        if (std::ranges::any_of(m_known, isKnown))
            continue;
        // Of a repeated one the last counts.
        found.removeIf([&member](const auto &earlier) { return earlier.first == member.first; });
        found += member;
    }
    if (found.isEmpty())
        return *this;
    JsonWriter json;
    json.object();
    for (const auto &[name, value] : std::as_const(found))
        json.key(name).raw(value.raw());
    object = json.end().text();
    if (object.size() > limits::unknownBytes) {
        m_error = { ErrorCode::Limit,
            QStringLiteral("unknown members of %1 bytes exceed the limit of %2")
                .arg(object.size())
                .arg(limits::unknownBytes) };
        object.clear();
    }
    return *this;
}

Result<> JsonFields::finish() const
{
    if (m_error)
        return fail(*m_error);
    return {};
}

Result<> JsonFields::isList(const Json &json, qsizetype max)
{
    if (!json.isArray() && !json.isNull())
        return wrongKind("a list");
    if (json.items().size() > max) {
        return fail(ErrorCode::Limit,
            QStringLiteral("%1 entries exceed the limit of %2").arg(json.items().size()).arg(max));
    }
    return {};
}

Result<> JsonFields::readUnsigned(const Json &json, quint64 max, quint64 &value)
{
    if (json.isNull())
        return {};
    const auto number = json.toUnsigned(max);
    if (!number) {
        return fail(
            ErrorCode::Invalid, QStringLiteral("expected an integer from 0 to %1").arg(max));
    }
    value = *number;
    return {};
}

Result<> JsonFields::readText(const Json &json, QString &value, qsizetype max)
{
    if (json.isNull())
        return {};
    if (!json.isString())
        return wrongKind("a string");
    const QString &text = json.string();
    // A UTF-16 unit takes at most three bytes of UTF-8: short texts need no conversion.
    if (text.size() > max || (text.size() * 3 > max && text.toUtf8().size() > max))
        return fail(ErrorCode::Limit, QStringLiteral("text exceeds %1 bytes").arg(max));
    value = text;
    return {};
}

Result<> JsonFields::readAddress(const Json &json, IpAddress &value)
{
    QString text;
    if (auto done = readText(json, text); !done || json.isNull())
        return done;
    if (text.isEmpty()) {
        value = {};
        return {};
    }
    auto parsed = IpAddress::parse(text);
    if (!parsed)
        return fail(parsed.error());
    value = *parsed;
    return {};
}

Result<> JsonFields::readNet(const Json &json, IpNet &value)
{
    QString text;
    if (auto done = readText(json, text); !done || json.isNull())
        return done;
    if (text.isEmpty()) {
        value = {};
        return {};
    }
    auto parsed = IpNet::parse(text);
    if (!parsed)
        return fail(parsed.error());
    value = *parsed;
    return {};
}

JsonFields &JsonFields::flag(QStringView name, bool &value)
{
    return each(name, [&](const Json &json) -> Result<> {
        if (json.isNull())
            return {};
        if (json.kind() != Json::Kind::Bool)
            return wrongKind("true or false");
        value = json.boolean();
        return {};
    });
}

JsonFields &JsonFields::text(QStringView name, QString &value)
{
    return each(name, [&](const Json &json) { return readText(json, value); });
}

JsonFields &JsonFields::texts(QStringView name, QStringList &values, qsizetype max)
{
    return list(
        name, values, max, [](const Json &json, QString &value) { return readText(json, value); });
}

JsonFields &JsonFields::address(QStringView name, IpAddress &value)
{
    return each(name, [&](const Json &json) { return readAddress(json, value); });
}

JsonFields &JsonFields::net(QStringView name, IpNet &value)
{
    return each(name, [&](const Json &json) { return readNet(json, value); });
}

JsonFields &JsonFields::hex(QStringView name, QByteArray &value)
{
    return each(name, [&](const Json &json) -> Result<> {
        QString text;
        if (auto done = readText(json, text); !done || json.isNull())
            return done;
        auto bytes = strictHex(text.toUtf8());
        if (!bytes)
            return fail(bytes.error());
        value = std::move(*bytes);
        return {};
    });
}

JsonFields &JsonFields::size(QStringView name, Bytes &value)
{
    return each(name, [&](const Json &json) -> Result<> {
        quint64 count = value.count();
        if (auto done = read(json, count); !done)
            return done;
        value = Bytes(count);
        return {};
    });
}

} // namespace zos

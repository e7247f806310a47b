// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"

#include <QStringList>

namespace zos::testing {

// Holds values against the shapes of api.json.
class Shapes
{
public:
    explicit Shapes(const Json &named)
        : m_named(named)
    {
    }

    // Where the value is not of the shape and why, or nothing.
    QString mismatch(const Json &shape, const Json &value, const QString &place = {}) const
    {
        if (shape.isString())
            return ofType(shape.string(), value, place);
        if (shape.isArray()) {
            if (!value.isArray())
                return place + QStringLiteral(": no list");
            for (qsizetype n = 0; n < value.items().size(); ++n) {
                const auto at = place + u'[' + QString::number(n) + u']';
                if (auto bad = mismatch(shape.items().first(), value.items().at(n), at);
                    !bad.isEmpty())
                    return bad;
            }
            return {};
        }
        if (const auto *choice = shape.findExact(u"one of")) {
            QStringList tried;
            for (const auto &one : choice->items()) {
                tried += mismatch(one, value, place);
                if (tried.last().isEmpty())
                    return {};
            }
            return tried.join(QStringLiteral(" or "));
        }
        return ofObject(shape, value, place);
    }

private:
    QString ofObject(const Json &shape, const Json &value, const QString &place) const
    {
        if (!value.isObject())
            return place + QStringLiteral(": no object");
        for (const auto &[name, member] : value.members()) {
            const auto *wanted = shape.findExact(name);
            if (!wanted)
                wanted = shape.findExact(QString(name + u'?'));
            if (!wanted)
                wanted = shape.findExact(u"*");
            if (!wanted)
                return place + u'.' + name + QStringLiteral(": not in the shape");
            if (auto bad = mismatch(*wanted, member, place + u'.' + name); !bad.isEmpty())
                return bad;
        }
        for (const auto &[name, member] : shape.members()) {
            if (name != u"*" && !name.endsWith(u'?') && !value.findExact(name))
                return place + u'.' + name + QStringLiteral(": missing");
        }
        return {};
    }
    QString ofType(const QString &type, const Json &value, const QString &place) const
    {
        const auto verdict
            = [&](bool good) { return good ? QString() : place + QStringLiteral(": no ") + type; };
        const auto upTo = [&](quint64 most) { return verdict(value.toUnsigned(most).has_value()); };
        if (type == u"any")
            return {};
        if (type == u"null")
            return verdict(value.isNull());
        if (type == u"text")
            return verdict(value.isString());
        if (type == u"bool")
            return verdict(value.kind() == Json::Kind::Bool);
        if (type == u"u16")
            return upTo(0xffff);
        if (type == u"u32")
            return upTo(0xffffffff);
        if (type == u"u64")
            return upTo(std::numeric_limits<quint64>::max());
        if (type == u"i64")
            return verdict(value.toSigned().has_value());
        if (type == u"float")
            return verdict(value.isNumber());
        if (const auto *named = m_named.findExact(type))
            return mismatch(*named, value, place);
        return verdict(value.isString() && value.string() == type);
    }

    const Json m_named;
};

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/jsonschema.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QSet>

#include <cmath>

namespace zos::testing {

namespace {
using namespace Qt::StringLiterals;

bool hasType(const QJsonValue &value, const QString &type)
{
    if (type == "object"_L1)
        return value.isObject();
    if (type == "array"_L1)
        return value.isArray();
    if (type == "string"_L1)
        return value.isString();
    if (type == "boolean"_L1)
        return value.isBool();
    if (type == "null"_L1)
        return value.isNull();
    if (type == "integer"_L1)
        return value.isDouble() && std::floor(value.toDouble()) == value.toDouble();
    return type == "number"_L1 && value.isDouble();
}

bool typeFits(const QJsonValue &rule, const QJsonValue &value)
{
    if (rule.isString())
        return hasType(value, rule.toString());
    for (const auto &type : rule.toArray())
        if (hasType(value, type.toString()))
            return true;
    return false;
}

QString scalarViolation(const QJsonObject &schema, const QJsonValue &value)
{
    if (schema.contains("type"_L1) && !typeFits(schema["type"_L1], value))
        return u"wrong type"_s;
    if (schema.contains("const"_L1) && schema["const"_L1] != value)
        return u"not the constant"_s;
    if (schema.contains("enum"_L1) && !schema["enum"_L1].toArray().contains(value))
        return u"not in the list"_s;
    if (value.isDouble()) {
        if (schema.contains("minimum"_L1) && value.toDouble() < schema["minimum"_L1].toDouble())
            return u"too small"_s;
        if (schema.contains("maximum"_L1) && value.toDouble() > schema["maximum"_L1].toDouble())
            return u"too large"_s;
    }
    if (value.isString()) {
        const QString text = value.toString();
        if (schema.contains("maxLength"_L1)
            && text.toUcs4().size() > schema["maxLength"_L1].toInt())
            return u"too long"_s;
        if (schema.contains("pattern"_L1)
            && !QRegularExpression(schema["pattern"_L1].toString()).match(text).hasMatch())
            return u"does not match the pattern"_s;
    }
    return {};
}

QString objectViolation(const QJsonObject &schema, const QJsonObject &object, const QString &path)
{
    for (const auto &name : schema["required"_L1].toArray())
        if (!object.contains(name.toString()))
            return path + u": no "_s + name.toString();
    if (schema.contains("maxProperties"_L1) && object.size() > schema["maxProperties"_L1].toInt())
        return path + u": too many members"_s;
    const QJsonObject known = schema["properties"_L1].toObject();
    const QJsonValue others = schema["additionalProperties"_L1];
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QString below = path + u'.' + it.key();
        if (known.contains(it.key())) {
            if (const QString bad = schemaViolation(known[it.key()].toObject(), *it, below);
                !bad.isEmpty())
                return bad;
        } else if (others.isBool() && !others.toBool()) {
            return below + u": not allowed"_s;
        } else if (others.isObject()) {
            if (const QString bad = schemaViolation(others.toObject(), *it, below); !bad.isEmpty())
                return bad;
        }
    }
    return {};
}
} // namespace

QString schemaViolation(const QJsonObject &schema, const QJsonValue &value, const QString &path)
{
    static const QSet<QString> keywords { u"type"_s, u"const"_s, u"enum"_s, u"anyOf"_s,
        u"minimum"_s, u"maximum"_s, u"maxLength"_s, u"pattern"_s, u"required"_s, u"properties"_s,
        u"additionalProperties"_s, u"maxProperties"_s, u"items"_s, u"maxItems"_s, u"description"_s,
        u"title"_s, u"$schema"_s, u"$id"_s };
    for (auto it = schema.begin(); it != schema.end(); ++it)
        if (!keywords.contains(it.key()))
            return path + u": this checker does not know the keyword "_s + it.key();
    if (const QString bad = scalarViolation(schema, value); !bad.isEmpty())
        return path + u": "_s + bad;
    if (schema.contains("anyOf"_L1)) {
        bool fits = false;
        for (const auto &choice : schema["anyOf"_L1].toArray())
            fits = fits || schemaViolation(choice.toObject(), value, path).isEmpty();
        if (!fits)
            return path + u": none of the choices fits"_s;
    }
    if (value.isObject())
        return objectViolation(schema, value.toObject(), path);
    if (value.isArray()) {
        const QJsonArray list = value.toArray();
        if (schema.contains("maxItems"_L1) && list.size() > schema["maxItems"_L1].toInt())
            return path + u": too many items"_s;
        const QJsonObject rule = schema["items"_L1].toObject();
        for (qsizetype i = 0; i < list.size(); ++i)
            if (const QString bad
                = schemaViolation(rule, list[i], path + u'.' + QString::number(i));
                !bad.isEmpty())
                return bad;
    }
    return {};
}

} // namespace zos::testing

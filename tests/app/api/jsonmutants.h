// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"

#include <QByteArrayList>
#include <QRandomGenerator>

namespace zos::testing {

// A valid JSON text made wrong in the ways that parsers and handlers find awkward: a member or
// value of it, at any depth, replaced by something of another type or beyond a range, left out,
// given twice, or the text itself broken. Seeded: the same random numbers give the same mutant.
class JsonMutants
{
public:
    explicit JsonMutants(const QByteArray &text)
        : m_text(text.isEmpty() ? QByteArray("null") : text)
        , m_json(Json::parse(m_text).value_or(Json()))
    {
        count(m_json);
    }

    QByteArray next(QRandomGenerator &random) const
    {
        if (random.bounded(8) == 0)
            return brokenText(random);
        Edit edit { random.bounded(m_places), random.bounded(4), strange(random), 0 };
        JsonWriter writer;
        rewrite(writer, m_json, edit, false);
        return writer.text();
    }

private:
    struct Edit
    {
        int place; // number of the value
        int kind; // 0, 1 replaced; 2 left out; 3 given twice
        QByteArray value;
        int at;
    };

    static QByteArray strange(QRandomGenerator &random)
    {
        static const QByteArrayList values { "null", "true", "false", "0", "-1", "1", "0.5", "-0",
            "10.0", "1e10", "1e308", "1e309", "-1e400", "255", "256", "65536", "4294967295",
            "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
            "18446744073709551616", "340282366920938463463374607431768211456", "\"\"", "\"5\"",
            "\"NaN\"", "\"Infinity\"", "\"-1\"", "[]", "{}", "[null]", "[[]]", "[1,\"a\",{}]",
            "{\"\":null}", "{\"a\":{\"b\":[{}]}}", "\"\xff\xfe\"", "\"\xc3\"", "\"\\ud800\"",
            "\"\\udc00x\"", "\"\\u0000\"", "\"../../etc/passwd\"", "\"a'; DROP TABLE log; --\"",
            "\"%s%n\"", "\"<b>\"" };
        switch (random.bounded(24)) {
        case 0:
            return '"' + QByteArray(70'000, 'x') + '"';
        case 1:
            return QByteArray(60, '[') + QByteArray(60, ']');
        case 2: {
            QByteArray deep = "{}";
            for (int n = 0; n < 50; ++n)
                deep = "{\"a\":" + deep + '}';
            return deep;
        }
        default:
            return values.at(random.bounded(values.size()));
        }
    }
    QByteArray brokenText(QRandomGenerator &random) const
    {
        QByteArray text = m_text;
        const auto at = random.bounded(text.size());
        switch (random.bounded(8)) {
        case 0:
            return {};
        case 1:
            return text.first(at);
        case 2:
            return QByteArray(10'000, '[');
        case 3:
            return QByteArray(text).replace(at, 1, QByteArray(1, '\0'));
        case 4:
            return text.insert(at, "NaN");
        case 5:
            return text + text;
        case 6:
            return text.insert(at, "\xf0\x28\x8c\x28");
        default:
            text[at] = static_cast<char>(random.bounded(256));
            return text;
        }
    }

    void count(const Json &value)
    {
        ++m_places;
        for (const auto &item : value.items())
            count(item);
        for (const auto &[name, member] : value.members())
            count(member);
    }
    // Writes a value whose name, if it has one, is written already.
    void rewrite(JsonWriter &writer, const Json &value, Edit &edit, bool replaced) const
    {
        if (edit.at++ == edit.place || replaced) {
            writer.raw(edit.value);
            return;
        }
        if (value.isArray()) {
            writer.array();
            for (const auto &item : value.items())
                rewrite(writer, item, edit, false);
            writer.end();
        } else if (value.isObject()) {
            writer.object();
            for (const auto &[name, member] : value.members()) {
                const bool here = edit.at == edit.place;
                if (here && edit.kind == 2) {
                    ++edit.at;
                    continue;
                }
                if (here && edit.kind == 3) {
                    writer.key(name).raw(member.raw());
                    writer.key(name.toUpper()).raw(member.raw());
                }
                writer.key(name);
                rewrite(writer, member, edit, false);
            }
            writer.end();
        } else {
            writer.raw(value.isString() ? jsonString(value.string()) : value.raw());
        }
    }

    const QByteArray m_text;
    const Json m_json;
    int m_places = 0;
};

} // namespace zos::testing

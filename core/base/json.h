// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace zos {

// A parsed JSON document from outside. Unlike QJsonDocument it keeps what the challenge hash and
// the wire need: number tokens as text (no double in between), member order, duplicate members
// (find() returns the last), and the verbatim text of every value. Strings follow Go's
// encoding/json: invalid UTF-8 and lone surrogates read as U+FFFD. All values of a document share
// its one text, so that a deeply nested document costs no more memory than a flat one.
// Limits: 4 MiB of text, 64 levels, 200 000 values; anything over is Invalid.
class Json
{
public:
    enum class Kind { Null, Bool, Number, String, Array, Object };

    static Result<Json> parse(QByteArrayView text);

    Json() = default; // null
    Kind kind() const { return m_kind; }
    bool isNull() const { return m_kind == Kind::Null; }
    bool isObject() const { return m_kind == Kind::Object; }
    bool isArray() const { return m_kind == Kind::Array; }
    bool isString() const { return m_kind == Kind::String; }
    bool isNumber() const { return m_kind == Kind::Number; }

    bool boolean() const { return m_boolean; } // Bool
    const QString &string() const { return m_string; } // String, decoded
    QByteArrayView number() const { return text(); } // Number: the token as written
    const QList<Json> &items() const { return m_items; } // Array
    // Object: members in written order, duplicates included.
    const QList<std::pair<QString, Json>> &members() const { return m_members; }
    // The value as JSON text: objects, arrays and numbers exactly as received.
    QByteArray raw() const;

    // Last member of that exact name, else last ASCII-case-insensitive match (Go's rule), else null
    // pointer.
    const Json *find(QStringView name) const;
    // Only the exact name.
    const Json *findExact(QStringView name) const;

    // A plain integer token (no sign for unsigned types, no fraction, no exponent) in range.
    std::optional<quint64> toUnsigned(quint64 max = std::numeric_limits<quint64>::max()) const;
    std::optional<qint64> toSigned() const;

private:
    friend class JsonBuilder;
    QByteArrayView text() const { return QByteArrayView(m_document).sliced(m_start, m_length); }

    Kind m_kind = Kind::Null;
    bool m_boolean = false;
    qint32 m_start = 0; // of a number, array or object within the document
    qint32 m_length = 0;
    QByteArray m_document;
    QString m_string;
    QList<Json> m_items;
    QList<std::pair<QString, Json>> m_members;
};

// Writes compact JSON in call order. Usage: JsonWriter w; w.object(); w.key(u"a").value(1);
// w.end(); w.text()
class JsonWriter
{
public:
    JsonWriter &object();
    JsonWriter &array();
    JsonWriter &end(); // closes the innermost object or array
    JsonWriter &key(QStringView name);
    JsonWriter &string(QStringView text);
    JsonWriter &number(quint64 value);
    JsonWriter &signedNumber(qint64 value);
    JsonWriter &boolean(bool value);
    JsonWriter &null();
    JsonWriter &raw(QByteArrayView json); // one complete value, inserted as it is
    JsonWriter &members(QByteArrayView object); // what is between its braces; empty = nothing
    QByteArray text() const { return m_text; }

private:
    void separate();
    QByteArray m_text;
    QByteArray m_closers; // stack of '}' and ']'
    bool m_needsComma = false;
    bool m_afterKey = false;
};

QByteArray jsonString(QStringView text); // quoted and escaped

} // namespace zos

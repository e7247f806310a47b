// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include "core/base/encoding.h"

#define RAPIDJSON_HAS_STDSTRING 0
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <vector>

namespace zos {

namespace {

constexpr qsizetype kMaxText = 4 << 20;
constexpr int kMaxDepth = 64;
constexpr int kMaxValues = 200'000;

// The 16 bits of "\uXXXX" at this place, -1 when there is no such escape.
int escapedUnit(QByteArrayView text, qsizetype at)
{
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u')
        return -1;
    unsigned value = 0;
    const char *digits = text.data() + at + 2;
    const auto [end, error] = std::from_chars(digits, digits + 4, value, 16);
    return error == std::errc() && end == digits + 4 ? static_cast<int>(value) : -1;
}

// RapidJSON refuses escapes of lone surrogates, which Go reads as U+FFFD.
QByteArray withoutLoneSurrogates(QByteArrayView text)
{
    QByteArray out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size();) {
        const qsizetype escape = text.indexOf('\\', i);
        if (escape < 0 || escape + 1 >= text.size()) {
            out.append(text.sliced(i));
            break;
        }
        out.append(text.sliced(i, escape - i));
        const int unit = escapedUnit(text, escape);
        qsizetype length = 2; // other escapes, the escaped backslash among them
        if (unit >= 0xd800 && unit < 0xe000) {
            const int next = escapedUnit(text, escape + 6);
            const bool pair = unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
            length = pair ? 12 : 6;
            if (!pair)
                out.append("\\ufffd");
            else
                out.append(text.sliced(escape, length));
        } else {
            out.append(text.sliced(escape, length));
        }
        i = escape + length;
    }
    return out;
}

// The text as RapidJSON reads it the way Go would; nearly always a plain copy.
QByteArray sanitised(QByteArrayView text)
{
    auto out = text.contains("\\u") ? withoutLoneSurrogates(text) : text.toByteArray();
    // QString's decoder replaces malformed sequences by U+FFFD.
    if (!QUtf8StringView(out).isValidUtf8())
        out = exactUtf8(out).toUtf8();
    return out;
}

} // namespace

class JsonBuilder
{
public:
    JsonBuilder(QByteArray document, const rapidjson::MemoryStream &stream)
        : m_document(std::move(document))
        , m_stream(stream)
    {
    }

    // RapidJSON's reader calls these in document order.
    bool Null()
    {
        return add(Json::Kind::Null, [](Json &) { });
    }
    bool Bool(bool value)
    {
        return add(Json::Kind::Bool, [value](Json &json) { json.m_boolean = value; });
    }
    bool RawNumber(const char *, rapidjson::SizeType length, bool)
    {
        return add(Json::Kind::Number,
            [&](Json &json) { mark(json, m_stream.Tell() - length, m_stream.Tell()); });
    }
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(int64_t) { return false; }
    bool Uint64(uint64_t) { return false; }
    bool Double(double) { return false; }
    bool String(const char *text, rapidjson::SizeType length, bool)
    {
        return add(Json::Kind::String,
            [&](Json &json) { json.m_string = exactUtf8({ text, qsizetype(length) }); });
    }
    bool Key(const char *text, rapidjson::SizeType length, bool)
    {
        m_open.back().key = exactUtf8({ text, qsizetype(length) });
        return true;
    }
    bool StartObject() { return open(Json::Kind::Object); }
    bool EndObject(rapidjson::SizeType) { return close(); }
    bool StartArray() { return open(Json::Kind::Array); }
    bool EndArray(rapidjson::SizeType) { return close(); }

    Json take() { return std::move(m_root); }
    bool tooDeep() const { return m_tooDeep; }
    bool tooMany() const { return m_values > kMaxValues; }

private:
    struct Open
    {
        Json json;
        QString key;
        size_t start;
    };

    template <class Fill> bool add(Json::Kind kind, Fill fill)
    {
        if (++m_values > kMaxValues)
            return false;
        Json json;
        json.m_kind = kind;
        fill(json);
        place(std::move(json));
        return true;
    }
    bool open(Json::Kind kind)
    {
        if (m_open.size() >= kMaxDepth) {
            m_tooDeep = true;
            return false;
        }
        if (++m_values > kMaxValues)
            return false;
        Open level;
        level.json.m_kind = kind;
        level.start = m_stream.Tell(); // the iterative reader calls before it takes the bracket
        m_open.push_back(std::move(level));
        return true;
    }
    bool close()
    {
        Open level = std::move(m_open.back());
        m_open.pop_back();
        mark(level.json, level.start, m_stream.Tell() + 1);
        place(std::move(level.json));
        return true;
    }
    void mark(Json &json, size_t start, size_t end) const
    {
        json.m_document = m_document;
        json.m_start = static_cast<qint32>(start);
        json.m_length = static_cast<qint32>(end - start);
    }
    void place(Json json)
    {
        if (m_open.empty())
            m_root = std::move(json);
        else if (m_open.back().json.m_kind == Json::Kind::Array)
            m_open.back().json.m_items.append(std::move(json));
        else
            m_open.back().json.m_members.emplace_back(
                std::move(m_open.back().key), std::move(json));
    }

    QByteArray m_document;
    const rapidjson::MemoryStream &m_stream;
    std::vector<Open> m_open;
    Json m_root;
    int m_values = 0;
    bool m_tooDeep = false;
};

Result<Json> Json::parse(QByteArrayView text)
{
    if (text.size() > kMaxText)
        return fail(ErrorCode::Limit,
            QStringLiteral("JSON text of %1 bytes exceeds %2").arg(text.size()).arg(kMaxText));
    // The parser takes a zero byte for the end of its input.
    if (text.contains('\0'))
        return fail(ErrorCode::Invalid, QStringLiteral("JSON text holds a zero byte"));
    const QByteArray clean = sanitised(text);
    rapidjson::MemoryStream stream(clean.constData(), static_cast<size_t>(clean.size()));
    JsonBuilder builder(clean, stream);
    rapidjson::Reader reader;
    // Iterative: nesting depth costs heap that we bound, never stack.
    constexpr unsigned flags
        = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
    const auto outcome = reader.Parse<flags>(stream, builder);
    if (builder.tooDeep())
        return fail(
            ErrorCode::Invalid, QStringLiteral("JSON nests deeper than %1 levels").arg(kMaxDepth));
    if (builder.tooMany())
        return fail(
            ErrorCode::Limit, QStringLiteral("JSON holds more than %1 values").arg(kMaxValues));
    if (outcome.IsError()) {
        if (outcome.Code() == rapidjson::kParseErrorDocumentEmpty)
            return fail(ErrorCode::Invalid, QStringLiteral("unexpected end of JSON input"));
        return fail(ErrorCode::Invalid,
            QStringLiteral("JSON at byte %1: %2")
                .arg(outcome.Offset())
                .arg(QLatin1StringView(rapidjson::GetParseError_En(outcome.Code()))));
    }
    return builder.take();
}

QByteArray Json::raw() const
{
    switch (m_kind) {
    case Kind::Null:
        return "null";
    case Kind::Bool:
        return m_boolean ? "true" : "false";
    case Kind::String:
        return jsonString(m_string);
    default:
        return text().toByteArray();
    }
}

const Json *Json::findExact(QStringView name) const
{
    for (auto member = m_members.crbegin(); member != m_members.crend(); ++member) {
        if (member->first == name)
            return &member->second;
    }
    return nullptr;
}

const Json *Json::find(QStringView name) const
{
    // Go matches each member as it comes, exact or folded, so the last of either kind wins.
    for (auto member = m_members.crbegin(); member != m_members.crend(); ++member) {
        if (member->first.compare(name, Qt::CaseInsensitive) == 0)
            return &member->second;
    }
    return nullptr;
}

std::optional<quint64> Json::toUnsigned(quint64 max) const
{
    if (m_kind != Kind::Number)
        return std::nullopt;
    quint64 value = 0;
    const auto token = text();
    const auto [end, error] = std::from_chars(token.begin(), token.end(), value);
    if (error != std::errc() || end != token.end() || value > max)
        return std::nullopt;
    return value;
}

std::optional<qint64> Json::toSigned() const
{
    if (m_kind != Kind::Number)
        return std::nullopt;
    qint64 value = 0;
    const auto token = text();
    const auto [end, error] = std::from_chars(token.begin(), token.end(), value);
    if (error != std::errc() || end != token.end())
        return std::nullopt;
    return value;
}

QByteArray jsonString(QStringView text)
{
    QByteArray out = "\"";
    const QByteArray utf8 = text.toUtf8();
    for (const char c : utf8) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += "\\u00";
                out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
                out += "0123456789abcdef"[c & 15];
            } else {
                out += c;
            }
        }
    }
    return out + '"';
}

void JsonWriter::separate()
{
    if (m_needsComma && !m_afterKey)
        m_text += ',';
    m_afterKey = false;
    m_needsComma = true;
}

JsonWriter &JsonWriter::object()
{
    separate();
    m_text += '{';
    m_closers += '}';
    m_needsComma = false;
    return *this;
}

JsonWriter &JsonWriter::array()
{
    separate();
    m_text += '[';
    m_closers += ']';
    m_needsComma = false;
    return *this;
}

JsonWriter &JsonWriter::end()
{
    m_text += m_closers.back();
    m_closers.chop(1);
    m_needsComma = true;
    return *this;
}

JsonWriter &JsonWriter::key(QStringView name)
{
    separate();
    m_text += jsonString(name);
    m_text += ':';
    m_afterKey = true;
    return *this;
}

JsonWriter &JsonWriter::string(QStringView text)
{
    return raw(jsonString(text));
}

JsonWriter &JsonWriter::number(quint64 value)
{
    return raw(QByteArray::number(value));
}

JsonWriter &JsonWriter::signedNumber(qint64 value)
{
    return raw(QByteArray::number(value));
}

JsonWriter &JsonWriter::boolean(bool value)
{
    return raw(value ? "true" : "false");
}

JsonWriter &JsonWriter::null()
{
    return raw("null");
}

JsonWriter &JsonWriter::members(QByteArrayView object)
{
    const auto inside = object.size() > 2 ? object.sliced(1, object.size() - 2) : QByteArrayView();
    return inside.isEmpty() ? *this : raw(inside);
}

JsonWriter &JsonWriter::raw(QByteArrayView json)
{
    separate();
    m_text.append(json);
    return *this;
}

} // namespace zos

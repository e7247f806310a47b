// SPDX-License-Identifier: Apache-2.0
#include "core/plan/toml.h"

#include <QRegularExpression>

namespace zos {

namespace {

constexpr qsizetype kMaxTomlText = 64 * 1024;
constexpr int kMaxTomlDepth = 32;
constexpr int kMaxTomlValues = 4096;

class TomlReader
{
public:
    explicit TomlReader(QStringView text)
        : m_text(text)
    {
    }

    Result<Toml> read()
    {
        Toml root;
        Toml *current = &root;
        for (skipBlank(true); !atEnd(); skipBlank(true)) {
            const auto done = peek() == u'[' ? header(root, current) : assignment(*current, 0);
            if (!done)
                return fail(done.error());
            skipBlank(false);
            if (!atEnd() && peek() != u'\n')
                return refuse("a line end is missing");
        }
        return root;
    }

private:
    std::unexpected<Error> refuse(const char *why) const
    {
        const auto line = m_text.first(qMin(m_at, m_text.size())).count(u'\n') + 1;
        return fail(ErrorCode::Invalid,
            QStringLiteral("line %1: %2").arg(line).arg(QLatin1StringView(why)));
    }
    bool atEnd() const { return m_at >= m_text.size(); }
    QChar peek() const { return atEnd() ? QChar() : m_text[m_at]; }
    bool ahead(QStringView wanted) const
    {
        return m_text.sliced(qMin(m_at, m_text.size())).startsWith(wanted);
    }
    bool take(QStringView wanted)
    {
        const bool there = ahead(wanted);
        if (there)
            m_at += wanted.size();
        return there;
    }
    // Blanks and comments, with `lines` also line ends.
    void skipBlank(bool lines)
    {
        for (; !atEnd(); ++m_at) {
            const QChar c = peek();
            if (c == u'#') {
                while (!atEnd() && peek() != u'\n')
                    ++m_at;
                if (atEnd() || !lines)
                    return;
            } else if (c != u' ' && c != u'\t' && c != u'\r' && !(lines && c == u'\n')) {
                return;
            }
        }
    }

    Result<QStringList> key()
    {
        QStringList parts;
        do {
            skipBlank(false);
            QString part;
            if (peek() == u'"' || peek() == u'\'') {
                auto quotedKey = string();
                if (!quotedKey)
                    return fail(quotedKey.error());
                part = *quotedKey;
            } else {
                const auto bare = [](QChar c) {
                    return c == u'_' || c == u'-' || (c.unicode() < 128 && c.isLetterOrNumber());
                };
                while (!atEnd() && bare(peek()))
                    part += m_text[m_at++];
                if (part.isEmpty())
                    return refuse("a key is missing");
            }
            parts += part;
            if (parts.size() > kMaxTomlDepth)
                return refuse("a key has too many parts");
            skipBlank(false);
        } while (take(u"."));
        return parts;
    }

    // The table at `parts` below `from`, made when missing; null when something else stands there.
    static Toml *descend(Toml *from, const QStringList &parts)
    {
        for (const auto &part : parts) {
            Toml &next = from->table[part];
            if (next.kind == Toml::Kind::List && !next.list.empty())
                from = &next.list.back();
            else
                from = &next;
            if (from->kind != Toml::Kind::Table)
                return nullptr;
        }
        return from;
    }

    Result<> header(Toml &root, Toml *&current)
    {
        const bool element = take(u"[[");
        if (!element)
            take(u"[");
        auto parts = key();
        if (!parts)
            return fail(parts.error());
        if (!take(element ? u"]]" : u"]"))
            return refuse("a ] is missing");
        if (++m_values > kMaxTomlValues)
            return refuse("too many values");
        const auto last = parts->takeLast();
        Toml *const parent = descend(&root, *parts);
        if (!parent)
            return refuse("a key is used for two things");
        const bool fresh = !parent->table.contains(last);
        Toml &target = parent->table[last];
        if (element) {
            if (fresh)
                target.kind = Toml::Kind::List;
            if (target.kind != Toml::Kind::List || target.closed)
                return refuse("a key is used for two things");
            target.list.emplace_back();
            current = &target.list.back();
            return {};
        }
        if (target.kind != Toml::Kind::Table || target.closed)
            return refuse("a table is defined twice");
        target.closed = true;
        current = &target;
        return {};
    }

    Result<> assignment(Toml &table, int depth)
    {
        auto parts = key();
        if (!parts)
            return fail(parts.error());
        if (!take(u"="))
            return refuse("a = is missing");
        skipBlank(false);
        auto read = value(depth + 1);
        if (!read)
            return fail(read.error());
        const auto last = parts->takeLast();
        Toml *const parent = descend(&table, *parts);
        if (!parent || parent->table.contains(last))
            return refuse("a key is used for two things");
        parent->table.insert(last, *read);
        return {};
    }

    Result<Toml> value(int depth)
    {
        if (depth > kMaxTomlDepth || ++m_values > kMaxTomlValues)
            return refuse("too many values");
        Toml result;
        result.closed = true;
        if (peek() == u'"' || peek() == u'\'') {
            auto text = string();
            if (!text)
                return fail(text.error());
            result.kind = Toml::Kind::Text;
            result.text = *text;
            return result;
        }
        if (take(u"["))
            return list(std::move(result), depth);
        if (take(u"{"))
            return inlineTable(std::move(result), depth);
        static const QRegularExpression scalar(QStringLiteral(
            "(true|false|[+-]?(inf|nan)|0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+"
            "|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9:]+)?)?|[0-9]{2}:[0-9:.]+"
            "|[+-]?[0-9][0-9_]*(\\.[0-9][0-9_]*)?([eE][+-]?[0-9_]+)?)(?=[\\s,\\]}#]|$)"));
        const auto match = scalar.matchView(m_text, m_at, QRegularExpression::NormalMatch,
            QRegularExpression::AnchorAtOffsetMatchOption);
        if (!match.hasMatch())
            return refuse("a value is missing");
        m_at = match.capturedEnd();
        result.kind = Toml::Kind::Other;
        return result;
    }

    Result<Toml> list(Toml result, int depth)
    {
        result.kind = Toml::Kind::List;
        for (skipBlank(true); !take(u"]"); skipBlank(true)) {
            auto item = value(depth + 1);
            if (!item)
                return item;
            result.list.push_back(std::move(*item));
            skipBlank(true);
            if (!take(u",") && peek() != u']')
                return refuse("a ] is missing");
        }
        return result;
    }

    Result<Toml> inlineTable(Toml result, int depth)
    {
        skipBlank(false);
        if (take(u"}"))
            return result;
        do {
            if (auto done = assignment(result, depth); !done)
                return fail(done.error());
            skipBlank(false);
        } while (take(u","));
        if (!take(u"}"))
            return refuse("a } is missing");
        return result;
    }

    Result<QString> string()
    {
        const QChar quote = peek();
        const QString triple(3, quote);
        const bool longForm = take(triple);
        if (!longForm)
            ++m_at;
        else if (!take(u"\n"))
            take(u"\r\n");
        const QString closing = longForm ? triple : QString(quote);
        QString text;
        while (!take(closing)) {
            if (atEnd() || (!longForm && peek() == u'\n'))
                return refuse("a string is not closed");
            if (peek() != u'\\' || quote == u'\'') {
                text += m_text[m_at++];
            } else if (auto done = escape(text, longForm); !done) {
                return fail(done.error());
            }
        }
        return text;
    }

    Result<> escape(QString &text, bool longForm)
    {
        static constexpr QStringView kLetters = u"btnfre\"\\";
        static constexpr QStringView kMeanings = u"\b\t\n\f\r\x1b\"\\";
        ++m_at;
        const QChar c = peek();
        if (const auto known = atEnd() ? -1 : kLetters.indexOf(c); known >= 0) {
            text += kMeanings[known];
            ++m_at;
            return {};
        }
        if (c == u'u' || c == u'U') {
            const qsizetype digits = c == u'u' ? 4 : 8;
            bool good = m_at + 1 + digits <= m_text.size();
            const uint code = good ? m_text.sliced(m_at + 1, digits).toUInt(&good, 16) : 0;
            if (!good || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
                return refuse("an escape is not understood");
            text += QString::fromUcs4(reinterpret_cast<const char32_t *>(&code), 1);
            m_at += 1 + digits;
            return {};
        }
        if (longForm && (c == u'\n' || c == u'\r' || c == u' ' || c == u'\t')) {
            while (!atEnd() && peek().isSpace())
                ++m_at;
            return {};
        }
        return refuse("an escape is not understood");
    }

    QStringView m_text;
    qsizetype m_at = 0;
    int m_values = 0;
};

} // namespace

const Toml *Toml::find(const QString &key) const
{
    const auto found = table.constFind(key);
    return found == table.cend() ? nullptr : &*found;
}

Result<Toml> Toml::parse(QStringView text)
{
    if (text.size() > kMaxTomlText)
        return fail(ErrorCode::Invalid, QStringLiteral("longer than 64 KiB"));
    return TomlReader(text).read();
}

} // namespace zos

// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"

namespace zos {

namespace {

// The splitting rules of google/shlex, which every client of the grid was written against. Only
// quoting and comments exist: nothing is ever expanded or executed.
class ShellWords
{
public:
    explicit ShellWords(QStringView text)
        : m_text(text)
    {
    }

    Result<QStringList> split()
    {
        for (m_at = 0; m_at < m_text.size(); ++m_at) {
            const QChar c = m_text[m_at];
            if (isBlank(c))
                endWord();
            else if (c == u'#' && !m_inWord)
                skipComment();
            else if (auto taken = take(c); !taken)
                return fail(taken.error());
        }
        endWord();
        return m_words;
    }

private:
    static std::unexpected<Error> refuse(const QString &why)
    {
        return fail(ErrorCode::Invalid, QStringLiteral("invalid entrypoint: ") + why);
    }
    static bool isBlank(QChar c) { return c == u' ' || c == u'\t' || c == u'\n' || c == u'\r'; }

    Result<> take(QChar c)
    {
        m_inWord = true;
        if (c == u'\'')
            return literal();
        if (c == u'"')
            return quotedText();
        if (c == u'\\')
            return escaped();
        m_word += c;
        return {};
    }
    void endWord()
    {
        if (m_inWord)
            m_words += m_word;
        m_word.clear();
        m_inWord = false;
    }
    void skipComment()
    {
        while (m_at < m_text.size() && m_text[m_at] != u'\n')
            ++m_at;
    }
    Result<> escaped()
    {
        if (++m_at >= m_text.size())
            return refuse(QStringLiteral("EOF found after escape character"));
        m_word += m_text[m_at];
        return {};
    }
    Result<> literal()
    {
        while (++m_at < m_text.size()) {
            if (m_text[m_at] == u'\'')
                return {};
            m_word += m_text[m_at];
        }
        return refuse(QStringLiteral("EOF found when expecting closing quote"));
    }
    Result<> quotedText()
    {
        while (++m_at < m_text.size()) {
            const QChar c = m_text[m_at];
            if (c == u'"')
                return {};
            if (c != u'\\') {
                m_word += c;
            } else if (auto taken = escaped(); !taken) {
                return taken;
            }
        }
        return refuse(QStringLiteral("EOF found when expecting closing quote"));
    }

    QStringView m_text;
    qsizetype m_at = 0;
    QStringList m_words;
    QString m_word;
    bool m_inWord = false;
};

} // namespace

Result<QStringList> splitEntrypoint(QStringView text)
{
    if (text.contains(QChar(u'\0')))
        return fail(
            ErrorCode::Invalid, QStringLiteral("invalid entrypoint: it contains a NUL character"));
    return ShellWords(text).split();
}

} // namespace zos

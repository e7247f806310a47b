// SPDX-License-Identifier: Apache-2.0
#include "app/cli/output.h"

#include <QFile>

#include <unistd.h>

#include <algorithm>
#include <array>

namespace zos::app {

namespace {

void writeTo(std::FILE *stream, const QByteArray &bytes)
{
    std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stream);
    std::fflush(stream);
}

} // namespace

Table::Table(QStringList header)
{
    m_rows += std::move(header);
}

void Table::add(QStringList row)
{
    for (auto &cell : row)
        cell = harmless(cell);
    m_rows += std::move(row);
}

QString Table::text() const
{
    QList<qsizetype> widths;
    for (const auto &row : m_rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths.at(i), row.at(i).size());
    }
    QString text;
    for (const auto &row : m_rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += row.at(i).leftJustified(widths.at(i) + 2);
        while (line.endsWith(u' '))
            line.chop(1);
        text += line + u'\n';
    }
    return text;
}

LiveText::LiveText(std::FILE *stream)
    : m_stream(stream)
    , m_terminal(::isatty(::fileno(stream)) == 1)
{
}

void LiveText::show(const QString &text)
{
    if (text == m_last)
        return;
    if (m_terminal) {
        // Up to the first line of the last text, and everything below it cleared.
        const auto lines = m_last.count(u'\n');
        const QByteArray back
            = lines > 0 ? "\x1b[" + QByteArray::number(lines) + "A\x1b[J" : QByteArray();
        writeTo(m_stream, back + text.toUtf8());
    } else {
        const auto known = m_last.split(u'\n');
        const auto lines = text.split(u'\n', Qt::SkipEmptyParts);
        for (const auto &line : lines) {
            if (!known.contains(line))
                writeTo(m_stream, line.toUtf8() + '\n');
        }
    }
    m_last = text;
}

void printText(const QString &text)
{
    writeTo(stdout, text.toUtf8());
}

void printJson(const QByteArray &json)
{
    writeTo(stdout, json + '\n');
}

void printSecret(const SecretBytes &secret)
{
    QFile output; // the stream's own buffer would keep a copy; it is empty after each text
    if (output.open(STDOUT_FILENO, QIODevice::WriteOnly | QIODevice::Unbuffered))
        output.write(secret.view().data(), secret.view().size());
}

void printError(const QString &text)
{
    writeTo(stderr, text.toUtf8() + '\n');
}

QString harmless(const QString &outside)
{
    auto text = outside;
    for (auto &character : text) {
        if (character.category() == QChar::Other_Control
            || character.category() == QChar::Other_Format || character == QChar::LineSeparator
            || character == QChar::ParagraphSeparator)
            character = u' ';
    }
    return text;
}

QByteArray indentedJson(const QByteArray &json)
{
    QByteArray text;
    qsizetype depth = 0;
    bool quoted = false;
    const auto newLine = [&text, &depth] { text += '\n' + QByteArray(2 * depth, ' '); };
    for (qsizetype i = 0; i < json.size(); ++i) {
        const char character = json.at(i);
        if (quoted) {
            text += character;
            if (character == '\\' && i + 1 < json.size())
                text += json.at(++i);
            else if (character == '"')
                quoted = false;
            continue;
        }
        switch (character) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            break;
        case '"':
            quoted = true;
            text += character;
            break;
        case '{':
        case '[': {
            text += character;
            auto next = i + 1;
            while (next < json.size() && QByteArrayView(" \t\r\n").contains(json.at(next)))
                ++next;
            if (next < json.size() && (json.at(next) == '}' || json.at(next) == ']')) {
                text += json.at(next);
                i = next;
                break;
            }
            ++depth;
            newLine();
            break;
        }
        case '}':
        case ']':
            depth = std::max<qsizetype>(0, depth - 1);
            newLine();
            text += character;
            break;
        case ',':
            text += character;
            newLine();
            break;
        case ':':
            text += ": ";
            break;
        default:
            text += character;
        }
    }
    return text;
}

QString sizeText(Bytes size)
{
    static constexpr std::array units { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    auto value = double(size.count());
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    const int decimals = unit == 0 || value == double(qint64(value)) ? 0 : 1;
    return QString::number(value, 'f', decimals) + u' ' + QString::fromLatin1(units.at(unit));
}

} // namespace zos::app

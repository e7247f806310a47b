// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/dmitable.h"

namespace zos::hw {

namespace {

constexpr qsizetype kMaxSections = 1024;
constexpr qsizetype kMaxProperties = 256;
constexpr qsizetype kMaxText = 512;

QString dmiText(const QByteArray &bytes)
{
    auto text = QString::fromUtf8(bytes.trimmed().left(kMaxText));
    std::ranges::replace_if(text, [](QChar c) { return !c.isPrint(); }, u' ');
    return text;
}

bool isPrivate(const QString &key)
{
    return key.contains(u"serial", Qt::CaseInsensitive)
        || key.contains(u"asset tag", Qt::CaseInsensitive);
}

qsizetype indentOf(const QByteArray &line)
{
    qsizetype tabs = 0;
    while (tabs < line.size() && line[tabs] == '\t')
        ++tabs;
    return tabs;
}

int typeOf(const QByteArray &handleLine)
{
    const auto at = handleLine.indexOf("DMI type ");
    if (at < 0)
        return -1;
    auto digits = handleLine.mid(at + 9);
    digits.truncate(std::max<qsizetype>(0, digits.indexOf(',')));
    return digits.toInt();
}

} // namespace

QList<DmiSection> parseDmi(const QByteArray &dmidecode)
{
    QList<DmiSection> sections;
    bool inside = false;
    bool wantsTitle = false;
    QString listKey; // a deeper block belongs to this property; empty = to none
    for (const auto &line : dmidecode.split('\n')) {
        if (line.startsWith("Handle ")) {
            if (sections.size() >= kMaxSections)
                break;
            sections += DmiSection { dmiText(line), typeOf(line), {}, {}, {} };
            inside = wantsTitle = true;
            continue;
        }
        if (line.trimmed().isEmpty()) {
            inside = false;
            continue;
        }
        if (!inside)
            continue;
        const auto indent = indentOf(line);
        if (indent == 0) {
            if (!wantsTitle) { // a further part of the same handle
                auto part
                    = DmiSection { sections.last().handleLine, sections.last().type, {}, {}, {} };
                sections += part;
            }
            sections.last().title = dmiText(line);
            wantsTitle = false;
            listKey.clear();
            continue;
        }
        auto &section = sections.last();
        if (indent > 1) {
            if (!listKey.isEmpty() && section.lists[listKey].size() < kMaxProperties)
                section.lists[listKey] += dmiText(line);
            continue;
        }
        const auto colon = line.indexOf(':');
        listKey.clear();
        if (colon < 0 || section.properties.size() >= kMaxProperties)
            continue;
        const auto key = dmiText(line.left(colon));
        if (isPrivate(key))
            continue;
        section.properties.append({ key, dmiText(line.mid(colon + 1)) });
        listKey = key;
    }
    return sections;
}

} // namespace zos::hw

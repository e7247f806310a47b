// SPDX-License-Identifier: Apache-2.0
#include "core/model/timestamp.h"

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace zos {

namespace {

// Takes exactly `count` digits from the front.
std::optional<int> takeDigits(QStringView &text, qsizetype count)
{
    if (text.size() < count)
        return std::nullopt;
    int value = 0;
    for (const QChar c : text.first(count)) {
        if (c < u'0' || c > u'9')
            return std::nullopt;
        value = value * 10 + (c.unicode() - u'0');
    }
    text = text.sliced(count);
    return value;
}

bool takeMark(QStringView &text, QChar mark)
{
    if (!text.startsWith(mark))
        return false;
    text = text.sliced(1);
    return true;
}

// "Z" or "+hh:mm" to the end of the text, in seconds.
std::optional<int> zoneOffset(QStringView text)
{
    if (text == u"Z")
        return 0;
    const bool west = text.startsWith(u'-');
    if (!west && !text.startsWith(u'+'))
        return std::nullopt;
    text = text.sliced(1);
    const auto hours = takeDigits(text, 2);
    if (!hours || !takeMark(text, u':'))
        return std::nullopt;
    const auto minutes = takeDigits(text, 2);
    if (!minutes || !text.isEmpty() || *hours > 23 || *minutes > 59)
        return std::nullopt;
    const int offset = *hours * 3600 + *minutes * 60;
    return west ? -offset : offset;
}

std::optional<qint64> rfc3339(QStringView text)
{
    std::array<int, 6> parts {}; // year month day hour minute second
    constexpr std::u16string_view marks = u"--T::";
    for (size_t i = 0; i < parts.size(); ++i) {
        const auto part = takeDigits(text, i == 0 ? 4 : 2);
        if (!part || (i < marks.size() && !takeMark(text, marks[i])))
            return std::nullopt;
        parts[i] = *part;
    }
    if (takeMark(text, u'.')) {
        qsizetype digits = 0;
        while (digits < text.size() && text[digits] >= u'0' && text[digits] <= u'9')
            ++digits;
        if (digits == 0)
            return std::nullopt;
        text = text.sliced(digits);
    }
    const auto offset = zoneOffset(text);
    const auto date = std::chrono::year(parts[0]) / parts[1] / parts[2];
    if (!offset || !date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
        return std::nullopt;
    const qint64 days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * 86400 + parts[3] * qint64(3600) + parts[4] * qint64(60) + parts[5] - *offset;
}

} // namespace

Result<> readTimestamp(const Json &json, qint64 &seconds)
{
    if (json.isNull())
        return {};
    const auto value = json.isString() ? rfc3339(json.string()) : json.toSigned();
    if (!value) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("unknown timestamp format, expecting a timestamp or an ISO-8601 date"));
    }
    seconds = *value;
    return {};
}

} // namespace zos

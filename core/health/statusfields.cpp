// SPDX-License-Identifier: Apache-2.0
#include "core/health/statusfields.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zos::status {

namespace {
bool isBidiControl(char16_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E
        || c == 0x200F || c == 0x061C;
}

bool isCode(QStringView value)
{
    const auto lower = [](QChar c) { return c >= u'a' && c <= u'z'; };
    if (value.size() < 2 || value.size() > 48 || !lower(value.front()))
        return false;
    return std::ranges::all_of(value, [lower](QChar c) {
        return lower(c) || (c >= u'0' && c <= u'9') || c == u'_' || c == u'.';
    });
}
} // namespace

QString text(const QString &outside, qsizetype limit)
{
    QString clean;
    clean.reserve(std::min(outside.size(), limit));
    for (const QChar c : outside) {
        const char16_t unit = c.unicode();
        if (unit < 0x20 || (unit >= 0x7F && unit < 0xA0) || unit == 0x2028 || unit == 0x2029
            || isBidiControl(unit))
            continue;
        if (clean.size() == limit)
            break;
        clean += c;
    }
    if (!clean.isEmpty() && clean.back().isHighSurrogate())
        clean.chop(1);
    return clean;
}

QJsonValue textOrNull(const QString &outside, qsizetype limit)
{
    const QString clean = text(outside, limit);
    return clean.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(clean);
}

QString word(
    const QString &value, std::span<const QLatin1StringView> allowed, QLatin1StringView otherwise)
{
    return std::ranges::find(allowed, value) != allowed.end() ? value : QString(otherwise);
}

QJsonValue code(const QString &value, const QJsonValue &otherwise)
{
    return isCode(value) ? QJsonValue(value) : otherwise;
}

QJsonArray codes(const QStringList &values)
{
    QJsonArray list;
    for (const auto &value : values)
        if (isCode(value) && list.size() < 6)
            list += value;
    return list;
}

QJsonObject params(const QJsonObject &outside)
{
    QJsonObject flat;
    for (auto it = outside.begin(); it != outside.end() && flat.size() < 12; ++it) {
        if (it->isString())
            flat.insert(it.key(), text(it->toString(), 160));
        else if (it->isDouble())
            flat.insert(it.key(), *it);
    }
    return flat;
}

QJsonArray texts(const QStringList &values, qsizetype count, qsizetype limit)
{
    QJsonArray list;
    for (const auto &value : values)
        if (list.size() < count)
            list += text(value, limit);
    return list;
}

QJsonValue count(quint64 value)
{
    return static_cast<qint64>(std::min<quint64>(value, std::numeric_limits<qint64>::max()));
}

QJsonValue fraction(const std::optional<double> &value)
{
    if (!value || !std::isfinite(*value))
        return QJsonValue::Null;
    return std::round(std::clamp(*value, 0.0, 1.0) * 100) / 100;
}

quint64 hundredths(quint64 value, quint64 total)
{
    if (total == 0)
        return value;
    const double part = std::min(double(value) / double(total), 10.0);
    return static_cast<quint64>(std::round(part * 100) * (double(total) / 100));
}

QJsonValue rate(const std::optional<double> &value)
{
    if (!value || !std::isfinite(*value))
        return QJsonValue::Null;
    const double positive = std::clamp(*value, 0.0, 1e15);
    if (positive < 1)
        return 0;
    const double step = std::pow(10, std::floor(std::log10(positive)) - 1);
    return static_cast<qint64>(std::round(positive / step) * step);
}

} // namespace zos::status

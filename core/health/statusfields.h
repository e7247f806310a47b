// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <optional>
#include <span>

// Small helpers that bring values into the ranges the status document allows. What comes in may be
// untrusted (names from the chain, disk models, error texts); what goes out always fits the format.
namespace zos::status {

// Without control characters and bidirectional overrides, at most `limit` UTF-16 units.
QString text(const QString &outside, qsizetype limit);
QJsonValue textOrNull(const QString &outside, qsizetype limit);
// The value when it is one of the allowed words, else `otherwise`.
QString word(
    const QString &value, std::span<const QLatin1StringView> allowed, QLatin1StringView otherwise);
// A stable identifier "area.reason"; anything else becomes null or `otherwise`.
QJsonValue code(const QString &value, const QJsonValue &otherwise = QJsonValue::Null);
QJsonArray codes(const QStringList &values);
// Flat, at most 12 members, strings of at most 160 characters and numbers only.
QJsonObject params(const QJsonObject &outside);
QJsonArray texts(const QStringList &values, qsizetype count, qsizetype limit);
// A byte count or number that JSON and the reader hold exactly enough: at most 2^63 - 1.
QJsonValue count(quint64 value);

// Steps of 0.01 within 0..1.
QJsonValue fraction(const std::optional<double> &value);
// `value` in steps of one hundredth of `total`.
quint64 hundredths(quint64 value, quint64 total);
// Two significant digits.
QJsonValue rate(const std::optional<double> &value);

template <class T> QJsonValue orNull(const std::optional<T> &value)
{
    if (!value)
        return QJsonValue::Null;
    return QJsonValue(static_cast<qint64>(*value));
}

} // namespace zos::status

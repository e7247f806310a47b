// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>
#include <QLocale>
#include <QString>

namespace zos::console {

// Numbers, sizes and times as people of one language write them. Every figure on the screen goes
// through here; unknown values become an en dash, never a zero.
class Fmt
{
    Q_DECLARE_TR_FUNCTIONS(Fmt)

public:
    explicit Fmt(const QString &language = QStringLiteral("en"));

    QString integer(qint64 value) const;
    QString decimal(double value, int digits) const; // without trailing zeros
    QString percent(double share) const; // "61 %", share is 0..1
    QString disk(double bytes) const; // decimal units, as printed on the drive
    QString memory(double bytes) const; // binary units
    QString rate(double bitsPerSecond) const; // "42 Mbit/s"
    QString milliseconds(double value) const;
    // The two largest units ("41 days 7 h") or only the largest ("41 days").
    QString duration(qint64 seconds, int units = 2) const;
    QString clock(
        qint64 localSeconds, bool withSeconds) const; // 24 h, seconds since local midnight 1970

    // Removes what could change the layout of a line: control characters, line ends, bidi controls.
    static QString plain(const QString &outside);
    static QString dash() { return QStringLiteral("\u2013"); }

private:
    QString scaled(double value, double base, const QStringList &units) const;

    QLocale m_locale;
    bool m_octets = false; // French writes o for byte
};

} // namespace zos::console

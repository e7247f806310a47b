// SPDX-License-Identifier: Apache-2.0
#include "qml/words/fmt.h"

#include <QTime>

#include <algorithm>
#include <array>
#include <cmath>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;
constexpr QChar hardSpace(0xA0);

// Arabic of Morocco writes the digits every id, address and web page uses.
QLocale localeOf(const QString &language)
{
    return QLocale(language == "ar"_L1 || language.startsWith("ar_"_L1) ? u"ar_MA"_s : language);
}
} // namespace

Fmt::Fmt(const QString &language)
    : m_locale(localeOf(language))
    , m_octets(m_locale.language() == QLocale::French)
{
}

QString Fmt::integer(qint64 value) const
{
    return m_locale.toString(value);
}

QString Fmt::decimal(double value, int digits) const
{
    QString text = m_locale.toString(value, 'f', digits);
    const QString point = m_locale.decimalPoint();
    if (!text.contains(point))
        return text;
    while (text.endsWith(m_locale.zeroDigit()))
        text.chop(1);
    if (text.endsWith(point))
        text.chop(point.size());
    return text;
}

QString Fmt::percent(double share) const
{
    if (!std::isfinite(share))
        return dash();
    const double whole = std::round(std::clamp(share, 0.0, 10.0) * 100);
    return m_locale.toString(qint64(whole)) + hardSpace + u'%';
}

QString Fmt::scaled(double value, double base, const QStringList &units) const
{
    const auto digitsOf = [](double number) { return number < 10 ? 2 : number < 100 ? 1 : 0; };
    const auto rounded = [&digitsOf](double number) {
        const double step = std::pow(10, digitsOf(number));
        return std::round(number * step) / step;
    };
    double number = std::max(0.0, value);
    qsizetype unit = 0;
    while (rounded(number) >= base && unit + 1 < units.size()) {
        number /= base;
        ++unit;
    }
    QLocale plain = m_locale;
    plain.setNumberOptions(QLocale::OmitGroupSeparator);
    const double shown = rounded(number);
    QString text = plain.toString(shown, 'f', digitsOf(shown));
    const QString point = plain.decimalPoint();
    if (text.contains(point)) {
        while (text.endsWith(u'0'))
            text.chop(1);
        if (text.endsWith(point))
            text.chop(point.size());
    }
    return text + hardSpace + units.at(unit);
}

QString Fmt::disk(double bytes) const
{
    static const QStringList si { u"B"_s, u"kB"_s, u"MB"_s, u"GB"_s, u"TB"_s, u"PB"_s };
    static const QStringList french { u"o"_s, u"ko"_s, u"Mo"_s, u"Go"_s, u"To"_s, u"Po"_s };
    return scaled(bytes, 1000, m_octets ? french : si);
}

QString Fmt::memory(double bytes) const
{
    static const QStringList iec { u"B"_s, u"KiB"_s, u"MiB"_s, u"GiB"_s, u"TiB"_s, u"PiB"_s };
    static const QStringList french { u"o"_s, u"Kio"_s, u"Mio"_s, u"Gio"_s, u"Tio"_s, u"Pio"_s };
    return scaled(bytes, 1024, m_octets ? french : iec);
}

QString Fmt::rate(double bitsPerSecond) const
{
    static const QStringList units { u"bit/s"_s, u"kbit/s"_s, u"Mbit/s"_s, u"Gbit/s"_s,
        u"Tbit/s"_s };
    // Two significant digits are what the feed carries.
    const double value = std::max(0.0, bitsPerSecond);
    if (value < 1)
        return scaled(0, 1000, units);
    const double step = std::pow(10, std::floor(std::log10(value)) - 1);
    return scaled(std::round(value / step) * step, 1000, units);
}

QString Fmt::milliseconds(double value) const
{
    return (value < 1 ? decimal(value, 1) : integer(qint64(std::round(value)))) + hardSpace
        + u"ms"_s;
}

QString Fmt::duration(qint64 seconds, int units) const
{
    const qint64 total = std::max<qint64>(0, seconds);
    const std::array<qint64, 4> parts { total / 86400, total / 3600 % 24, total / 60 % 60,
        total % 60 };
    size_t first = 0;
    while (first + 1 < parts.size() && parts.at(first) == 0)
        ++first;
    QStringList words;
    for (size_t i = first; i < parts.size() && words.size() < units; ++i) {
        const int n = int(std::min<qint64>(parts.at(i), 1'000'000));
        if (n == 0 && i != first)
            break; // "41 days", not "41 days 0 h"
        if (i == 0)
            words += tr("%n day(s)", "duration", n);
        else if (i == 1)
            words += tr("%1 h", "hours").arg(n);
        else if (i == 2)
            words += tr("%1 min", "minutes").arg(n);
        else
            words += tr("%1 s", "seconds").arg(n);
        // Seconds beside minutes would repaint every second for nothing.
        if (first >= 2)
            break;
    }
    return words.join(u' ');
}

QString Fmt::clock(qint64 localSeconds, bool withSeconds) const
{
    const auto ofDay = int((localSeconds % 86400 + 86400) % 86400);
    return QTime(0, 0).addSecs(ofDay).toString(withSeconds ? u"HH:mm:ss"_s : u"HH:mm"_s);
}

QString Fmt::plain(const QString &outside)
{
    QString clean;
    clean.reserve(outside.size());
    for (const QChar c : outside) {
        const char16_t unit = c.unicode();
        const bool control
            = unit < 0x20 || (unit >= 0x7F && unit < 0xA0) || unit == 0x2028 || unit == 0x2029;
        const bool bidi = (unit >= 0x202A && unit <= 0x202E) || (unit >= 0x2066 && unit <= 0x2069)
            || unit == 0x200E || unit == 0x200F || unit == 0x061C;
        if (!control && !bidi)
            clean += c;
    }
    return clean;
}

} // namespace zos::console

// SPDX-License-Identifier: Apache-2.0
#include "app/console/textscreen.h"

#include <QJsonArray>

namespace zos::app {

namespace {
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
constexpr qsizetype width = 80;

QString sign(const QString &state)
{
    if (state == "ok"_L1)
        return u"[ok]"_s;
    if (state == "warn"_L1)
        return u"[!!]"_s;
    if (state == "crit"_L1)
        return u"[XX]"_s;
    return u"[--]"_s;
}

// Letters a serial terminal of any age shows.
QString ascii(const QString &text)
{
    QString plain;
    for (const QChar c : text) {
        switch (c.unicode()) {
        case 0xE4:
            plain += u"ae"_s;
            continue;
        case 0xF6:
            plain += u"oe"_s;
            continue;
        case 0xFC:
            plain += u"ue"_s;
            continue;
        case 0xC4:
            plain += u"Ae"_s;
            continue;
        case 0xD6:
            plain += u"Oe"_s;
            continue;
        case 0xDC:
            plain += u"Ue"_s;
            continue;
        case 0xDF:
            plain += u"ss"_s;
            continue;
        case 0xA0:
            plain += u' ';
            continue;
        case 0x2013:
        case 0x2014:
            plain += u'-';
            continue;
        case 0xB7:
            plain += u'|';
            continue;
        default:
            break;
        }
        if (c.unicode() < 0x80) {
            plain += c;
            continue;
        }
        const QString base = QString(c).normalized(QString::NormalizationForm_KD);
        plain += base.front().unicode() < 0x80 ? base.front() : QChar(u'?');
    }
    return plain;
}
} // namespace

TextScreen::TextScreen(
    const console::ConsoleState &state, const Clock &clock, bool utf8, QObject *parent)
    : QObject(parent)
    , m_state(state)
    , m_clock(clock)
    , m_utf8(utf8)
{
}

QString TextScreen::fitted(const QString &line) const
{
    return (m_utf8 ? line : ascii(line)).left(width);
}

QString TextScreen::alertLine() const
{
    const auto hero = m_state.hero();
    if (m_state.document().isEmpty())
        return u" [--] "_s + m_state.boot().detail;
    if (m_state.view() == "boot"_L1)
        return u" [--] "_s + m_state.boot().title + u". "_s + m_state.boot().detail;
    QString line = u' ' + sign(hero.level) + u' ' + hero.title;
    const QString ref = m_state.document()["alerts"_L1][0]["ref"_L1].toString();
    if (!ref.isEmpty() && hero.level != "ok"_L1 && !m_state.stale())
        line += u" ("_s + ref + u')';
    if (!hero.more.isEmpty())
        line += u"   "_s + hero.more + u" more"_s;
    return line;
}

QString TextScreen::addressLine() const
{
    const QJsonObject nic = console::mainNic(m_state.document());
    QString line = u" up "_s + m_state.footer().uptime;
    const QString address = nic["addresses"_L1][0].toString().section(u'/', 0, 0);
    if (!address.isEmpty())
        line += u"   lan "_s + address + u' ' + nic["name"_L1].toString();
    const QString ygg = m_state.document()["net"_L1]["ygg"_L1]["address"_L1].toString();
    if (!ygg.isEmpty())
        line += u"   ygg "_s + ygg;
    return console::Fmt::plain(line);
}

QString TextScreen::connectionLine() const
{
    QStringList parts;
    for (const auto &row : m_state.document()["connections"_L1].toArray()) {
        const QString id = row["id"_L1].toString();
        if (id == "lan"_L1)
            continue;
        QString part = (id == "rmb"_L1 ? u"bus"_s : id) + u' ' + sign(row["state"_L1].toString());
        if (row["latency_ms"_L1].isDouble() && id == "chain"_L1)
            part += u' ' + m_state.fmt().milliseconds(row["latency_ms"_L1].toDouble());
        parts += part;
    }
    return u' ' + console::Fmt::plain(parts.join(u"   "_s));
}

QString TextScreen::capacityLine() const
{
    const QJsonObject capacity = m_state.document()["capacity"_L1].toObject();
    QStringList parts;
    for (const auto &[key, name] : { std::pair("cru"_L1, u"cpu"_s), std::pair("mru"_L1, u"mem"_s),
             std::pair("sru"_L1, u"ssd"_s), std::pair("hru"_L1, u"hdd"_s) }) {
        const QJsonObject amount = capacity[key].toObject();
        const double total = amount["total"_L1].toDouble();
        if (total <= 0)
            continue;
        const double share
            = (amount["system"_L1].toDouble() + amount["reserved"_L1].toDouble()) / total;
        const QString whole = key == "cru"_L1 ? m_state.fmt().integer(qint64(total))
            : key == "mru"_L1                 ? m_state.fmt().memory(total)
                                              : m_state.fmt().disk(total);
        parts += u"%1 %2 of %3"_s.arg(name, m_state.fmt().percent(std::min(share, 1.0)), whole);
    }
    return parts.isEmpty() ? QString() : u' ' + parts.join(u"   "_s);
}

QString TextScreen::workloadLine() const
{
    const QJsonObject workloads = m_state.document()["workloads"_L1].toObject();
    const QJsonObject counts = workloads["by_state"_L1].toObject();
    QStringList parts;
    for (const auto &state : { u"ok"_s, u"error"_s, u"paused"_s, u"init"_s })
        if (const int count = counts[state].toInt(); count > 0)
            parts += QString::number(count) + u' ' + m_state.phrases().workloadState(state);
    QString line;
    if (!workloads.isEmpty())
        line = u" workloads %1"_s.arg(workloads["total"_L1].toInt());
    if (!parts.isEmpty())
        line += u": "_s + parts.join(u", "_s);
    const QJsonArray disks = m_state.document()["storage"_L1]["disks"_L1].toArray();
    if (disks.isEmpty())
        return line;
    const auto good = std::ranges::count_if(
        disks, [](const auto &disk) { return disk["state"_L1].toString() == "ok"_L1; });
    return line + u"   disks %1: %2 ok"_s.arg(disks.size()).arg(good);
}

QByteArray TextScreen::block() const
{
    const auto header = m_state.header();
    QStringList title { m_state.footer().version, header.title };
    title.last() = title.last().toLower();
    if (!header.farmNumber.isEmpty())
        title += u"farm "_s + header.farmNumber.mid(1) + u' ' + header.farm;
    if (!header.badge.isEmpty())
        title += header.badge.toLower();
    title += m_state.clock();
    QStringList lines { u"== "_s + title.join(u" == "_s) + u" =="_s, alertLine(), addressLine(),
        connectionLine(), capacityLine(), workloadLine() };
    const QJsonObject nic = console::mainNic(m_state.document());
    const QString mac = nic.isEmpty()
        ? QString()
        : u"MAC "_s + nic["name"_L1].toString() + u' ' + nic["mac"_L1].toString();
    lines += u' ' + mac.leftJustified(44) + u"read-only, no login on this line"_s;
    QByteArray block;
    for (const auto &line : std::as_const(lines))
        if (!line.trimmed().isEmpty())
            block += (m_utf8 ? fitted(line).toUtf8() : fitted(line).toLatin1()) + "\r\n";
    return block + "\r\n";
}

QByteArray TextScreen::due()
{
    const auto now = m_clock.monotonic();
    const QJsonObject &document = m_state.document();
    QString urgent = document["phase"_L1].toString() + alertLine();
    for (const auto &address : console::mainNic(document)["addresses"_L1].toArray())
        urgent += address.toString();
    const auto since = now - m_printedAt;
    const bool first = m_printedAt < 0ms;
    if (!first && since < 5s)
        return {};
    if (!first && urgent == m_urgentKey && since < 60s)
        return {};
    QByteArray text = block();
    if (!first && text == m_printed)
        return {};
    m_urgentKey = urgent;
    m_printed = text;
    m_printedAt = now;
    return text;
}

} // namespace zos::app

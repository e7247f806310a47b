// SPDX-License-Identifier: Apache-2.0
#include "tests/support/figures.h"

#include <QDateTime>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSysInfo>
#include <QThread>

#include <cstdio>

namespace zos::testing {

namespace {
using namespace Qt::StringLiterals;

QString shortNumber(double value)
{
    return value != 0 && std::abs(value) < 10 ? QString::number(value, 'f', value < 0.1 ? 4 : 2)
                                              : QString::number(value, 'f', 1);
}

double load()
{
    QFile file(u"/proc/loadavg"_s);
    return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').first().toDouble() : 0;
}
} // namespace

double median(QList<double> values)
{
    if (values.isEmpty())
        return 0;
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Figures::Figures(QString name)
    : m_name(std::move(name))
{
}

Figures::~Figures()
{
    if (m_met > 0 || !m_missed.isEmpty()) {
        std::printf("BENCH %-9s targets: %d met, %d missed%s%s\n", qPrintable(m_name), m_met,
            int(m_missed.size()), m_missed.isEmpty() ? "" : ": ",
            qPrintable(m_missed.join(u"; "_s)));
        std::fflush(stdout);
    }
    const auto folder = qEnvironmentVariable("ZOS_BENCH");
    if (folder.isEmpty() || m_figures.isEmpty())
        return;
    const QJsonObject document { { u"bench"_s, m_name },
        { u"time"_s, QDateTime::currentDateTimeUtc().toString(Qt::ISODate) },
        { u"kernel"_s, QSysInfo::kernelVersion() }, { u"threads"_s, QThread::idealThreadCount() },
        { u"load"_s, load() }, { u"targets_met"_s, m_met },
        { u"targets_missed"_s, QJsonArray::fromStringList(m_missed) },
        { u"figures"_s, m_figures } };
    QFile file(folder + u'/' + m_name + u".json"_s);
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(document).toJson()) < 0)
        qWarning("cannot write %s", qPrintable(file.fileName()));
}

void Figures::add(const QString &what, double value, const QString &unit)
{
    m_figures += QJsonObject { { u"what"_s, what }, { u"value"_s, value }, { u"unit"_s, unit } };
    std::printf("BENCH %-9s %-52s %9s %s\n", qPrintable(m_name), qPrintable(what),
        qPrintable(shortNumber(value)), qPrintable(unit));
    std::fflush(stdout);
}

void Figures::add(
    const QString &what, double value, const QString &unit, const QString &bareWhat, double bare)
{
    const double ratio = bare > 0 ? value / bare : 0;
    m_figures += QJsonObject { { u"what"_s, what }, { u"value"_s, value }, { u"unit"_s, unit },
        { u"bare_what"_s, bareWhat }, { u"bare"_s, bare }, { u"ratio"_s, ratio } };
    std::printf("BENCH %-9s %-52s %9s %-4s  %s %s: x%.2f\n", qPrintable(m_name), qPrintable(what),
        qPrintable(shortNumber(value)), qPrintable(unit), qPrintable(bareWhat),
        qPrintable(shortNumber(bare)), ratio);
    std::fflush(stdout);
}

void Figures::judge(
    const QString &what, double value, const QString &unit, Wanted wanted, double target)
{
    const bool most = wanted == Wanted::AtMost;
    const bool met = most ? value <= target : value >= target;
    if (met)
        ++m_met;
    else
        m_missed += what;
    m_figures += QJsonObject { { u"what"_s, what }, { u"value"_s, value }, { u"unit"_s, unit },
        { u"target"_s, target }, { u"wanted"_s, most ? u"at most"_s : u"at least"_s },
        { u"met"_s, met } };
    std::printf("BENCH %-9s %-52s %9s %-4s  target %s %s: %s\n", qPrintable(m_name),
        qPrintable(what), qPrintable(shortNumber(value)), qPrintable(unit),
        most ? "<=" : ">=", qPrintable(shortNumber(target)), met ? "met" : "MISSED");
    std::fflush(stdout);
}

} // namespace zos::testing

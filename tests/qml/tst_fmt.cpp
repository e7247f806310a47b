// SPDX-License-Identifier: Apache-2.0
#include "qml/words/fmt.h"
#include "qml/words/phrases.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QTranslator>

using namespace zos;
using namespace Qt::StringLiterals;

class TestFmt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbers_data()
    {
        QTest::addColumn<QJsonObject>("row");
        for (const auto &value :
            testing::vectors(u"format"_s).first().document[u"numbers"_s].toArray()) {
            const QJsonObject row = value.toObject();
            QTest::addRow("%s %s %g", qPrintable(row[u"locale"_s].toString()),
                row.contains(u"fraction"_s) ? "percent" : "integer",
                row.contains(u"fraction"_s) ? row[u"fraction"_s].toDouble()
                                            : row[u"integer"_s].toDouble())
                << row;
        }
    }
    void numbers()
    {
        QFETCH(const QJsonObject, row);
        const console::Fmt fmt(row[u"locale"_s].toString());
        if (row.contains(u"fraction"_s))
            QCOMPARE(fmt.percent(row[u"fraction"_s].toDouble()), row[u"percent"_s].toString());
        else
            QCOMPARE(fmt.integer(row[u"integer"_s].toInteger()), row[u"text"_s].toString());
    }
    void sizes_data()
    {
        QTest::addColumn<QJsonObject>("row");
        for (const auto &value :
            testing::vectors(u"format"_s).first().document[u"sizes"_s].toArray()) {
            const QJsonObject row = value.toObject();
            QTest::addRow("%s %s", qPrintable(row[u"locale"_s].toString()),
                qPrintable(row[u"bytes"_s].toString()))
                << row;
        }
    }
    void sizes()
    {
        QFETCH(const QJsonObject, row);
        const console::Fmt fmt(row[u"locale"_s].toString());
        const double bytes = row[u"bytes"_s].toString().toDouble();
        QCOMPARE(fmt.disk(bytes), row[u"si"_s].toString());
        QCOMPARE(fmt.memory(bytes), row[u"iec"_s].toString());
    }
    void durations_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<qint64>("seconds");
        QTest::addColumn<int>("units");
        QTest::addColumn<QString>("shown");
        QTest::newRow("now") << u"en"_s << qint64(0) << 2 << u"0 s"_s;
        QTest::newRow("in the future") << u"en"_s << qint64(-5) << 2 << u"0 s"_s;
        QTest::newRow("seconds") << u"en"_s << qint64(32) << 2 << u"32 s"_s;
        QTest::newRow("minutes only") << u"en"_s << qint64(750) << 2 << u"12 min"_s;
        QTest::newRow("hours and minutes") << u"en"_s << qint64(7500) << 2 << u"2 h 5 min"_s;
        QTest::newRow("one day") << u"en"_s << qint64(86400) << 2 << u"1 day"_s;
        QTest::newRow("days and hours") << u"en"_s << qint64(3568325) << 2 << u"41 days 7 h"_s;
        QTest::newRow("days") << u"en"_s << qint64(3568325) << 1 << u"41 days"_s;
        QTest::newRow("ein Tag") << u"de"_s << qint64(90000) << 2 << u"1 Tag 1 Std."_s;
        QTest::newRow("Tage") << u"de"_s << qint64(3568325) << 2 << u"41 Tage 7 Std."_s;
    }
    void durations()
    {
        QFETCH(const QString, language);
        QFETCH(const qint64, seconds);
        QFETCH(const int, units);
        QFETCH(const QString, shown);
        QTranslator translator;
        QVERIFY(translator.load(u":/i18n/zos_%1.qm"_s.arg(language)));
        QCoreApplication::installTranslator(&translator);
        QCOMPARE(console::Fmt(language).duration(seconds, units), shown);
    }
    void plurals_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<int>("n");
        QTest::addColumn<bool>("one");
        for (const auto &value :
            testing::vectors(u"format"_s).first().document[u"plurals"_s].toArray()) {
            const QString language = value[u"locale"_s].toString();
            if (language == "en"_L1 || language == "de"_L1)
                QTest::addRow("%s %d", qPrintable(language), value[u"n"_s].toInt())
                    << language << value[u"n"_s].toInt()
                    << (value[u"form"_s].toString() == "form0"_L1);
        }
    }
    void plurals()
    {
        QFETCH(const QString, language);
        QFETCH(const int, n);
        QFETCH(const bool, one);
        QTranslator translator;
        QVERIFY(translator.load(u":/i18n/zos_%1.qm"_s.arg(language)));
        QCoreApplication::installTranslator(&translator);
        const console::Fmt fmt(language);
        const QString text
            = console::Phrases(fmt).connectionDetail(u"ygg.peers"_s, { { u"peers"_s, n } });
        const QString noun = language == "en"_L1 ? (one ? u"peer"_s : u"peers"_s)
                                                 : (one ? u"Nachbar"_s : u"Nachbarn"_s);
        QCOMPARE(text, QString(QString::number(n) + u' ' + noun));
    }
    void ratesAndTimes()
    {
        const console::Fmt fmt(u"en"_s);
        QCOMPARE(fmt.rate(42'100'000), u"42\u00A0Mbit/s"_s);
        QCOMPARE(fmt.rate(1e9), u"1\u00A0Gbit/s"_s);
        QCOMPARE(fmt.rate(0), u"0\u00A0bit/s"_s);
        QCOMPARE(fmt.milliseconds(0.4), u"0.4\u00A0ms"_s);
        QCOMPARE(fmt.milliseconds(48.2), u"48\u00A0ms"_s);
        QCOMPARE(fmt.clock(1763814724 + 3600, true), u"13:32:04"_s);
        QCOMPARE(fmt.clock(-1, false), u"23:59"_s);
        QCOMPARE(fmt.percent(std::numeric_limits<double>::quiet_NaN()), console::Fmt::dash());
    }
    void plainTextLosesWhatMovesText()
    {
        QCOMPARE(console::Fmt::plain(u"<img src=x onerror=1>\u202Eevil\u0007\n"_s),
            u"<img src=x onerror=1>evil"_s);
    }
};

ZOS_TEST(TestFmt)
#include "tst_fmt.moc"

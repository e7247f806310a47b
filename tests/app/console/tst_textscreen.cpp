// SPDX-License-Identifier: Apache-2.0
#include "app/console/textscreen.h"
#include "tests/qml/statuscases.h"
#include "tests/support/runner.h"

#include <QTranslator>

using namespace zos;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestTextScreen : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_plurals.load(u":/i18n/zos_en.qm"_s));
        QCoreApplication::installTranslator(&m_plurals);
    }
    void saysWhatMatters()
    {
        const FakeClock clock;
        console::ConsoleState state(clock);
        state.freezeAt(std::nullopt);
        state.apply(testing::statusDocument(u"running-warn"_s));
        const QByteArray text = app::TextScreen(state, clock, false).block();
        QCOMPARE(text.split('\n').first(),
            QByteArray("== zos 0.3.1 == node 7421 == farm 3412 Muehlbach Rack A == testing == "
                       "13:32:04 =\r"));
        for (const char *part : { " [!!] Disk sdc is wearing out (ZOS-DISK-003)   +1 more\r\n",
                 "up 41 days 7 h   lan 192.168.1.37 eno1", "chain [ok] 48 ms   bus [ok]",
                 "cpu 61 % of 64   mem 58 % of 256 GiB   ssd 63 % of 3.84 TB   hdd 37 % of 32 TB",
                 "workloads 23: 20 running, 1 failed, 1 paused, 1 starting   disks 6: 5 ok",
                 "MAC eno1 3c:ec:ef:1a:70:02", "read-only, no login on this line" })
            QVERIFY2(text.contains(part), part);
    }
    void staysWithinATerminal()
    {
        for (const auto &entry : testing::statusCases()) {
            if (!entry.valid)
                continue;
            const FakeClock clock;
            console::ConsoleState state(clock);
            state.forceLanguage(u"en"_s);
            state.freezeAt(std::nullopt);
            state.apply(entry.document);
            const QByteArray text = app::TextScreen(state, clock, false).block();
            const auto lines = text.split('\n');
            QVERIFY(lines.size() <= 24);
            for (auto line : lines) {
                if (line.endsWith('\r'))
                    line.chop(1);
                QVERIFY2(line.size() <= 80, line.constData());
                for (const char c : line)
                    QVERIFY2(c >= 0x20 && c < 0x7F, line.constData());
            }
        }
    }
    void printsSeldom()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        app::TextScreen screen(state, clock, false);
        QVERIFY(!screen.due().isEmpty()); // at the start: waiting
        QJsonObject document = testing::statusDocument(u"running-ok"_s);
        document[u"mono_ms"_s] = qint64(clock.monotonic().count());
        state.apply(document);
        QVERIFY(screen.due().isEmpty()); // less than five seconds
        clock.advance(5s);
        state.beat();
        QVERIFY(!screen.due().isEmpty());
        int printed = 0;
        for (int i = 0; i < 120; ++i) {
            clock.advance(1s);
            state.beat();
            printed += !screen.due().isEmpty();
        }
        QCOMPARE(printed, 2);
        QJsonObject worse = testing::statusDocument(u"running-warn"_s);
        worse[u"mono_ms"_s] = qint64(clock.monotonic().count());
        clock.advance(6s);
        state.apply(worse);
        QVERIFY(screen.due().contains("wearing out"));
    }
    void cleanupTestCase() { QCoreApplication::removeTranslator(&m_plurals); }

private:
    QTranslator m_plurals;
};

ZOS_TEST(TestTextScreen)
#include "tst_textscreen.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/health/nodestatus.h"
#include "qml/feed/documentrules.h"
#include "qml/models/consolestate.h"
#include "tests/qml/statuscases.h"
#include "tests/support/runner.h"

#include <QSignalSpy>

using namespace zos;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestConsoleState : public QObject
{
    Q_OBJECT

private:
    // A clock that stands where the document was made.
    static void fit(const FakeClock &clock, QJsonObject &document)
    {
        document[u"mono_ms"_s] = qint64(clock.monotonic().count());
        document[u"sent_ms"_s] = qint64(clock.now().count());
    }
    static QString cell(const console::KeyedListModel *model, int row, const QByteArray &role)
    {
        return model->data(model->index(row), model->roleNames().key(role)).toString();
    }

private Q_SLOTS:
    void showsWhatEachCaseExpects_data()
    {
        QTest::addColumn<QJsonObject>("document");
        QTest::addColumn<QJsonObject>("expect");
        for (const auto &entry : testing::statusCases())
            if (entry.valid)
                QTest::newRow(qPrintable(entry.name)) << entry.document << entry.expect;
    }
    void showsWhatEachCaseExpects()
    {
        QFETCH(const QJsonObject, document);
        QFETCH(const QJsonObject, expect);
        const FakeClock clock;
        console::ConsoleState state(clock);
        state.freezeAt(std::nullopt);
        state.apply(document);
        QCOMPARE(state.view(), expect[u"view"_s].toString());
        if (expect.contains(u"pages"_s))
            QCOMPARE(state.pages(), expect[u"pages"_s].toVariant().toStringList());
        if (expect.contains(u"hero_level"_s))
            QCOMPARE(state.hero().level, expect[u"hero_level"_s].toString());
        if (const QString code = expect[u"hero_code"_s].toString();
            state.view() == "pages"_L1 && code != "hero.ok"_L1 && !code.isEmpty()) {
            const QJsonObject params = document[u"alerts"_s][0][u"params"_s].toObject();
            QCOMPARE(state.hero().title, state.phrases().alert(code, params).title);
        }
        if (expect.contains(u"hero_more"_s))
            QCOMPARE(
                state.hero().more, QString(u'+' + QString::number(expect[u"hero_more"_s].toInt())));
        if (expect.contains(u"shown_farm"_s))
            QCOMPARE(state.header().farm, expect[u"shown_farm"_s].toString());
        if (expect.contains(u"percent"_s))
            QCOMPARE(state.update().share, expect[u"percent"_s].toInt() / 100.0);
        if (expect.contains(u"done"_s)) {
            QCOMPARE(
                state.boot().share, double(expect[u"done"_s].toInt()) / expect[u"total"_s].toInt());
            QCOMPARE(state.steps()->count(), expect[u"total"_s].toInt());
            for (int i = 0; i < state.steps()->count(); ++i)
                QCOMPARE(cell(state.steps(), i, "state") == "run"_L1,
                    cell(state.steps(), i, "key") == expect[u"running"_s].toString());
        }
    }
    void emptyCapacityIsADash()
    {
        const FakeClock clock;
        console::ConsoleState state(clock);
        state.apply(testing::statusDocument(u"no-ssd"_s));
        QCOMPARE(cell(state.tiles(), 2, "key"), u"sru"_s);
        QCOMPARE(cell(state.tiles(), 2, "percent"), console::Fmt::dash());
        QCOMPARE(cell(state.tiles(), 2, "total"), console::Fmt::dash());
        QCOMPARE(cell(state.tiles(), 2, "live"), QString());
    }
    void sameDocumentChangesNothing()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"running-warn"_s);
        fit(clock, document);
        state.apply(document);
        std::vector<std::unique_ptr<QSignalSpy>> spies;
        const QMetaObject *meta = state.metaObject();
        for (int i = meta->methodOffset(); i < meta->methodCount(); ++i)
            if (meta->method(i).methodType() == QMetaMethod::Signal
                && meta->method(i).name() != "documentShown")
                spies.push_back(std::make_unique<QSignalSpy>(&state, meta->method(i)));
        int cells = 0;
        for (auto *model : { state.tiles(), state.connections(), state.workloads(), state.alerts(),
                 state.log(), state.nics(), state.disks() })
            connect(model, &QAbstractItemModel::dataChanged, this, [&cells] { ++cells; });
        document[u"seq"_s] = document[u"seq"_s].toInt() + 1;
        state.apply(document);
        for (const auto &spy : spies)
            QCOMPARE(spy->size(), 0);
        QCOMPARE(cells, 0);
    }
    void oneChangedFigureChangesOneCell()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"running-ok"_s);
        fit(clock, document);
        state.apply(document);
        QSignalSpy tiles(state.tiles(), &QAbstractItemModel::dataChanged);
        QSignalSpy nics(state.nics(), &QAbstractItemModel::dataChanged);
        QJsonObject usage = document[u"usage"_s].toObject();
        usage[u"cpu"_s] = 0.35;
        document[u"usage"_s] = usage;
        state.apply(document);
        QCOMPARE(tiles.size(), 1);
        QCOMPARE(tiles[0][2].value<QList<int>>().size(), 2); // the long and the short form
        QCOMPARE(nics.size(), 0);
    }
    void silenceIsSaidWithinEightSeconds()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"chain-unreachable"_s);
        fit(clock, document);
        state.apply(document);
        clock.advance(8s);
        state.tick();
        QVERIFY(!state.stale());
        clock.advance(1s);
        state.tick();
        QVERIFY(state.stale());
        QCOMPARE(state.view(), u"pages"_s);
        QCOMPARE(state.pages(), (QStringList { u"overview"_s }));
        QCOMPARE(state.hero().level, u"warn"_s);
        QVERIFY(state.hero().detail.contains(u"9 s"));
        clock.advance(3s);
        state.tick();
        QVERIFY(state.hero().detail.contains(u"12 s"));
        state.beat();
        QVERIFY(!state.stale());
        QCOMPARE(state.hero().level, u"crit"_s);
        QVERIFY(state.pages().contains(u"events"_s));
    }
    void silenceWhileStartingFillsTheScreen()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QCOMPARE(state.view(), u"boot"_s);
        const QString waiting = state.boot().detail;
        clock.advance(61s);
        state.tick();
        QVERIFY(state.boot().detail != waiting);
        QCOMPARE(state.boot().level, u"warn"_s);
        QJsonObject document = testing::statusDocument(u"booting-step5"_s);
        fit(clock, document);
        state.apply(document);
        clock.advance(9s);
        state.tick();
        QCOMPARE(state.view(), u"message"_s);
    }
    void otherSchemaIsNamed()
    {
        const FakeClock clock;
        console::ConsoleState state(clock);
        state.unreadable(u"zos.console/2"_s);
        QCOMPARE(state.view(), u"message"_s);
        QVERIFY(state.message().detail.contains(u"zos.console/2")
            && state.message().detail.contains(u"zos.console/1"));
        state.apply(testing::statusDocument(u"running-ok"_s));
        QCOMPARE(state.view(), u"pages"_s);
    }
    void agesIgnoreTheWallClock()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"running-warn"_s);
        fit(clock, document);
        QJsonArray alerts = document[u"alerts"_s].toArray();
        QJsonObject alert = alerts[0].toObject();
        alert[u"since_ms"_s] = qint64(clock.now().count()) - 5000;
        alerts[0] = alert;
        document[u"alerts"_s] = alerts;
        state.apply(document);
        QCOMPARE(cell(state.alerts(), 0, "age"), u"for 5 s"_s);
        clock.jumpWallClock(0ms);
        clock.advance(2s);
        state.tick();
        QCOMPARE(cell(state.alerts(), 0, "age"), u"for 7 s"_s);
    }
    void onlyNewAlarmsJump()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"running-warn"_s);
        fit(clock, document);
        state.apply(document);
        QCOMPARE(state.alarms(), 0);
        QJsonArray alerts = document[u"alerts"_s].toArray();
        QJsonObject more = alerts[0].toObject();
        more[u"key"_s] = u"another"_s;
        alerts += more;
        document[u"alerts"_s] = alerts;
        state.apply(document);
        QCOMPARE(state.alarms(), 1);
        state.apply(document);
        QCOMPARE(state.alarms(), 1);
    }
    void dimsAfterQuietTimeAndWakes()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"running-ok"_s);
        fit(clock, document);
        state.apply(document);
        for (int i = 0; i < 600; ++i) {
            clock.advance(1s);
            state.beat();
        }
        QVERIFY(state.dimmed());
        QCOMPARE(state.clock().count(u':'), 1);
        QJsonObject worse = testing::statusDocument(u"running-warn"_s);
        fit(clock, worse);
        state.apply(worse);
        QVERIFY(!state.dimmed());
        QCOMPARE(state.clock().count(u':'), 2);
    }
    void uptimeGoesOnBetweenDocuments()
    {
        FakeClock clock;
        console::ConsoleState state(clock);
        QJsonObject document = testing::statusDocument(u"booting-step5"_s);
        fit(clock, document);
        state.apply(document);
        const QString before = state.footer().uptime;
        clock.advance(2s);
        state.beat();
        QVERIFY(state.footer().uptime != before);
    }
    void everyAlertHasWords()
    {
        const console::Fmt fmt;
        const console::Phrases phrases(fmt);
        for (const auto &code :
            { u"config.no_farm"_s, u"config.bad_value"_s, u"config.farm_not_found"_s,
                u"config.conflict"_s, u"hw.no_kvm"_s, u"hw.memory_error"_s, u"hw.too_hot"_s,
                u"hw.last_boot_crashed"_s, u"storage.no_ssd"_s, u"disk.no_answer"_s,
                u"disk.wearing"_s, u"disk.smart_failed"_s, u"disk.hot"_s, u"disk.not_empty"_s,
                u"storage.raid_mode"_s, u"pool.degraded"_s, u"pool.readonly"_s, u"pool.full"_s,
                u"storage.cache_readonly"_s, u"storage.state_volatile"_s, u"net.no_link"_s,
                u"net.no_address"_s, u"net.slow_link"_s, u"net.no_internet"_s,
                u"net.public_mismatch"_s, u"chain.unreachable"_s, u"chain.stalled"_s,
                u"reg.failed"_s, u"rmb.offline"_s, u"ygg.no_peers"_s, u"hub.unreachable"_s,
                u"time.unsynced"_s, u"update.failed"_s, u"update.rolled_back"_s, u"wl.error"_s }) {
            QVERIFY2(phrases.knowsAlert(code), qPrintable(code));
            QVERIFY2(!phrases.alert(code, {}).advice.isEmpty(), qPrintable(code));
        }
        QCOMPARE(phrases.alert(u"new.code"_s, {}).detail, u"new.code"_s);
    }
    void whatTheNodePublishesIsShown()
    {
        NodeStatus status;
        status.phase = NodeStatus::Phase::Running;
        status.network = u"local"_s;
        status.cru = { 4, 1, 1, std::nullopt };
        QJsonObject document = status.toJson();
        document[u"seq"_s] = 1;
        document[u"sent_ms"_s] = 1;
        document[u"mono_ms"_s] = 1;
        document[u"stale_after_ms"_s] = 8000;
        QCOMPARE(console::documentViolation(document), QString());
        const FakeClock clock;
        console::ConsoleState state(clock);
        state.apply(document);
        QCOMPARE(state.header().badge, u"LOCAL"_s);
        QCOMPARE(state.pages(), (QStringList { u"overview"_s, u"workloads"_s, u"events"_s }));
    }
};

ZOS_TEST(TestConsoleState)
#include "tst_consolestate.moc"

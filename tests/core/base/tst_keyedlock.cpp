// SPDX-License-Identifier: Apache-2.0
#include "core/base/keyedlock.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"

#include <QTest>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

Task<void> work(KeyedLock *lock, QString key, QString name, detail::Gate *goOn, QStringList *log)
{
    const auto turn = co_await lock->enter(key);
    log->append(u'+' + name);
    co_await goOn->opened();
    log->append(u'-' + name);
}

} // namespace

class TestKeyedLock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneThingAtATimeInTheOrderOfArrival()
    {
        KeyedLock lock;
        QStringList log;
        detail::Gate first, second, third;
        TaskScope scope;
        scope.spawn(work(&lock, u"a"_s, u"1"_s, &first, &log));
        scope.spawn(work(&lock, u"a"_s, u"2"_s, &second, &log));
        scope.spawn(work(&lock, u"a"_s, u"3"_s, &third, &log));
        QCOMPARE(log, QStringList({ u"+1"_s }));
        third.open(); // who waits for the turn is not let in by anything else
        second.open();
        first.open();
        QVERIFY(testing::eventually([&log] {
            return log == QStringList({ u"+1"_s, u"-1"_s, u"+2"_s, u"-2"_s, u"+3"_s, u"-3"_s });
        }));
        QCoro::waitFor(scope.finish());
    }
    void differentThingsDoNotWait()
    {
        KeyedLock lock;
        QStringList log;
        detail::Gate first, second;
        TaskScope scope;
        scope.spawn(work(&lock, u"a"_s, u"1"_s, &first, &log));
        scope.spawn(work(&lock, u"b"_s, u"2"_s, &second, &log));
        QCOMPARE(log, QStringList({ u"+1"_s, u"+2"_s }));
        second.open();
        QVERIFY(testing::eventually([&log] { return log.size() == 3; }));
        first.open();
        QVERIFY(testing::eventually(
            [&log] { return log == QStringList({ u"+1"_s, u"+2"_s, u"-2"_s, u"-1"_s }); }));
        QCoro::waitFor(scope.finish());
    }
};
ZOS_TEST(TestKeyedLock)
#include "tst_keyedlock.moc"

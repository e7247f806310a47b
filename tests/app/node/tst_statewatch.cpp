// SPDX-License-Identifier: Apache-2.0
#include "app/node/statewatch.h"
#include "core/base/volatilefolder.h"
#include "tests/support/runner.h"

#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

class TestStateWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knowsMemoryFromDisk()
    {
        QVERIFY(!isVolatileFolder(u"/proc"_s));
        QVERIFY(!isVolatileFolder(u"/no/such/folder"_s));
        if (QFile::exists(u"/dev/shm"_s))
            QVERIFY(isVolatileFolder(u"/dev/shm"_s));
    }
    void tellsOfChanges()
    {
        QList<bool> told;
        bool isVolatile = false;
        app::StateWatch watch(u"/state"_s, false, [&](bool refuses) { told += refuses; });
        watch.setProbe([&](const QString &folder) { return folder == u"/state" && isVolatile; });
        QVERIFY(!watch.refuses());
        watch.look();
        watch.look();
        QCOMPARE(told, QList<bool> { false });
        isVolatile = true;
        watch.look();
        QCOMPARE(told, QList<bool>({ false, true }));
        QVERIFY(watch.refuses());
        isVolatile = false;
        watch.look();
        watch.look();
        QCOMPARE(told, QList<bool>({ false, true, false }));
    }
    void aLaboratoryMayWantIt()
    {
        QList<bool> told;
        app::StateWatch watch(u"/state"_s, true, [&](bool refuses) { told += refuses; });
        watch.setProbe([](const QString &) { return true; });
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"loses all workloads"_s));
        watch.look();
        watch.look();
        QCOMPARE(told, QList<bool> { false });
    }
};
ZOS_TEST(TestStateWatch)
#include "tst_statewatch.moc"

// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/replayguard.h"
#include "tests/support/runner.h"

#include <QTemporaryDir>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;

class TestReplayGuard : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void takesEachMessageOnce()
    {
        ReplayGuard guard;
        QVERIFY(guard.open({}, 1000).has_value());
        QVERIFY(!guard.seen(TwinId(7), "challenge"));
        QVERIFY(guard.remember(TwinId(7), "challenge", 1000, 1000).has_value());
        QVERIFY(guard.seen(TwinId(7), "challenge"));
        QCOMPARE(
            guard.remember(TwinId(7), "challenge", 1000, 1059).error().code, ErrorCode::Exists);
        QVERIFY(guard.remember(TwinId(8), "challenge", 1000, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), "other", 1000, 1000).has_value());
    }
    void forgetsWhatAgeWouldRefuse()
    {
        ReplayGuard guard;
        QVERIFY(guard.remember(TwinId(7), "old", 1000, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), "ahead", 1060, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), "later", 1070, 1070).has_value());
        QVERIFY(!guard.seen(TwinId(7), "old"));
        QVERIFY(guard.seen(TwinId(7), "ahead"));
        QCOMPARE(guard.size(), 2);
    }
    void isBounded()
    {
        ReplayLimits limits;
        limits.entries = 10;
        limits.entriesPerTwin = 6;
        ReplayGuard guard(limits);
        for (int i = 0; i < 6; ++i)
            QVERIFY(guard.remember(TwinId(7), QByteArray::number(i), 1000, 1000).has_value());
        QCOMPARE(guard.remember(TwinId(7), "more", 1000, 1000).error().code, ErrorCode::Limit);
        for (int i = 0; i < 4; ++i)
            QVERIFY(guard.remember(TwinId(8), QByteArray::number(i), 1000, 1000).has_value());
        QCOMPARE(guard.remember(TwinId(9), "more", 1000, 1000).error().code, ErrorCode::Limit);
        QVERIFY(guard.remember(TwinId(7), "more", 1062, 1062)
                .has_value()); // all others are too old now
        QCOMPARE(guard.size(), 1);
    }
    void survivesARestart()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"replay.db"_s);
        {
            ReplayGuard guard;
            QVERIFY(guard.open(path, 1000).has_value());
            QVERIFY(
                guard.remember(TwinId(7), QByteArray("\0\xff binary", 9), 1000, 1000).has_value());
            QVERIFY(guard.remember(TwinId(7), "ahead", 1050, 1000).has_value());
        }
        ReplayGuard guard;
        QVERIFY(guard.open(path, 1030).has_value());
        QCOMPARE(guard.remember(TwinId(7), QByteArray("\0\xff binary", 9), 1000, 1030).error().code,
            ErrorCode::Exists);
        guard.close();
        QVERIFY(guard.open(path, 1065).has_value());
        QVERIFY(!guard.seen(TwinId(7), QByteArray("\0\xff binary", 9)));
        QVERIFY(guard.seen(TwinId(7), "ahead"));
    }
    void startsAfreshWithADamagedFile()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"replay.db"_s);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8192, 'x'));
        file.close();
        ReplayGuard guard;
        QVERIFY(guard.open(path, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), "challenge", 1000, 1000).has_value());
    }
    void saysWhenTheFileCannotBe()
    {
        ReplayGuard guard;
        QCOMPARE(guard.open(u"/nonexistent/folder/replay.db"_s, 1000).error().code, ErrorCode::Io);
    }
};
ZOS_TEST(TestReplayGuard)
#include "tst_replayguard.moc"

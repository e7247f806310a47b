// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/replayguard.h"
#include "tests/support/runner.h"

#include <QTemporaryDir>

#include <sys/resource.h>

#include <csignal>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;

namespace {

QByteArray challenge(int number)
{
    return QByteArray::number(number).rightJustified(16, '\xff');
}

} // namespace

class TestReplayGuard : public QObject
{
    Q_OBJECT
    const QTemporaryDir m_folder;
    const QString m_path = m_folder.filePath(u"seen"_s);

private Q_SLOTS:
    void cleanup() { QFile::remove(m_path); }

    void takesEachMessageOnce()
    {
        ReplayGuard guard;
        QVERIFY(guard.open({}, 1000).has_value());
        QVERIFY(!guard.seen(TwinId(7), challenge(1), 1000));
        QVERIFY(guard.remember(TwinId(7), challenge(1), 1061, 1000).has_value());
        QVERIFY(guard.seen(TwinId(7), challenge(1), 1000));
        const auto again = guard.remember(TwinId(7), challenge(1), 1061, 1059);
        QCOMPARE(again.error().code, ErrorCode::Exists);
        QCOMPARE(again.error().what, ReplayGuard::text());
        QVERIFY(guard.remember(TwinId(8), challenge(1), 1061, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), challenge(2), 1061, 1000).has_value());
    }
    void forgetsWhatItsTimesRefuse()
    {
        ReplayGuard guard;
        QVERIFY(guard.remember(TwinId(7), challenge(1), 1061, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), challenge(2), 1121, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), challenge(3), 1131, 1060).has_value());
        QVERIFY(guard.seen(TwinId(7), challenge(1), 1060));
        QVERIFY(!guard.seen(TwinId(7), challenge(1), 1061));
        QVERIFY(guard.remember(TwinId(7), challenge(4), 1131, 1061).has_value());
        QVERIFY(!guard.seen(TwinId(7), challenge(1), 1000));
        QVERIFY(guard.seen(TwinId(7), challenge(2), 1000));
        QCOMPARE(guard.size(), 3);
    }
    void isBounded()
    {
        ReplayLimits limits;
        limits.entries = 10;
        limits.entriesPerTwin = 6;
        ReplayGuard guard(limits);
        const auto fill = [&guard](quint32 twin) {
            int taken = 0;
            while (guard.remember(TwinId(twin), challenge(taken), 1061, 1000))
                ++taken;
            return taken;
        };
        QCOMPARE(fill(7), 5);
        QCOMPARE(
            guard.remember(TwinId(7), challenge(9), 1061, 1000).error().code, ErrorCode::Limit);
        QCOMPARE(fill(8), 3);
        QCOMPARE(fill(9), 1);
        QCOMPARE(fill(10), 1);
        QCOMPARE(fill(11), 0);
        QCOMPARE(guard.size(), 10);
        // All others are too old now.
        QVERIFY(guard.remember(TwinId(7), challenge(9), 1123, 1062).has_value());
        QCOMPARE(guard.size(), 1);
    }
    void whoFloodsLeavesRoomForOthers()
    {
        ReplayLimits limits;
        limits.entries = 4'000;
        ReplayGuard guard(limits);
        for (int i = 0; i < 4'000; ++i) {
            for (quint32 twin = 100; twin < 164; ++twin)
                (void)guard.remember(TwinId(twin), challenge(i), 1061, 1000);
        }
        for (int i = 0; i < 30; ++i)
            QVERIFY(guard.remember(TwinId(7), challenge(i), 1061, 1000).has_value());
    }
    // Another process with the same file is what a killed and restarted one sees.
    void survivesAKill()
    {
        ReplayGuard killed;
        QVERIFY(killed.open(m_path, 1000).has_value());
        const QByteArray binary("\0\xff binary bytes", 16);
        QVERIFY(killed.remember(TwinId(7), binary, 1061, 1000).has_value());
        QVERIFY(killed.remember(TwinId(7), challenge(2), 1111, 1000).has_value());
        ReplayGuard guard;
        QVERIFY(guard.open(m_path, 1030).has_value());
        QCOMPARE(guard.size(), 2);
        QCOMPARE(guard.remember(TwinId(7), binary, 1061, 1030).error().code, ErrorCode::Exists);
        QVERIFY(!guard.seen(TwinId(8), binary, 1000));
        QVERIFY(guard.remember(TwinId(7), challenge(3), 1111, 1031).has_value());
        guard.close();
        QVERIFY(guard.open(m_path, 1065).has_value());
        QVERIFY(!guard.seen(TwinId(7), binary, 1000));
        QVERIFY(guard.seen(TwinId(7), challenge(2), 1000));
        QVERIFY(guard.seen(TwinId(7), challenge(3), 1000));
    }
    void afterAPowerLoss()
    {
        const QByteArray one(36, '1');
        const QByteArray two(36, '2');
        ReplayGuard first;
        QVERIFY(first.open(m_path, 1000, one).has_value());
        QVERIFY(!first.mayHaveForgotten(1)); // the first start of all
        QVERIFY(first.remember(TwinId(7), challenge(1), 4000, 1000).has_value());
        ReplayGuard killed;
        QVERIFY(killed.open(m_path, 1010, one).has_value());
        QVERIFY(!killed.mayHaveForgotten(1)); // the same boot: nothing is lost
        // Another boot: what reached the disk is known, the rest may have been taken.
        ReplayGuard booted;
        QVERIFY(booted.open(m_path, 1030, two).has_value());
        QVERIFY(booted.seen(TwinId(7), challenge(1), 1000));
        QVERIFY(booted.mayHaveForgotten(999));
        QVERIFY(booted.mayHaveForgotten(1030));
        QVERIFY(!booted.mayHaveForgotten(1031));
        // So it is for the next process of that boot, also after a proper end.
        ReplayGuard next;
        QVERIFY(next.open(m_path, 1040, two).has_value());
        QVERIFY(next.mayHaveForgotten(1030));
        QVERIFY(!next.mayHaveForgotten(1031));
        next.close();
        QVERIFY(next.open(m_path, 1050, one).has_value());
        QVERIFY(next.mayHaveForgotten(1030));
        QVERIFY(!next.mayHaveForgotten(1031));
    }
    void afterAProperEnd()
    {
        ReplayGuard guard;
        QVERIFY(guard.open(m_path, 1000, QByteArray(36, '1')).has_value());
        QVERIFY(guard.remember(TwinId(7), challenge(1), 4000, 1000).has_value());
        guard.close();
        QVERIFY(guard.open(m_path, 1030, QByteArray(36, '2')).has_value());
        QVERIFY(!guard.mayHaveForgotten(1));
        QVERIFY(guard.seen(TwinId(7), challenge(1), 1000));
    }
    void fileStaysSmall()
    {
        ReplayGuard guard;
        QVERIFY(guard.open(m_path, 1000).has_value());
        qint64 largest = 0;
        for (int i = 0; i < 40'000; ++i) {
            const auto time = static_cast<quint64>(1000 + i / 100);
            QVERIFY(guard.remember(TwinId(7), challenge(i), time + 10, time).has_value());
            largest = std::max(largest, QFileInfo(m_path).size());
        }
        QVERIFY(guard.size() <= 1100);
        QVERIFY2(largest < 320'000, qPrintable(QString::number(largest)));
        ReplayGuard after;
        QVERIFY(after.open(m_path, 1399).has_value());
        QVERIFY(after.seen(TwinId(7), challenge(39'999), 1000));
        QVERIFY(after.seen(TwinId(7), challenge(39'100), 1000));
    }
    void damagedFiles_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("entries");
        QTest::addColumn<bool>("forgot");
        const QByteArray header
            = "zos messages seen 2\n" + ReplayGuard::thisBoot() + ' ' + QByteArray(20, '0') + '\n';
        const QByteArray record = QByteArray::fromHex("07000000"
                                                      "f703000000000000")
            + challenge(1); // until 1015
        const QByteArray absurd = QByteArray::fromHex("07000000"
                                                      "ffffffffffffffff")
            + challenge(2);
        QTest::newRow("empty") << QByteArray() << 0 << true;
        QTest::newRow("something else") << QByteArray(8192, 'x') << 0 << true;
        QTest::newRow("whole") << header + record << 1 << false;
        QTest::newRow("torn record") << header + record + record.first(20) << 1 << false;
        QTest::newRow("twice the same") << header + record + record << 1 << false;
        QTest::newRow("time that cannot be") << header + absurd + record << 1 << false;
    }
    void damagedFiles()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, entries);
        QFETCH(bool, forgot);
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        ReplayGuard guard;
        QVERIFY(guard.open(m_path, 1000).has_value());
        QCOMPARE(guard.size(), entries);
        QCOMPARE(guard.mayHaveForgotten(1000), forgot);
        QVERIFY(guard.remember(TwinId(7), challenge(5), 1061, 1000).has_value());
        guard.close();
        QVERIFY(guard.open(m_path, 1000).has_value());
        QCOMPARE(guard.size(), entries + 1);
    }
    void saysWhenTheFileCannotBe()
    {
        ReplayGuard guard;
        QCOMPARE(guard.open(u"/nonexistent/folder/seen"_s, 1000).error().code, ErrorCode::Io);
    }
    void keepsNoHalfRecord()
    {
        ReplayGuard guard;
        QVERIFY(guard.open(m_path, 1000).has_value());
        QVERIFY(guard.remember(TwinId(7), challenge(1), 1061, 1000).has_value());
        rlimit before {};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
        const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
        const rlimit tight { static_cast<rlim_t>(QFileInfo(m_path).size()) + 10, before.rlim_max };
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &tight), 0);
        const auto kept = guard.remember(TwinId(7), challenge(2), 1061, 1000);
        ::setrlimit(RLIMIT_FSIZE, &before);
        ::signal(SIGXFSZ, ignored);
        QCOMPARE(kept.error().code, ErrorCode::Io);
        QVERIFY(!guard.seen(TwinId(7), challenge(2), 1000));
        QVERIFY(guard.remember(TwinId(7), challenge(3), 1061, 1000).has_value());
        ReplayGuard after;
        QVERIFY(after.open(m_path, 1000).has_value());
        QCOMPARE(after.size(), 2);
        QVERIFY(after.seen(TwinId(7), challenge(3), 1000));
    }
    void refusesWhatItCannotKeep()
    {
        ReplayGuard guard;
        if (!QFile::exists(u"/dev/full"_s))
            QSKIP("no /dev/full");
        QVERIFY(QFile::link(u"/dev/full"_s, m_path + u".new"_s));
        QCOMPARE(guard.open(m_path, 1000).error().code, ErrorCode::Io);
        QFile::remove(m_path + u".new"_s);
    }
};
ZOS_TEST(TestReplayGuard)
#include "tst_replayguard.moc"

// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/replayguard.h"
#include "tests/rmb/attack/attackchild.h"
#include "tests/rmb/attack/floods.h"
#include "tests/support/rmb/testrelay.h"
#include "tests/support/runner.h"

#include <QFileInfo>
#include <QTemporaryDir>

#include <malloc.h>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::AttackChild;
using testing::eventually;

// R7: what a node took is not taken again, also not by the next process after one that was killed
// in the middle of its work.
class TestReplay : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void directAcrossAKill()
    {
        const QTemporaryDir folder;
        const QStringList serve { u"serve"_s, folder.filePath(u"seen"_s), u"-"_s };
        AttackChild node;
        QVERIFY(node.start(serve));
        testing::AttackPen pen(false);
        QList<QByteArray> sent;
        {
            testing::DirectFlood flood(node.port(), [&] {
                sent += pen.directRequest();
                return sent.last();
            });
            flood.start(16);
            QVERIFY(eventually([&] { return flood.statuses.value(200) >= 200; }, 60s));
            node.kill(); // with sixteen requests under way
            flood.stop();
        }
        QVERIFY(node.start(serve));
        QList<QByteArray> again = sent;
        testing::DirectFlood replay(
            node.port(), [&] { return again.isEmpty() ? QByteArray() : again.takeFirst(); });
        replay.start(16);
        QVERIFY(eventually([&] { return replay.answers() == sent.size(); }, 60s));
        replay.stop();
        // Those that were answered before are refused; of those under way each is new or not.
        QVERIFY2(replay.statuses.value(200) <= 16,
            qPrintable(QString::number(replay.statuses.value(200))));
        const auto report = node.report();
        QCOMPARE(report[u"replays"_s].toInteger(), replay.statuses.value(400));
        QVERIFY(replay.statuses.value(400) >= 200);
    }
    void relayAcrossAKill()
    {
        const QTemporaryDir folder;
        testing::TestRelay relay;
        const QStringList serve { u"serve"_s, folder.filePath(u"seen"_s), relay.url().toString() };
        const TwinId twin(testing::kAttackedTwin);
        AttackChild node;
        QVERIFY(node.start(serve));
        QVERIFY(eventually([&] { return node.report()[u"up"_s].toBool(); }, 30s));
        testing::AttackPen pen(false);
        QList<QByteArray> sent;
        for (int i = 0; i < 200; ++i) {
            sent += pen.relayRequest();
            QVERIFY(relay.inject(twin, sent.last()));
        }
        QVERIFY(eventually([&] { return node.count(u"accepted"_s) == 200; }, 60s));
        node.kill();
        QVERIFY(node.start(serve));
        QVERIFY(eventually([&] { return node.report()[u"up"_s].toBool(); }, 30s));
        for (const auto &frame : std::as_const(sent))
            QVERIFY(relay.inject(twin, frame));
        QVERIFY(eventually([&] { return node.count(u"replays"_s) == 200; }, 60s));
        QCOMPARE(node.count(u"accepted"_s), 0);
        QCOMPARE(node.count(u"called"_s), 0);
        node.end();
    }
    void storeIsSmall()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"seen"_s);
        rmb::ReplayGuard guard;
        QVERIFY(guard.open(path, 1'000'000).has_value());
        const auto used = [] {
            const auto all = ::mallinfo2();
            return double(all.uordblks + all.hblkhd);
        };
        const double before = used();
        for (int i = 0; i < 100'000; ++i) {
            QByteArray challenge(16, 'c');
            qToLittleEndian(i, challenge.data());
            QVERIFY(guard
                    .remember(TwinId(quint32(1 + i % 50)), challenge,
                        1'000'061 + quint64(i) / 1'700, 1'000'000)
                    .has_value());
        }
        const double mib = (used() - before) / (1 << 20);
        qInfo().noquote() << "ATTACK replay store of 100000 ids, MiB:" << mib;
        QVERIFY2(mib <= 16, qPrintable(QString::number(mib)));
        QVERIFY(QFileInfo(path).size() <= 16 << 20);
    }
};
ZOS_TEST(TestReplay)
#include "tst_replay.moc"

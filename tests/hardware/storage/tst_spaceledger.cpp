// SPDX-License-Identifier: Apache-2.0
#include "hardware/storage/poolfs.h"
#include "hardware/storage/spaceledger.h"
#include "tests/support/runner.h"

#include <QRandomGenerator>

using namespace zos;
using namespace Qt::StringLiterals;

class TestSpaceLedger : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsRoomForMetadata()
    {
        QCOMPARE(hw::SpaceLedger::allocatable(1_GiB), Bytes());
        QCOMPARE(
            hw::SpaceLedger::allocatable(Bytes(100'000'000'000)), Bytes(95'000'000'000) - 1_GiB);
        QCOMPARE(
            hw::SpaceLedger::allocatable(Bytes(1'000'000'000'000)), Bytes(970'000'000'000) - 2_GiB);
    }
    void refusalSaysBothSizes()
    {
        hw::SpaceLedger ledger;
        QVERIFY(!ledger.choose(u"disk:1-1-a"_s, 1_GiB));
        ledger.addPool(u"p"_s, 2_GiB);
        const auto free = ledger.free(u"p"_s);
        const auto chosen = ledger.choose(u"disk:1-1-a"_s, 5_GiB);
        QVERIFY(!chosen);
        QCOMPARE(chosen.error().code, ErrorCode::Limit);
        QCOMPARE(chosen.error().what,
            u"not enough space left in pools of this type ssd: requested 5368709120, largest free %1 in pool p"_s
                .arg(free.count()));
        QVERIFY(ledger.book(u"p"_s, u"disk:1-1-a"_s, free));
        QVERIFY(!ledger.book(u"p"_s, u"disk:1-1-b"_s, Bytes(1)));
        QVERIFY(!ledger.book(u"unknown"_s, u"disk:1-1-b"_s, Bytes(1)));
    }
    void smallGoesWhereItIsTightLargeWhereItIsRoomy()
    {
        hw::SpaceLedger ledger;
        ledger.addPool(u"small"_s, 20_GiB);
        ledger.addPool(u"large"_s, 90_GiB);
        QCOMPARE(*ledger.choose(u"disk:1-1-a"_s, 1_GiB), u"small"_s);
        QCOMPARE(*ledger.choose(u"disk:1-1-a"_s, 10_GiB), u"large"_s);
        QVERIFY(ledger.book(u"large"_s, u"volume:rootfs:1-1-vm"_s, 1_GiB));
        QCOMPARE(*ledger.choose(u"disk:1-1-a"_s, 1_GiB), u"large"_s); // same deployment
        QCOMPARE(*ledger.choose(u"disk:1-2-a"_s, 1_GiB), u"small"_s);
    }
    void neverPromisesMoreThanThereIs()
    {
        const auto seed = QRandomGenerator::global()->generate();
        QRandomGenerator random(seed);
        hw::SpaceLedger ledger;
        const QStringList pools { u"a"_s, u"b"_s, u"c"_s };
        for (const auto &pool : pools)
            ledger.addPool(pool, Bytes(static_cast<quint64>(random.bounded(2, 60)) << 30));
        QMap<QString, QMap<QString, quint64>> model;
        for (int step = 0; step < 5000; ++step) {
            const auto owner = u"disk:%1-%2-x"_s.arg(random.bounded(5)).arg(random.bounded(20));
            const Bytes size(random.bounded(1U << 31));
            if (random.bounded(3) > 0) {
                const auto pool = ledger.choose(owner, size);
                if (pool && ledger.book(*pool, owner, size))
                    model[*pool][owner] += size.count();
                else
                    QVERIFY2(std::ranges::none_of(
                                 pools, [&](const auto &p) { return ledger.free(p) >= size; }),
                        qPrintable(u"seed %1"_s.arg(seed)));
            } else {
                const auto pool = pools[random.bounded(3)];
                ledger.release(pool, owner);
                model[pool].remove(owner);
            }
            for (const auto &pool : pools) {
                quint64 sum = 0;
                for (const auto bytes : model.value(pool))
                    sum += bytes;
                QVERIFY2(ledger.reserved(pool).count() == sum, qPrintable(u"seed %1"_s.arg(seed)));
            }
        }
    }
    void ids_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("valid");
        QTest::newRow("workload") << u"7-12-data"_s << true;
        QTest::newRow("root") << u"rootfs:7-12-vm_1"_s << true;
        QTest::newRow("empty") << QString() << false;
        QTest::newRow("path") << u"7-12-../../etc"_s << false;
        QTest::newRow("slash") << u"7-12-a/b"_s << false;
        QTest::newRow("line end") << u"7-12-a\n"_s << false;
        QTest::newRow("nul") << u"7-12-a"_s + QChar(0) << false;
        QTest::newRow("cache") << u"zos-cache"_s << false;
        QTest::newRow("vdisks") << u"vdisks"_s << false;
        QTest::newRow("long") << u"7-12-"_s + QString(37, u'a') << false;
        QTest::newRow("other digits") << u"\u0667-12-a"_s << false;
    }
    void ids()
    {
        QFETCH(QString, id);
        QFETCH(bool, valid);
        QCOMPARE(isVolumeId(id), valid);
    }
};
ZOS_TEST(TestSpaceLedger)
#include "tst_spaceledger.moc"

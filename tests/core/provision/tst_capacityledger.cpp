// SPDX-License-Identifier: Apache-2.0
#include "core/provision/capacityledger.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestCapacityLedger : public QObject
{
    Q_OBJECT
    using Request = CapacityLedger::Request;

    static DeploymentKey key(quint64 contract = 1) { return { TwinId(7), ContractId(contract) }; }
    static Request machine(const QString &name, Bytes memory, quint64 cpus = 1, Bytes root = {})
    {
        return { name, { cpus, root, {}, memory, 0 }, VolumeWish { name, root, false }, cpus };
    }
    static Request disk(const QString &name, Bytes size)
    {
        return { name, { 0, size, {}, {}, 0 }, VolumeWish { name, size, true } };
    }
    static PoolFacts pool(const QString &id, Bytes size, Bytes reserved = {},
        DiskKind kind = DiskKind::Ssd, bool healthy = true)
    {
        return { id, kind, {}, {}, size, reserved, {}, healthy, {}, {} };
    }
    static QList<PoolFacts> pools() { return { pool(u"a"_s, 10_GiB), pool(u"b"_s, 4_GiB, 1_GiB) }; }
    // Nothing of what is awaited exists.
    static Result<> reserve(CapacityLedger &book, const DeploymentKey &key,
        const QList<Request> &requests, const QList<PoolFacts> &pools)
    {
        Bytes promised;
        for (const auto &wish : book.awaited(key, requests))
            promised += wish.size;
        return book.reserve(key, requests, { pools, promised });
    }
    static CapacityLedger ledger() { return CapacityLedger({ 4, 8_GiB, 2_GiB }); }

private Q_SLOTS:
    void promisesUpToTheLastByte_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<quint64>("most");
        QTest::addColumn<QString>("text");
        QTest::newRow("memory")
            << u"memory"_s << (6_GiB).count()
            << u"cannot fulfil required memory size 6442450945 bytes out of usable 6442450944 bytes"_s;
        QTest::newRow("one disk")
            << u"disk"_s << (10_GiB).count()
            << u"the disk of 'a' asks 10737418241 bytes, the largest free space in one pool is 10737418240 bytes (pool a)"_s;
        QTest::newRow("disks")
            << u"disks"_s << (13_GiB).count()
            << u"asked 13958643713 bytes, available 13958643712 bytes, most of it in pool a (10737418240 bytes)"_s;
        QTest::newRow("cpus") << u"cpus"_s << quint64(4)
                              << u"invalid cpu must be between 1 and 4: workload 'vm' asks 5"_s;
    }
    void promisesUpToTheLastByte()
    {
        QFETCH(QString, what);
        QFETCH(quint64, most);
        QFETCH(QString, text);
        const auto asked = [&what](quint64 amount) -> QList<Request> {
            if (what == u"memory")
                return { machine(u"a"_s, 1_GiB), machine(u"b"_s, Bytes(amount) - 1_GiB) };
            if (what == u"disks")
                return { disk(u"a"_s, 8_GiB), disk(u"b"_s, Bytes(amount) - 8_GiB) };
            if (what == u"disk")
                return { disk(u"a"_s, Bytes(amount)) };
            return { machine(u"vm"_s, 1_GiB, amount) };
        };
        auto book = ledger();
        const auto refused = reserve(book, key(), asked(most + 1), pools());
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Limit);
        QVERIFY2(refused.error().what.endsWith(text), qPrintable(refused.error().what));
        QCOMPARE(book.promised(), Capacity {}); // all or nothing
        QVERIFY(reserve(book, key(), asked(most), pools()));
        QCOMPARE(book.okay(), Capacity {});
    }
    void hugeSumsDoNotWrap()
    {
        auto book = ledger();
        const Bytes huge(std::numeric_limits<quint64>::max() - 1);
        QVERIFY(!reserve(book, key(), { disk(u"a"_s, huge), disk(u"b"_s, huge) }, pools()));
        QVERIFY(!reserve(book, key(), { machine(u"a"_s, huge), machine(u"b"_s, huge) }, pools()));
        QVERIFY(!reserve(book, key(), { disk(u"a"_s, huge) }, {}));
    }
    void whatIsPromisedIsTaken()
    {
        auto book = ledger();
        QVERIFY(reserve(book, key(1), { machine(u"vm"_s, 4_GiB, 1, 1_GiB) }, pools()));
        QVERIFY(!reserve(book, key(2), { machine(u"vm"_s, 3_GiB) }, pools()));
        QVERIFY(reserve(book, key(2), { machine(u"vm"_s, 2_GiB) }, pools()));
        QVERIFY(!reserve(book, key(3), { machine(u"vm"_s, Bytes(1)) }, pools()));
        book.releaseAll(key(1));
        QVERIFY(reserve(book, key(3), { machine(u"vm"_s, 4_GiB) }, pools()));
        book.release(key(3), u"vm"_s);
        book.release(key(3), u"unknown"_s);
        QCOMPARE(book.promised().mru, 2_GiB);
    }
    // Disks that exist are counted by their pool already, memory is counted by nobody else.
    void whatRunsIsNotCountedTwice()
    {
        auto book = ledger();
        QVERIFY(reserve(book, key(1), { disk(u"data"_s, 4_GiB) }, pools()));
        QVERIFY(
            !reserve(book, key(2), { disk(u"data"_s, 9_GiB), disk(u"more"_s, 1_GiB) }, pools()));
        book.hold(key(1), disk(u"data"_s, 4_GiB), true);
        const QList<PoolFacts> used { pool(u"a"_s, 10_GiB), pool(u"b"_s, 6_GiB, 5_GiB) };
        QVERIFY(reserve(book, key(2), { disk(u"data"_s, 9_GiB), disk(u"more"_s, 1_GiB) }, used));
        QCOMPARE(book.okay().sru, 4_GiB);
        QCOMPARE(book.promised().sru, 14_GiB);
        book.hold(key(3), machine(u"vm"_s, 6_GiB), true);
        QVERIFY(!reserve(book, key(4), { machine(u"vm"_s, Bytes(1)) }, used));
    }
    void aDiskThatIsToGrowBeforeItIsMadeIsOneDisk()
    {
        auto book = ledger();
        QVERIFY(reserve(book, key(), { disk(u"data"_s, 4_GiB) }, pools()));
        book.hold(key(),
            { u"data+"_s, { 0, 2_GiB, {}, {}, 0 }, VolumeWish { u"data"_s, 6_GiB, true } }, false);
        QCOMPARE(book.awaited(key(2), {}).size(), 1);
        QVERIFY(!reserve(book, key(2), { disk(u"more"_s, 7_GiB + Bytes(1)) }, pools()));
        QVERIFY(reserve(book, key(2), { disk(u"more"_s, 7_GiB) }, pools()));
    }
    void aNameThatAsksAgainReplacesItself()
    {
        auto book = ledger();
        QVERIFY(reserve(book, key(), { disk(u"data+"_s, 6_GiB) }, pools()));
        QVERIFY(reserve(book, key(), { disk(u"data+"_s, 10_GiB) }, pools()));
        QCOMPARE(book.promised().sru, 10_GiB);
        QVERIFY(!reserve(book, key(2), { disk(u"data+"_s, 4_GiB) }, pools())); // another's
        QVERIFY(!reserve(book, key(), { disk(u"other"_s, 4_GiB) }, pools()));
    }
    void onlyHealthySsdPoolsCount()
    {
        auto book = ledger();
        const QList<PoolFacts> some { pool(u"a"_s, 10_GiB, {}, DiskKind::Ssd, false),
            pool(u"b"_s, 10_GiB, {}, DiskKind::Hdd), pool(u"c"_s, 1_GiB) };
        QVERIFY(!reserve(book, key(), { disk(u"data"_s, 2_GiB) }, some));
        QVERIFY(reserve(book, key(), { disk(u"data"_s, 1_GiB) }, some));
        const auto spinning
            = reserve(book, key(), { { u"zdb"_s, { 0, {}, 1_GiB, {}, 0 }, {} } }, some);
        QVERIFY(spinning.error().what.startsWith(u"couldn't allocate device"));
    }
    void nothingIsAlwaysThere()
    {
        CapacityLedger small({ 1, 1_GiB, 2_GiB }); // reserved more than there is
        QVERIFY(reserve(small, key(), {}, {}));
        QVERIFY(reserve(small, key(), { { u"net"_s, {}, {} } }, {}));
        QVERIFY(!reserve(small, key(), { machine(u"vm"_s, Bytes(1)) }, {}));
    }
};
ZOS_TEST(TestCapacityLedger)
#include "tst_capacityledger.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/volumescontract.h"

#include <QSet>

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {
const auto kNoRoom = u"not enough space left in pools of this type ssd: "_s;
}

Bytes VolumesContract::reserved()
{
    Bytes sum;
    for (const auto &pool : volumes().pools())
        sum += pool.reserved;
    return sum;
}

Bytes VolumesContract::largestFree()
{
    Bytes most;
    for (const auto &pool : volumes().pools()) {
        if (pool.kind == DiskKind::Ssd && pool.healthy)
            most = std::max(most, pool.size - pool.reserved);
    }
    return most;
}

QStringList VolumesContract::listed()
{
    QStringList all;
    const auto list = wait(volumes().list());
    for (const auto &one : list.value_or(QList<StoredVolume> {}))
        all += u"%1 %2 %3 %4"_s.arg(one.id, one.path, one.poolId).arg(one.size.count());
    all.sort();
    return all;
}

void VolumesContract::poolsAreSound()
{
    const auto pools = volumes().pools();
    QVERIFY(!pools.isEmpty());
    QSet<QString> ids;
    for (const auto &pool : pools) {
        QVERIFY(!pool.id.isEmpty());
        ids += pool.id;
        QVERIFY(pool.device.startsWith(u"/dev/"));
        QVERIFY(pool.path.startsWith(u'/'));
        QVERIFY(pool.size > Bytes());
        QVERIFY(pool.reserved <= pool.size);
        QCOMPARE(pool.healthy, pool.trouble.isEmpty());
    }
    QCOMPARE(ids.size(), pools.size());
    QVERIFY(largestFree() >= 1_GiB);
}

void VolumesContract::startingTwiceChangesNothing()
{
    ZOS_WORKS(volumes().createDisk(u"7-1-kept"_s, 1_MiB));
    const auto before = listed();
    const auto pools = volumes().pools().size();
    ZOS_WORKS(volumes().start());
    QCOMPARE(volumes().pools().size(), pools);
    QCOMPARE(listed(), before);
    ZOS_WORKS(volumes().removeDisk(u"7-1-kept"_s));
}

void VolumesContract::aDiskIsMadeOnce()
{
    const auto before = reserved();
    const auto made = wait(volumes().createDisk(u"7-1-once"_s, 8_MiB));
    QVERIFY2(made, made ? "" : qPrintable(made.error().what));
    QCOMPARE(made->id, u"7-1-once"_s);
    QCOMPARE(made->size, 8_MiB);
    QVERIFY(made->path.startsWith(u'/'));
    const auto pools = volumes().pools();
    QVERIFY(std::ranges::contains(pools, made->poolId, &PoolFacts::id));
    QCOMPARE(reserved(), before + 8_MiB);
    for (const auto size : { 8_MiB, 16_MiB, 1_MiB }) { // an existing one is returned as it is
        const auto again = wait(volumes().createDisk(u"7-1-once"_s, size));
        QVERIFY2(again, again ? "" : qPrintable(again.error().what));
        QCOMPARE(again->path, made->path);
        QCOMPARE(again->size, 8_MiB);
        QCOMPARE(reserved(), before + 8_MiB);
    }
    const auto found = wait(volumes().disk(u"7-1-once"_s));
    QVERIFY(found);
    QCOMPARE(found->path, made->path);
    QCOMPARE(found->size, made->size);
    QCOMPARE(found->poolId, made->poolId);
    ZOS_WORKS(volumes().removeDisk(u"7-1-once"_s));
}

void VolumesContract::aDiskGrows()
{
    const auto before = reserved();
    const auto made = wait(volumes().createDisk(u"7-1-grows"_s, 8_MiB));
    QVERIFY(made);
    const auto grown = wait(volumes().growDisk(u"7-1-grows"_s, 24_MiB));
    QVERIFY2(grown, grown ? "" : qPrintable(grown.error().what));
    QCOMPARE(grown->id, u"7-1-grows"_s);
    QCOMPARE(grown->size, 24_MiB);
    QCOMPARE(grown->path, made->path);
    QCOMPARE(reserved(), before + 24_MiB);
    ZOS_WORKS(volumes().growDisk(u"7-1-grows"_s, 24_MiB)); // again: done already
    QCOMPARE(refusal(volumes().growDisk(u"7-1-grows"_s, 16_MiB), ErrorCode::Invalid),
        u"not safe to shrink a disk"_s);
    const auto refused
        = refusal(volumes().growDisk(u"7-1-grows"_s, largestFree() + 1_GiB), ErrorCode::Limit);
    QVERIFY2(refused.startsWith(kNoRoom), qPrintable(refused));
    QCOMPARE(wait(volumes().disk(u"7-1-grows"_s))->size, 24_MiB);
    QCOMPARE(reserved(), before + 24_MiB);
    ZOS_WORKS(volumes().removeDisk(u"7-1-grows"_s));
}

void VolumesContract::aDiskIsFormattedOnce()
{
    ZOS_WORKS(volumes().createDisk(u"7-1-format"_s, 16_MiB));
    ZOS_WORKS(volumes().formatDisk(u"7-1-format"_s));
    ZOS_WORKS(volumes().formatDisk(u"7-1-format"_s));
    QCOMPARE(wait(volumes().disk(u"7-1-format"_s))->size, 16_MiB);
    ZOS_WORKS(volumes().removeDisk(u"7-1-format"_s));
}

void VolumesContract::aDiskGoes()
{
    const auto before = reserved();
    const auto list = listed();
    ZOS_WORKS(volumes().createDisk(u"7-1-goes"_s, 8_MiB));
    ZOS_WORKS(volumes().removeDisk(u"7-1-goes"_s));
    ZOS_REFUSED(volumes().disk(u"7-1-goes"_s), ErrorCode::NotFound);
    QCOMPARE(reserved(), before);
    QCOMPARE(listed(), list);
    ZOS_WORKS(volumes().removeDisk(u"7-1-goes"_s)); // absent is success
    ZOS_WORKS(volumes().createDisk(u"7-1-goes"_s, 4_MiB)); // and free for another one
    QCOMPARE(wait(volumes().disk(u"7-1-goes"_s))->size, 4_MiB);
    ZOS_WORKS(volumes().removeDisk(u"7-1-goes"_s));
}

void VolumesContract::aVolumeIsMadeOnce()
{
    const auto before = reserved();
    for (const auto &id : { u"7-1-files"_s, u"rootfs:7-1-vm"_s }) {
        const auto made = wait(volumes().createVolume(id, 16_MiB));
        QVERIFY2(made, made ? "" : qPrintable(made.error().what));
        QCOMPARE(made->id, id);
        QCOMPARE(made->size, 16_MiB);
        const auto again = wait(volumes().createVolume(id, 32_MiB));
        QVERIFY(again);
        QCOMPARE(again->path, made->path);
        QCOMPARE(again->size, 16_MiB);
        const auto found = wait(volumes().volume(id));
        QVERIFY(found);
        QCOMPARE(found->path, made->path);
        QCOMPARE(found->size, 16_MiB);
    }
    QCOMPARE(reserved(), before + 32_MiB);
    ZOS_WORKS(volumes().removeVolume(u"7-1-files"_s));
    ZOS_WORKS(volumes().removeVolume(u"rootfs:7-1-vm"_s));
}

void VolumesContract::aVolumeGrows()
{
    const auto before = reserved();
    const auto made = wait(volumes().createVolume(u"7-1-wide"_s, 16_MiB));
    QVERIFY(made);
    const auto grown = wait(volumes().growVolume(u"7-1-wide"_s, 40_MiB));
    QVERIFY2(grown, grown ? "" : qPrintable(grown.error().what));
    QCOMPARE(grown->size, 40_MiB);
    QCOMPARE(grown->path, made->path);
    QCOMPARE(reserved(), before + 40_MiB);
    ZOS_WORKS(volumes().growVolume(u"7-1-wide"_s, 40_MiB)); // again: done already
    QCOMPARE(refusal(volumes().growVolume(u"7-1-wide"_s, 16_MiB), ErrorCode::Invalid),
        u"not safe to shrink a volume"_s);
    const auto refused
        = refusal(volumes().growVolume(u"7-1-wide"_s, largestFree() + 1_GiB), ErrorCode::Limit);
    QVERIFY2(refused.startsWith(kNoRoom), qPrintable(refused));
    QCOMPARE(wait(volumes().volume(u"7-1-wide"_s))->size, 40_MiB);
    QCOMPARE(reserved(), before + 40_MiB);
    ZOS_WORKS(volumes().removeVolume(u"7-1-wide"_s));
    QCOMPARE(reserved(), before);
}

void VolumesContract::aVolumeGoes()
{
    const auto before = reserved();
    const auto list = listed();
    ZOS_WORKS(volumes().createVolume(u"7-1-goes"_s, 16_MiB));
    ZOS_WORKS(volumes().removeVolume(u"7-1-goes"_s));
    ZOS_REFUSED(volumes().volume(u"7-1-goes"_s), ErrorCode::NotFound);
    ZOS_WORKS(volumes().removeVolume(u"7-1-goes"_s)); // absent is success
    QCOMPARE(reserved(), before);
    QCOMPARE(listed(), list);
}

void VolumesContract::disksAndVolumesAreApart()
{
    const auto disk = wait(volumes().createDisk(u"7-1-both"_s, 8_MiB));
    QVERIFY(disk);
    ZOS_REFUSED(volumes().volume(u"7-1-both"_s), ErrorCode::NotFound);
    const auto volume = wait(volumes().createVolume(u"7-1-both"_s, 16_MiB));
    QVERIFY(volume);
    QVERIFY(disk->path != volume->path);
    ZOS_WORKS(volumes().removeDisk(u"7-1-both"_s));
    ZOS_WORKS(volumes().volume(u"7-1-both"_s));
    ZOS_WORKS(volumes().removeVolume(u"7-1-both"_s));
}

void VolumesContract::unknownOnesAreNotFound()
{
    ZOS_REFUSED(volumes().disk(u"7-1-none"_s), ErrorCode::NotFound);
    ZOS_REFUSED(volumes().growDisk(u"7-1-none"_s, 1_MiB), ErrorCode::NotFound);
    ZOS_REFUSED(volumes().formatDisk(u"7-1-none"_s), ErrorCode::NotFound);
    ZOS_REFUSED(volumes().volume(u"7-1-none"_s), ErrorCode::NotFound);
    ZOS_REFUSED(volumes().growVolume(u"7-1-none"_s, 1_MiB), ErrorCode::NotFound);
}

void VolumesContract::idsAreChecked_data()
{
    QTest::addColumn<QString>("id");
    for (const auto *id :
        { "", "x", "7-1", "7-1-", "-1-a", "7--a", "7-1-a/b", "../7-1-a", "7-1-../a", "/7-1-a",
            "7-1-a\n", " 7-1-a", "7-1-a-b", "7-1-a.tmp", "seven-1-a", "4294967296-1-a",
            "7-18446744073709551616-a", "rootfs:", "rootfs:7-1", "rootfs:rootfs:7-1-a",
            "rootfs:../7-1-a", "7-1-ygg", "07-1-a", "7-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })
        QTest::newRow(id) << QString::fromLatin1(id);
    QTest::newRow("zero byte") << QString(u"7-1-a"_s + QChar(0));
    QTest::newRow("letters beyond ASCII") << u"7-1-é"_s;
}

void VolumesContract::idsAreChecked()
{
    QFETCH(QString, id);
    const auto before = listed();
    ZOS_REFUSED(volumes().createDisk(id, 1_MiB), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().disk(id), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().growDisk(id, 1_MiB), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().formatDisk(id), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().removeDisk(id), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().createVolume(id, 1_MiB), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().volume(id), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().growVolume(id, 1_MiB), ErrorCode::Invalid);
    ZOS_REFUSED(volumes().removeVolume(id), ErrorCode::Invalid);
    QCOMPARE(listed(), before);
}

void VolumesContract::sizesAreChecked()
{
    for (const auto size : { Bytes(), Bytes(std::numeric_limits<quint64>::max()) }) {
        for (const bool disk : { true, false }) {
            const auto made = wait(disk ? volumes().createDisk(u"7-1-size"_s, size)
                                        : volumes().createVolume(u"7-1-size"_s, size));
            QVERIFY(!made);
            QVERIFY(made.error().code == ErrorCode::Invalid
                || (size > Bytes() && made.error().code == ErrorCode::Limit));
        }
    }
    QVERIFY(!std::ranges::any_of(
        listed(), [](const QString &line) { return line.startsWith(u"7-1-size"); }));
}

void VolumesContract::tooMuchIsALimit()
{
    const auto before = reserved();
    const auto list = listed();
    const auto tooMuch = largestFree() + 1_MiB;
    for (const bool disk : { true, false }) {
        const auto text = refusal(disk ? volumes().createDisk(u"7-1-huge"_s, tooMuch)
                                       : volumes().createVolume(u"7-1-huge"_s, tooMuch),
            ErrorCode::Limit);
        QVERIFY2(text.startsWith(kNoRoom), qPrintable(text));
        QVERIFY2(text.contains(QString::number(tooMuch.count())), qPrintable(text));
    }
    QCOMPARE(reserved(), before);
    QCOMPARE(listed(), list);
}

void VolumesContract::placesAreForetold()
{
    const auto before = reserved();
    const auto list = listed();
    QVERIFY(volumes().place({}).pools.isEmpty());
    const QList<VolumeWish> wishes { { u"7-3-a"_s, 8_MiB, true }, { u"7-3-a"_s, 16_MiB, false },
        { u"rootfs:7-3-b"_s, 16_MiB, false }, { u"7-3-c"_s, 1_MiB + Bytes(1), true } };
    const auto foretold = volumes().place(wishes);
    QCOMPARE(foretold.pools.size(), wishes.size());
    QVERIFY(!foretold.refusal);
    QCOMPARE(reserved(), before);
    QCOMPARE(listed(), list);
    for (qsizetype n = 0; n < wishes.size(); ++n) {
        const auto &wish = wishes.at(n);
        const auto made = wait(wish.disk ? volumes().createDisk(wish.id, wish.size)
                                         : volumes().createVolume(wish.id, wish.size));
        QVERIFY2(made, made ? "" : qPrintable(made.error().what));
        QCOMPARE(made->poolId, foretold.pools.at(n));
    }
    // What is there has its place.
    QCOMPARE(volumes().place(wishes).pools, foretold.pools);
    const auto tooMuch = volumes().place({ { u"7-3-d"_s, 1_MiB, true },
        { u"7-3-e"_s, largestFree(), true }, { u"7-3-f"_s, largestFree(), false },
        { u"7-3-g"_s, largestFree(), true }, { u"7-3-h"_s, 1_MiB, true } });
    QVERIFY(tooMuch.pools.size() >= 1 && tooMuch.pools.size() < 4);
    QCOMPARE(tooMuch.refusal.value_or(Error()).code, ErrorCode::Limit);
    QVERIFY2(tooMuch.refusal->what.startsWith(kNoRoom), qPrintable(tooMuch.refusal->what));
    for (const auto &wish : wishes)
        ZOS_WORKS(wish.disk ? volumes().removeDisk(wish.id) : volumes().removeVolume(wish.id));
    QCOMPARE(reserved(), before);
}

void VolumesContract::everythingIsListed()
{
    const auto before = listed();
    const auto disk = wait(volumes().createDisk(u"7-2-a"_s, 4_MiB));
    const auto volume = wait(volumes().createVolume(u"7-2-b"_s, 16_MiB));
    const auto root = wait(volumes().createVolume(u"rootfs:7-2-c"_s, 16_MiB));
    QVERIFY(disk && volume && root);
    auto expected = before;
    for (const auto &one : { *disk, *volume, *root })
        expected += u"%1 %2 %3 %4"_s.arg(one.id, one.path, one.poolId).arg(one.size.count());
    expected.sort();
    QCOMPARE(listed(), expected);
    ZOS_WORKS(volumes().removeDisk(u"7-2-a"_s));
    ZOS_WORKS(volumes().removeVolume(u"7-2-b"_s));
    ZOS_WORKS(volumes().removeVolume(u"rootfs:7-2-c"_s));
    QCOMPARE(listed(), before);
}

void VolumesContract::everythingIsFoundAgain()
{
    ZOS_WORKS(volumes().createDisk(u"7-3-a"_s, Bytes(5'000'001))); // no round number
    ZOS_WORKS(volumes().growDisk(u"7-3-a"_s, Bytes(6'000'001)));
    ZOS_WORKS(volumes().createVolume(u"7-3-b"_s, 16_MiB));
    ZOS_WORKS(volumes().growVolume(u"7-3-b"_s, 20_MiB));
    ZOS_WORKS(volumes().createDisk(u"7-3-gone"_s, 1_MiB));
    ZOS_WORKS(volumes().removeDisk(u"7-3-gone"_s));
    const auto list = listed();
    const auto booked = reserved();
    restart();
    QCOMPARE(listed(), list);
    QCOMPARE(reserved(), booked);
    QCOMPARE(wait(volumes().disk(u"7-3-a"_s))->size, Bytes(6'000'001));
    QCOMPARE(wait(volumes().volume(u"7-3-b"_s))->size, 20_MiB);
    ZOS_REFUSED(volumes().disk(u"7-3-gone"_s), ErrorCode::NotFound);
    ZOS_WORKS(volumes().removeDisk(u"7-3-a"_s));
    ZOS_WORKS(volumes().removeVolume(u"7-3-b"_s));
}

void VolumesContract::callsAboutOneIdTakeTurns()
{
    const auto before = listed();
    const auto booked = reserved();
    auto first = volumes().createDisk(u"7-4-a"_s, 8_MiB);
    auto second = volumes().createDisk(u"7-4-a"_s, 8_MiB);
    auto grown = volumes().growDisk(u"7-4-a"_s, 12_MiB);
    auto other = volumes().createDisk(u"7-4-b"_s, 8_MiB);
    ZOS_WORKS(std::move(first));
    ZOS_WORKS(std::move(second));
    ZOS_WORKS(std::move(grown));
    ZOS_WORKS(std::move(other));
    QCOMPARE(reserved(), booked + 20_MiB);
    auto removed = volumes().removeDisk(u"7-4-b"_s);
    auto made = volumes().createVolume(u"7-4-b"_s, 16_MiB);
    auto gone = volumes().removeVolume(u"7-4-b"_s);
    ZOS_WORKS(std::move(removed));
    ZOS_WORKS(std::move(made));
    ZOS_WORKS(std::move(gone));
    ZOS_WORKS(volumes().removeDisk(u"7-4-a"_s));
    QCOMPARE(listed(), before);
    QCOMPARE(reserved(), booked);
}

} // namespace zos::testing

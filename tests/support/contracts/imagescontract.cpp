// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/imagescontract.h"

#include <QSet>

namespace zos::testing {

using namespace Qt::StringLiterals;

Task<Result<MachineRoot>> ImagesContract::mount(const QString &id, int which, CancelToken token)
{
    return images().mountRoot(
        id, url(which), upper(id),
        [](double part, const QString &text) {
            QVERIFY(part >= 0 && part <= 1);
            QVERIFY(!text.isEmpty());
        },
        token);
}

QStringList ImagesContract::mounted()
{
    auto all = wait(images().mounted()).value_or(QStringList { u"cannot be listed"_s });
    all.sort();
    return all;
}

void ImagesContract::cleanup()
{
    for (const auto &id : mounted())
        ZOS_WORKS(images().unmountRoot(id));
    QCOMPARE(mounted(), QStringList());
}

void ImagesContract::aRootIsMountedOnce()
{
    const auto root = wait(mount(u"7-1-vm"_s, 0));
    QVERIFY2(root, root ? "" : qPrintable(root.error().what));
    QVERIFY(root->path.startsWith(u'/'));
    QVERIFY(root->mode == ImageMode::Container);
    QCOMPARE(root->sha256.size(), 64);
    QCOMPARE(mounted(), QStringList { u"7-1-vm"_s });
    for (const int which : { 0, 1 }) { // the same id: what is there
        const auto again = wait(mount(u"7-1-vm"_s, which));
        QVERIFY(again);
        QCOMPARE(again->path, root->path);
        QCOMPARE(again->sha256, root->sha256);
        QCOMPARE(again->startupToml, root->startupToml);
    }
    QCOMPARE(mounted(), QStringList { u"7-1-vm"_s });
}

void ImagesContract::rootsAreApart()
{
    const auto one = wait(mount(u"7-1-a"_s, 0));
    const auto two = wait(mount(u"7-1-b"_s, 0));
    const auto other = wait(mount(u"7-2-a"_s, 1));
    QVERIFY(one && two && other);
    QVERIFY(one->path != two->path && one->path != other->path);
    QCOMPARE(one->sha256, two->sha256);
    QVERIFY(one->sha256 != other->sha256);
    ZOS_WORKS(images().unmountRoot(u"7-1-a"_s));
    QCOMPARE(mounted(), QStringList({ u"7-1-b"_s, u"7-2-a"_s }));
}

void ImagesContract::aRootGoes()
{
    ZOS_WORKS(mount(u"7-1-vm"_s, 0));
    ZOS_WORKS(images().unmountRoot(u"7-1-vm"_s));
    QCOMPARE(mounted(), QStringList());
    ZOS_WORKS(images().unmountRoot(u"7-1-vm"_s)); // absent is success
    ZOS_WORKS(images().unmountRoot(u"7-1-none"_s));
    ZOS_WORKS(mount(u"7-1-vm"_s, 1)); // free for another one
}

void ImagesContract::idsAreChecked_data()
{
    QTest::addColumn<QString>("id");
    for (const auto *id :
        { "", "vm", ".", "..", "../7-1-vm", "7-1-vm/x", "7-1-", "7-1-vm\n", "rootfs:7-1-vm" })
        QTest::newRow(id) << QString::fromLatin1(id);
}

void ImagesContract::idsAreChecked()
{
    QFETCH(QString, id);
    ZOS_REFUSED(images().mountRoot(id, url(0), upper(u"7-1-vm"_s), {}, {}), ErrorCode::Invalid);
    ZOS_REFUSED(images().unmountRoot(id), ErrorCode::Invalid);
    ZOS_REFUSED(
        images().mountCached(id, QString(64, u'0'), upper(u"7-1-vm"_s)), ErrorCode::Invalid);
    QCOMPARE(mounted(), QStringList());
}

void ImagesContract::errorsNameTheUrl()
{
    const auto wrong = u"ftp://images.example/small.squashfs"_s;
    const auto said = refusal(
        images().mountRoot(u"7-1-vm"_s, wrong, upper(u"7-1-vm"_s), {}, {}), ErrorCode::Invalid);
    QVERIFY2(said.contains(wrong), qPrintable(said));
    QCOMPARE(mounted(), QStringList());
}

void ImagesContract::aCachedImageIsMounted()
{
    const auto first = wait(mount(u"7-1-a"_s, 0));
    const auto second = wait(mount(u"7-1-b"_s, 1));
    QVERIFY(first && second);
    for (const auto &id : { u"7-1-a"_s, u"7-1-b"_s })
        ZOS_WORKS(images().unmountRoot(id));
    cutOff(true);
    const auto cached = wait(images().cached());
    const auto again = wait(images().mountCached(u"7-2-a"_s, first->sha256, upper(u"7-2-a"_s)));
    const auto other = wait(images().mountCached(u"7-2-b"_s, second->sha256, upper(u"7-2-b"_s)));
    // The same id: what is there.
    const auto same = wait(images().mountCached(u"7-2-a"_s, second->sha256, upper(u"7-2-a"_s)));
    cutOff(false);
    QVERIFY(cached && again && other && same);
    QCOMPARE(QSet<QString>(cached->begin(), cached->end()),
        QSet<QString>({ first->sha256, second->sha256 }));
    QCOMPARE(again->sha256, first->sha256);
    QVERIFY(again->path != first->path && again->mode == ImageMode::Container);
    QCOMPARE(other->sha256, second->sha256);
    QCOMPARE(same->path, again->path);
    QCOMPARE(same->sha256, first->sha256);
    QCOMPARE(mounted(), QStringList({ u"7-2-a"_s, u"7-2-b"_s }));
}

void ImagesContract::whatIsNotCachedIsNotMounted_data()
{
    QTest::addColumn<QString>("sha256");
    QTest::newRow("another one") << QString(64, u'0');
    QTest::newRow("nothing") << QString();
    QTest::newRow("a path") << u"../0"_s;
}

void ImagesContract::whatIsNotCachedIsNotMounted()
{
    QFETCH(QString, sha256);
    ZOS_WORKS(mount(u"7-1-b"_s, 0));
    ZOS_REFUSED(images().mountCached(u"7-1-vm"_s, sha256, upper(u"7-1-vm"_s)), ErrorCode::NotFound);
    QCOMPARE(mounted(), QStringList { u"7-1-b"_s });
}

void ImagesContract::aCancelledMountLeavesNothing()
{
    CancelToken token;
    token.cancel();
    ZOS_REFUSED(mount(u"7-1-vm"_s, 0, token), ErrorCode::Cancelled);
    QCOMPARE(mounted(), QStringList());
    ZOS_WORKS(mount(u"7-1-vm"_s, 0));
}

void ImagesContract::everythingIsFoundAgain()
{
    const auto before = wait(mount(u"7-1-vm"_s, 0));
    QVERIFY(before);
    restart();
    QCOMPARE(mounted(), QStringList { u"7-1-vm"_s });
    const auto after = wait(mount(u"7-1-vm"_s, 0));
    QVERIFY(after);
    QCOMPARE(after->path, before->path);
    QCOMPARE(after->sha256, before->sha256);
    ZOS_WORKS(images().unmountRoot(u"7-1-vm"_s));
}

void ImagesContract::callsAboutOneRootTakeTurns()
{
    auto first = mount(u"7-1-vm"_s, 0);
    auto second = mount(u"7-1-vm"_s, 1);
    auto other = mount(u"7-1-b"_s, 1);
    auto gone = images().unmountRoot(u"7-1-vm"_s);
    const auto one = wait(std::move(first));
    const auto two = wait(std::move(second));
    QVERIFY(one && two);
    QCOMPARE(one->sha256, two->sha256);
    ZOS_WORKS(std::move(other));
    ZOS_WORKS(std::move(gone));
    QCOMPARE(mounted(), QStringList { u"7-1-b"_s });
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/imagescontract.h"

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

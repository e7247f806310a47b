// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/machinescontract.h"

#include <QSignalSpy>

namespace zos::testing {

using namespace Qt::StringLiterals;

std::optional<MachineFacts> MachinesContract::listed()
{
    const auto all = wait(machines().list());
    if (!all || all->isEmpty())
        return std::nullopt;
    return all->size() == 1 ? all->first() : MachineFacts {};
}

void MachinesContract::cleanup()
{
    const auto all = wait(machines().list());
    for (const auto &one : all.value_or(QList<MachineFacts>()))
        ZOS_WORKS(machines().destroy(one.id));
    QVERIFY(!listed());
}

void MachinesContract::itSaysWhatItRunsOn()
{
    const auto facts = machines().virtualisation();
    QVERIFY(!facts.hypervisor.isEmpty());
    QCOMPARE(facts.kvm, facts.reason.isEmpty());
}

void MachinesContract::aMachineIsStartedOnce()
{
    const auto wanted = plan();
    ZOS_WORKS(machines().run(wanted));
    const auto facts = listed();
    QVERIFY(facts);
    QCOMPARE(facts->id, wanted.id);
    QCOMPARE(facts->specDigest, wanted.digest());
    QVERIFY(facts->running);
    QVERIFY(facts->startedAtMs > 0);
    QSignalSpy stopped(&machines(), &Machines::stopped);
    ZOS_WORKS(machines().run(wanted));
    QCOMPARE(listed()->startedAtMs, facts->startedAtMs);
    QVERIFY(stopped.isEmpty());
}

void MachinesContract::anotherDescriptionIsRefused()
{
    ZOS_WORKS(machines().run(plan()));
    auto other = plan();
    other.hostname = u"other"_s;
    ZOS_REFUSED(machines().run(other), ErrorCode::Exists);
    QCOMPARE(listed()->specDigest, plan().digest());
}

void MachinesContract::aMachineIsPausedAndResumed()
{
    const auto id = plan().id;
    ZOS_WORKS(machines().run(plan()));
    for (int twice = 0; twice < 2; ++twice) {
        ZOS_WORKS(machines().pauseMachine(id));
        QVERIFY(!listed()->running);
    }
    ZOS_WORKS(machines().run(plan())); // paused on purpose: it stays so
    QVERIFY(!listed()->running);
    for (int twice = 0; twice < 2; ++twice) {
        ZOS_WORKS(machines().resumeMachine(id));
        QVERIFY(listed()->running);
    }
    ZOS_WORKS(machines().pauseMachine(id));
    ZOS_WORKS(machines().destroy(id)); // as it is
    QVERIFY(!listed());
}

void MachinesContract::aMachineStartsPaused()
{
    auto frozen = plan();
    frozen.paused = true;
    QCOMPARE(frozen.digest(), plan().digest());
    QSignalSpy stopped(&machines(), &Machines::stopped);
    ZOS_WORKS(machines().run(frozen));
    QVERIFY(listed() && !listed()->running);
    restart();
    QVERIFY(listed() && !listed()->running);
    QCOMPARE(wait(machines().consoleLog(frozen.id, 1024)).value_or("?"), QByteArray());
    ZOS_WORKS(machines().run(plan())); // there already: it stays as it is
    QVERIFY(!listed()->running);
    ZOS_WORKS(machines().resumeMachine(frozen.id));
    QVERIFY(listed()->running);
    QVERIFY(QTest::qWaitFor(
        [&] { return !wait(machines().consoleLog(frozen.id, 1024)).value_or("").isEmpty(); },
        kPatience));
    ZOS_WORKS(machines().run(frozen)); // the same the other way round
    QVERIFY(listed()->running);
    QVERIFY(stopped.isEmpty());
}

void MachinesContract::aStoppedMachineRunsAgain()
{
    const auto id = plan().id;
    QSignalSpy stopped(&machines(), &Machines::stopped);
    ZOS_WORKS(machines().run(plan()));
    QVERIFY(QTest::qWaitFor(
        [this, id] { return !wait(machines().consoleLog(id, 1024)).value_or("").isEmpty(); },
        kPatience));
    const auto before = wait(machines().consoleLog(id, 256));
    for (int twice = 0; twice < 2; ++twice) { // the second time there is none
        ZOS_WORKS(machines().stop(id, std::chrono::seconds(2)));
        QVERIFY(!listed());
    }
    ZOS_REFUSED(machines().pauseMachine(id), ErrorCode::NotFound);
    auto other = plan();
    other.cpu = 2;
    other.memory = 320_MiB;
    ZOS_WORKS(machines().run(other));
    QCOMPARE(listed()->specDigest, other.digest());
    QCOMPARE(listed()->cpu, 2u);
    QCOMPARE(listed()->memory, 320_MiB);
    QCOMPARE(listed()->disks.value(), QStringList(u"10-20-data"_s));
    QVERIFY(wait(machines().consoleLog(id, 256 * 1024))->contains(*before));
    ZOS_WORKS(machines().pauseMachine(id));
    ZOS_WORKS(machines().stop(id, std::chrono::minutes(1))); // nobody waits for a paused one
    QVERIFY(!listed());
    QCoreApplication::processEvents();
    QVERIFY(stopped.isEmpty()); // it was told to
    ZOS_WORKS(machines().destroy(id));
    ZOS_REFUSED(machines().consoleLog(id, 10), ErrorCode::NotFound);
}

void MachinesContract::aMachineIsToldOfALargerDisk()
{
    const auto id = plan().id;
    const auto path = plan().disks.first().path;
    ZOS_REFUSED(machines().growDisk(id, path), ErrorCode::NotFound);
    ZOS_WORKS(machines().run(plan()));
    ZOS_WORKS(machines().growDisk(id, path)); // also when it did not grow
    ZOS_REFUSED(machines().growDisk(id, path + u"x"_s), ErrorCode::NotFound);
    ZOS_REFUSED(machines().growDisk(id, u"/etc/hostname"_s), ErrorCode::NotFound);
    ZOS_WORKS(machines().pauseMachine(id));
    ZOS_WORKS(machines().growDisk(id, path));
    QVERIFY(!listed()->running);
}

void MachinesContract::aMachineGoesWithoutNews()
{
    const auto id = plan().id;
    QSignalSpy stopped(&machines(), &Machines::stopped);
    ZOS_WORKS(machines().run(plan()));
    ZOS_WORKS(machines().destroy(id));
    QVERIFY(!listed());
    ZOS_REFUSED(machines().consoleLog(id, 1024), ErrorCode::NotFound);
    ZOS_WORKS(machines().destroy(id)); // absent is success
    QCoreApplication::processEvents();
    QVERIFY(stopped.isEmpty()); // it was told to
}

void MachinesContract::unknownOnesAreNotFound()
{
    ZOS_REFUSED(machines().pauseMachine(u"10-20-none"_s), ErrorCode::NotFound);
    ZOS_REFUSED(machines().resumeMachine(u"10-20-none"_s), ErrorCode::NotFound);
    ZOS_REFUSED(machines().growDisk(u"10-20-none"_s, u"/etc/hostname"_s), ErrorCode::NotFound);
    ZOS_WORKS(machines().stop(u"10-20-none"_s, std::chrono::seconds(1)));
    ZOS_REFUSED(machines().consoleLog(u"10-20-none"_s, 10), ErrorCode::NotFound);
    ZOS_WORKS(machines().destroy(u"10-20-none"_s));
}

void MachinesContract::idsAreChecked_data()
{
    QTest::addColumn<QString>("id");
    for (const auto *id :
        { "", "vm", "../10-20-vm", "10-20-../vm", "10-20-vm/x", "10-20-", "10-20-vm\n" })
        QTest::newRow(id) << QString::fromLatin1(id);
}

void MachinesContract::idsAreChecked()
{
    QFETCH(QString, id);
    auto wrong = plan();
    wrong.id = id;
    ZOS_REFUSED(machines().run(wrong), ErrorCode::Invalid);
    ZOS_REFUSED(machines().destroy(id), ErrorCode::Invalid);
    ZOS_REFUSED(machines().pauseMachine(id), ErrorCode::Invalid);
    ZOS_REFUSED(machines().resumeMachine(id), ErrorCode::Invalid);
    ZOS_REFUSED(machines().stop(id, std::chrono::seconds(1)), ErrorCode::Invalid);
    ZOS_REFUSED(machines().growDisk(id, u"/etc/hostname"_s), ErrorCode::Invalid);
    ZOS_REFUSED(machines().consoleLog(id, 10), ErrorCode::Invalid);
    QVERIFY(!listed());
}

void MachinesContract::aFailedStartLeavesNothing()
{
    auto broken = plan();
    broken.nics.first().tap = u"nosuchtap"_s;
    QSignalSpy stopped(&machines(), &Machines::stopped);
    const auto said = trouble(machines().run(broken));
    QVERIFY(!said.isEmpty());
    QVERIFY(!listed());
    QVERIFY(stopped.isEmpty());
    ZOS_WORKS(machines().run(plan())); // nothing is in the way
}

void MachinesContract::theConsoleIsBounded()
{
    ZOS_WORKS(machines().run(plan()));
    QVERIFY(QTest::qWaitFor(
        [this] { return !wait(machines().consoleLog(plan().id, 1024)).value_or("").isEmpty(); },
        kPatience));
    for (const int bytes : { -1, 0, 1, 7, 1 << 30 }) {
        const auto text = wait(machines().consoleLog(plan().id, bytes));
        QVERIFY(text);
        QVERIFY(text->size() <= std::clamp(bytes, 0, 256 * 1024));
    }
}

void MachinesContract::aMachineThatDiesSaysSo()
{
    const auto id = plan().id;
    ZOS_WORKS(machines().run(plan()));
    QSignalSpy stopped(&machines(), &Machines::stopped);
    kill(id);
    QVERIFY(!stopped.isEmpty() || stopped.wait(kPatience));
    QCOMPARE(stopped.size(), 1);
    QCOMPARE(stopped.first()[0].toString(), id);
    QVERIFY(!stopped.first()[1].toString().isEmpty());
    QVERIFY(!listed());
    ZOS_REFUSED(machines().pauseMachine(id), ErrorCode::NotFound);
    ZOS_WORKS(machines().run(plan())); // and again
    QVERIFY(listed()->running);
    QCOMPARE(stopped.size(), 1);
}

void MachinesContract::aRebootIsReported()
{
    ZOS_WORKS(machines().run(plan()));
    QSignalSpy rebooted(&machines(), &Machines::rebooted);
    QSignalSpy stopped(&machines(), &Machines::stopped);
    reboot(plan().id);
    QVERIFY(!rebooted.isEmpty() || rebooted.wait(kPatience));
    QCOMPARE(rebooted.first()[0].toString(), plan().id);
    QVERIFY(stopped.isEmpty());
    QVERIFY(listed()->running);
}

void MachinesContract::everythingIsFoundAgain()
{
    const auto id = plan().id;
    ZOS_WORKS(machines().run(plan()));
    ZOS_WORKS(machines().pauseMachine(id));
    const auto before = listed();
    restart();
    const auto after = listed();
    QVERIFY(after);
    QCOMPARE(after->id, id);
    QCOMPARE(after->specDigest, before->specDigest);
    QCOMPARE(after->startedAtMs, before->startedAtMs);
    QCOMPARE(after->cpu, plan().cpu);
    QCOMPARE(after->disks.value(), QStringList(u"10-20-data"_s));
    QCOMPARE(after->memory, plan().memory);
    QVERIFY(!after->running);
    ZOS_WORKS(machines().run(plan()));
    ZOS_WORKS(machines().resumeMachine(id));
    QSignalSpy stopped(&machines(), &Machines::stopped);
    kill(id); // the new one hears of it
    QVERIFY(!stopped.isEmpty() || stopped.wait(kPatience));
    QCOMPARE(stopped.first()[0].toString(), id);
}

void MachinesContract::callsAboutOneMachineTakeTurns()
{
    const auto id = plan().id;
    auto first = machines().run(plan());
    auto again = machines().run(plan());
    auto paused = machines().pauseMachine(id);
    auto gone = machines().destroy(id);
    auto absent = machines().destroy(id);
    ZOS_WORKS(std::move(first));
    ZOS_WORKS(std::move(again));
    ZOS_WORKS(std::move(paused));
    ZOS_WORKS(std::move(gone));
    ZOS_WORKS(std::move(absent));
    QVERIFY(!listed());
}

} // namespace zos::testing

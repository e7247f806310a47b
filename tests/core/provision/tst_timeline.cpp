// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QList<StepEntry> timelineOf(const Rig &rig, quint64 contract = 5)
{
    const auto entries
        = testing::wait(rig.engine->timeline(TwinId(Rig::kTwin), ContractId(contract)));
    return entries ? *entries : QList<StepEntry>();
}

// "vm create: starting the machine", with "..." when it runs and "! why" when it failed.
QStringList lines(const QList<StepEntry> &entries)
{
    QStringList all;
    for (const auto &entry : entries) {
        QString line = (entry.workload.isEmpty() ? u"-"_s : entry.workload) + u' ' + entry.wanted
            + u": " + entry.step;
        if (!entry.endMs)
            line += u" ..."_s;
        if (!entry.error.isEmpty())
            line += u" ! " + entry.error;
        all += line;
    }
    return all;
}

bool deployFull(Rig &rig)
{
    return testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
        && rig.idle();
}

} // namespace

class TestTimeline : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void tellsEveryStepAndCostsNoWrite()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto before = rig.store.commits();
        QVERIFY(deployFull(rig));
        QCOMPARE(lines(timelineOf(rig)),
            QStringList({ u"- version 0: checking and storing the request"_s,
                u"data create: creating the disk"_s, u"net create: setting up the network"_s,
                u"vm create: listing machines"_s, u"vm create: looking for disk 'data'"_s,
                u"vm create: creating the root volume"_s, u"vm create: mounting the image"_s,
                u"vm create: adding the network card"_s, u"vm create: formatting disk 'data'"_s,
                u"vm create: starting the machine"_s }));
        quint64 last = 0;
        for (const auto &entry : timelineOf(rig)) {
            QVERIFY(entry.seq > last);
            last = entry.seq;
            QCOMPARE(entry.startMs, rig.clock.now().count());
            QCOMPARE(entry.endMs, rig.clock.now().count());
        }
        // The request and its three results; steps travel along.
        QCOMPARE(rig.store.commits() - before, 4);
        QCOMPARE(rig.memory.contents().lastStep, last);
    }

    void tellsWhatRunsAndForHowLong()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"images.mountRoot"_s);
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(eventually(
            [&] { return lines(timelineOf(rig)).last() == u"vm create: mounting the image ..."; }));
        const auto begun = rig.clock.now().count();
        rig.clock.advance(90s);
        rig.world->worksAgain();
        rig.world->release();
        QVERIFY(rig.idle());
        const auto entries = timelineOf(rig);
        const auto found = std::ranges::find(entries, u"mounting the image"_s, &StepEntry::step);
        QVERIFY(found != entries.end());
        QCOMPARE(found->startMs, begun);
        QCOMPARE(found->endMs, begun + 90'000);
    }

    void saysWhereTheWorkStands()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"images.mountRoot"_s);
        const TwinId twin(Rig::kTwin);
        QVERIFY(testing::wait(rig.engine->deploy(twin, rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(eventually(
            [&] { return lines(timelineOf(rig)).last() == u"vm create: mounting the image ..."; }));
        QVERIFY(testing::wait(
            rig.engine->deploy(twin, rig.request(6, 0, { Rig::disk("more", 1 << 20) }))));
        const auto begun = rig.clock.now().count();
        rig.clock.advance(90s);

        const auto busy = rig.engine->progress(twin, ContractId(5));
        QVERIFY(busy);
        QVERIFY(!busy->queue && !busy->ending && !busy->nextRetry);
        QCOMPARE(busy->contract.state, u"created"_s);
        QCOMPARE(busy->parts.size(), 3);
        const auto vm = std::ranges::find(busy->parts, u"vm"_s, &DeploymentProgress::Part::name);
        QVERIFY(vm != busy->parts.end());
        QCOMPARE(vm->step, u"mounting the image"_s);
        QCOMPARE(vm->result.message, u"downloading image 50 %, 1 MB of 2 MB"_s); // tells more
        QCOMPARE(vm->since, begun);
        QCOMPARE(vm->result.state, ResultState::Init);
        for (const auto &part : busy->parts)
            QVERIFY(part.name == u"vm" || (part.step.isEmpty() && !part.since));

        QCOMPARE(rig.engine->longestJob(), 90s);

        const auto waiting = rig.engine->progress(twin, ContractId(6));
        QVERIFY(waiting);
        QCOMPARE(waiting->queue, 1);
        QCOMPARE(waiting->parts.first().result.message, u"in the queue, 1 before it"_s);
        QVERIFY(!rig.engine->progress(TwinId(Rig::kTwin + 1), ContractId(6)));

        rig.world->worksAgain();
        rig.world->release();
        QVERIFY(rig.idle());
        const auto done = rig.engine->progress(twin, ContractId(6));
        QVERIFY(done && !done->queue);
        QCOMPARE(rig.engine->longestJob(), 0s);
        QCOMPARE(done->parts.first().result.state, ResultState::Ok);
        QCOMPARE(done->parts.first().result.message, QString());
    }

    void saysWhenItTriesAgain()
    {
        Rig rig;
        QVERIFY(rig.start() && deployFull(rig));
        const TwinId twin(Rig::kTwin);
        const auto json = rig.request(6, 0, { Rig::disk("more", 1 << 20) });
        rig.ledger.hideContracts = true;
        QVERIFY(testing::wait(rig.engine->deploy(twin, json)) && rig.idle());
        for (const auto &[retries, delay] : { std::pair(1, 10), { 2, 20 } }) {
            const auto found = rig.engine->progress(twin, ContractId(6));
            QVERIFY(found);
            QCOMPARE(found->retries, retries);
            QCOMPARE(found->nextRetry, rig.clock.seconds().count() + delay);
            QVERIFY(found->contract.state.isEmpty());
            QVERIFY(rig.later(std::chrono::seconds(delay)));
        }
        rig.ledger.hideContracts = false;
        QVERIFY(rig.later(1min));
        const auto found = rig.engine->progress(twin, ContractId(6));
        QVERIFY(found && !found->nextRetry && found->retries == 0);
    }

    void tellsWhyAStepFailed()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->failCalls(u"machines.run"_s, { ErrorCode::Io, u"qemu says no"_s });
        QVERIFY(deployFull(rig));
        const auto told = lines(timelineOf(rig));
        QVERIFY2(told.contains(u"vm create: starting the machine ! qemu says no"_s),
            qPrintable(told.join(u'\n')));
        QCOMPARE(rig.result(5, "vm").data,
            "{\"code\":\"io\",\"stage\":\"starting the machine\",\"retry_at\":null}");
        // What was begun is removed again; that is told as well.
        QVERIFY(told.contains(u"vm remove: removing the root volume"_s));
    }

    void tellsHowAStepRanOutOfTime()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"machines.run"_s);
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(eventually([&] {
            return rig.engine->nextLimit().has_value()
                && lines(timelineOf(rig)).last().endsWith(u"starting the machine ...");
        }));
        rig.turn(2min);
        QVERIFY(eventually([&] { return rig.state(5, "vm") == u"error"; }));
        QVERIFY(lines(timelineOf(rig))
                .contains(u"vm create: starting the machine ! starting the machine did not "
                          u"finish within 120 s"_s));
        rig.world->release();
        QVERIFY(rig.idle());
    }

    void survivesACrash()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(deployFull(rig));
        const auto before = lines(timelineOf(rig));
        const auto last = timelineOf(rig).last().seq;
        rig.crash();
        rig.world->reboot();
        QVERIFY(rig.start());
        const auto after = timelineOf(rig);
        QCOMPARE(lines(after).first(before.size()), before);
        QCOMPARE(lines(after).at(before.size()), u"data restore: looking for the disk"_s);
        QCOMPARE(lines(after).last(), u"vm restore: starting the machine"_s);
        QVERIFY(after.at(before.size()).seq > last);
    }

    void aTroubledRestoreAndAnOrderlyEndAreWritten()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(deployFull(rig));
        rig.crash();
        rig.world->reboot();
        rig.world->failCalls(u"images.mountRoot"_s, { ErrorCode::Unavailable, u"hub is away"_s });
        QVERIFY(rig.start());
        const auto seen = lines(timelineOf(rig));
        QCOMPARE(seen.last(), u"vm restore: mounting the image ! hub is away"_s);
        rig.crash(); // written all the same
        rig.world->worksAgain();
        QVERIFY(rig.start());
        const auto more = lines(timelineOf(rig));
        QCOMPARE(more.first(seen.size()), seen);
        QVERIFY(more.size() > seen.size());
        testing::wait(rig.engine->stop());
        rig.crash();
        rig.makeEngine();
        QCOMPARE(rig.memory.contents().lastStep, quint64(more.size()));
    }

    void staysForTheOwnerAfterTheEnd()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(deployFull(rig));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        const auto told = lines(timelineOf(rig));
        QVERIFY(told.contains(u"data remove: removing the disk"_s));
        QCOMPARE(
            testing::wait(rig.engine->timeline(TwinId(Rig::kTwin + 1), ContractId(5))).error().what,
            u"deployment not found"_s);
        QCOMPARE(
            testing::wait(rig.engine->timeline(TwinId(Rig::kTwin), ContractId(6))).error().what,
            u"deployment not found"_s);
    }

    void isBounded()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(deployFull(rig));
        rig.crash();
        rig.world->reboot();
        rig.world->failCalls(u"images.mountRoot"_s, { ErrorCode::Unavailable, u"away"_s });
        QVERIFY(rig.start());
        for (int n = 0; n < 80; ++n)
            QVERIFY(rig.later(10min));
        const auto kept = timelineOf(rig);
        QCOMPARE(kept.size(), kStepsKept);
        QCOMPARE(lines(kept).last(), u"vm restore: mounting the image ! away"_s);
        QVERIFY(kept.first().seq > 100);
    }
};
ZOS_TEST(TestTimeline)
#include "tst_timeline.moc"

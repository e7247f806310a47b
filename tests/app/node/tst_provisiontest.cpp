// SPDX-License-Identifier: Apache-2.0
#include "app/node/provisiontest.h"
#include "core/provision/types/step.h"
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using testing::eventually;
using testing::Rig;
using testing::wait;

// The self test on a simulated node with an engine of its own.
class TestProvisionTest : public QObject
{
    Q_OBJECT
private:
    static constexpr auto kId = "0-0-selftest"_L1;

    struct Lab
    {
        Lab() { begin(); }
        ~Lab() // also of a test that failed in the middle
        {
            token.cancel();
            rig.world->goOn();
            eventually([this] {
                return std::ranges::all_of(
                    results, [](const auto &result) { return result->has_value(); });
            });
        }
        void begin()
        {
            if (!rig.start())
                qFatal("the engine does not start");
            rig.world->imageCache = { u"http://images.example/small.squashfs"_s };
            rig.world->clearLog();
        }
        app::ProvisionSources sources()
        {
            return { &rig.volumes, &rig.networks, &rig.machines, &rig.images, rig.engine.get(),
                &rig.clock, &deadlines };
        }
        SelfTestResult make() { return wait(app::testProvisioning(sources(), token)); }
        // Without waiting for its end.
        std::shared_ptr<std::optional<SelfTestResult>> begin(CancelToken stop)
        {
            const auto result = std::make_shared<std::optional<SelfTestResult>>();
            results += result;
            keep(app::testProvisioning(sources(), std::move(stop)), result);
            return result;
        }
        static Task<void> keep(
            Task<SelfTestResult> task, std::shared_ptr<std::optional<SelfTestResult>> result)
        {
            result->emplace(co_await std::move(task));
        }
        bool deploy(const QByteArray &request)
        {
            return wait(rig.engine->deploy(TwinId(Rig::kTwin), request)).has_value();
        }
        bool called(QLatin1StringView call) const
        {
            return std::ranges::any_of(rig.world->callLog(),
                [call](const QString &line) { return line.startsWith(call); });
        }

        Rig rig;
        Agenda deadlines { rig.clock };
        CancelToken token;
        QList<std::shared_ptr<std::optional<SelfTestResult>>> results;
    };

private Q_SLOTS:
    void makesAndRemoves()
    {
        Lab lab;
        const auto before = lab.rig.world->snapshot();
        const auto made = lab.make();
        QCOMPARE(made.name, u"provisiontest"_s);
        QCOMPARE(made.result, "[]");
        QCOMPARE(made.troubles, QStringList());
        for (const auto call : { "volumes.createDisk "_L1, "volumes.formatDisk "_L1,
                 "networks.apply "_L1, "images.mountCached "_L1, "networks.addTap "_L1,
                 "machines.run "_L1, "machines.resumeMachine "_L1 })
            QVERIFY2(lab.called(call), call.data());
        QVERIFY(!lab.called("images.mountRoot"_L1)); // it would ask for the image
        QCOMPARE(lab.rig.world->starts.value(kId), 1);
        QCOMPARE(lab.rig.world->snapshot(), before);
        QCOMPARE(lab.make().troubles, QStringList()); // and again
        QCOMPARE(lab.rig.engine->usage().workloads, 0u);
    }
    // What there is no image for is no trouble.
    void makesNoMachineWithoutAnImage_data()
    {
        QTest::addColumn<QStringList>("images");
        QTest::newRow("none is cached") << QStringList();
        QTest::newRow("it has a kernel of its own") << QStringList { u"http://own"_s };
    }
    void makesNoMachineWithoutAnImage()
    {
        QFETCH(QStringList, images);
        Lab lab;
        lab.rig.world->imageCache = images;
        lab.rig.world->ownKernels = { u"http://own"_s };
        const auto before = lab.rig.world->snapshot();
        QCOMPARE(lab.make().result, "[]");
        QVERIFY(lab.called("networks.apply "_L1));
        QVERIFY(!lab.called("machines.run "_L1));
        QCOMPARE(lab.rig.world->snapshot(), before);
    }
    void findsAnImageThatWillDo()
    {
        Lab lab;
        lab.rig.world->imageCache = { u"http://own"_s, u"http://small"_s };
        lab.rig.world->ownKernels = { u"http://own"_s };
        QCOMPARE(lab.make().result, "[]");
        QVERIFY(lab.called("machines.run "_L1));
    }
    void tellsWhatCannotBeMade_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<QString>("trouble");
        QTest::newRow("disk") << u"volumes.createDisk"_s << u"disk: creating the disk: no"_s;
        QTest::newRow("file system")
            << u"volumes.formatDisk"_s << u"disk: formatting the disk: no"_s;
        QTest::newRow("network") << u"networks.apply"_s << u"network: setting up the network: no"_s;
        QTest::newRow("look at it")
            << u"networks.state"_s << u"network: looking at the network: no"_s;
        QTest::newRow("list of images")
            << u"images.cached"_s << u"machine: listing cached images: no"_s;
        QTest::newRow("root") << u"volumes.createVolume"_s
                              << u"machine: creating the root volume: no"_s;
        QTest::newRow("image") << u"images.mountCached"_s << u"machine: mounting the image: no"_s;
        QTest::newRow("card") << u"networks.addTap"_s << u"machine: adding the network card: no"_s;
        QTest::newRow("machine") << u"machines.run"_s << u"machine: starting the machine: no"_s;
        QTest::newRow("list of machines")
            << u"machines.list"_s << u"machine: listing machines: no"_s;
        QTest::newRow("let it run")
            << u"machines.resumeMachine"_s << u"machine: letting the machine run: no"_s;
    }
    void tellsWhatCannotBeMade()
    {
        QFETCH(QString, call);
        QFETCH(QString, trouble);
        Lab lab;
        const auto before = lab.rig.world->snapshot();
        lab.rig.world->failCalls(call, { ErrorCode::Io, u"no"_s });
        const auto made = lab.make();
        QCOMPARE(made.troubles, QStringList { trouble });
        QCOMPARE(made.result, QByteArray("[\"" + trouble.toUtf8() + "\"]"));
        QCOMPARE(lab.rig.world->snapshot(), before);
        lab.rig.world->worksAgain();
        QCOMPARE(lab.make().result, "[]");
    }
    void tellsWhatCannotBeRemoved()
    {
        Lab lab;
        lab.rig.world->failCalls(u"volumes.removeVolume"_s, { ErrorCode::Io, u"no"_s });
        QCOMPARE(lab.make().troubles, QStringList { u"removing the root volume: no"_s });
        QCOMPARE(lab.rig.world->volumes.size(), 1); // each object on its own
        QVERIFY(lab.rig.world->networks.isEmpty() && lab.rig.world->machines.isEmpty());
        lab.rig.world->worksAgain();
        QCOMPARE(lab.make().result, "[]");
        QVERIFY(lab.rig.world->volumes.isEmpty());
    }
    // The process ended in the middle of it.
    void remainsGo()
    {
        Lab lab;
        const auto before = lab.rig.world->snapshot();
        lab.rig.world->stallCalls(u"machines.resumeMachine"_s);
        const auto result = lab.begin(lab.token);
        QVERIFY(eventually([&] { return lab.rig.world->waitingCalls() == 1; }));
        const auto left = *lab.rig.world; // all of it
        lab.token.cancel();
        lab.rig.world->goOn();
        QVERIFY(eventually([&] { return result->has_value(); }));
        QCOMPARE(lab.rig.world->snapshot(), before);
        lab.rig.world->volumes = left.volumes;
        lab.rig.world->networks = left.networks;
        lab.rig.world->taps = left.taps;
        lab.rig.world->machines = left.machines;
        lab.rig.world->roots = left.roots;
        QCOMPARE(lab.rig.world->machines.size(), 1);
        QCOMPARE(wait(app::removeTestRemains(lab.sources(), {})), QStringList());
        QCOMPARE(lab.rig.world->snapshot(), before);
    }
    // The node ends: no step begins any more, but what is there goes.
    void isCancelled()
    {
        Lab lab;
        const auto before = lab.rig.world->snapshot();
        lab.rig.world->stallCalls(u"images.mountCached"_s);
        const auto result = lab.begin(lab.token);
        QVERIFY(eventually([&] { return lab.rig.world->waitingCalls() == 1; }));
        lab.token.cancel();
        QVERIFY(eventually([&] { return lab.called("machines.destroy "_L1); }));
        lab.rig.world->goOn();
        QVERIFY(eventually([&] { return result->has_value(); }));
        QCOMPARE((*result)->troubles, QStringList());
        QVERIFY(!lab.called("machines.run "_L1));
        QCOMPARE(lab.rig.world->snapshot(), before);
    }
    void waitsForNothingForEver()
    {
        Lab lab;
        lab.rig.world->stallCalls(u"machines.run"_s);
        const auto result = lab.begin(lab.token);
        QVERIFY(eventually([&] { return lab.rig.world->waitingCalls() == 1; }));
        for (int seconds = 0; seconds < 480 && !result->has_value(); ++seconds) {
            lab.rig.clock.advance(1s);
            lab.deadlines.runDue();
            QCoreApplication::processEvents();
        }
        QVERIFY(result->has_value());
        QCOMPARE((*result)->troubles.first(),
            u"machine: starting the machine did not finish within 120 s"_s);
        QVERIFY((*result)->troubles.contains(u"removing the machine did not finish within 20 s"_s));
        lab.rig.world->goOn();
        QVERIFY(eventually([&] { return lab.rig.world->waitingCalls() == 0; }));
    }
    // Nothing is taken that is promised to users, be it there already or not.
    void takesNothingOfUsers_data()
    {
        QTest::addColumn<quint64>("memory"); // MiB of a user's machine
        QTest::addColumn<quint64>("disk"); // MiB that user's disk leaves on each pool
        QTest::addColumn<QString>("calls");
        QTest::newRow("room for all") << quint64(1024) << quint64(1024) << u"disk machine"_s;
        QTest::newRow("no memory") << quint64(6144 - 100) << quint64(1024) << u"disk"_s;
        QTest::newRow("no space for a root") << quint64(1024) << quint64(20) << u"disk"_s;
        QTest::newRow("no space") << quint64(1024) << quint64(8) << QString();
    }
    void takesNothingOfUsers()
    {
        QFETCH(quint64, memory);
        QFETCH(quint64, disk);
        QFETCH(QString, calls);
        Lab lab;
        const auto user = Rig::machine("vm", {}, "10.20.2.2", memory << 20);
        QVERIFY(lab.deploy(lab.rig.request(5, 0, { user, Rig::network() })));
        QVERIFY(lab.rig.idle());
        QByteArrayList disks;
        for (const auto &pool : lab.rig.volumes.pools())
            disks += Rig::disk(disks.isEmpty() ? "d0" : "d1", pool.free().count() - (disk << 20));
        for (const bool there : { false, true }) {
            if (!there) { // promised, not made
                lab.rig.world->stallCalls(u"volumes.createDisk 42-6"_s);
                QVERIFY(lab.deploy(lab.rig.request(6, 0, disks)));
                QVERIFY(eventually([&] { return lab.rig.world->waitingCalls() == 1; }));
            } else {
                lab.rig.world->goOn();
                QVERIFY(lab.rig.idle());
            }
            lab.rig.world->clearLog();
            QCOMPARE(lab.make().result, "[]");
            QStringList made;
            if (lab.called("volumes.createDisk 0-"_L1))
                made += u"disk"_s;
            if (lab.called("machines.run 0-"_L1))
                made += u"machine"_s;
            QCOMPARE(made.join(u' '), calls);
            QVERIFY(lab.called("networks.apply "_L1));
        }
        const auto deployment = lab.rig.engine->deployment(TwinId(Rig::kTwin), ContractId(6));
        QVERIFY(deployment);
        for (const auto &name : { u"d0"_s, u"d1"_s })
            QCOMPARE(deployment->find(name)->result.state, ResultState::Ok);
    }
    // Nor is what it holds promised to a user meanwhile.
    void whatItHoldsIsGivenBack()
    {
        Lab lab;
        const auto all = lab.rig.request(
            5, 0, { Rig::machine("vm", {}, "10.20.2.2", 6ULL << 30), Rig::network() });
        const auto refused = [&] {
            const auto found = wait(lab.rig.engine->rehearse(TwinId(Rig::kTwin), all));
            return found && !found->refusal.isEmpty();
        };
        QVERIFY(!refused());
        lab.rig.world->stallCalls(u"machines.run 0-"_s);
        const auto result = lab.begin(lab.token);
        QVERIFY(eventually([&] { return lab.rig.world->waitingCalls() == 1; }));
        QVERIFY(refused());
        lab.rig.world->goOn();
        QVERIFY(eventually([&] { return result->has_value(); }));
        QCOMPARE((*result)->result, "[]");
        QVERIFY(!refused());
    }
};
ZOS_TEST(TestProvisionTest)
#include "tst_provisiontest.moc"

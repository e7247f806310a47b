// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// What a node answers and accepts while it is still coming up.
class TestEngineStarting : public QObject
{
    Q_OBJECT

    static Result<> deploy(Rig &rig, quint64 contract, const QByteArrayList &workloads)
    {
        return wait(rig.engine->deploy(TwinId(Rig::kTwin), rig.request(contract, 0, workloads)));
    }

    static Result<> deployOther(Rig &rig)
    {
        return wait(rig.engine->deploy(TwinId(Rig::kTwin + 1),
            rig.request(6, 0, { Rig::disk("more", 1 << 20) }, Rig::kTwin + 1)));
    }
    // With a deployment of everything; its new engine is not started yet.
    static bool rebooted(Rig &rig)
    {
        if (!rig.start() || !deploy(rig, 5, Rig::fullSet()) || !rig.idle())
            return false;
        rig.crash();
        rig.world->reboot();
        rig.world->clearLog();
        rig.makeEngine();
        return wait(rig.volumes.start()).has_value();
    }

private Q_SLOTS:
    void nothingIsAcceptedBeforeTheStoreIsRead()
    {
        Rig rig;
        rig.makeEngine();
        const auto refused = deploy(rig, 5, { Rig::disk("data", 1 << 20) });
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Unavailable);
        QCOMPARE(refused.error().what, u"the node is starting"_s);
        QVERIFY(rig.memory.contents().deployments.isEmpty());
    }

    void anOpenedEngineAnswersAndTouchesNothing()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(deploy(rig, 5, Rig::fullSet()));
        QVERIFY(rig.idle());
        const auto answer = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        const auto changes = *rig.engine->changes(TwinId(Rig::kTwin), ContractId(5));
        const auto used = rig.engine->usage().used;
        rig.crash();
        rig.world->clearLog();
        rig.makeEngine();
        QVERIFY(wait(rig.engine->open()));
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
        QCOMPARE(*rig.engine->changes(TwinId(Rig::kTwin), ContractId(5)), changes);
        QCOMPARE(rig.engine->list(TwinId(Rig::kTwin)).count("\"contract_id\":5"), 1);
        QCOMPARE(rig.engine->usage().used, used);
        QVERIFY(wait(rig.engine->history(TwinId(Rig::kTwin), ContractId(5)))->size() > 3);
        // Neither the chain's news nor time make it begin.
        Q_EMIT rig.ledger.stateChanged(LedgerState::Online);
        Q_EMIT rig.ledger.gap();
        QVERIFY(rig.later(20min));
        QCOMPARE(rig.world->callLog().filter(u"volumes."_s), QStringList());
        QCOMPARE(rig.world->callLog().filter(u"machines."_s), QStringList());
        QVERIFY(wait(rig.engine->start()));
        QVERIFY(rig.idle());
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
    }

    void whatIsAcceptedEarlyIsMadeLater_data()
    {
        QTest::addColumn<bool>("crashes");
        QTest::newRow("start follows") << false;
        QTest::newRow("crash before the start") << true;
    }
    void whatIsAcceptedEarlyIsMadeLater()
    {
        QFETCH(bool, crashes);
        Rig rig;
        rig.makeEngine();
        QVERIFY(wait(rig.engine->open()));
        QVERIFY(deploy(rig, 5, Rig::fullSet()));
        QCOMPARE(rig.state(5, "vm"), u"init"_s);
        QCOMPARE(rig.world->callLog().filter(u"createDisk"_s), QStringList());
        if (crashes) {
            rig.crash();
            rig.makeEngine();
        }
        QVERIFY(wait(rig.engine->start()));
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.changes(5).count(u"vm 0 ok"_s), 1);
    }

    void aCancelBeforeTheStartIsCarriedOutByIt()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(deploy(rig, 5, Rig::fullSet()));
        QVERIFY(rig.idle());
        rig.crash();
        rig.makeEngine();
        QVERIFY(wait(rig.engine->open()));
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QVERIFY(rig.world->machines.contains(u"42-5-vm"_s));
        QVERIFY(wait(rig.engine->start()));
        QVERIFY(rig.idle());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QVERIFY(rig.world->machines.isEmpty());
    }

    // A network that does not come up holds up its owner, and the first pass with
    // it; the node can be read and used by others meanwhile.
    void theFirstPassKeepsNobodyWaitingForAnAnswer()
    {
        Rig rig;
        QVERIFY(rebooted(rig));
        rig.world->stallCalls(u"networks.apply"_s);
        const auto started = Rig::begin(rig.engine->start());
        QVERIFY(eventually([&] { return rig.world->waitingCalls() == 1; }));
        QVERIFY(rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        const auto other = deployOther(rig);
        QVERIFY2(other, qPrintable(other ? QString() : other.error().what));
        QVERIFY(eventually([&] { return rig.count(u"volumes.createDisk 43-6-more"_s) == 1; }));
        QVERIFY(!*started);
        rig.world->goOn();
        QVERIFY(eventually([&] { return started->has_value(); }));
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
    }

    // Work that comes in meanwhile is not waited for: a busy user would keep the machines of all
    // others from being started.
    void machinesDoNotWaitForWhatCameLater()
    {
        Rig rig;
        QVERIFY(rebooted(rig));
        const auto hold = std::make_shared<zos::detail::Gate>(); // the first pass
        const auto pass
            = [](std::shared_ptr<zos::detail::Gate> gate, bool waits) -> Task<Result<>> {
            if (waits)
                co_await gate->opened();
            co_return {};
        };
        rig.world->setGates(
            [&](QString line) { return pass(hold, line.startsWith(u"networks.apply")); },
            [&](QString) { return pass(hold, false); });
        rig.world->stallCalls(u"volumes.createDisk 43-6-more"_s);
        const auto started = Rig::begin(rig.engine->start());
        QVERIFY(eventually([&] { return rig.count(u"networks.apply"_s) == 1; }));
        const auto other = deployOther(rig);
        QVERIFY2(other, qPrintable(other ? QString() : other.error().what));
        QVERIFY(eventually([&] { return rig.world->waitingCalls() == 1; }));
        QVERIFY(!*started);
        hold->open();
        QVERIFY(eventually([&] { return started->has_value(); }));
        QVERIFY(eventually([&] { return rig.world->machines.contains(u"42-5-vm"_s); }));
        QCOMPARE(rig.world->waitingCalls(), 1);
        rig.world->goOn();
        QVERIFY(rig.idle());
        rig.world->setGates({}, {});
    }
};

ZOS_TEST(TestEngineStarting)

#include "tst_enginestarting.moc"

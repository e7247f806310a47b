// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestEngineAcceptance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    // Members of newer clients come back as they were sent, from every route and after a restart.
    void keepsMembersItDoesNotKnow()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto with = [](QByteArray json, const QByteArray &members) {
            json.chop(1);
            return QByteArray(json + ',' + members + '}');
        };
        const TwinId twin(Rig::kTwin);
        const auto disk = with(Rig::disk("data", 1 << 30), R"("color":{"a" : 1.0})");
        const auto request = with(rig.request(5, 0, { disk }), R"("project":"x","result":7)");
        QVERIFY(wait(rig.engine->deploy(twin, request)));
        QVERIFY(rig.idle());
        const auto keeps = [&rig, twin](const QByteArray &color, const QByteArray &project) {
            const auto got = *rig.engine->get(twin, ContractId(5));
            return got.contains(color) && got.endsWith(QByteArray(project + "}"))
                && rig.engine->list(twin).contains(got)
                && rig.engine->changes(twin, ContractId(5))->contains(color);
        };
        const QByteArray color = R"("color":{"a" : 1.0})";
        QVERIFY(keeps(color, R"("project":"x","result":7)"));
        rig.crash();
        QVERIFY(rig.start());
        QVERIFY(keeps(color, R"("project":"x","result":7)"));
        // A later version brings its own, for a workload it leaves alone as well.
        const auto repainted = with(Rig::disk("data", 1 << 30), R"("color":{"a" : 2.0})");
        QVERIFY(wait(
            rig.engine->update(twin, with(rig.request(5, 1, { repainted }), R"("project":"y")"))));
        QVERIFY(rig.idle());
        const auto got = *rig.engine->get(twin, ContractId(5));
        QVERIFY2(got.contains(R"("color":{"a" : 2.0})"), got.constData());
        QVERIFY(got.endsWith(R"("project":"y"})"));
        rig.crash();
        QVERIFY(rig.start());
        QCOMPARE(*rig.engine->get(twin, ContractId(5)), got);
    }

    void refusesAndChangesNothing_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("text");
        QTest::newRow("broken JSON") << u"broken"_s << QString();
        QTest::newRow("foreign twin")
            << u"foreign"_s << u"twin id mismatch (deployment: 42, message: 43)"_s;
        QTest::newRow("forged signature") << u"forged"_s << u"failed to verify signature"_s;
        QTest::newRow("missing signature")
            << u"unsigned"_s << u"missing required signature for twin '42'"_s;
        QTest::newRow("wrong first version")
            << u"version"_s
            << u"expected version to be 0 on deployment creation: invalid version"_s;
        QTest::newRow("unknown contract")
            << u"unknown"_s
            << u"failed to get deployment contract: contract not found: object not found"_s;
        QTest::newRow("wrong hash")
            << u"hash"_s << u"contract hash does not match deployment hash"_s;
        QTest::newRow("contract of another node")
            << u"node"_s << u"invalid node address in contract"_s;
        QTest::newRow("contract of another twin")
            << u"owner"_s << u"contract does not belong to twin 42"_s;
        QTest::newRow("name contract")
            << u"kind"_s << u"invalid contract type, expecting node contract"_s;
        QTest::newRow("type nobody serves")
            << u"type"_s << u"workload type 'zdb' is not supported by this node"_s;
        QTest::newRow("memory beyond the node")
            << u"memory"_s
            << u"failed to satisfy required capacity: cannot fulfil required memory size 68719476736 bytes out of usable 6442450944 bytes"_s;
        QTest::newRow("disks beyond the node")
            << u"disk"_s
            << u"not enough space left in pools of this type ssd: asked 1099511627776 bytes, available 161061273600 bytes"_s;
        QTest::newRow("one disk beyond every pool")
            << u"wide"_s
            << u"the disk of 'data' asks 128849018880 bytes, the largest free space in one pool is 107374182400 bytes (pool pool-sda)"_s;
        QTest::newRow("store full")
            << u"store"_s << u"the deployment could not be stored: no space left on device"_s;
        QTest::newRow("mount of nothing") << u"mount"_s << u"failed to get mount 'data' workload"_s;
        QTest::newRow("mount of a network")
            << u"mount-network"_s
            << u"expecting a reservation of type 'zmount' or 'qsfs' for disk 'net'"_s;
        QTest::newRow("mount over the root") << u"mount-root"_s << u"mount target can't be /"_s;
        QTest::newRow("subnet outside its range")
            << u"subnet"_s << u"subnet 10.99.2.0/24 is not inside ip_range 10.20.0.0/16"_s;
        QTest::newRow("more processors than there are")
            << u"cpu"_s << u"invalid cpu must be between 1 and "_s;
        QTest::newRow("invalid workload") << u"invalid"_s << u"invalid size"_s;
    }
    void refusesAndChangesNothing()
    {
        QFETCH(QString, what);
        QFETCH(QString, text);
        Rig rig;
        QVERIFY(rig.start());
        const auto world = rig.world->snapshot();
        quint32 sender = Rig::kTwin;
        auto json = rig.request(5, what == u"version" ? 1 : 0, { Rig::disk("data", 1 << 30) });
        auto &contract = rig.ledger.contracts[ContractId(5)];
        if (what == u"broken")
            json.chop(1);
        else if (what == u"foreign")
            sender = Rig::kTwin + 1;
        else if (what == u"forged")
            json = Rig::compose(
                5, 0, { Rig::disk("data", 1 << 30) }, Rig::kTwin, QByteArray(64, '\x07').toHex());
        else if (what == u"unsigned")
            json = Rig::compose(5, 0, { Rig::disk("data", 1 << 30) }, Rig::kTwin, {});
        else if (what == u"unknown")
            rig.ledger.contracts.clear();
        else if (what == u"hash")
            contract.hash = QString(32, u'0');
        else if (what == u"node")
            contract.node = NodeId(12);
        else if (what == u"owner")
            contract.twin = TwinId(7);
        else if (what == u"kind")
            contract.kind = ContractKind::Name;
        else if (what == u"type")
            json = rig.request(5, 0,
                { Rig::workload("z", "zdb",
                    "{\"size\":1073741824,\"mode\":\"user\",\"password\":\"p\",\"public\":"
                    "false}") });
        else if (what == u"memory")
            json = rig.request(
                5, 0, { Rig::network(), Rig::machine("vm", {}, "10.20.2.2", 64ULL << 30) });
        else if (what == u"disk")
            json = rig.request(5, 0, { Rig::disk("data", 1ULL << 40) });
        else if (what == u"wide")
            json = rig.request(5, 0, { Rig::disk("data", 120ULL << 30) });
        else if (what == u"mount")
            json = rig.request(5, 0, { Rig::network(), Rig::machine() });
        else if (what == u"mount-network")
            json = rig.request(5, 0, { Rig::network(), Rig::machine("vm", { "net" }) });
        else if (what == u"mount-root")
            json = rig.request(5, 0,
                { Rig::network(), Rig::disk("data", 1 << 30),
                    Rig::machine().replace("\"/data\"", "\"/\"") });
        else if (what == u"subnet")
            json = rig.request(5, 0, { Rig::network().replace("10.20.2.0/24", "10.99.2.0/24") });
        else if (what == u"cpu")
            json = rig.request(5, 0,
                { Rig::network(), Rig::machine("vm", {}).replace("\"cpu\":1", "\"cpu\":200") });
        else if (what == u"store")
            rig.store.failAll({ ErrorCode::Io, u"no space left on device"_s });
        else if (what == u"invalid")
            json = rig.request(5, 0, { Rig::disk("data", 0) });
        const auto outcome = testing::wait(rig.engine->deploy(TwinId(sender), json));
        QVERIFY(!outcome);
        QVERIFY2(outcome.error().what.contains(text), qPrintable(outcome.error().what));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->snapshot(), world);
        QVERIFY(rig.memory.contents().deployments.isEmpty());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QCOMPARE(rig.engine->list(TwinId(Rig::kTwin)), QByteArray("[]"));
        QCOMPARE(rig.engine->usage().used, Capacity {});
    }

    // Clients hash a light network in two ways; what is signed may be either, and nothing else.
    void takesTheOtherTextOfLightNetworks()
    {
        Rig rig;
        QVERIFY(rig.start());
        const QByteArrayList workloads { Rig::workload("nl", "network-light",
            "{\"ip_range\":\"10.30.0.0/16\",\"subnet\":\"10.30.2.0/24\",\"peers\":[],"
            "\"mycelium\":{\"hex_key\":\""
                + QByteArray(64, 'a') + "\",\"peers\":[]}}") };
        const auto deployment
            = *Deployment::fromJson(Rig::compose(5, 0, workloads, Rig::kTwin, {}));
        const auto hashes = deployment.challengeHashes();
        QCOMPARE(hashes.size(), 2);
        QVERIFY(hashes.first() != hashes.last());
        const auto refusal = [&](const QByteArray &signedBytes) {
            const auto json
                = Rig::compose(5, 0, workloads, Rig::kTwin, rig.user.sign(signedBytes).toHex());
            return testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)).error().what;
        };
        const auto next = u"workload type 'network-light' is not supported by this node"_s;
        QCOMPARE(refusal(hashes.first()), next);
        QCOMPARE(refusal(hashes.last()), next);
        QCOMPARE(refusal(QByteArray(16, 'x')), u"failed to verify signature"_s);
    }

    void refusesARepeatedDeploy()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)));
        QCOMPARE(
            testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)).error().what, u"exists"_s);
        QVERIFY(rig.idle());
        const auto before = rig.world->snapshot();
        QCOMPARE(
            testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)).error().what, u"exists"_s);
        QCOMPARE(rig.world->snapshot(), before);
    }

    void twoAtOnceAreAcceptedOnce()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        const auto one = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        const auto two = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY(eventually([&] { return *one && *two; }));
        QVERIFY((*one)->has_value() != (*two)->has_value());
        QCOMPARE(((*one)->has_value() ? *two : *one)->error().what, u"exists"_s);
    }

    void twoAtOnceCannotBePromisedTheSameMemory()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"networks.apply"_s); // whoever comes first holds its memory
        const auto first
            = rig.request(5, 0, { Rig::network(), Rig::machine("a", {}, "10.20.2.2", 4ULL << 30) });
        const auto second = rig.request(
            6, 0, { Rig::network("other"), Rig::machine("b", {}, "10.20.2.3", 4ULL << 30) });
        const auto one = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), first));
        const auto two = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), second));
        QVERIFY(eventually([&] { return *one && *two; }));
        QVERIFY((*one)->has_value() != (*two)->has_value());
        QVERIFY(((*one)->has_value() ? *two : *one)
                ->error()
                .what.startsWith(u"failed to satisfy required capacity"));
    }

    // A request that comes again after the end of its contract, and just then the chain is away.
    void whatEndedIsNotTakenAgain()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1ULL << 20) });
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
        rig.ledger.cancel(ContractId(5));
        QVERIFY(rig.idle());
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        rig.ledger.hideContracts = true;
        const auto again = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY(!again);
        QCOMPARE(again.error().what, u"contract is not active"_s);
        QVERIFY(rig.memory.contents().deployments.isEmpty());
        QCOMPARE(rig.engine->usage().used, Capacity {});
        QVERIFY(testing::wait(rig.engine->deploy(
            TwinId(Rig::kTwin), rig.request(6, 0, { Rig::disk("data", 1ULL << 20) }))));
    }

    // While a disk is there and its workload not yet okay, pool and promise tell of the same bytes.
    void whatIsBeingMadeIsCountedOnce()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"images.mountRoot"_s);
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
            rig.request(5, 0,
                { Rig::network(), Rig::disk("data", 60ULL << 30),
                    Rig::machine("vm", { "data" }) }))));
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() > 0; }));
        const auto asked = [&rig](quint64 bytes) {
            return testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
                rig.request(6, 0, { Rig::disk("more", bytes), Rig::disk("rest", 40ULL << 30) })));
        };
        // The root of 500 MiB is on the disk of 50 GiB, which had most room. The rest is free, to
        // the last byte.
        const auto most = (50ULL << 30) - (500ULL << 20);
        QVERIFY(!asked(most + 1));
        const auto taken = asked(most);
        QVERIFY2(taken, taken ? "" : qPrintable(taken.error().what));
        rig.world->goOn();
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.state(6, "more"), u"ok"_s);
        QCOMPARE(rig.state(6, "rest"), u"ok"_s);
    }

    // Room in all, room for each, and no place for both: said at once, as the rehearsal says it.
    void disksWithoutAPlaceAreRefusedAtOnce()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json
            = rig.request(5, 0, { Rig::disk("b", 51ULL << 30), Rig::disk("a", 60ULL << 30) });
        const auto rehearsed = testing::wait(rig.engine->rehearse(TwinId(Rig::kTwin), json));
        const auto refused = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY(rehearsed && !refused);
        QCOMPARE(refused.error().what, rehearsed->refusal);
        QCOMPARE(refused.error().code, ErrorCode::Limit);
        QCOMPARE(rig.store.commits(), 0);
        QCOMPARE(rig.engine->usage().used, Capacity {});
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
            rig.request(6, 0, { Rig::disk("b", 50ULL << 30), Rig::disk("a", 60ULL << 30) }))));
        QVERIFY(rig.idle());
        for (const auto *name : { "a", "b" })
            QCOMPARE(rig.state(6, name), u"ok"_s);
    }

    void aNetworkNameIsTakenOncePerTwin()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, { Rig::network() }))));
        QCOMPARE(testing::wait(
                     rig.engine->deploy(TwinId(Rig::kTwin), rig.request(6, 0, { Rig::network() })))
                     .error()
                     .what,
            u"global workload with the same name 'net' exists: conflict"_s);
        const auto other = rig.request(7, 0, { Rig::network("net", 3012) }, Rig::kTwin + 1);
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin + 1), other)));
        QVERIFY(rig.idle());
        QCOMPARE(rig.world->networks.size(), 2);
    }

    void acceptsDurablyBeforeItAnswers()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)));
        const auto contents = rig.memory.contents();
        QCOMPARE(contents.deployments.size(), 1);
        QCOMPARE(contents.deployments.first().request, json);
        QCOMPARE(contents.deployments.first().sender, TwinId(Rig::kTwin));
        QCOMPARE(contents.workloads.first().workload.result.state, ResultState::Init);
    }

    // A client's chain end point may be ahead of ours.
    void waitsForAContractTheChainDoesNotShowYet_data()
    {
        QTest::addColumn<bool>("update");
        QTest::newRow("a new contract") << false;
        QTest::newRow("the hash of an update") << true;
    }
    void waitsForAContractTheChainDoesNotShowYet()
    {
        QFETCH(bool, update);
        Rig rig;
        rig.patience = 3s;
        QVERIFY(rig.start());
        auto json = rig.request(5, 0, { Rig::disk("data", 1 << 20) });
        if (update) {
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
            json = rig.request(5, 1, { Rig::disk("data", 1 << 21, 1) });
        }
        const auto contract = rig.ledger.contracts.take(ContractId(5));
        if (update) {
            auto old = contract;
            old.hash = QString(32, u'0');
            rig.ledger.contracts.insert(old.id, old);
        }
        const auto answer = Rig::begin(update ? rig.engine->update(TwinId(Rig::kTwin), json)
                                              : rig.engine->deploy(TwinId(Rig::kTwin), json));
        for (int look = 1; look < 12; ++look) {
            QVERIFY(rig.rests(250ms));
            QVERIFY(!*answer);
            if (look == 11)
                rig.ledger.contracts.insert(contract.id, contract);
            rig.turn(250ms);
        }
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY2(**answer, **answer ? "" : qPrintable((**answer).error().what));
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
        QCOMPARE(rig.world->volumes.value(u"disk 42-5-data"_s).stored.size, update ? 2_MiB : 1_MiB);
    }

    void waitsForAContractOnlySoLong_data()
    {
        QTest::addColumn<QList<int>>("blocks"); // new ones before each look
        QTest::addColumn<int>("looks");
        QTest::newRow("the chain stands still: 3 s") << QList<int>() << 13;
        QTest::newRow("two new blocks") << QList<int> { 0, 1, 1 } << 3;
        QTest::newRow("two at once") << QList<int> { 0, 2 } << 2;
        QTest::newRow("one new block: 12 s in all") << QList<int> { 0, 1 } << 49;
        QTest::newRow("one new block, late") << QList<int> { 0, 0, 0, 0, 0, 0, 0, 0, 1 } << 49;
    }
    void waitsForAContractOnlySoLong()
    {
        QFETCH(QList<int>, blocks);
        QFETCH(int, looks);
        Rig rig;
        rig.patience = 3s;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 20) });
        rig.ledger.contracts.clear();
        const auto answer = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        for (int look = 1; look < looks; ++look) {
            QVERIFY(rig.rests(250ms));
            QVERIFY(!*answer);
            rig.ledger.block += quint64(blocks.value(look));
            rig.turn(250ms);
        }
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY(!**answer);
        QCOMPARE((**answer).error().what,
            u"failed to get deployment contract: contract not found: object not found"_s);
        QVERIFY(rig.memory.contents().deployments.isEmpty());
        QCOMPARE(rig.engine->usage().used, Capacity {});
    }

    // The block that is the last one to wait for is looked into as well.
    void theSecondBlockIsLookedInto_data()
    {
        QTest::addColumn<int>("blocks"); // that come together
        QTest::newRow("the first of two") << 1;
        QTest::newRow("both at once") << 2;
    }
    void theSecondBlockIsLookedInto()
    {
        QFETCH(int, blocks);
        Rig rig;
        rig.patience = 3s;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 20) });
        const auto contract = rig.ledger.contracts.take(ContractId(5));
        const auto answer = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        if (blocks == 1) {
            QVERIFY(rig.rests(250ms));
            ++rig.ledger.block;
            rig.turn(250ms);
        }
        QVERIFY(rig.rests(250ms));
        // The look finds nothing, then the block comes.
        rig.ledger.beforeHead = [&] {
            rig.ledger.block += quint64(blocks);
            rig.ledger.contracts.insert(contract.id, contract);
        };
        rig.turn(250ms);
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY2(**answer, **answer ? "" : qPrintable((**answer).error().what));
    }

    // Its sender was told that the time is over: nothing may come of it, also when the contract is
    // there at last.
    void aRequestThatWaitsEndsWithItsSender_data()
    {
        QTest::addColumn<bool>("update");
        QTest::newRow("a new contract") << false;
        QTest::newRow("the hash of an update") << true;
    }
    void aRequestThatWaitsEndsWithItsSender()
    {
        QFETCH(bool, update);
        Rig rig;
        rig.patience = 3s;
        QVERIFY(rig.start());
        auto json = rig.request(5, 0, { Rig::disk("data", 1 << 20) });
        if (update) {
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
            json = rig.request(5, 1, { Rig::disk("data", 1 << 21, 1) });
        }
        const auto contract = rig.ledger.contracts.value(ContractId(5));
        rig.ledger.contracts[ContractId(5)].hash = QString(32, u'0');
        const auto used = rig.engine->usage().used;
        const auto commits = rig.store.commits();
        const CancelToken gone;
        const auto answer = Rig::begin(update ? rig.engine->update(TwinId(Rig::kTwin), json, gone)
                                              : rig.engine->deploy(TwinId(Rig::kTwin), json, gone));
        QVERIFY(rig.rests(250ms));
        gone.cancel();
        rig.ledger.contracts.insert(contract.id, contract);
        rig.turn(250ms);
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QCOMPARE((**answer).error().code, ErrorCode::Cancelled);
        QVERIFY(rig.idle());
        QCOMPARE(rig.store.commits(), commits);
        QCOMPARE(rig.engine->usage().used, used);
        // Sent again it is as new.
        const auto again = testing::wait(update ? rig.engine->update(TwinId(Rig::kTwin), json)
                                                : rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY2(again, again ? "" : qPrintable(again.error().what));
    }
    void aRequestThatWaitsEndsWithTheNode()
    {
        Rig rig;
        rig.patience = 3s;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 20) });
        rig.ledger.contracts.clear();
        const auto answer = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY(rig.rests(250ms));
        testing::wait(rig.engine->stop());
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QCOMPARE((**answer).error().code, ErrorCode::Cancelled);
        QVERIFY(rig.memory.contents().deployments.isEmpty());
    }

    // While a request waits, what it asks is promised to it and its network's name is taken.
    void whatWaitsHasItsPlace()
    {
        Rig rig;
        rig.patience = 3s;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::network(), Rig::disk("data", 90ULL << 30) });
        const auto contract = rig.ledger.contracts.take(ContractId(5));
        const auto answer = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        QVERIFY(rig.rests(250ms));
        QCOMPARE(
            testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)).error().what, u"exists"_s);
        QCOMPARE(testing::wait(
                     rig.engine->deploy(TwinId(Rig::kTwin), rig.request(6, 0, { Rig::network() })))
                     .error()
                     .what,
            u"global workload with the same name 'net' exists: conflict"_s);
        const auto large = rig.request(7, 0, { Rig::disk("data", 70ULL << 30) });
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), large))
                .error()
                .what.startsWith(u"not enough space left"));
        rig.ledger.contracts.insert(contract.id, contract);
        rig.turn(250ms);
        QVERIFY(eventually([&answer] { return answer->has_value(); }));
        QVERIFY(**answer);
    }

    void strangersSeeNothing()
    {
        Rig rig;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(rig.engine->deploy(
            TwinId(Rig::kTwin), rig.request(5, 0, { Rig::disk("data", 1 << 30) }))));
        QCOMPARE(rig.engine->get(TwinId(9), ContractId(5)).error().what, u"deployment not found"_s);
        QCOMPARE(
            rig.engine->changes(TwinId(9), ContractId(5)).error().what, u"deployment not found"_s);
        QCOMPARE(rig.engine->list(TwinId(9)), QByteArray("[]"));
    }
};
ZOS_TEST(TestEngineAcceptance)
#include "tst_engineacceptance.moc"

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;

class TestEngineAcceptance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

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
            << u"one disk asks 128849018880 bytes, the largest free space in one pool is 107374182400 bytes"_s;
        QTest::newRow("store full")
            << u"store"_s << u"the deployment could not be stored: no space left on device"_s;
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
        auto first = rig.engine->deploy(TwinId(Rig::kTwin), json);
        auto second = rig.engine->deploy(TwinId(Rig::kTwin), json);
        const auto one = testing::wait(std::move(first));
        const auto two = testing::wait(std::move(second));
        QVERIFY(one.has_value() != two.has_value());
        QCOMPARE((one ? two : one).error().what, u"exists"_s);
    }

    void twoAtOnceCannotBePromisedTheSameMemory()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto first
            = rig.request(5, 0, { Rig::network(), Rig::machine("a", {}, "10.20.2.2", 4ULL << 30) });
        const auto second = rig.request(6, 0, { Rig::machine("b", {}, "10.20.2.3", 4ULL << 30) });
        auto one = rig.engine->deploy(TwinId(Rig::kTwin), first);
        auto two = rig.engine->deploy(TwinId(Rig::kTwin), second);
        QVERIFY(testing::wait(std::move(one)));
        QVERIFY(testing::wait(std::move(two))
                .error()
                .what.startsWith(u"failed to satisfy required capacity"));
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

    void aContractThatAppearsABlockLaterIsFound()
    {
        Rig rig;
        rig.makeEngine();
        QVERIFY(testing::wait(rig.engine->start()));
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        const auto contract = rig.ledger.contracts.take(ContractId(5));
        // The chain moves on while the request waits.
        rig.ledger.block = 100;
        QTimer mover;
        connect(&mover, &QTimer::timeout, &rig.ledger, [&] {
            ++rig.ledger.block;
            rig.ledger.contracts.insert(contract.id, contract);
            mover.stop();
        });
        auto accepted = rig.engine->deploy(TwinId(Rig::kTwin), json);
        mover.start(0);
        const auto outcome = testing::wait(std::move(accepted));
        QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().what));
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

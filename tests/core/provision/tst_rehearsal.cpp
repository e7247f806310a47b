// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr quint64 kGiB = 1ULL << 30;

Result<Rehearsal> rehearse(Rig &rig, const QByteArray &json, quint32 sender = Rig::kTwin)
{
    return testing::wait(rig.engine->rehearse(TwinId(sender), json));
}

// The request as it is before there is a contract.
QByteArray unborn(Rig &rig, const QByteArrayList &workloads, quint32 version = 0)
{
    const auto hash = Deployment::fromJson(Rig::compose(0, version, workloads, Rig::kTwin, {}))
                          ->challengeHash();
    return Rig::compose(0, version, workloads, Rig::kTwin, rig.user.sign(hash).toHex());
}

} // namespace

class TestRehearsal : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void tellsThatAndWhereItFits()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json = unborn(rig, Rig::fullSet());
        const auto found = rehearse(rig, json);
        QVERIFY2(found, found ? "" : qPrintable(found.error().what));
        QCOMPARE(found->refusal, QString());
        QVERIFY(!found->limit);
        QCOMPARE(found->hash, Deployment::fromJson(json)->challengeHex());
        QCOMPARE(found->parts.size(), 3);
        QCOMPARE(found->parts.at(0).name, u"vm"_s);
        QCOMPARE(found->parts.at(0).capacity.mru, 1_GiB);
        QCOMPARE(found->parts.at(0).pool, u"pool-sda"_s);
        QCOMPARE(found->parts.at(1).pool, QString());
        QCOMPARE(found->parts.at(2).pool, u"pool-sda"_s);
        // And so it comes.
        QVERIFY(testing::wait(
            rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet()))));
        QVERIFY(rig.idle());
        for (const auto &volume : std::as_const(rig.world->volumes))
            QCOMPARE(volume.stored.poolId, u"pool-sda"_s);
    }

    void namesTheLimit_data()
    {
        QTest::addColumn<QByteArrayList>("workloads");
        QTest::addColumn<QString>("resource");
        QTest::addColumn<QString>("workload");
        QTest::addColumn<quint64>("asked");
        QTest::addColumn<quint64>("available");
        auto wide = Rig::machine("vm", {});
        wide.replace("\"cpu\":1", "\"cpu\":5");
        QTest::newRow("cpu") << QByteArrayList { wide, Rig::network() } << u"cpu"_s << u"vm"_s
                             << quint64(5) << quint64(4);
        QTest::newRow("memory") << QByteArrayList { Rig::machine("vm", {}, "10.20.2.2", 7 * kGiB),
            Rig::network() } << u"memory"_s
                                << QString() << 7 * kGiB << 6 * kGiB;
        QTest::newRow("all disks")
            << QByteArrayList { Rig::disk("a", 90 * kGiB), Rig::disk("b", 61 * kGiB) } << u"ssd"_s
            << QString() << 151 * kGiB << 150 * kGiB;
        QTest::newRow("one disk") << QByteArrayList { Rig::disk("a", 101 * kGiB) } << u"ssd"_s
                                  << u"a"_s << 101 * kGiB << 100 * kGiB;
        // Enough in all, enough in one for each, and still no place for the second.
        QTest::newRow("two disks")
            << QByteArrayList { Rig::disk("b", 51 * kGiB), Rig::disk("a", 60 * kGiB) } << u"ssd"_s
            << u"b"_s << 51 * kGiB << 50 * kGiB;
    }
    void namesTheLimit()
    {
        QFETCH(QByteArrayList, workloads);
        QFETCH(QString, resource);
        QFETCH(QString, workload);
        QFETCH(quint64, asked);
        QFETCH(quint64, available);
        Rig rig;
        QVERIFY(rig.start());
        const auto found = rehearse(rig, unborn(rig, workloads));
        QVERIFY(found.has_value());
        QVERIFY(found->limit.has_value());
        QCOMPARE(found->limit->resource, resource);
        QCOMPARE(found->limit->workload, workload);
        QCOMPARE(found->limit->asked, asked);
        QCOMPARE(found->limit->available, available);
        QVERIFY(!found->refusal.isEmpty());
        // What deploy says, or says later of the disk that finds no place.
        const auto outcome
            = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, workloads)));
        QVERIFY(rig.idle());
        QCOMPARE(outcome ? rig.result(5, qPrintable(workload)).message.section(u": "_s, 1)
                         : outcome.error().what,
            found->refusal);
    }

    void countsWhatIsPromised()
    {
        Rig rig;
        QVERIFY(rig.start());
        rig.world->stallCalls(u"networks.apply"_s);
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
            rig.request(5, 0, { Rig::network(), Rig::machine("vm", {}, "10.20.2.2", 4 * kGiB) }))));
        const auto found = rehearse(rig,
            unborn(rig, { Rig::network("other"), Rig::machine("b", {}, "10.20.2.3", 3 * kGiB) }));
        QVERIFY(found && found->limit);
        QCOMPARE(found->limit->available, 2 * kGiB);
        rig.world->worksAgain();
        rig.world->release();
        QVERIFY(rig.idle());
    }

    void refusesWhatDeployRefuses_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("says");
        QTest::newRow("JSON") << u"json"_s << QString();
        QTest::newRow("rule") << u"rule"_s << u"invalid size"_s;
        QTest::newRow("twin") << u"twin"_s << u"twin id mismatch (deployment: 42, message: 43)"_s;
        QTest::newRow("signature") << u"signature"_s << u"failed to verify signature"_s;
        QTest::newRow("unsigned") << u"unsigned"_s << u"missing required signature for twin '42'"_s;
        QTest::newRow("version")
            << u"version"_s
            << u"expected version to be 0 on deployment creation: invalid version"_s;
        QTest::newRow("exists") << u"exists"_s << u"exists"_s;
        QTest::newRow("conflict") << u"conflict"_s
                                  << u"global workload with the same name 'net' exists: conflict"_s;
        QTest::newRow("type") << u"type"_s
                              << u"workload type 'zdb' is not supported by this node"_s;
    }
    void refusesWhatDeployRefuses()
    {
        QFETCH(QString, what);
        QFETCH(QString, says);
        Rig rig;
        QVERIFY(rig.start());
        quint32 sender = Rig::kTwin;
        auto json = unborn(rig, { Rig::disk("data", kGiB) });
        if (what == u"json")
            json.chop(1);
        else if (what == u"rule")
            json = unborn(rig, { Rig::disk("data", 0) });
        else if (what == u"twin")
            sender = Rig::kTwin + 1;
        else if (what == u"signature")
            json.replace("1073741824", "1073741825");
        else if (what == u"unsigned")
            json = Rig::compose(0, 0, { Rig::disk("data", kGiB) }, Rig::kTwin, {});
        else if (what == u"version")
            json = unborn(rig, { Rig::disk("data", kGiB) }, 1);
        else if (what == u"type")
            json = unborn(rig,
                { Rig::workload("z", "zdb",
                    "{\"size\":1,\"mode\":\"user\",\"password\":\"p\",\"public\":false}") });
        else if (what == u"exists" || what == u"conflict") {
            json = rig.request(5, 0, { Rig::network() });
            QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)));
            QVERIFY(rig.idle());
            if (what == u"conflict")
                json = unborn(rig, { Rig::network() });
        }
        const auto found = rehearse(rig, json, sender);
        QVERIFY(!found);
        if (!says.isEmpty())
            QCOMPARE(found.error().what, says);
        QCOMPARE(testing::wait(rig.engine->deploy(TwinId(sender), json)).error().what,
            found.error().what);
    }

    void leavesNoTrace()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto world = rig.world->snapshot();
        const auto calls = rig.world->callCount();
        const auto commits = rig.store.commits();
        const auto json = unborn(rig, Rig::fullSet());
        for (int n = 0; n < 3; ++n)
            QVERIFY(rehearse(rig, json));
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.world->callCount(), calls);
        QCOMPARE(rig.store.commits(), commits);
        QCOMPARE(rig.engine->usage().used, Capacity {});
        QCOMPARE(rig.engine->pendingSteps(), 0);
        QCOMPARE(rig.engine->list(TwinId(Rig::kTwin)), QByteArray("[]"));
        QVERIFY(!testing::wait(rig.engine->timeline(TwinId(Rig::kTwin), ContractId(0))));
        // The memory it would take is still there for somebody else.
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin),
            rig.request(5, 0, { Rig::network(), Rig::machine("vm", {}, "10.20.2.2", 6 * kGiB) }))));
        QVERIFY(rig.idle());
    }

    void needsNoChainButTheKey()
    {
        Rig rig;
        QVERIFY(rig.start());
        const auto json = unborn(rig, Rig::fullSet());
        rig.ledger.hideContracts = true;
        QVERIFY(rehearse(rig, json));
    }
};
ZOS_TEST(TestRehearsal)
#include "tst_rehearsal.moc"

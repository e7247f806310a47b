// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

#include <QJsonDocument>
#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// What must be the same however often the power went.
struct Outcome
{
    QJsonObject world;
    QStringList workloads; // name, version, state, message, data
    QString changes;
    QStringList stored;
    QMap<QString, int> starts;
    Capacity used;

    static Outcome of(const Rig &rig)
    {
        Outcome outcome { rig.world->snapshot(), {}, rig.changes(5), {}, rig.world->starts,
            rig.engine->usage().used };
        const auto text = [](const Workload &workload) {
            return u"%1 %2 %3 '%4' %5"_s.arg(workload.name)
                .arg(workload.version)
                .arg(stateName(workload.result.state), workload.result.message,
                    QString::fromUtf8(workload.result.data));
        };
        for (const auto &workload : rig.workloads(5))
            outcome.workloads += text(workload);
        const auto contents = rig.memory.contents();
        for (const auto &row : contents.deployments)
            outcome.stored += u"deployment %1 %2 %3"_s.arg(row.key.text())
                                  .arg(row.contractChecked)
                                  .arg(row.deleting);
        for (const auto &row : contents.workloads)
            outcome.stored += u"workload "_s + text(row.workload) + u' ' + row.digest;
        for (const auto &row : contents.pending)
            outcome.stored += u"pending "_s + text(row.workload);
        for (const auto &row : contents.tombstones)
            outcome.stored += u"tombstone "_s + row.workload.name;
        for (const auto &row : contents.contracts)
            outcome.stored += u"contract "_s + row.key.text() + row.state + row.hash;
        for (const auto &row : contents.reports)
            outcome.stored += u"report "_s + row.key.text();
        return outcome;
    }
    QStringList lines() const
    {
        QStringList all = QString::fromUtf8(QJsonDocument(world).toJson()).split(u'\n');
        all += workloads + QStringList { changes } + stored;
        for (const auto &[machine, count] : starts.asKeyValueRange())
            all += u"%1 starts of %2"_s.arg(count).arg(machine);
        all += u"%1 memory, %2 disk used"_s.arg(used.mru.count()).arg(used.sru.count());
        return all;
    }
};

// Something a user does to a node, and how to bring it to its end after a crash.
class Story
{
public:
    virtual ~Story() = default;
    virtual bool prepare(Rig &) { return true; }
    virtual Rig::Answer begin(Rig &rig) = 0;
    // After a crash and a start: the user asks again when there was no answer.
    virtual bool finish(Rig &rig) = 0;
    virtual bool isThere(const Rig &) const { return true; }

    bool acknowledged = false; // before the crash
};

class Creation : public Story
{
public:
    Rig::Answer begin(Rig &rig) override
    {
        m_request = rig.request(5, 0, Rig::fullSet());
        return Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), m_request));
    }
    bool finish(Rig &rig) override
    {
        const auto known = isThere(rig);
        const auto again = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), m_request));
        return again.has_value() != known && rig.idle();
    }
    bool isThere(const Rig &rig) const override
    {
        return rig.engine->get(TwinId(Rig::kTwin), ContractId(5)).has_value();
    }

private:
    QByteArray m_request;
};

// One of everything: a changed network, a disk that grows, one that goes, one that comes, a machine
// that goes and one that comes in its place.
class Change : public Story
{
public:
    bool prepare(Rig &rig) override
    {
        const auto set = Rig::fullSet() + QByteArrayList { Rig::disk("old", 1 << 20) };
        return testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, set)))
                   .has_value()
            && rig.idle();
    }
    Rig::Answer begin(Rig &rig) override
    {
        m_request = rig.request(5, 1, workloads());
        return Rig::begin(rig.engine->update(TwinId(Rig::kTwin), m_request));
    }
    bool finish(Rig &rig) override
    {
        const auto known = isThere(rig);
        const auto again = testing::wait(rig.engine->update(TwinId(Rig::kTwin), m_request));
        return again.has_value() != known && rig.idle();
    }
    bool isThere(const Rig &rig) const override { return rig.get(5).version == 1; }

protected:
    virtual QByteArrayList workloads() const
    {
        return { Rig::machine("vm2", { "data" }, "10.20.2.2", 1ULL << 30, 1),
            Rig::network("net", 3012, 1), Rig::disk("data", 2ULL << 30, 1),
            Rig::disk("more", 1 << 20, 1) };
    }

private:
    QByteArray m_request;
};

// One machine gets another size and environment, and its disk grows under it.
class MachineGrowth : public Change
{
public:
    bool prepare(Rig &rig) override
    {
        return testing::wait(
                   rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
                   .has_value()
            && rig.idle();
    }

protected:
    QByteArrayList workloads() const override
    {
        auto machine = Rig::machine("vm", { "data" }, "10.20.2.2", 2ULL << 30, 1);
        machine.replace("\"cpu\":1", "\"cpu\":4").replace("\"env\":{}", "\"env\":{\"A\":\"b\"}");
        return { machine, Rig::network(), Rig::disk("data", 2ULL << 30, 1) };
    }
};

class End : public Story
{
public:
    bool prepare(Rig &rig) override
    {
        return testing::wait(
                   rig.engine->deploy(TwinId(Rig::kTwin), rig.request(5, 0, Rig::fullSet())))
                   .has_value()
            && rig.idle();
    }
    Rig::Answer begin(Rig &rig) override
    {
        rig.ledger.cancel(ContractId(5));
        return std::make_shared<std::optional<Result<>>>(Result<>());
    }
    bool finish(Rig &rig) override
    {
        // News that nobody heard come no second time: they are found by comparing, in two looks.
        return rig.later(1s) && rig.later(10min);
    }
};

std::unique_ptr<Story> story(const QString &name)
{
    if (name == u"create")
        return std::make_unique<Creation>();
    if (name == u"update")
        return std::make_unique<Change>();
    if (name == u"machine")
        return std::make_unique<MachineGrowth>();
    return std::make_unique<End>();
}

} // namespace

class TestEngineRestart : public QObject
{
    Q_OBJECT
private:
    // Begins the story and cuts the power at the n-th call from there. False: it ended before.
    static bool cut(Rig &rig, Story &told, int call, hw::FakeWorld::Fate fate)
    {
        rig.world->hangCall(call, fate);
        const auto answer = told.begin(rig);
        eventually(
            [&] { return rig.world->isFrozen() || (*answer && rig.engine->pendingSteps() == 0); });
        told.acknowledged = *answer && **answer;
        return rig.world->isFrozen();
    }
    static void powerOn(Rig &rig)
    {
        rig.crash();
        rig.world->release();
    }
    static bool deploy(Rig &rig, quint64 contract, const QByteArrayList &workloads)
    {
        return testing::wait(
                   rig.engine->deploy(TwinId(Rig::kTwin), rig.request(contract, 0, workloads)))
                   .has_value()
            && rig.idle();
    }
    static bool deployFull(Rig &rig) { return rig.start() && deploy(rig, 5, Rig::fullSet()); }
    // Calls of a start that only looks, or repeats what changes nothing.
    static QStringList changingCalls(const Rig &rig)
    {
        QStringList calls;
        for (const auto &line : rig.world->callLog()) {
            static const QStringList harmless { u"volumes.disk "_s, u"volumes.volume "_s,
                u"volumes.list"_s, u"networks.apply "_s, u"machines.list"_s, u"images.mounted"_s };
            if (!std::ranges::any_of(
                    harmless, [&line](const QString &name) { return line.startsWith(name); }))
                calls += line;
        }
        return calls;
    }
    static QStringList undisturbed(const QString &what)
    {
        Rig rig;
        const auto told = story(what);
        if (!rig.start() || !told->prepare(rig))
            return {};
        const auto answer = told->begin(rig);
        const bool ended
            = eventually([&] { return answer->has_value() && rig.engine->pendingSteps() == 0; });
        return ended && **answer ? Outcome::of(rig).lines() : QStringList();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void aPowerCutAtAnyCallChangesNothing_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<int>("fate");
        for (const auto *what : { "create", "update", "machine", "end" }) {
            QTest::addRow("%s, before the call", what)
                << QString::fromLatin1(what) << int(hw::FakeWorld::Fate::HangsBefore);
            QTest::addRow("%s, after it", what)
                << QString::fromLatin1(what) << int(hw::FakeWorld::Fate::HangsAfter);
        }
    }
    void aPowerCutAtAnyCallChangesNothing()
    {
        QFETCH(QString, what);
        QFETCH(int, fate);
        const auto expected = undisturbed(what);
        QVERIFY(!expected.isEmpty());
        int calls = 0;
        for (;; ++calls) {
            QVERIFY(calls < 200);
            Rig rig;
            const auto told = story(what);
            QVERIFY(rig.start() && told->prepare(rig));
            if (!cut(rig, *told, calls + 1, hw::FakeWorld::Fate(fate)))
                break;
            powerOn(rig);
            QVERIFY(rig.start());
            QVERIFY(!told->acknowledged || told->isThere(rig));
            QVERIFY2(told->finish(rig), qPrintable(u"cut at call %1"_s.arg(calls + 1)));
            QCOMPARE(Outcome::of(rig).lines(), expected);
            // And once more, from what was recovered.
            rig.crash();
            rig.world->clearLog();
            QVERIFY(rig.start());
            QCOMPARE(changingCalls(rig), QStringList());
            QCOMPARE(Outcome::of(rig).lines(), expected);
        }
        QVERIFY(calls > 8);
    }

    // The power goes again while the node recovers. ZOS_EXHAUSTIVE=1 tries every pair of calls.
    void aPowerCutDuringRecoveryChangesNothing_data() { aPowerCutAtAnyCallChangesNothing_data(); }
    void aPowerCutDuringRecoveryChangesNothing()
    {
        QFETCH(QString, what);
        QFETCH(int, fate);
        const auto expected = undisturbed(what);
        const bool all = qEnvironmentVariableIsSet("ZOS_EXHAUSTIVE");
        int twice = 0;
        bool cutOnce = true;
        for (int first = 1; cutOnce; ++first) {
            const int from = all ? 1 : 1 + first * 5 % 9;
            for (int second = from, more = true; more; ++second) {
                Rig rig;
                const auto told = story(what);
                QVERIFY(rig.start() && told->prepare(rig));
                cutOnce = cut(rig, *told, first, hw::FakeWorld::Fate(fate));
                if (!cutOnce)
                    break;
                powerOn(rig);
                rig.world->hangCall(second, hw::FakeWorld::Fate(fate));
                rig.makeEngine();
                const auto started = Rig::begin(rig.engine->start());
                QVERIFY(eventually([&] {
                    return rig.world->isFrozen() || (*started && rig.engine->pendingSteps() == 0);
                }));
                more = rig.world->isFrozen() && all;
                twice += rig.world->isFrozen() ? 1 : 0;
                powerOn(rig);
                QVERIFY(rig.start());
                QVERIFY(!told->acknowledged || told->isThere(rig));
                QVERIFY(told->finish(rig));
                QCOMPARE(Outcome::of(rig).lines(), expected);
            }
        }
        QVERIFY(twice > 3);
    }

    void aRestartTouchesNothing_data()
    {
        QTest::addColumn<bool>("chain");
        QTest::addColumn<bool>("grace");
        QTest::newRow("with the chain") << true << false;
        QTest::newRow("without the chain") << false << false;
        QTest::newRow("paused, without the chain") << false << true;
    }
    void aRestartTouchesNothing()
    {
        QFETCH(bool, chain);
        QFETCH(bool, grace);
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.setGrace(ContractId(5), grace);
        QVERIFY(rig.idle() && rig.later(1min));
        const auto before = Outcome::of(rig).lines();
        const auto answer = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        rig.crash();
        rig.ledger.offline = !chain;
        rig.world->clearLog();
        QVERIFY(rig.start());
        QCOMPARE(changingCalls(rig), QStringList());
        for (int round = 0; round < 4; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
        rig.ledger.goOnline();
        QVERIFY(rig.later(10min) && rig.later(10min));
        QCOMPARE(Outcome::of(rig).lines(), before);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 1);
    }

    void aRebootBringsEverythingBack_data() { aRestartTouchesNothing_data(); }
    void aRebootBringsEverythingBack()
    {
        QFETCH(bool, chain);
        QFETCH(bool, grace);
        Rig rig;
        QVERIFY(deployFull(rig));
        QVERIFY(deploy(rig, 6, { Rig::machine("late", {}, "10.20.2.9") })); // in 5's network
        rig.ledger.setGrace(ContractId(5), grace);
        QVERIFY(rig.idle());
        const auto world = rig.world->snapshot();
        const auto answer = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        const auto history = rig.changes(5);
        rig.crash();
        rig.world->reboot();
        rig.ledger.offline = !chain;
        QVERIFY(rig.start());
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
        QCOMPARE(rig.changes(5), history);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
        QCOMPARE(rig.world->starts.value(u"42-6-late"_s), 2);
        QCOMPARE(rig.count(u"volumes.createDisk"_s), 1); // what was there is never made anew
        QCOMPARE(rig.count(u"volumes.createVolume"_s), 2);
    }

    // Not a moment of running between the start of the node and the pause of its contract.
    void aPausedMachineComesBackWithoutRunning()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.setGrace(ContractId(5), true);
        QVERIFY(rig.idle());
        rig.crash();
        rig.world->reboot();
        rig.ledger.offline = true;
        rig.world->clearLog();
        QVERIFY(rig.start());
        QVERIFY(!rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.world->machines.value(u"42-5-vm"_s).console, QByteArray());
        QCOMPARE(rig.count(u"machines.pauseMachine"_s), 0);
        QCOMPARE(rig.state(5, "vm"), u"paused"_s);
        rig.ledger.setGrace(ContractId(5), false);
        rig.ledger.goOnline();
        QVERIFY(rig.idle() && rig.later(10min));
        QVERIFY(rig.world->machines.value(u"42-5-vm"_s).running);
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
    }

    // A pause that was seen and not carried out when the node ended, and one that was over.
    void aStartKnowsTheLastPause_data()
    {
        QTest::addColumn<bool>("begins");
        QTest::newRow("begun") << true;
        QTest::newRow("over") << false;
    }
    void aStartKnowsTheLastPause()
    {
        QFETCH(bool, begins);
        Rig rig;
        QVERIFY(deployFull(rig));
        if (!begins) {
            rig.ledger.setGrace(ContractId(5), true);
            QVERIFY(rig.idle());
        }
        rig.world->stallCalls(begins ? u"machines.pauseMachine"_s : u"machines.resumeMachine"_s);
        rig.ledger.setGrace(ContractId(5), begins);
        QVERIFY(eventually([&rig] { return rig.world->waitingCalls() > 0; }));
        rig.crash();
        rig.world->release();
        rig.world->reboot();
        rig.ledger.offline = true;
        rig.world->clearLog();
        QVERIFY(rig.start());
        QCOMPARE(rig.world->machines.value(u"42-5-vm"_s).running, !begins);
        QCOMPARE(rig.world->machines.value(u"42-5-vm"_s).console.isEmpty(), begins);
        QCOMPARE(rig.state(5, "vm"), begins ? u"paused"_s : u"ok"_s);
    }

    // Who was accepted first has the first turn of its twin after a restart as well.
    void aRestartKeepsTheOrderOfAcceptance()
    {
        Rig rig;
        QVERIFY(rig.start());
        for (const quint64 contract : { 9U, 5U, 7U }) {
            const auto name = QByteArray("d" + QByteArray::number(contract));
            QVERIFY(deploy(rig, contract, { Rig::disk(name.constData(), 1 << 20) }));
        }
        rig.crash();
        rig.world->clearLog();
        QVERIFY(rig.start());
        QStringList order;
        for (const auto &line : rig.world->callLog()) {
            if (line.startsWith(u"volumes.disk "))
                order += line;
        }
        QCOMPARE(order.first(3),
            (QStringList {
                u"volumes.disk 42-9-d9"_s, u"volumes.disk 42-5-d5"_s, u"volumes.disk 42-7-d7"_s }));
    }

    // What ran before has its port before those that never did.
    void aNewNetworkTakesNoPortFromOneThatComesBack()
    {
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 5, { Rig::network() }));
        rig.world->hangCall(2, hw::FakeWorld::Fate::HangsBefore);
        const auto json
            = rig.request(4, 0, { Rig::network("new", 3011) }, Rig::kTwin + 1); // the same
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin + 1), json)));
        QVERIFY(eventually([&rig] { return rig.world->isFrozen(); }));
        powerOn(rig);
        rig.world->reboot();
        rig.world->failCalls(u"networks.apply"_s, { ErrorCode::Io, u"no uplink"_s }, 1);
        QVERIFY(rig.start());
        for (int round = 0; round < 3; ++round)
            QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        const auto refused = *rig.engine->get(TwinId(Rig::kTwin + 1), ContractId(4));
        QVERIFY2(refused.contains("port 3011 is already in the set"), refused.constData());
        QCOMPARE(rig.world->networks.size(), 1);
    }

    void aMachineThatEndedMeanwhileIsStartedAgain()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        const auto answer = *rig.engine->get(TwinId(Rig::kTwin), ContractId(5));
        rig.crash();
        rig.world->machines.clear();
        QVERIFY(rig.start());
        QCOMPARE(rig.world->snapshot(), world);
        QCOMPARE(rig.world->starts.value(u"42-5-vm"_s), 2);
        QCOMPARE(*rig.engine->get(TwinId(Rig::kTwin), ContractId(5)), answer);
    }

    void whatCannotBeRestoredYetIsNeverReplaced_data()
    {
        QTest::addColumn<QString>("missing");
        QTest::addColumn<QString>("name");
        QTest::newRow("disk") << u"disk 42-5-data"_s << u"data"_s;
        QTest::newRow("root") << u"volume rootfs:42-5-vm"_s << u"vm"_s;
    }
    void whatCannotBeRestoredYetIsNeverReplaced()
    {
        QFETCH(QString, missing);
        QFETCH(QString, name);
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto world = rig.world->snapshot();
        rig.crash();
        rig.world->reboot();
        const auto away = rig.world->volumes.take(missing); // its pool is not there
        QVERIFY(rig.start());
        QCOMPARE(rig.state(5, name.toLatin1()), u"init"_s);
        QVERIFY(!rig.result(5, name.toLatin1()).message.isEmpty());
        QCOMPARE(rig.state(5, "vm"), u"init"_s);
        QCOMPARE(rig.state(5, "net"), u"ok"_s);
        QCOMPARE(rig.engine->usage().used.mru, 1_GiB); // promised still
        for (int round = 0; round < 3; ++round)
            QVERIFY(rig.later(10min));
        QVERIFY(!rig.world->volumes.contains(missing));
        rig.world->volumes.insert(missing, away);
        QVERIFY(rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.world->snapshot(), world);
        QVERIFY(!rig.changes(5).contains(u"error"_s));
    }

    // An accepted machine is no error because its disk or network cannot be restored yet.
    void aNewMachineWaitsForWhatItNeeds_data()
    {
        QTest::addColumn<bool>("disk");
        QTest::newRow("disk") << true;
        QTest::newRow("network") << false;
    }
    void aNewMachineWaitsForWhatItNeeds()
    {
        QFETCH(bool, disk);
        Rig rig;
        QVERIFY(rig.start() && deploy(rig, 6, { Rig::network() }));
        QVERIFY(deploy(rig, 5, { Rig::disk("data", 1 << 20) }));
        const auto json = rig.request(5, 1,
            { Rig::disk("data", 1 << 20),
                Rig::machine("vm", { "data" }, "10.20.2.2", 1ULL << 30, 1) });
        rig.world->hangCall(2, hw::FakeWorld::Fate::HangsBefore);
        QVERIFY(testing::wait(rig.engine->update(TwinId(Rig::kTwin), json)));
        QVERIFY(eventually([&rig] { return rig.world->isFrozen(); }));
        powerOn(rig);
        rig.world->reboot();
        const auto away
            = disk ? rig.world->volumes.take(u"disk 42-5-data"_s) : hw::FakeWorld::Volume {};
        if (!disk)
            rig.world->failCalls(u"networks.apply"_s, { ErrorCode::Io, u"no uplink"_s });
        QVERIFY(rig.start());
        QCOMPARE(rig.state(5, "vm"), u"init"_s);
        QCOMPARE(rig.result(5, "vm").message,
            disk ? u"waiting for disk 'data'"_s : u"waiting for network 'net'"_s);
        QVERIFY(rig.later(1h));
        QCOMPARE(rig.state(5, "vm"), u"init"_s);
        if (disk)
            rig.world->volumes.insert(u"disk 42-5-data"_s, away);
        rig.world->worksAgain();
        QVERIFY(rig.later(10min) && rig.later(10min));
        QCOMPARE(rig.state(5, "vm"), u"ok"_s);
        QCOMPARE(rig.result(5, "vm").message, QString());
    }

    void aContractThatEndedMeanwhileIsFound_data()
    {
        QTest::addColumn<bool>("offlineAtStart");
        QTest::newRow("chain there") << false;
        QTest::newRow("chain comes later") << true;
    }
    void aContractThatEndedMeanwhileIsFound()
    {
        QFETCH(bool, offlineAtStart);
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.crash();
        rig.ledger.cancel(ContractId(5));
        rig.ledger.offline = offlineAtStart;
        QVERIFY(rig.start());
        QVERIFY(rig.later(1s) && rig.later(10min));
        if (offlineAtStart) {
            QCOMPARE(rig.state(5, "vm"), u"ok"_s);
            rig.ledger.goOnline();
            QVERIFY(rig.later(1s) && rig.later(10min));
        }
        QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
        QCOMPARE(rig.world->snapshot(), Rig().world->snapshot());
        QVERIFY(rig.memory.contents().tombstones.isEmpty());
    }

    // The chain is away altogether, and the node has forgotten nothing it was told before.
    void aKnownTwinDeploysWithoutTheChain()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto json = rig.request(6, 0, { Rig::disk("more", 1 << 20) });
        const auto stranger = rig.request(7, 0, { Rig::disk("other", 1 << 20) }, Rig::kTwin + 1);
        rig.crash();
        rig.ledger.offline = true;
        QVERIFY(rig.start());
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
        QCOMPARE(rig.result(6, "more").message, u"waiting for the chain"_s);
        const auto refused
            = testing::wait(rig.engine->deploy(TwinId(Rig::kTwin + 1), stranger)).error().what;
        QVERIFY2(
            refused.startsWith(u"failed to get public key for twin '43'"), qPrintable(refused));
        rig.ledger.goOnline();
        QVERIFY(rig.later(1min));
        QCOMPARE(rig.state(6, "more"), u"ok"_s);
    }

    void whatWasAcceptedWithoutTheChainWaitsForIt()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        const auto json = rig.request(6, 0, { Rig::disk("more", 1 << 20) });
        // The twin's key is known to the bus already; only the contract cannot be read.
        rig.ledger.hideContracts = true;
        QVERIFY(testing::wait(rig.engine->deploy(TwinId(Rig::kTwin), json)) && rig.idle());
        QCOMPARE(rig.result(6, "more").message, u"waiting for the chain"_s);
        rig.crash();
        rig.ledger.offline = true;
        QVERIFY(rig.start());
        QCOMPARE(rig.state(6, "more"), u"init"_s);
        QCOMPARE(rig.result(6, "more").message, u"waiting for the chain"_s);
        QVERIFY(!rig.world->volumes.contains(u"disk 42-6-more"_s));
        rig.ledger.hideContracts = false;
        rig.ledger.goOnline();
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(6, "more"), u"ok"_s);
        QCOMPARE(rig.result(6, "more").message, QString());
    }

    void reportsThatWereNotTakenAreSentAfterwards()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.ledger.offline = true;
        QVERIFY(rig.later(10s));
        rig.crash();
        QVERIFY(rig.start());
        rig.ledger.offline = false;
        QVERIFY(rig.later(10s));
        QCOMPARE(rig.ledger.reports.size(), 1);
        QCOMPARE(rig.ledger.reports.first().first().used.mru, 1_GiB);
        QVERIFY(rig.memory.contents().reports.isEmpty());
    }

    // Left by a node whose store was lost: gone once the chain says that their contract is.
    void objectsOfUnknownContractsAreRemoved()
    {
        Rig rig;
        QVERIFY(deployFull(rig));
        rig.crash();
        const auto world = rig.world->snapshot();
        const auto put = [&rig](const QString &id) {
            rig.world->volumes.insert(u"disk "_s + id, { { id, {}, 1_MiB, {} }, true, true });
            rig.world->volumes.insert(
                u"volume rootfs:"_s + id, { { u"rootfs:"_s + id, {}, 1_MiB, {} }, false, false });
            const auto tap = tapName(id, u"net");
            rig.world->taps.insert(tap, rig.world->taps.first());
            rig.world->machines[id].taps = { tap };
            rig.world->roots.insert(id, {});
        };
        put(u"42-9-lost"_s);
        put(u"77-9-lost"_s);
        const auto gone = rig.world->snapshot();
        put(u"42-10-kept"_s);
        rig.ledger.addContract(ContractId(10), TwinId(Rig::kTwin), NodeId(Rig::kNode), {});
        rig.world->machines.insert(u"not-of-this-node"_s, {});
        const auto all = rig.world->snapshot();
        rig.ledger.offline = true;
        QVERIFY(rig.start());
        QVERIFY(rig.later(1s) && rig.later(10min) && rig.later(10min));
        QCOMPARE(rig.world->snapshot(), all);
        rig.ledger.goOnline();
        QVERIFY(rig.later(1s));
        QCOMPARE(rig.world->snapshot(), all); // the first look
        QVERIFY(rig.later(10min));
        QVERIFY(rig.world->machines.contains(u"42-10-kept"_s));
        QVERIFY(rig.world->machines.contains(u"not-of-this-node"_s));
        rig.world->machines.remove(u"not-of-this-node"_s);
        rig.ledger.contracts.remove(ContractId(10));
        QVERIFY(rig.later(10min) && rig.later(10min));
        QCOMPARE(rig.world->taps.size(), 4); // while there was a foreign machine, any could be its
        QVERIFY(rig.later(10min) && rig.later(10min));
        QCOMPARE(rig.world->snapshot(), world);
        QVERIFY(gone != world);
    }
};
ZOS_TEST(TestEngineRestart)
#include "tst_enginerestart.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgerrules.h"
#include "core/chain/localledger.h"
#include "tests/core/chain/ledgerconformance.h"
#include "tests/support/runner.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

struct LocalLedgerMaker
{
    QTemporaryDir folder;
    FakeClock clock;
    std::unique_ptr<LocalLedger> administrator = local(Identity::generate());

    QString path() const { return folder.filePath(u"ledger.sqlite"_s); }
    std::unique_ptr<LocalLedger> local(const Identity &identity)
    {
        auto ledger = std::make_unique<LocalLedger>(path(), identity, &clock);
        testing::must(ledger->open(true));
        return ledger;
    }
    std::unique_ptr<Ledger> connect(const Identity &identity) { return local(identity); }
    void startGrace(ContractId id) { testing::must(administrator->startGrace(id)); }
    void endGrace(ContractId id) { testing::must(administrator->endGrace(id)); }
    qint64 now() const { return clock.seconds().count(); }
};

using Conformance = LedgerConformance<LocalLedgerMaker>;

// A statement by another program on the same file.
QString rawSql(const QString &path, const QString &sql)
{
    QString outcome;
    {
        auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"raw"_s);
        database.setDatabaseName(path);
        if (!database.open())
            outcome = database.lastError().text();
        QSqlQuery query(database);
        if (query.exec(sql))
            outcome = query.next() ? query.value(0).toString() : QString();
        else
            outcome = query.lastError().text();
    }
    QSqlDatabase::removeDatabase(u"raw"_s);
    return outcome;
}

} // namespace

class TestLocalLedger : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void idsCountFromOne() { Conformance::idsCountFromOne(); }
    void twinsAreUpdatedInPlace() { Conformance::twinsAreUpdatedInPlace(); }
    void farmsHaveUniqueNamesAndSoundAddresses()
    {
        Conformance::farmsHaveUniqueNamesAndSoundAddresses();
    }
    void aTwinHasOneNode() { Conformance::aTwinHasOneNode(); }
    void nodesKeepTheLimits() { Conformance::nodesKeepTheLimits(); }
    void contractsLiveAndEnd() { Conformance::contractsLiveAndEnd(); }
    void contractsAreChecked() { Conformance::contractsAreChecked(); }
    void onlyTheOwnerChangesAContract() { Conformance::onlyTheOwnerChangesAContract(); }
    void publicAddressesAreReservedInOrder() { Conformance::publicAddressesAreReservedInOrder(); }
    void graceComesAndGoes() { Conformance::graceComesAndGoes(); }
    void reportsComeFromTheNodeOnly() { Conformance::reportsComeFromTheNodeOnly(); }
    void eventsReachOtherConnections() { Conformance::eventsReachOtherConnections(); }

    void relaysOfALaboratory_data()
    {
        QTest::addColumn<QString>("relay");
        QTest::addColumn<bool>("good");
        const auto row = [](const char *relay, bool good) {
            QTest::newRow(relay) << QString::fromLatin1(relay) << good;
        };
        row("relay.example", true);
        row("a.example_b.example", true);
        row("ws:/127.0.0.1:8052", true);
        row("ws:/[2001:db8::1]:8052", true);
        row("relay.example_ws:/10.0.0.1:1", true);
        row("ws:/127.0.0.1", false);
        row("ws://127.0.0.1:8052", false);
        row("wss://relay.example", false);
        row("relay.example:443", false);
        row("a..b", false);
        row("a b", false);
        row("ws:/127.0.0.1:8052/x", false);
    }
    void relaysOfALaboratory()
    {
        QFETCH(QString, relay);
        QFETCH(bool, good);
        QCOMPARE(LedgerRules::twin({}, relay, {}).has_value(), good);
    }
    void twinsMayShareAnAddressByPort()
    {
        LocalLedgerMaker maker;
        const auto ledger = maker.local(Identity::generate());
        for (const auto &good : { u"127.0.0.1:8051"_s, u"[200::1]:99"_s, u"200::1"_s }) {
            QVERIFY(testing::wait(ledger->ensureTwin(good, {}, {})).has_value());
            QCOMPARE(testing::must(ledger->twin(TwinId(1))).ip, good);
        }
        for (const auto &bad : { u"127.0.0.1:0"_s, u"127.0.0.1:65536"_s, u"[127.0.0.1]x:1"_s,
                 u"host:1"_s, u"[200::1]"_s, u"200::1\n"_s })
            QVERIFY2(!testing::wait(ledger->ensureTwin(bad, {}, {})).has_value(), qPrintable(bad));
    }

    void isNotThereUntilOpened()
    {
        const QTemporaryDir folder;
        const FakeClock clock;
        const auto path = folder.filePath(u"ledger"_s);
        LocalLedger ledger(path, Identity::generate(), &clock);
        QSignalSpy states(&ledger, &Ledger::stateChanged);
        QSignalSpy gaps(&ledger, &Ledger::gap);
        QCOMPARE(ledger.state(), LedgerState::Offline);
        QCOMPARE(testing::wait(ledger.twin(TwinId(1))).error().code, ErrorCode::Unavailable);
        QCOMPARE(testing::wait(ledger.ensureTwin({}, {}, {})).error().code, ErrorCode::Unavailable);
        QCOMPARE(testing::wait(ledger.open(false)).error().code, ErrorCode::NotFound);
        QVERIFY(!QFile::exists(path));
        QCOMPARE(gaps.size(), 0);
        QVERIFY(testing::wait(ledger.open(true)).has_value());
        QCOMPARE(ledger.state(), LedgerState::Online);
        QCOMPARE(states.size(), 1);
        QCOMPARE(gaps.size(), 1);
    }

    void refusesOtherFiles_data()
    {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QString>("text");
        QTest::newRow("other database")
            << u"CREATE TABLE t (x)"_s << u"is a database, but not a ledger"_s;
        QTest::newRow("newer ledger")
            << u"CREATE TABLE meta AS SELECT 'schema' AS key, '2' AS value"_s
            << u"newer format 2"_s;
    }
    void refusesOtherFiles()
    {
        QFETCH(QString, sql);
        QFETCH(QString, text);
        const QTemporaryDir folder;
        const FakeClock clock;
        const auto path = folder.filePath(u"ledger"_s);
        QCOMPARE(rawSql(path, sql), QString());
        LocalLedger ledger(path, Identity::generate(), &clock);
        const auto opened = testing::wait(ledger.open(true));
        QVERIFY(!opened.has_value());
        QCOMPARE(opened.error().code, ErrorCode::Corrupt);
        QVERIFY2(opened.error().what.contains(text), qPrintable(opened.error().what));
    }

    void refusesAFileThatIsNoDatabase()
    {
        const QTemporaryDir folder;
        const FakeClock clock;
        QFile file(folder.filePath(u"ledger"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(5000, 'x'));
        file.close();
        LocalLedger ledger(file.fileName(), Identity::generate(), &clock);
        QCOMPARE(testing::wait(ledger.open(true)).error().code, ErrorCode::Unavailable);
    }

    void blocksNeverGoBack()
    {
        LocalLedgerMaker maker;
        auto ledger = maker.local(Identity::generate());
        QCOMPARE(testing::wait(ledger->head())->best, quint64(0));
        maker.clock.advance(std::chrono::seconds(61));
        QCOMPARE(testing::wait(ledger->head())->best, quint64(10));
        testing::must(ledger->ensureTwin({}, {}, {}));
        maker.clock.jumpWallClock(maker.clock.now() - std::chrono::seconds(50));
        QCOMPARE(testing::wait(ledger->head())->finalised, quint64(10));
        ledger = maker.local(Identity::generate());
        QCOMPARE(testing::wait(ledger->head())->best, quint64(10));
    }

    void aRefusedContractLeavesNothingBehind()
    {
        Conformance::World world(Conformance::addresses(1));
        const auto path = world.maker.path();
        const auto events = rawSql(path, u"SELECT count(*) FROM event"_s);
        QVERIFY(!testing::wait(
            world.user->createNodeContract(world.nodeId, Conformance::hash(1), {}, 2))
                .has_value());
        world.contract(2, 1);
        QVERIFY(!testing::wait(
            world.user->createNodeContract(world.nodeId, Conformance::hash(1), {}, 1))
                .has_value());
        QCOMPARE(rawSql(path, u"SELECT count(*) FROM contract"_s), u"1"_s);
        QCOMPARE(rawSql(path, u"SELECT count(*) FROM event"_s).toInt(), events.toInt() + 1);
    }

    void contractsAreNeverDeleted()
    {
        Conformance::World world;
        const auto id = world.contract(1);
        QVERIFY(testing::wait(world.user->cancelContract(id)).has_value());
        const auto path = world.maker.path();
        QCOMPARE(
            rawSql(path, u"SELECT state || ' ' || cause FROM contract WHERE id = 1"_s), u"1 0"_s);
        QVERIFY(rawSql(path, u"DELETE FROM contract"_s).contains(u"contracts are never deleted"_s));
    }

    void contractsExpire()
    {
        Conformance::World world(Conformance::addresses(1));
        const auto id = world.contract(1, 1);
        QVERIFY(testing::wait(world.maker.administrator->expireContract(id)).has_value());
        QVERIFY(!testing::wait(world.user->contract(id)).has_value());
        QCOMPARE(
            testing::wait(world.user->farm(world.farm))->publicIps.at(0).contract, ContractId(0));
        QCOMPARE(rawSql(world.maker.path(), u"SELECT cause FROM contract"_s), u"1"_s);
    }

    void namesAreUnique()
    {
        LocalLedgerMaker maker;
        const auto ledger = maker.local(Identity::generate());
        testing::must(ledger->ensureTwin({}, {}, {}));
        const auto id = testing::must(ledger->createNameContract(u"my-web"_s));
        QCOMPARE(testing::wait(ledger->contract(id))->kind, ContractKind::Name);
        QCOMPARE(testing::wait(ledger->contract(id))->name, u"my-web"_s);
        QCOMPARE(
            testing::wait(ledger->createNameContract(u"my-web"_s)).error().what, u"NameExists"_s);
        QCOMPARE(
            testing::wait(ledger->createNameContract(u"My web"_s)).error().what, u"NameNotValid"_s);
        QVERIFY(testing::wait(ledger->cancelContract(id)).has_value());
        QCOMPARE(testing::must(ledger->createNameContract(u"my-web"_s)), ContractId(2));
    }

    void aRentedNodeServesItsRenter()
    {
        Conformance::World world;
        const auto renter = world.maker.local(Identity::generate());
        testing::must(renter->ensureTwin({}, {}, {}));
        const auto foreign = world.contract(1);
        QCOMPARE(testing::wait(renter->createRentContract(world.nodeId)).error().what,
            u"NodeHasActiveContracts"_s);
        QVERIFY(testing::wait(world.user->cancelContract(foreign)).has_value());
        const auto rent = testing::must(renter->createRentContract(world.nodeId));
        QCOMPARE(testing::must(world.node->rentContract(world.nodeId)), rent);
        QCOMPARE(testing::wait(renter->createRentContract(world.nodeId)).error().what,
            u"NodeHasRentContract"_s);
        const auto refused = testing::wait(
            world.user->createNodeContract(world.nodeId, Conformance::hash(2), {}, 0));
        QCOMPARE(refused.error().what, u"NodeNotAvailableToDeploy"_s);
        const auto own
            = testing::must(renter->createNodeContract(world.nodeId, Conformance::hash(2), {}, 0));
        QCOMPARE(
            testing::wait(renter->cancelContract(rent)).error().what, u"NodeHasActiveContracts"_s);
        QVERIFY(testing::wait(renter->cancelContract(own)).has_value());
        QVERIFY(testing::wait(renter->cancelContract(rent)).has_value());
        QVERIFY(!testing::wait(world.node->rentContract(world.nodeId)).has_value());
    }

    void oldEventsAreRemovedAndMissedOnesReported()
    {
        Conformance::World world;
        world.contract(1);
        const auto path = world.maker.path();
        QVERIFY(rawSql(path, u"SELECT count(*) FROM event"_s).toInt() > 4);
        // The newest event disappears before anybody could read it: seen as a hole in the numbers.
        QSignalSpy gaps(world.node.get(), &Ledger::gap);
        QCOMPARE(
            rawSql(path,
                u"UPDATE event SET seq = seq + 1000 WHERE seq = (SELECT max(seq) FROM event)"_s),
            QString());
        QVERIFY(QTest::qWaitFor([&] { return gaps.size() == 1; }, 10'000));

        world.maker.clock.advance(std::chrono::hours(24 * 91));
        const auto late = world.maker.local(Identity::generate());
        QCOMPARE(rawSql(path, u"SELECT count(*) FROM event"_s), u"0"_s);
        QCOMPARE(rawSql(path, u"SELECT count(*) FROM contract"_s), u"1"_s);
    }

    void startsAfterTheNewestEvent()
    {
        Conformance::World world;
        world.contract(1);
        const auto late = world.maker.local(Identity::generate());
        QList<ContractId> seen;
        connect(late.get(), &Ledger::event, late.get(),
            [&seen](const LedgerEvent &event, bool) { seen += event.contract; });
        const auto id = world.contract(2);
        QVERIFY(QTest::qWaitFor([&] { return seen == (QList { id, id }); }, 10'000));
    }

    void saysWhenTheFileCannotBeRead()
    {
        Conformance::World world;
        const auto path = world.maker.path();
        QSignalSpy gaps(world.node.get(), &Ledger::gap);
        QCOMPARE(rawSql(path, u"ALTER TABLE event RENAME TO hidden"_s), QString());
        QVERIFY(QTest::qWaitFor(
            [node = world.node.get()] { return node->state() == LedgerState::Offline; }, 10'000));
        QCOMPARE(
            testing::wait(world.user->createNodeContract(world.nodeId, Conformance::hash(1), {}, 0))
                .error()
                .code,
            ErrorCode::Unavailable);
        QCOMPARE(rawSql(path, u"ALTER TABLE hidden RENAME TO event"_s), QString());
        QVERIFY(QTest::qWaitFor(
            [node = world.node.get()] { return node->state() == LedgerState::Online; }, 10'000));
        QVERIFY(QTest::qWaitFor([&] { return gaps.size() >= 1; }, 10'000));
        QCOMPARE(world.contract(1), ContractId(1));
    }

    void survivesDestructionWithPendingCalls()
    {
        LocalLedgerMaker maker;
        auto ledger = maker.local(Identity::generate());
        auto pending = ledger->ensureTwin({}, {}, {});
        ledger.reset();
        QCOMPARE(testing::must(std::move(pending)), TwinId(1));
    }
};

ZOS_TEST(TestLocalLedger)
#include "tst_localledger.moc"

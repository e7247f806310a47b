// SPDX-License-Identifier: Apache-2.0
#include "core/store/deploymentstore.h"
#include "core/store/failingstore.h"
#include "core/store/memorystore.h"
#include "core/store/sqlitestore.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

const DeploymentKey kKey { TwinId(7), ContractId(0xffff'ffff'ffff'fff0) };

Workload sampleDisk(const QString &name, ResultState state = ResultState::Init)
{
    const QByteArray text = QByteArray("{\"twin_id\":7,\"workloads\":[{\"version\":0,\"name\":\"")
        + name.toUtf8()
        + "\",\"type\":\"zmount\",\"metadata\":\"m\",\"description\":\"d\",\"data\":{\"size\": "
          "1073741824 ,\"__type\":\"zmount\"}}]}";
    const auto deployment = Deployment::fromJson(text);
    auto workload = deployment->workloads.first();
    workload.result = { 1'800'000'000, state, u"why"_s, "{\"volume_id\":\"x\"}" };
    return workload;
}

StoreChange acceptance()
{
    StoreChange change;
    change.deployments = { StoredDeployment {
        kKey, 1, 1'800'000'000, TwinId(7), "{ \"verbatim\" : 1.0 }", true, false } };
    change.workloads = { StoredWorkload { kKey, sampleDisk(u"data"_s), {} } };
    change.log = { LogEntry { 0, kKey, sampleDisk(u"data"_s) } };
    change.contracts = { SeenContract { kKey, u"created"_s, u"abc"_s, 2, 1'800'000'000 } };
    Capacity used;
    used.sru = 1_GiB;
    change.reports = { PendingReport { kKey, used, 5 } };
    return change;
}

} // namespace

class TestDeploymentStore : public QObject
{
    Q_OBJECT
private:
    QTemporaryDir m_dir;
    QString m_path;
    int m_files = 0;

    std::unique_ptr<DeploymentStore> makeStore(const QString &kind)
    {
        if (kind == u"memory")
            return std::make_unique<MemoryStore>();
        m_path = m_dir.filePath(u"store%1"_s.arg(++m_files));
        return std::make_unique<SqliteStore>(m_path);
    }
    static void bothStores()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("memory") << u"memory"_s;
        QTest::newRow("sqlite") << u"sqlite"_s;
    }

private Q_SLOTS:
    void keepsEverythingExactly_data() { bothStores(); }
    void keepsEverythingExactly()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        QVERIFY(testing::wait(store->commit(acceptance())));
        const auto contents = testing::wait(store->load());
        QVERIFY(contents);
        QCOMPARE(contents->deployments.size(), 1);
        const auto &deployment = contents->deployments.first();
        QCOMPARE(deployment.key, kKey);
        QCOMPARE(deployment.request, QByteArray("{ \"verbatim\" : 1.0 }"));
        QCOMPARE(deployment.sender, TwinId(7));
        QVERIFY(deployment.contractChecked);
        QVERIFY(!deployment.deleting);
        const auto &workload = contents->workloads.first().workload;
        QCOMPARE(workload.data, QByteArray("{\"size\": 1073741824 ,\"__type\":\"zmount\"}"));
        QCOMPARE(workload.metadata, u"m"_s);
        QCOMPARE(workload.result.message, u"why"_s);
        QCOMPARE(workload.result.data, QByteArray("{\"volume_id\":\"x\"}"));
        QVERIFY(workload.decoded);
        QCOMPARE(contents->contracts.first().hash, u"abc"_s);
        QCOMPARE(contents->contracts.first().publicIps, 2u);
        QCOMPARE(contents->reports.first().used.sru, 1_GiB);
        QVERIFY(contents->log.first().seq > 0);
    }

    void keepsTheChainAndItsKeys_data() { bothStores(); }
    void keepsTheChainAndItsKeys()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        QCOMPARE(testing::wait(store->load())->chain, QString());
        StoreChange change;
        change.chain = u"abc"_s;
        change.accounts.insert(TwinId(7), QByteArray(32, '\0'));
        QVERIFY(testing::wait(store->commit(change)));
        QVERIFY(testing::wait(store->commit(acceptance())));
        const auto contents = testing::wait(store->load());
        QCOMPARE(contents->chain, u"abc"_s);
        QCOMPARE(contents->accounts, change.accounts);
    }

    void aPendingChangeGoesOnlyWithItsOwnVersion_data() { bothStores(); }
    void aPendingChangeGoesOnlyWithItsOwnVersion()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        auto newer = sampleDisk(u"data"_s);
        newer.version = 2;
        auto older = sampleDisk(u"data"_s);
        older.version = 1;
        StoreChange change = acceptance();
        change.pending = { PendingWorkload { kKey, newer } };
        QVERIFY(testing::wait(store->commit(change)));
        StoreChange applied;
        applied.appliedPending = { PendingWorkload { kKey, older } };
        QVERIFY(testing::wait(store->commit(applied)));
        QCOMPARE(testing::wait(store->load())->pending.size(), 1);
        applied.appliedPending = { PendingWorkload { kKey, newer } };
        QVERIFY(testing::wait(store->commit(applied)));
        QCOMPARE(testing::wait(store->load())->pending.size(), 0);
    }

    void aChangeThatHadBegunLiesBesideTheNewest_data() { bothStores(); }
    void aChangeThatHadBegunLiesBesideTheNewest()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        auto newest = sampleDisk(u"data"_s);
        newest.version = 2;
        auto begun = sampleDisk(u"data"_s);
        begun.version = 1;
        const auto kept = [&store] {
            QList<std::pair<quint32, bool>> rows;
            const auto contents = testing::wait(store->load());
            for (const auto &row : contents->pending)
                rows += { row.workload.version, row.begun };
            std::ranges::sort(rows);
            return rows;
        };
        StoreChange change = acceptance();
        change.pending = { { kKey, newest }, { kKey, begun, true } };
        QVERIFY(testing::wait(store->commit(change)));
        const QList<std::pair<quint32, bool>> both { { 1, true }, { 2, false } };
        QCOMPARE(kept(), both);
        StoreChange applied;
        applied.appliedPending = { PendingWorkload { kKey, begun } };
        QVERIFY(testing::wait(store->commit(applied)));
        QCOMPARE(kept(), both.last(1));
        QVERIFY(testing::wait(store->commit(change)));
        applied.appliedPending = { PendingWorkload { kKey, newest } };
        QVERIFY(testing::wait(store->commit(applied)));
        QCOMPARE(kept().size(), 0);
    }

    void aSentReportGoesUnlessANewerValueWaits_data() { bothStores(); }
    void aSentReportGoesUnlessANewerValueWaits()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        QVERIFY(testing::wait(store->commit(acceptance())));
        StoreChange sent;
        sent.sentReports = { PendingReport { kKey, {}, 5 } };
        QVERIFY(testing::wait(store->commit(sent)));
        QCOMPARE(testing::wait(store->load())->reports.size(), 1);
        sent.sentReports = acceptance().reports;
        QVERIFY(testing::wait(store->commit(sent)));
        QCOMPARE(testing::wait(store->load())->reports.size(), 0);
    }

    void theEndLeavesOnlyHistoryAndThatForAWhile_data() { bothStores(); }
    void theEndLeavesOnlyHistoryAndThatForAWhile()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        auto change = acceptance();
        change.tombstones = { Tombstone { kKey, sampleDisk(u"data"_s), u"gone"_s, 3, false } };
        QVERIFY(testing::wait(store->commit(change)));
        QCOMPARE(testing::wait(store->load())->tombstones.first().reason, u"gone"_s);
        StoreChange end;
        end.ended = { kKey };
        end.endedAt = 1000;
        QVERIFY(testing::wait(store->commit(end)));
        const auto contents = testing::wait(store->load());
        QVERIFY(contents->deployments.isEmpty());
        QVERIFY(contents->workloads.isEmpty());
        QVERIFY(contents->tombstones.isEmpty());
        QVERIFY(contents->contracts.isEmpty());
        QVERIFY(contents->reports.isEmpty());
        QVERIFY(contents->log.isEmpty());
        QCOMPARE(testing::wait(store->history(kKey))->size(), 1);
        const auto ended = testing::wait(store->endedWorkloads());
        QCOMPARE(ended->size(), 1);
        QCOMPARE(ended->first().name, u"data"_s);
        StoreChange later;
        later.forgetEndedBefore = 1001;
        QVERIFY(testing::wait(store->commit(later)));
        QCOMPARE(testing::wait(store->history(kKey))->size(), 0);
    }

    void keepsTheNewestSteps_data() { bothStores(); }
    void keepsTheNewestSteps()
    {
        QFETCH(QString, kind);
        const auto store = makeStore(kind);
        QVERIFY(testing::wait(store->open()));
        QVERIFY(testing::wait(store->steps(kKey))->isEmpty());
        QCOMPARE(testing::wait(store->load())->lastStep, 0U);
        const DeploymentKey other { TwinId(7), ContractId(2) };
        StoreChange change = acceptance();
        change.steps = { StepEntry { 3, other, u"vm"_s, u"create"_s, u"a step"_s, 5, 6, {} } };
        for (quint64 seq = 10; seq < 10 + kStepsKept; ++seq)
            change.steps += StepEntry { seq, kKey, {}, u"w"_s, u"s"_s, 7, 8, u"why"_s };
        QVERIFY(testing::wait(store->commit(change)));
        const auto all = testing::wait(store->steps(kKey));
        QCOMPARE(all->size(), kStepsKept);
        QCOMPARE(all->first().seq, 10U);
        StoreChange more;
        more.steps = { StepEntry { 500, kKey, u"vm"_s, u"remove"_s, u"last"_s, 9, 10, {} },
            StepEntry { 499, kKey, u"vm"_s, u"remove"_s, u"last but one"_s, 9, 11, u"x"_s } };
        QVERIFY(testing::wait(store->commit(more)));
        const auto newest = testing::wait(store->steps(kKey));
        QCOMPARE(newest->size(), kStepsKept);
        QCOMPARE(newest->first().seq, 12U);
        QCOMPARE(newest->first().error, u"why"_s);
        QCOMPARE(newest->last().step, u"last"_s);
        QCOMPARE(newest->last().workload, u"vm"_s);
        QCOMPARE(newest->last().wanted, u"remove"_s);
        QCOMPARE(newest->last().startMs, 9);
        QCOMPARE(newest->last().endMs, 10);
        QCOMPARE(newest->last().error, QString());
        QCOMPARE(newest->at(kStepsKept - 2).step, u"last but one"_s);
        QCOMPARE(testing::wait(store->steps(other))->size(), 1);
        QCOMPARE(testing::wait(store->load())->lastStep, 500U);
        // They are kept and forgotten with the history.
        StoreChange end;
        end.ended = { kKey };
        end.endedAt = 1000;
        QVERIFY(testing::wait(store->commit(end)));
        QCOMPARE(testing::wait(store->steps(kKey))->size(), kStepsKept);
        StoreChange later;
        later.forgetEndedBefore = 1001;
        QVERIFY(testing::wait(store->commit(later)));
        QVERIFY(testing::wait(store->steps(kKey))->isEmpty());
        QCOMPARE(testing::wait(store->steps(other))->size(), 1);
    }

    // What earlier formats left is kept for ever, as SQL with the statements of a line each.
    void opensEarlierFormats_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("hash");
        QTest::addColumn<QString>("chain");
        QTest::newRow("1") << u"stores/format1.sql"_s << u"fe923eb3567e269fd197b5c489249402"_s
                           << QString();
        QTest::newRow("2") << u"stores/format2.sql"_s << u"225b61eef8e407d9c2188f4463c107e8"_s
                           << QString();
        QTest::newRow("3") << u"stores/format3.sql"_s << u"225b61eef8e407d9c2188f4463c107e8"_s
                           << u"0x5b1e"_s;
    }
    void opensEarlierFormats()
    {
        QFETCH(QString, file);
        QFETCH(QString, hash);
        QFETCH(QString, chain);
        const auto path
            = m_dir.filePath(u"earlier"_s + QString::fromLatin1(QTest::currentDataTag()));
        QFile source(QStringLiteral(ZOS_TEST_DATA) + u'/' + file);
        QVERIFY(source.open(QIODevice::ReadOnly));
        {
            auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"earlier"_s);
            database.setDatabaseName(path);
            QVERIFY(database.open());
            QSqlQuery query(database);
            for (const auto &line : source.readAll().trimmed().split('\n'))
                QVERIFY2(query.exec(QString::fromUtf8(line)), line.constData());
        }
        QSqlDatabase::removeDatabase(u"earlier"_s);
        for (int times = 0; times < 2; ++times) {
            SqliteStore store(path);
            QVERIFY(testing::wait(store.open()));
            const auto contents = testing::wait(store.load());
            QVERIFY(contents);
            QCOMPARE(contents->deployments.size(), 1);
            QCOMPARE(contents->workloads.size(), 3);
            QCOMPARE(contents->log.size(), 6);
            QCOMPARE(contents->reports.size(), 1);
            QCOMPARE(contents->accounts.size(), chain.isEmpty() ? 0 : 1);
            QCOMPARE(contents->contracts.first().hash, hash);
            const auto request = Deployment::fromJson(contents->deployments.first().request);
            QVERIFY(request);
            QCOMPARE(request->workloads.size(), 3);
            const auto gone = testing::wait(store.endedWorkloads());
            QCOMPARE(gone->size(), 1);
            const auto ended = gone->first().deployment;
            QCOMPARE(ended.contract, ContractId(2));
            QCOMPARE(testing::wait(store.history(ended))->size(), 3);
            // And takes what is new.
            StoreChange change;
            const auto before = testing::wait(store.steps(ended))->size();
            change.steps = { StepEntry { contents->lastStep + 1, ended, {}, {}, {}, 1, 2, {} } };
            change.chain = u"abc"_s;
            QVERIFY(testing::wait(store.commit(change)));
            QCOMPARE(testing::wait(store.steps(ended))->size(), before + 1);
            QCOMPARE(contents->chain, times == 0 ? chain : change.chain);
        }
    }

    void survivesReopening()
    {
        {
            SqliteStore store(m_dir.filePath(u"reopen"_s));
            QVERIFY(testing::wait(store.open()));
            QVERIFY(testing::wait(store.commit(acceptance())));
        }
        SqliteStore store(m_dir.filePath(u"reopen"_s));
        QVERIFY(testing::wait(store.open()));
        QCOMPARE(testing::wait(store.load())->deployments.first().key, kKey);
    }

    void aFailingStoreWritesNothing()
    {
        MemoryStore inner;
        FailingStore store(inner);
        store.failAll({ ErrorCode::Io, u"no space left on device"_s });
        const auto written = testing::wait(store.commit(acceptance()));
        QCOMPARE(written.error().code, ErrorCode::Io);
        QVERIFY(inner.contents().deployments.isEmpty());
        store.setBefore({});
        QVERIFY(testing::wait(store.commit(acceptance())));
        QCOMPARE(inner.contents().deployments.size(), 1);
    }
};
ZOS_TEST(TestDeploymentStore)
#include "tst_deploymentstore.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlitestore.h"
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"
#include "tests/support/synccalls.h"

#include <QLoggingCategory>
#include <QTemporaryDir>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;

// What an acceptance costs on a real disk: one sync, and less when many come together.
class TestEngineSyncs : public QObject
{
    Q_OBJECT
private:
    // A node on a file, on whose machine nothing is made: every write is an acceptance.
    struct Node
    {
        QTemporaryDir folder;
        SqliteStore file { folder.filePath(u"state.sqlite"_s) };
        FailingStore store { file };
        Rig rig;
        bool start()
        {
            rig.otherStore = &store;
            rig.world->stallCalls(u"volumes.createDisk"_s);
            // The first write begins the file's log, which costs a sync of its own.
            return rig.start() && accepts(100);
        }
        Rig::Answer begin(quint64 contract)
        {
            return Rig::begin(rig.engine->deploy(
                TwinId(Rig::kTwin), rig.request(contract, 0, { Rig::disk("data", 1ULL << 20) })));
        }
        bool accepts(quint64 contract)
        {
            const auto answer = begin(contract);
            return eventually([&answer] { return answer->has_value(); }) && **answer;
        }
    };

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.engine*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void anAcceptanceIsOneSync()
    {
        Node node;
        QVERIFY(node.start());
        for (quint64 contract = 1; contract <= 5; ++contract) {
            const int before = syncCalls();
            const int transactions = node.file.transactions();
            QVERIFY(node.accepts(contract));
            QCOMPARE(syncCalls() - before, 1);
            QCOMPARE(node.file.transactions() - transactions, 1);
        }
    }

    void aRefusalIsNone()
    {
        Node node;
        QVERIFY(node.start());
        const int before = syncCalls();
        const auto huge = node.rig.request(1, 0, { Rig::disk("data", 1ULL << 50) });
        QVERIFY(!testing::wait(node.rig.engine->deploy(TwinId(Rig::kTwin), huge)));
        QVERIFY(testing::wait(node.rig.engine->rehearse(TwinId(Rig::kTwin), huge)));
        QCOMPARE(syncCalls(), before);
    }

    // Those that come while the disk is busy share the next sync, and nobody is told before it.
    void acceptancesShareASync()
    {
        constexpr quint64 kMany = 32;
        Node node;
        QVERIFY(node.start());
        const int before = syncCalls();
        const int commits = node.store.commits();
        QList<Rig::Answer> answers;
        {
            const HeldSyncs held;
            for (quint64 contract = 1; contract <= kMany; ++contract)
                answers += node.begin(contract);
            QVERIFY(eventually([&] {
                return held.waiting() == 1 && node.store.commits() - commits == int(kMany);
            }));
            for (int turn = 0; turn < 20; ++turn)
                QCoreApplication::processEvents();
            for (const auto &answer : std::as_const(answers))
                QVERIFY(!answer->has_value());
        }
        for (const auto &answer : std::as_const(answers)) {
            QVERIFY(eventually([&answer] { return answer->has_value(); }));
            QVERIFY((**answer).has_value());
        }
        QVERIFY2(syncCalls() - before <= 2, qPrintable(QString::number(syncCalls() - before)));
        const auto stored = testing::wait(node.file.load());
        QCOMPARE(stored->deployments.size(), qsizetype(kMany + 1));
    }
};
ZOS_TEST(TestEngineSyncs)
#include "tst_enginesyncs.moc"

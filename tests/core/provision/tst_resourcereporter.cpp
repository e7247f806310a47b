// SPDX-License-Identifier: Apache-2.0
#include "core/provision/resourcereporter.h"
#include "core/store/memorystore.h"
#include "tests/support/eventually.h"
#include "tests/support/memoryledger.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QLoggingCategory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestResourceReporter : public QObject
{
    Q_OBJECT
    FakeClock m_clock;
    std::unique_ptr<MemoryLedger> m_ledger;
    std::unique_ptr<MemoryStore> m_store;
    std::unique_ptr<Agenda> m_agenda;
    std::unique_ptr<Agenda> m_limits;
    std::unique_ptr<ResourceReporter> m_reporter;
    StopSignal m_stop;
    int m_running = 0;

    static DeploymentKey key(quint64 contract) { return { TwinId(7), ContractId(contract) }; }
    static Task<void> send(TestResourceReporter *test)
    {
        ++test->m_running;
        co_await test->m_reporter->send();
        --test->m_running;
    }
    static Task<void> flush(TestResourceReporter *test) { co_await test->m_reporter->flush(2s); }
    void queue(quint64 contract, quint64 cpus)
    {
        Capacity used;
        used.cru = cpus;
        const PendingReport report { key(contract), used, 1 };
        StoreChange change;
        change.reports = { report };
        QVERIFY(testing::wait(m_store->commit(change))); // as the engine does it
        m_reporter->queue(report);
    }
    bool later(std::chrono::milliseconds time)
    {
        m_clock.advance(time);
        m_agenda->runDue();
        return eventually([this] { return m_running == 0; });
    }
    qsizetype outbox() const { return m_store->contents().reports.size(); }
    QMap<quint64, quint64> taken() const // contract -> CPUs, the last value
    {
        QMap<quint64, quint64> all;
        for (const auto &call : std::as_const(m_ledger->reports)) {
            for (const auto &report : call)
                all.insert(report.contract.value(), report.used.cru);
        }
        return all;
    }
    void makeReporter()
    {
        m_stop = { {}, {}, m_limits.get() };
        m_reporter = std::make_unique<ResourceReporter>(*m_ledger, *m_store, *m_agenda, m_stop);
        m_reporter->setBegin([this] { send(this); });
    }

private Q_SLOTS:
    void initTestCase() { QLoggingCategory::setFilterRules(u"zos.engine*=false"_s); }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }
    void init()
    {
        m_reporter.reset();
        m_ledger = std::make_unique<MemoryLedger>();
        m_store = std::make_unique<MemoryStore>();
        m_agenda = std::make_unique<Agenda>(m_clock);
        m_limits = std::make_unique<Agenda>(m_clock);
        makeReporter();
    }

    void newestValuesGoTogether()
    {
        queue(1, 1);
        queue(2, 2);
        QVERIFY(later(9s));
        queue(1, 5);
        QVERIFY(m_ledger->reports.isEmpty());
        QVERIFY(later(1s)); // counted from the first
        QCOMPARE(m_ledger->reports.size(), 1);
        QCOMPARE(taken(), (QMap<quint64, quint64> { { 1, 5 }, { 2, 2 } }));
        QCOMPARE(m_reporter->waiting(), 0);
        QCOMPARE(outbox(), 0);
        QVERIFY(later(1h));
        QCOMPARE(m_ledger->reports.size(), 1);
    }
    void manyGoInParts()
    {
        for (quint64 contract = 1; contract <= 120; ++contract)
            queue(contract, contract);
        QVERIFY(later(10s) && later(10s) && later(10s));
        QCOMPARE(m_ledger->reports.size(), 3);
        for (const auto &call : std::as_const(m_ledger->reports))
            QVERIFY(call.size() <= 50);
        QCOMPARE(taken().size(), 120);
        QCOMPARE(outbox(), 0);
    }
    void anOutageOnlyDelays()
    {
        m_ledger->offline = true;
        queue(1, 1);
        QVERIFY(later(10s));
        const auto calls = m_ledger->calls;
        QVERIFY(later(7s));
        QCOMPARE(m_ledger->calls, calls); // it backs off
        for (int n = 0; n < 20; ++n)
            QVERIFY(later(12min));
        QVERIFY(m_ledger->calls > calls + 10); // and never gives up
        QCOMPARE(outbox(), 1);
        m_ledger->offline = false;
        QVERIFY(later(12min));
        QCOMPARE(taken().value(1), 1u);
        QCOMPARE(outbox(), 0);
    }
    void theOutboxSurvivesTheProcess()
    {
        m_ledger->offline = true;
        queue(1, 1);
        queue(2, 2);
        QVERIFY(later(10s));
        m_agenda->clear();
        makeReporter();
        m_reporter->load(m_store->contents().reports);
        QCOMPARE(m_reporter->waiting(), 2);
        m_ledger->offline = false;
        QVERIFY(later(10s));
        QCOMPARE(taken().size(), 2);
        QCOMPARE(outbox(), 0);
    }
    void aValueThatChangesMeanwhileIsSentAgain()
    {
        queue(1, 1);
        m_clock.advance(10s);
        m_agenda->runDue();
        QCOMPARE(m_running, 1); // on its way to the chain
        queue(1, 2);
        QVERIFY(later(0s));
        QCOMPARE(taken().value(1), 1u);
        QCOMPARE(outbox(), 1);
        QVERIFY(later(10s));
        QCOMPARE(taken().value(1), 2u);
        QCOMPARE(outbox(), 0);
    }
    void oneRefusedContractIsFoundAndDropped()
    {
        for (quint64 contract = 1; contract <= 50; ++contract)
            queue(contract, contract);
        m_ledger->badContracts = { ContractId(13), ContractId(14), ContractId(50) };
        QVERIFY(later(10s));
        QCOMPARE(taken().size(), 47);
        QVERIFY(!taken().contains(13));
        QCOMPARE(outbox(), 0);
        QCOMPARE(m_reporter->waiting(), 0);
    }
    void whatEndedIsNotReported()
    {
        queue(1, 1);
        queue(2, 2);
        m_reporter->forget(key(1));
        QVERIFY(later(10s));
        QCOMPARE(taken(), (QMap<quint64, quint64> { { 2, 2 } }));
    }
    void aChainThatDoesNotAnswerIsLeft()
    {
        m_ledger->silent = true;
        queue(1, 1);
        m_clock.advance(10s);
        m_agenda->runDue();
        QCOMPARE(*m_limits->nextDue(), m_clock.monotonic() + 2min);
        m_clock.advance(2min);
        m_limits->runDue();
        QVERIFY(eventually([this] { return m_running == 0; }));
        QCOMPARE(outbox(), 1);
        m_ledger->silent = false;
        QVERIFY(later(12min));
        QCOMPARE(outbox(), 0);
        m_ledger->answerAll();
    }
    void atTheEndAllThatWaitsIsSent()
    {
        for (quint64 contract = 1; contract <= 120; ++contract)
            queue(contract, contract);
        m_stop.soft.cancel(); // its owner stops
        testing::wait(flush(this));
        QCOMPARE(taken().size(), 120);
        for (const auto &call : std::as_const(m_ledger->reports))
            QVERIFY(call.size() <= 50);
        QCOMPARE(outbox(), 0);
    }
    void atTheEndASilentChainIsLeft()
    {
        queue(1, 1);
        m_ledger->silent = true;
        m_stop.soft.cancel();
        auto flushing = flush(this);
        QVERIFY(eventually([this] { return m_limits->nextDue().has_value(); }));
        m_clock.advance(1999ms);
        m_limits->runDue();
        QCoreApplication::processEvents();
        QVERIFY(!flushing.isReady());
        m_clock.advance(1ms);
        m_limits->runDue();
        testing::wait(std::move(flushing));
        QCOMPARE(outbox(), 1);
        m_ledger->answerAll();
        QVERIFY(eventually([this] { return m_ledger->reports.size() == 1; })); // nobody listens
    }
    void aStopPlansNothingMore()
    {
        queue(1, 1);
        m_ledger->offline = true;
        m_clock.advance(10s);
        m_agenda->runDue();
        m_stop.soft.cancel();
        QVERIFY(later(0s));
        QVERIFY(!m_agenda->nextDue());
        QCOMPARE(outbox(), 1);
    }
};
ZOS_TEST(TestResourceReporter)
#include "tst_resourcereporter.moc"

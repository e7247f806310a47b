// SPDX-License-Identifier: Apache-2.0
#include "core/chain/localledger.h"
#include "tests/core/chain/ledgerconformance.h"
#include "tests/support/runner.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

constexpr int kContracts = 40;

QString writerHash(const QByteArray &account, int number)
{
    return QString::fromLatin1(account.toHex().first(24))
        + u"%1"_s.arg(number, 8, 10, QLatin1Char('0'));
}

QList<ContractId> sorted(QList<ContractId> ids)
{
    std::sort(ids.begin(), ids.end());
    return ids;
}

QList<ContractId> firstIds(int count)
{
    QList<ContractId> ids;
    for (int i = 1; i <= count; ++i)
        ids += ContractId(quint64(i));
    return ids;
}

// Contracts one after the other, with refused ones (roll-backs after the insert) in between.
Task<QList<ContractId>> writeContracts(
    std::shared_ptr<LocalLedger> ledger, QByteArray account, NodeId node)
{
    QList<ContractId> ids;
    for (int i = 0; i < kContracts; ++i) {
        const auto hash = writerHash(account, i);
        const auto refused = co_await ledger->createNodeContract(node, hash, {}, 1);
        if (refused)
            co_return {};
        const auto id = co_await ledger->createNodeContract(node, hash, {}, 0);
        if (!id) {
            qWarning("%s", qPrintable(id.error().what));
            co_return {};
        }
        ids += *id;
    }
    co_return ids;
}

struct Writer
{
    Identity key = Identity::generate();
    std::shared_ptr<LocalLedger> ledger;

    Writer(const QString &path, const Clock *clock)
        : ledger(std::make_shared<LocalLedger>(path, key, clock))
    {
        testing::must(ledger->open(true));
        testing::must(ledger->ensureTwin({}, {}, {}));
    }
    NodeId makeNode() const
    {
        // One public address, taken at once: asking for one fails after the row was inserted.
        QList<PublicIp> ips { { u"203.0.113.5/24"_s, u"203.0.113.1"_s, {} } };
        NodeRecord record;
        record.farm = testing::must(ledger->createFarm(u"farm"_s, ips));
        record.resources.cru = 1;
        record.resources.mru = 1_GiB;
        return testing::must(ledger->ensureNode(record));
    }
};

} // namespace

// Several writers at once. The class is also the program of the other processes: with
// ZOS_TEST_LEDGER set, writes() works on that file.
class TestLedgerWriter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void writes()
    {
        const SystemClock clock;
        const QTemporaryDir folder;
        const auto shared = qEnvironmentVariable("ZOS_TEST_LEDGER");
        const Writer writer(shared.isEmpty() ? folder.filePath(u"ledger"_s) : shared, &clock);
        auto node = NodeId(1);
        if (shared.isEmpty()) {
            node = writer.makeNode();
            QVERIFY(
                testing::wait(writer.ledger->createNodeContract(node, u"x"_s.repeated(32), {}, 1))
                    .has_value());
        }
        const auto ids = testing::wait(writeContracts(writer.ledger, writer.key.publicKey(), node));
        QCOMPARE(ids.size(), kContracts);
        QCOMPARE(ids, sorted(ids));
        if (shared.isEmpty())
            QCOMPARE(ids.last(), ContractId(kContracts + 1));
    }

    void connectionsShareOneFile()
    {
        const SystemClock clock;
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"ledger"_s);
        std::vector<std::unique_ptr<Writer>> writers;
        for (int i = 0; i < 4; ++i)
            writers.push_back(std::make_unique<Writer>(path, &clock));
        const auto node = writers.front()->makeNode();
        auto blocker = testing::wait(
            writers.front()->ledger->createNodeContract(node, u"x"_s.repeated(32), {}, 1));
        QCOMPARE(blocker.value(), ContractId(1));
        std::vector<Task<QList<ContractId>>> tasks;
        for (const auto &writer : writers)
            tasks.push_back(writeContracts(writer->ledger, writer->key.publicKey(), node));
        QList<ContractId> all { *blocker };
        for (auto &task : tasks)
            all += testing::wait(std::move(task));
        QCOMPARE(sorted(all), firstIds(4 * kContracts + 1));
        QCOMPARE(testing::must(writers.back()->ledger->activeContracts(node)), sorted(all));
    }

    void processesShareOneFile()
    {
        if (qEnvironmentVariableIsSet("ZOS_TEST_LEDGER"))
            return;
        const SystemClock clock;
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"ledger"_s);
        const Writer writer(path, &clock);
        const auto node = writer.makeNode();
        QCOMPARE(node, NodeId(1));
        int events = 0;
        connect(writer.ledger.get(), &Ledger::event, this,
            [&events](const LedgerEvent &event, bool final) {
                if (final && event.kind == LedgerEvent::Kind::ContractCreated)
                    ++events;
            });
        QVERIFY(testing::wait(writer.ledger->createNodeContract(node, u"x"_s.repeated(32), {}, 1))
                .has_value());
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"ZOS_TEST_LEDGER"_s, path);
        std::vector<std::unique_ptr<QProcess>> processes;
        for (int i = 0; i < 4; ++i) {
            processes.push_back(std::make_unique<QProcess>());
            processes.back()->setProcessEnvironment(environment);
            processes.back()->setProcessChannelMode(QProcess::MergedChannels);
            processes.back()->start(
                QCoreApplication::applicationFilePath(), { u"TestLedgerWriter"_s, u"writes"_s });
        }
        for (const auto &process : processes) {
            QVERIFY(process->waitForFinished(50'000));
            QVERIFY2(process->exitCode() == 0, process->readAll().constData());
        }
        QCOMPARE(testing::must(writer.ledger->activeContracts(node)), firstIds(4 * kContracts + 1));
        QVERIFY(QTest::qWaitFor([&events] { return events == 4 * kContracts + 1; }, 10'000));
    }
};

ZOS_TEST(TestLedgerWriter)
#include "tst_ledgerwriter.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlworker.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QThread>
#include <QVariant>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

const QList<QStringList> kOneTable { { QStringLiteral(
    "CREATE TABLE item(id INTEGER PRIMARY KEY)") } };

Result<> insertItem(QSqlDatabase &database, int id)
{
    QSqlQuery query(database);
    if (query.exec(QStringLiteral("INSERT INTO item VALUES(%1)").arg(id)))
        return {};
    return fail(ErrorCode::Io, query.lastError().text());
}

Result<int> countItems(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT count(*) FROM item")) || !query.next())
        return fail(ErrorCode::Io, query.lastError().text());
    return query.value(0).toInt();
}

} // namespace

class TestSqlWorker : public QObject
{
    Q_OBJECT
private:
    QTemporaryDir m_dir;
    QString path(const char *name) const { return m_dir.filePath(QString::fromLatin1(name)); }

private Q_SLOTS:
    void runsOnAnotherThread()
    {
        SqlWorker worker(path("thread"));
        QVERIFY(testing::wait(worker.open(1, kOneTable)));
        const auto here = QThread::currentThread();
        const auto other = testing::wait(worker.read<bool>(
            [here](QSqlDatabase &) -> Result<bool> { return QThread::currentThread() != here; }));
        QVERIFY(other && *other);
    }

    void jobsThatWaitShareACommit()
    {
        SqlWorker worker(path("group"));
        QVERIFY(testing::wait(worker.open(1, kOneTable)));
        // The first job holds the thread until all others are queued behind it.
        const auto queued = std::make_shared<std::atomic<bool>>(false);
        std::vector<Task<Result<>>> tasks;
        tasks.push_back(worker.run([queued](QSqlDatabase &) -> Result<> {
            while (!*queued)
                QThread::yieldCurrentThread();
            return {};
        }));
        for (int id = 0; id < 40; ++id)
            tasks.push_back(
                worker.run([id](QSqlDatabase &database) { return insertItem(database, id); }));
        *queued = true;
        for (auto &task : tasks)
            QVERIFY(testing::wait(std::move(task)));
        QCOMPARE(*testing::wait(worker.read<int>(countItems)), 40);
        QVERIFY2(worker.transactions() <= 4, qPrintable(QString::number(worker.transactions())));
    }

    void aFailingJobLeavesItsNeighboursAlone()
    {
        SqlWorker worker(path("fail"));
        QVERIFY(testing::wait(worker.open(1, kOneTable)));
        auto first = worker.run([](QSqlDatabase &database) { return insertItem(database, 1); });
        auto second = worker.run([](QSqlDatabase &database) -> Result<> {
            if (const auto done = insertItem(database, 2); !done)
                return done;
            return fail(ErrorCode::Invalid, QStringLiteral("changed my mind"));
        });
        auto third = worker.run([](QSqlDatabase &database) { return insertItem(database, 3); });
        QVERIFY(testing::wait(std::move(first)));
        QCOMPARE(testing::wait(std::move(second)).error().code, ErrorCode::Invalid);
        QVERIFY(testing::wait(std::move(third)));
        QCOMPARE(*testing::wait(worker.read<int>(countItems)), 2);
    }

    // A checkpoint writes the first page first, with the new size of the file in it.
    void aCheckpointThatWasCutShortIsNoDamage()
    {
        const QDir folder(m_dir.filePath(u"checkpoint"_s));
        QVERIFY(folder.mkpath(u"."_s));
        const auto made = folder.filePath(u"made"_s);
        const auto cut = folder.filePath(u"cut"_s);
        constexpr int kMany = 5000; // more than a page holds
        {
            SqlWorker worker(made);
            QVERIFY(testing::wait(worker.open(1, kOneTable)));
            QVERIFY(testing::wait(worker.run([](QSqlDatabase &database) -> Result<> {
                for (int id = 0; id < kMany; ++id) {
                    if (const auto done = insertItem(database, id); !done)
                        return done;
                }
                return {};
            })));
            QVERIFY(QFile::copy(made, cut));
            QVERIFY(QFile::copy(made + u"-wal", cut + u"-wal"));
        }
        QFile whole(made);
        QFile half(cut);
        QVERIFY(whole.open(QIODevice::ReadOnly) && half.open(QIODevice::ReadWrite));
        QVERIFY(whole.size() > half.size());
        QCOMPARE(half.write(whole.read(4096)), 4096);
        half.close();

        SqlWorker worker(cut);
        QVERIFY(testing::wait(worker.open(1, kOneTable)));
        QCOMPARE(*testing::wait(worker.read<int>(countItems)), kMany);
        QCOMPARE(folder.entryList({ u"cut.damaged*"_s }), QStringList());
    }

    void refusesANewerFormatAndLeavesItAlone()
    {
        {
            SqlWorker worker(path("newer"));
            auto steps = kOneTable;
            steps += QStringList { QStringLiteral("CREATE TABLE later(id INTEGER)") };
            QVERIFY(testing::wait(worker.open(1, steps)));
        }
        SqlWorker old(path("newer"));
        const auto opened = testing::wait(old.open(1, kOneTable));
        QCOMPARE(opened.error().code, ErrorCode::Corrupt);
        QVERIFY(opened.error().what.contains(u"newer version"));
    }

    void bringsAnOldFormatUpToDate()
    {
        {
            SqlWorker worker(path("old"));
            QVERIFY(testing::wait(worker.open(1, kOneTable)));
            QVERIFY(testing::wait(
                worker.run([](QSqlDatabase &database) { return insertItem(database, 7); })));
        }
        SqlWorker worker(path("old"));
        auto steps = kOneTable;
        steps += QStringList { QStringLiteral("INSERT INTO item VALUES(8)") };
        QVERIFY(testing::wait(worker.open(1, steps)));
        QCOMPARE(*testing::wait(worker.read<int>(countItems)), 2);
    }

    void refusesAnotherProgramsFile()
    {
        {
            SqlWorker worker(path("other"));
            QVERIFY(testing::wait(worker.open(2, kOneTable)));
        }
        SqlWorker worker(path("other"));
        QCOMPARE(testing::wait(worker.open(1, kOneTable)).error().code, ErrorCode::Corrupt);
    }

    void refusesAFolderThatIsNotThere()
    {
        SqlWorker worker(m_dir.filePath(QStringLiteral("no/such/folder")));
        QCOMPARE(testing::wait(worker.open(1, kOneTable)).error().code, ErrorCode::Io);
        QVERIFY(!testing::wait(
            worker.run([](QSqlDatabase &database) { return insertItem(database, 1); })));
    }
};
ZOS_TEST(TestSqlWorker)
#include "tst_sqlworker.moc"

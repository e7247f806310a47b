// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlitestore.h"
#include "tests/support/runner.h"
#include "tests/support/soak.h"

#include <QDir>
#include <QRandomGenerator>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

constexpr int kDeployments = 50;

DeploymentKey keyOf(int number)
{
    return { TwinId(7), ContractId(quint64(number)) };
}

Workload disk(int number, ResultState state)
{
    const QByteArray text = "{\"twin_id\":7,\"workloads\":[{\"version\":0,\"name\":\"data"
        + QByteArray::number(number)
        + "\",\"type\":\"zmount\",\"metadata\":\"\",\"description\":\"\",\"data\":{\"size\":"
          "1073741824}}]}";
    const auto deployment = Deployment::fromJson(text);
    auto workload = deployment->workloads.first();
    workload.result = { 1'800'000'000, state, {}, "{\"volume_id\":\"x\"}" };
    return workload;
}

// Everything a deployment leaves in a store, so that no kind of record is missing.
StoreChange life(int number)
{
    const auto key = keyOf(number);
    StoreChange change;
    change.deployments = { StoredDeployment { key, quint64(number), 1'800'000'000, TwinId(7),
        "{\"metadata\":\"" + QByteArray::number(number).repeated(100) + "\"}", true, false } };
    change.workloads = { StoredWorkload { key, disk(number, ResultState::Ok), u"digest"_s } };
    change.log = { LogEntry { 0, key, disk(number, ResultState::Init) },
        LogEntry { 0, key, disk(number, ResultState::Ok) } };
    change.contracts = { SeenContract { key, u"created"_s, u"abc"_s, 2, 1'800'000'000 } };
    change.reports = { PendingReport { key, {}, 5 } };
    change.steps = { StepEntry { quint64(number), key, u"data"_s, u"w"_s, u"s"_s, 7, 8, {} } };
    if (number % 10 == 0) {
        change.tombstones
            = { Tombstone { key, disk(number, ResultState::Ok), u"gone"_s, 3, true } };
        change.pending = { PendingWorkload { key, disk(number, ResultState::Init) } };
        change.accounts.insert(TwinId(quint32(number)), QByteArray(32, char(number)));
    }
    return change;
}

QStringList s_said;
void hear(QtMsgType type, const QMessageLogContext &, const QString &text)
{
    if (type == QtCriticalMsg)
        s_said += text;
}

// What a store holds, one text for each record.
Result<QStringList> recordsOf(DeploymentStore &store)
{
    const auto contents = testing::wait(store.load());
    if (!contents)
        return fail(contents.error());
    QStringList records;
    const auto add
        = [&records](const QString &kind, const DeploymentKey &key, const QVariantList &rest) {
              QStringList parts { kind, key.text() };
              for (const auto &value : rest)
                  parts += value.typeId() == QMetaType::QByteArray
                      ? QString::fromLatin1(value.toByteArray().toBase64())
                      : value.toString();
              records += parts.join(u' ');
          };
    for (const auto &row : contents->deployments)
        add(u"deployment"_s, row.key,
            { row.order, row.acceptedAt, row.sender.value(), row.request, row.contractChecked,
                row.deleting });
    for (const auto &row : contents->workloads)
        add(u"workload"_s, row.key, { storedText(row.workload), row.digest });
    for (const auto &row : contents->pending)
        add(u"pending"_s, row.key, { storedText(row.workload) });
    for (const auto &row : contents->tombstones)
        add(u"tombstone"_s, row.key,
            { storedText(row.workload), row.reason, row.since, row.keepResult });
    for (const auto &row : contents->contracts)
        add(u"contract"_s, row.key, { row.state, row.hash, row.publicIps, row.seenAt });
    for (const auto &row : contents->reports)
        add(u"report"_s, row.key, { row.since });
    for (const auto &[twin, key] : contents->accounts.asKeyValueRange())
        add(u"account"_s, { twin, {} }, { key });
    for (const auto &row : contents->log)
        add(u"log"_s, row.key, { storedText(row.workload) });
    for (int number = 1; number <= kDeployments; ++number) {
        const auto key = keyOf(number);
        // It is not loaded when the deployment itself is lost.
        if (std::ranges::none_of(contents->deployments,
                [&key](const StoredDeployment &row) { return row.key == key; })) {
            const auto history = testing::wait(store.history(key));
            if (!history)
                return fail(history.error());
            for (const auto &row : *history)
                add(u"log"_s, row.key, { storedText(row.workload) });
        }
        if (number % 10 != 0)
            continue;
        const auto steps = testing::wait(store.steps(key));
        if (!steps)
            return fail(steps.error());
        for (const auto &row : *steps)
            add(u"step"_s, row.key, { row.seq, row.workload, row.step, row.startMs });
    }
    return records;
}

} // namespace

// A store whose file was damaged: it opens, keeps the damaged file, says what was lost, which is no
// more than what was damaged, and never passes off an altered record for a good one.
class TestStoreDamage : public QObject
{
    Q_OBJECT
private:
    // In memory where there is such a place: what is written here needs to survive nothing.
    QTemporaryDir m_dir { QFileInfo(u"/dev/shm"_s).isWritable()
            ? u"/dev/shm/zos-XXXXXX"_s
            : QDir::temp().filePath(u"zos-XXXXXX"_s) };
    QByteArray m_file;
    QStringList m_records;

    QString path() const { return m_dir.filePath(u"store"_s); }
    QStringList copies() const { return QDir(m_dir.path()).entryList({ u"store.damaged-*"_s }); }

    void place(const QByteArray &bytes)
    {
        for (const auto &name : QDir(m_dir.path()).entryList(QDir::Files))
            QFile::remove(m_dir.filePath(name));
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
        s_said.clear();
    }

    // Opens what was placed; the records that are missing. With `bytes`, what was placed, one that
    // lost something has to have kept them and to say so.
    QStringList lostAfter(const QByteArray &bytes, const QString &what)
    {
        const auto handler = qInstallMessageHandler(hear);
        QStringList lost = m_records;
        QStringList strange;
        QString failure;
        {
            SqliteStore store(path());
            if (const auto opened = testing::wait(store.open()); !opened)
                failure = u"does not open: " + opened.error().what;
            const auto left = failure.isEmpty() ? recordsOf(store) : QStringList();
            if (!left)
                failure = u"cannot be read: " + left.error().what;
            for (const auto &record : left.value_or(QStringList())) {
                if (!lost.removeOne(record) && !record.contains(keyOf(kDeployments + 1).text()))
                    strange += record;
            }
            // It takes new ones.
            if (failure.isEmpty() && !testing::wait(store.commit(life(kDeployments + 1))))
                failure = u"takes nothing new"_s;
        }
        qInstallMessageHandler(handler);
        if (failure.isEmpty() && !strange.isEmpty())
            failure = u"holds what was never written: " + strange.join(u'\n');
        if (failure.isEmpty() && !lost.isEmpty() && !bytes.isEmpty()) {
            QFile copy(m_dir.filePath(copies().value(0)));
            if (copies().size() != 1 || !copy.open(QIODevice::ReadOnly) || copy.readAll() != bytes)
                failure = u"lost something and kept no copy: " + lost.join(u'\n');
            else if (!s_said.join(u' ').contains(copies().constFirst()))
                failure = u"says nothing of "_s + lost.join(u'\n');
        }
        if (!failure.isEmpty())
            QTest::qFail(qPrintable(what + u": " + failure), __FILE__, __LINE__);
        return lost;
    }

private Q_SLOTS:
    void initTestCase()
    {
        {
            SqliteStore store(path());
            QVERIFY(testing::wait(store.open()));
            for (int number = 1; number <= kDeployments; ++number)
                QVERIFY(testing::wait(store.commit(life(number))));
            m_records = *recordsOf(store);
        }
        QCOMPARE(m_records.size(), 6 * kDeployments + 4 * kDeployments / 10);
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_file = file.readAll();
        QVERIFY(m_file.size() >= 20 * 4096);
    }

    void aSoundFileIsLeftAlone()
    {
        place(m_file);
        QCOMPARE(lostAfter(m_file, u"sound"_s), QStringList());
        QVERIFY(copies().isEmpty());
        QCOMPARE(s_said, QStringList());
    }

    // SQLite sees nothing wrong with it.
    void anAlteredRecordIsFoundAndNamed_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<QString>("name");
        QTest::newRow("a request")
            << u"UPDATE deployment SET request=replace(request, '3', '4') WHERE contract=33"_s
            << u"deployment (twin 7, contract 33)"_s;
        QTest::newRow("a result") << u"UPDATE workload SET body=replace(body, '\"ok\"', '\"no\"') "
                                     "WHERE contract=5"_s
                                  << u"workload (twin 7, contract 5, name data5)"_s;
        QTest::newRow("a history") << u"UPDATE log SET name='datb' WHERE seq=12"_s
                                   << u"log (seq 12, twin 7, contract 6, name datb)"_s;
        QTest::newRow("whose it is") << u"UPDATE tombstone SET contract=77 WHERE contract=10"_s
                                     << u"tombstone (twin 7, contract 77, name data10)"_s;
        QTest::newRow("a number") << u"UPDATE report SET mru=1 WHERE contract=9"_s
                                  << u"report (twin 7, contract 9)"_s;
        QTest::newRow("the checksum") << u"UPDATE contract SET sum=sum+1 WHERE contract=9"_s
                                      << u"contract (twin 7, contract 9)"_s;
        QTest::newRow("no checksum")
            << u"UPDATE account SET sum=NULL WHERE twin=20"_s << u"account (twin 20)"_s;
        QTest::newRow("of another kind") << u"UPDATE step SET start_ms='7' || x'00' WHERE seq=40"_s
                                         << u"step (seq 40, twin 7, contract 40)"_s;
    }
    void anAlteredRecordIsFoundAndNamed()
    {
        QFETCH(QString, statement);
        QFETCH(QString, name);
        place(m_file);
        {
            auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"damage"_s);
            database.setDatabaseName(path());
            QVERIFY(database.open());
            QSqlQuery query(database);
            QVERIFY(query.exec(u"PRAGMA journal_mode=DELETE"_s));
            query.finish();
            QVERIFY(query.exec(statement));
            QCOMPARE(query.numRowsAffected(), 1);
        }
        QSqlDatabase::removeDatabase(u"damage"_s);
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(lostAfter(file.readAll(), name).size(), 1);
        QVERIFY2(s_said.join(u' ').contains(u"altered: " + name), qPrintable(s_said.join(u'\n')));
        // And that was that.
        s_said.clear();
        QCOMPARE(lostAfter({}, name).size(), 1);
        QCOMPARE(copies().size(), 1);
        QCOMPARE(s_said, QStringList());
    }

    // Each byte in the soak, some in a normal run.
    void aDamagedByteTakesOneRecord_data()
    {
        QTest::addColumn<qsizetype>("from");
        QTest::addColumn<qsizetype>("to");
        constexpr qsizetype part = 4096;
        for (qsizetype from = 0; from < m_file.size(); from += part)
            QTest::addRow("from %d", int(from)) << from << from + part;
    }
    void aDamagedByteTakesOneRecord()
    {
        QFETCH(qsizetype, from);
        QFETCH(qsizetype, to);
        QRandomGenerator dice(quint32(25 + from));
        for (qsizetype at = from; at < to;) {
            auto bytes = m_file;
            bytes[at] = char(bytes.at(at) ^ (1 + dice.bounded(255)));
            place(bytes);
            const auto lost = lostAfter(bytes, u"byte %1"_s.arg(at));
            if (QTest::currentTestFailed())
                return;
            QVERIFY2(
                lost.size() <= 1, qPrintable(u"byte %1 took %2"_s.arg(at).arg(lost.join(u'\n'))));
            at += testing::isSoak() || at < from + 2 ? 1 : 1 + dice.bounded(at < 100 ? 8 : 4000);
        }
    }

    void aCutFileKeepsWhatIsLeft()
    {
        QRandomGenerator dice(64);
        int places = 0;
        for (qsizetype at = 0; at < m_file.size();
            at += 64 * (testing::isSoak() ? 1 : 1 + dice.bounded(90))) {
            const auto bytes = m_file.first(at);
            place(bytes);
            const auto lost = lostAfter(bytes, u"cut at %1"_s.arg(at));
            if (QTest::currentTestFailed())
                return;
            // Requests that are there to their end, and the few fields behind them.
            for (int number = 1; number <= kDeployments; ++number) {
                const auto request = life(number).deployments.first().request;
                const auto found = bytes.indexOf(request);
                const bool whole = found >= 0 && found + request.size() + 16 <= at;
                const auto isIt = [number](const QString &record) {
                    return record.startsWith(u"deployment " + keyOf(number).text() + u' ');
                };
                QVERIFY2(!whole || std::ranges::none_of(lost, isIt),
                    qPrintable(u"cut at %1: deployment %2"_s.arg(at).arg(number)));
            }
            ++places;
        }
        qInfo() << places << "places";
    }

    // More than a page is gone: what is elsewhere stays.
    void damagedPages_data()
    {
        QTest::addColumn<int>("percent");
        for (const int percent : { 0, 1, 10, 30, 50, 70, 90, 99 })
            QTest::addRow("%d %%", percent) << percent;
    }
    void damagedPages()
    {
        QFETCH(int, percent);
        auto bytes = m_file;
        const auto at = bytes.size() * percent / 100;
        const auto length = std::min<qsizetype>(5000, bytes.size() - at);
        bytes.replace(at, length, QByteArray(length, '\xa5'));
        place(bytes);
        const auto lost = lostAfter(bytes, u"%1 %"_s.arg(percent));
        qInfo() << lost.size() << "of" << m_records.size() << "records lost";
        QVERIFY(lost.size() <= 100);
    }
};
ZOS_TEST(TestStoreDamage)
#include "tst_storedamage.moc"

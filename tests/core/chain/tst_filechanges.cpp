// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/filechanges.h"
#include "tests/support/runner.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <thread>

using namespace std::chrono_literals;
using namespace zos;
using namespace Qt::StringLiterals;

namespace {
void touch(const QString &path)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Append));
    QCOMPARE(file.write("x"), 1);
}
} // namespace

class TestFileChanges : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void touchesCount()
    {
        QTemporaryDir folder;
        const auto path = folder.filePath(u"ledger"_s);
        FileChanges changes(path);
        QVERIFY(changes.watches());
        QVERIFY(!changes.wait(0ms));
        touch(path);
        QVERIFY(changes.wait(10s));
        QVERIFY(!changes.wait(0ms)); // taken, however many there were
        touch(path + u"-wal"_s);
        QVERIFY(changes.wait(10s));
        QVERIFY(QFile::remove(path));
        QVERIFY(changes.wait(10s));
        touch(folder.filePath(u"other"_s));
        QVERIFY(!changes.wait(10ms));
    }

    void callsEndTheWait()
    {
        QTemporaryDir folder;
        FileChanges changes(folder.filePath(u"ledger"_s));
        changes.wake(); // before the wait
        QVERIFY(!changes.wait(24h));
        std::thread other([&changes] { changes.wake(); });
        QVERIFY(!changes.wait(24h));
        other.join();
    }

    void theFolderMayComeLater()
    {
        QTemporaryDir folder;
        const auto path = folder.filePath(u"later/ledger"_s);
        FileChanges changes(path);
        QVERIFY(!changes.watches());
        QVERIFY(!changes.wait(0ms));
        QVERIFY(QDir(folder.path()).mkdir(u"later"_s));
        QVERIFY(!changes.wait(0ms));
        QVERIFY(changes.watches());
        touch(path);
        QVERIFY(changes.wait(10s));
        QVERIFY(QDir(folder.filePath(u"later"_s)).removeRecursively());
        (void)changes.wait(10s);
        QVERIFY(!changes.watches());
    }
};

ZOS_TEST(TestFileChanges)
#include "tst_filechanges.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "tests/support/runner.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

class TestFiles : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aLookThatFailsIsNotAbsence()
    {
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"file"_s);
        QVERIFY(isAbsent(path));
        QVERIFY(isAbsent(path + u"/inside"_s));
        QVERIFY(removeIfThere(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(!isAbsent(path));
        QVERIFY(isAbsent(path + u"/inside"_s));
        QVERIFY(removeIfThere(path));
        QVERIFY(isAbsent(path));
        // A link to itself: nobody can look behind it.
        const auto loop = folder.filePath(u"loop"_s);
        QVERIFY(QFile::link(loop, loop));
        QVERIFY(!isAbsent(loop + u"/file"_s));
        const auto removed = removeIfThere(loop + u"/file"_s);
        QVERIFY(!removed);
        QCOMPARE(removed.error().code, ErrorCode::Io);
        QVERIFY2(removed.error().what.contains(loop), qPrintable(removed.error().what));
    }
    void allNamesOrAnError()
    {
        const QTemporaryDir folder;
        QCOMPARE(*namesIn(folder.path()), QStringList());
        QFile file(folder.filePath(u".first"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(QDir(folder.path()).mkdir(u"images"_s));
        auto names = namesIn(folder.path());
        QVERIFY(names);
        names->sort();
        QCOMPARE(*names, QStringList({ u".first"_s, u"images"_s }));
        QCOMPARE(*namesIn(folder.filePath(u"nothing"_s)), QStringList());
        QVERIFY(!namesIn(folder.filePath(u".first"_s)));
    }
};
ZOS_TEST(TestFiles)
#include "tst_files.moc"

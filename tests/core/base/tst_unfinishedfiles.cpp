// SPDX-License-Identifier: Apache-2.0
#include "core/base/unfinishedfiles.h"
#include "tests/support/runner.h"

#include <QDir>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

class TestUnfinishedFiles : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void removesWhatAKilledSaveLeft()
    {
        QTemporaryDir folder;
        const QDir dir(folder.path());
        for (const auto &name : { u"seven.json.AbCdEf"_s, u"last-address.zyxWVU"_s,
                 u".kind.abcdef"_s, u"seven.json"_s, u"last-address"_s, u"other.AbCdEf"_s,
                 u"seven.json.Ab3dEf"_s, u"seven.json.AbCdEfG"_s, u"deployments.sqlite"_s }) {
            QFile file(dir.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        removeUnfinishedFiles(
            folder.path(), { u"*.json"_s, u"last-address"_s, u".kind"_s, u"deployments?"_s });
        QCOMPARE(dir.entryList(QDir::Files | QDir::Hidden),
            QStringList({ u"deployments.sqlite"_s, u"last-address"_s, u"other.AbCdEf"_s,
                u"seven.json"_s, u"seven.json.Ab3dEf"_s, u"seven.json.AbCdEfG"_s }));
    }
};
ZOS_TEST(TestUnfinishedFiles)
#include "tst_unfinishedfiles.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "tests/support/runner.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Root may read every file: the identity of somebody else is refused all the same.
class TestForeignIdentity : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isRefused()
    {
        if (::geteuid() != 0)
            QSKIP("only root can give a file away");
        QVERIFY(initCrypto().has_value());
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"identity"_s);
        QVERIFY(Identity::load(path, true).has_value());
        QCOMPARE(::chown(QFile::encodeName(path).constData(), 65534, 65534), 0);
        QCOMPARE(Identity::load(path, true).error().code, ErrorCode::Denied);
        QCOMPARE(::chown(QFile::encodeName(path).constData(), 0, 0), 0);
        QVERIFY(Identity::load(path, false).has_value());
    }
};

ZOS_TEST(TestForeignIdentity)

#include "tst_foreignidentity.moc"

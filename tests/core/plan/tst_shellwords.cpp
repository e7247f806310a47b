// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>

using namespace zos;
using namespace Qt::StringLiterals;

class TestShellWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void splitsAsTheReference_data()
    {
        QTest::addColumn<QJsonObject>("expected");
        for (const auto &file : testing::vectors(u"machine-entrypoint"_s)) {
            for (const auto &entry : file.document["cases"_L1].toArray()) {
                const auto text = entry.toObject()["entrypoint"_L1].toString();
                QTest::newRow(text.isEmpty() ? "empty" : qPrintable(text)) << entry.toObject();
            }
        }
    }
    void splitsAsTheReference()
    {
        QFETCH(const QJsonObject, expected);
        const auto words = splitEntrypoint(expected["entrypoint"_L1].toString());
        if (const auto error = expected["error"_L1].toString(); !error.isEmpty()) {
            QVERIFY(!words);
            QCOMPARE(words.error().code, ErrorCode::Invalid);
            QCOMPARE(words.error().what, u"invalid entrypoint: "_s + error);
            return;
        }
        QVERIFY2(words, words ? "" : qPrintable(words.error().what));
        QCOMPARE(*words, expected["argv"_L1].toVariant().toStringList());
    }
    void keepsEmptyQuotedWords()
    {
        QCOMPARE(*splitEntrypoint(u"a '' \"\" b"), QStringList({ u"a"_s, u""_s, u""_s, u"b"_s }));
    }
    void goesOnAfterAComment()
    {
        QCOMPARE(*splitEntrypoint(u"a # it's \"\nb"), QStringList({ u"a"_s, u"b"_s }));
    }
    void refusesATrailingBackslash()
    {
        QCOMPARE(splitEntrypoint(u"a \\").error().what,
            u"invalid entrypoint: EOF found after escape character"_s);
        QVERIFY(!splitEntrypoint(u"a \"b\\"));
    }
    void refusesNul() { QVERIFY(!splitEntrypoint(QString(u"a"_s + QChar(u'\0')))); }
    void nothingIsExpanded()
    {
        QCOMPARE(*splitEntrypoint(u"$(id) `id` ~ *;&|>{a,b} $HOME"),
            QStringList({ u"$(id)"_s, u"`id`"_s, u"~"_s, u"*;&|>{a,b}"_s, u"$HOME"_s }));
    }
};
ZOS_TEST(TestShellWords)
#include "tst_shellwords.moc"

// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "tests/support/runner.h"

#include <QTemporaryFile>

using namespace zos;
using namespace zos::app;
using namespace Qt::StringLiterals;

class TestOutput : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void columnsLineUp()
    {
        Table table({ u"NAME"_s, u"STATE"_s, u"MESSAGE"_s });
        QVERIFY(table.isEmpty());
        table.add({ u"a-long-name"_s, u"ok"_s, QString() });
        table.add({ u"b"_s, u"error"_s, u"no room"_s });
        QVERIFY(!table.isEmpty());
        QCOMPARE(table.text(),
            u"NAME         STATE  MESSAGE\n"
            "a-long-name  ok\n"
            "b            error  no room\n"_s);
    }

    void nothingFromOutsideReachesTheTerminalRaw()
    {
        Table table({ u"A"_s });
        table.add({ u"\x1b[2Jred\nline\r\u009b31m\u202e"_s });
        QCOMPARE(table.text(), u"A\n [2Jred line  31m\n"_s);
    }

    void liveTextWritesOnlyNewLinesToAFile()
    {
        QTemporaryFile file;
        QVERIFY(file.open());
        std::FILE *stream = std::fopen(qPrintable(file.fileName()), "w");
        QVERIFY(stream);
        LiveText live(stream);
        live.show(u"head\na init\nb init\n"_s);
        live.show(u"head\na init\nb init\n"_s);
        live.show(u"head\na ok\nb init\n"_s);
        live.show(u"head\na ok\nb ok\n"_s);
        std::fclose(stream);
        QCOMPARE(file.readAll(), "head\na init\nb init\na ok\nb ok\n");
    }

    void indentsJsonWithoutTouchingValues_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("scalar") << QByteArray("18446744073709551615")
                                << QByteArray("18446744073709551615");
        QTest::newRow("empty") << QByteArray("{\"a\":[],\"b\":{ }}")
                               << QByteArray("{\n  \"a\": [],\n  \"b\": {}\n}");
        QTest::newRow("nested")
            << QByteArray("{\"a\":[1.0,true],\"b\":{\"c\":null}}")
            << QByteArray(
                   "{\n  \"a\": [\n    1.0,\n    true\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}");
        QTest::newRow("text") << QByteArray("{\"a\":\"{\\\"x\\\":[1, 2]}, \\\\\"}")
                              << QByteArray("{\n  \"a\": \"{\\\"x\\\":[1, 2]}, \\\\\"\n}");
    }
    void indentsJsonWithoutTouchingValues()
    {
        QFETCH(QByteArray, json);
        QTEST(indentedJson(json), "text");
    }

    void sizesAreReadable()
    {
        QCOMPARE(sizeText(Bytes(0)), u"0 B"_s);
        QCOMPARE(sizeText(Bytes(1023)), u"1023 B"_s);
        QCOMPARE(sizeText(1_GiB), u"1 GiB"_s);
        QCOMPARE(sizeText(Bytes(1536)), u"1.5 KiB"_s);
        QCOMPARE(sizeText(Bytes(std::numeric_limits<quint64>::max())), u"16384 PiB"_s);
    }

    void exitCodesFollowTheError()
    {
        QCOMPARE(exitCodeFor(ErrorCode::Denied), ExitCode::Refused);
        QCOMPARE(exitCodeFor(ErrorCode::NotFound), ExitCode::Refused);
        QCOMPARE(exitCodeFor(ErrorCode::Timeout), ExitCode::Unreachable);
        QCOMPARE(exitCodeFor(ErrorCode::Unavailable), ExitCode::Unreachable);
    }

    void refusalsOfTheLedgerAreExplained()
    {
        QVERIFY(explained({ ErrorCode::Exists, u"FarmExists"_s })
                .contains(u"a farm of that name exists"_s));
        QVERIFY(explained({ ErrorCode::Exists, u"FarmExists"_s }).contains(u"(FarmExists)"_s));
        QCOMPARE(explained({ ErrorCode::Io, u"the disk is full"_s }), u"the disk is full"_s);
    }
};

ZOS_TEST(TestOutput)
#include "tst_output.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "tests/support/runner.h"

using namespace zos;

class TestJson : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsTokensOrderAndText()
    {
        const auto json
            = Json::parse(R"( {"b": 18446744073709551615, "a" : {"x":1.0 , "y":[ 1,2 ]}, "A":3} )");
        QVERIFY(json);
        QCOMPARE(json->members().size(), 3);
        QCOMPARE(json->members()[0].first, u"b");
        QCOMPARE(json->find(u"b")->number(), QByteArrayView("18446744073709551615"));
        QCOMPARE(*json->find(u"b")->toUnsigned(), 18446744073709551615ULL);
        QCOMPARE(json->findExact(u"a")->raw(), R"({"x":1.0 , "y":[ 1,2 ]})");
        QCOMPARE(json->findExact(u"a")->find(u"y")->raw(), "[ 1,2 ]");
        QCOMPARE(json->find(u"a")->raw(), "3"); // last match of any case wins, as in Go
        QVERIFY(!json->findExact(u"a")->find(u"x")->toUnsigned());
    }
    void readsBrokenTextAsGoDoes_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("value");
        QTest::newRow("lone high surrogate")
            << QByteArray(R"("\ud800x")") << QStringLiteral("\uFFFDx");
        QTest::newRow("lone low surrogate")
            << QByteArray(R"("\udc00")") << QStringLiteral("\uFFFD");
        QTest::newRow("pair") << QByteArray(R"("\ud83d\ude00")")
                              << QString::fromUcs4(U"\U0001F600", 1);
        QTest::newRow("escaped backslash before u")
            << QByteArray(R"("\\ud800")") << QStringLiteral("\\ud800");
        QTest::newRow("escapes up to the end")
            << QByteArray(R"("\ud83d\ude00\ud83d")") << QString::fromUcs4(U"\U0001F600\uFFFD", 2);
        QTest::newRow("high surrogate twice")
            << QByteArray(R"("\ud83d\ud83d\ude00")") << QString::fromUcs4(U"\uFFFD\U0001F600", 2);
        QTest::newRow("invalid byte") << QByteArray("\"a\xffz\"") << QStringLiteral("a\uFFFDz");
        QTest::newRow("cut sequence")
            << QByteArray("\"\xf0\x9f\x9a.\"") << QStringLiteral("\uFFFD\uFFFD\uFFFD.");
        QTest::newRow("byte order mark in front")
            << QByteArray("\"\xef\xbb\xbfz\"") << QStringLiteral("\uFEFFz");
        QTest::newRow("byte order mark as escape")
            << QByteArray(R"("\ufeffz")") << QStringLiteral("\uFEFFz");
        QTest::newRow("nul") << QByteArray(R"("a\u0000b")")
                             << QStringLiteral("a") + QChar(0) + QStringLiteral("b");
    }
    void readsBrokenTextAsGoDoes()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, value);
        const auto json = Json::parse(text);
        QVERIFY(json);
        QCOMPARE(json->string(), value);
    }
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbf{}");
        QTest::newRow("byte order mark and a bad byte") << QByteArray("\xef\xbb\xbf{\"\xff\":1}");
        QTest::newRow("trailing") << QByteArray("{} x");
        QTest::newRow("two values") << QByteArray("1 2");
        QTest::newRow("open") << QByteArray("{\"a\":");
        QTest::newRow("control character in a string") << QByteArray("\"a\nb\"");
        QTest::newRow("nan") << QByteArray("NaN");
        QTest::newRow("plus") << QByteArray("+1");
        QTest::newRow("deep") << QByteArray(100, '[') + QByteArray(100, ']');
        QTest::newRow("very deep") << QByteArray(1'000'000, '[');
        QTest::newRow("zero byte behind the value") << QByteArray("{}\0{}", 5);
        QTest::newRow("huge") << QByteArray(5 << 20, ' ');
    }
    void refuses()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!Json::parse(text));
    }
    void writesWhatItReads()
    {
        JsonWriter w;
        w.object()
            .key(u"a")
            .array()
            .number(1)
            .string(u"x\"\\\n\x01")
            .null()
            .end()
            .key(u"b")
            .boolean(true)
            .key(u"c")
            .object()
            .end()
            .end();
        QCOMPARE(w.text(), "{\"a\":[1,\"x\\\"\\\\\\n\\u0001\",null],\"b\":true,\"c\":{}}");
        QVERIFY(Json::parse(w.text()));
    }
};
ZOS_TEST(TestJson)
#include "tst_json.moc"

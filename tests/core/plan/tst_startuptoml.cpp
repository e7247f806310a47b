// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"
#include "core/plan/toml.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>

using namespace zos;
using namespace Qt::StringLiterals;

class TestStartupToml : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAsTheReference_data()
    {
        QTest::addColumn<QJsonObject>("expected");
        for (const auto &file : testing::vectors(u"machine-startup"_s)) {
            const auto cases = file.document["cases"_L1].toArray();
            for (qsizetype i = 0; i < cases.size(); ++i)
                QTest::addRow("%s case %d", qPrintable(file.name), int(i)) << cases[i].toObject();
        }
    }
    void readsAsTheReference()
    {
        QFETCH(const QJsonObject, expected);
        const auto startup = parseStartupToml(expected["toml"_L1].toString());
        QCOMPARE(!startup, expected["error"_L1].toBool());
        if (!startup)
            return;
        // The workload's own values win, as planMachine() does.
        auto entrypoint = expected["entrypoint"_L1].toString();
        if (entrypoint.isEmpty())
            entrypoint = startup->entrypoint;
        QVariantMap env;
        for (const auto &[name, value] : startup->env.asKeyValueRange())
            env[name] = value;
        env.insert(expected["env"_L1].toObject().toVariantMap());
        const auto result = expected["result"_L1].toObject();
        QCOMPARE(entrypoint, result["entrypoint"_L1].toString());
        QCOMPARE(env, result["env"_L1].toObject().toVariantMap());
    }
    void understandsTheWholeSyntaxOfImages()
    {
        const auto parsed = Toml::parse(
            u"# comment\r\n"
            "a.\"b c\".d = '''x\ny''' # more\n"
            "list = [ 1, 2.5, true, # in between\n 1979-05-27T07:32:00Z, [\"u\\u00e9\"], ]\n"
            "inline = { k = \"v\", n.m = 0x1F }\n"
            "fold = \"\"\"\\\n   joined\"\"\"\n"
            "[[many]]\nid = 1\n[[many]]\nid = 'two'\n[many.sub]\nz = -3e10\n"_s);
        QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().what));
        QCOMPARE(parsed->table["a"_L1].table["b c"_L1].table["d"_L1].text, u"x\ny"_s);
        const auto list = parsed->table["list"_L1].list;
        QCOMPARE(list.size(), 5u);
        QCOMPARE(list[4].list[0].text, u"u\u00e9"_s);
        QCOMPARE(parsed->table["inline"_L1].table["k"_L1].text, u"v"_s);
        QCOMPARE(parsed->table["fold"_L1].text, u"joined"_s);
        QCOMPARE(parsed->table["many"_L1].list.size(), 2u);
        QVERIFY(parsed->table["many"_L1].list[1].table.contains(u"sub"_s));
    }
    void refusesAndNamesTheLine_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("why");
        QTest::newRow("no value") << u"\na ="_s << u"line 2: a value is missing"_s;
        QTest::newRow("no equals") << u"a b"_s << u"line 1: a = is missing"_s;
        QTest::newRow("key twice") << u"a=1\na=2"_s << u"line 2: a key is used for two things"_s;
        QTest::newRow("table twice") << u"[a]\n[b]\n[a]"_s << u"line 3: a table is defined twice"_s;
        QTest::newRow("table over value") << u"a=1\n[a]"_s << u"line 2: a table is defined twice"_s;
        QTest::newRow("open string") << u"a=\"x\nb=1"_s << u"line 1: a string is not closed"_s;
        QTest::newRow("open long string") << u"a='''x\n"_s << u"line 2: a string is not closed"_s;
        QTest::newRow("open list") << u"a=[1 2]"_s << u"line 1: a ] is missing"_s;
        QTest::newRow("endless list") << u"a=[1,"_s << u"line 1: a value is missing"_s;
        QTest::newRow("bad escape") << u"a=\"\\q\""_s << u"line 1: an escape is not understood"_s;
        QTest::newRow("surrogate")
            << u"a=\"\\ud800\""_s << u"line 1: an escape is not understood"_s;
        QTest::newRow("two on a line") << u"a=1 b=2"_s << u"line 1: a line end is missing"_s;
        QTest::newRow("too deep") << u"a="_s + QString(100, u'[') << u"line 1: too many values"_s;
        QTest::newRow("too long") << QString(70000, u' ') << u"longer than 64 KiB"_s;
    }
    void refusesAndNamesTheLine()
    {
        QFETCH(const QString, text);
        QFETCH(const QString, why);
        const auto parsed = Toml::parse(text);
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().what, why);
    }
    void everyPrefixOfADocumentEnds()
    {
        const auto whole
            = u"[startup.entry]\nname = \"core.system\"\n[startup.entry.args]\n"
              "args = [\"\\u0041\", '''b''', {c=1}]\nenv = {A='1', \"B\"=\"\"\"2\"\"\"}\n"_s;
        for (qsizetype i = 0; i <= whole.size(); ++i) {
            const auto startup = parseStartupToml(QStringView(whole).first(i));
            QVERIFY(startup || startup.error().what.startsWith(u"invalid /.startup.toml: "));
        }
    }
    void wrongTypesAreRefused()
    {
        QCOMPARE(parseStartupToml(u"[startup.entry]\nname = 3").error().what,
            u"invalid /.startup.toml: name must be a string"_s);
        QCOMPARE(parseStartupToml(u"[startup.entry.args.env]\nA = 3").error().what,
            u"invalid /.startup.toml: env must hold strings"_s);
        QVERIFY(!parseStartupToml(u"startup = 1"));
        QVERIFY(!parseStartupToml(u"[startup.entry]\nname='core.system'\nargs={args=[1]}"));
    }
};
ZOS_TEST(TestStartupToml)
#include "tst_startuptoml.moc"

// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/options.h"
#include "tests/support/runner.h"

#include <QSet>

using namespace zos;
using namespace zos::app;
using namespace Qt::StringLiterals;

namespace {

QHash<QString, QString> fullEnvironment()
{
    QHash<QString, QString> environment;
    environment.insert(u"ZOS_LEDGER"_s, u"/env/ledger"_s);
    environment.insert(u"ZOS_IDENTITY"_s, u"/env/identity"_s);
    environment.insert(u"ZOS_LISTEN"_s, u"200::1"_s);
    environment.insert(u"ZOS_NODE"_s, u"7"_s);
    return environment;
}

Result<Invocation> parsed(
    const QString &line, const QHash<QString, QString> &environment = fullEnvironment())
{
    return Invocation::parse(line.split(u' ', Qt::SkipEmptyParts), environment);
}

} // namespace

class TestOptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void understands_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("command");
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("one word") << u"list"_s << u"list"_s << QStringList();
        QTest::newRow("two words")
            << u"farm create lab"_s << u"farm create"_s << QStringList { u"lab"_s };
        QTest::newRow("option first") << u"--json get 5"_s << u"get"_s << QStringList { u"5"_s };
        QTest::newRow("option between")
            << u"farm --json create lab"_s << u"farm create"_s << QStringList { u"lab"_s };
        QTest::newRow("option last") << u"get 5 --node 3"_s << u"get"_s << QStringList { u"5"_s };
        QTest::newRow("optional argument given")
            << u"node pools"_s << u"node"_s << QStringList { u"pools"_s };
        QTest::newRow("optional argument left out") << u"node"_s << u"node"_s << QStringList();
        QTest::newRow("options ended")
            << u"deploy -- --file"_s << u"deploy"_s << QStringList { u"--file"_s };
        QTest::newRow("standard input") << u"deploy -"_s << u"deploy"_s << QStringList { u"-"_s };
    }
    void understands()
    {
        QFETCH(QString, line);
        const auto invocation = parsed(line);
        QVERIFY2(invocation.has_value(), invocation ? "" : qPrintable(invocation.error().what));
        QTEST(invocation->command->name, "command");
        QTEST(invocation->arguments, "arguments");
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing") << QString() << u"a command is needed"_s;
        QTest::newRow("unknown command") << u"destroy 5"_s << u"no command 'destroy'"_s;
        QTest::newRow("half a command")
            << u"identity"_s << u"identity new, identity import, identity show"_s;
        QTest::newRow("missing argument") << u"get"_s << u"usage: zos get CONTRACT"_s;
        QTest::newRow("one argument too many") << u"list 5"_s << u"usage: zos list"_s;
        QTest::newRow("unknown option") << u"list --fast"_s << u"unknown option --fast"_s;
        QTest::newRow("short option") << u"list -x"_s << u"unknown option -x"_s;
        QTest::newRow("option of another command")
            << u"list --mnemonic"_s << u"zos list has no option --mnemonic"_s;
        QTest::newRow("missing value") << u"list --node"_s << u"--node needs a value: N"_s;
        QTest::newRow("value for a flag") << u"list --json=yes"_s << u"--json takes no value"_s;
        QTest::newRow("contract is no number")
            << u"get five"_s << u"'five' is not the number of a contract"_s;
        QTest::newRow("contract 0") << u"get 0"_s << u"not the number of a contract"_s;
        QTest::newRow("contract too large")
            << u"get 18446744073709551616"_s << u"not the number of a contract"_s;
        QTest::newRow("node too large")
            << u"list --node 4294967296"_s << u"not the number of a node"_s;
        QTest::newRow("unknown choice")
            << u"node colour"_s << u"'colour' is none of version|statistics"_s;
        QTest::newRow("needed option")
            << u"wireguard 5 --network net --endpoint 10.0.0.1"_s << u"--key is needed"_s;
        QTest::newRow("timeout") << u"list --timeout soon"_s << u"--timeout is a number"_s;
        QTest::newRow("key type") << u"identity new --type rsa"_s
                                  << u"--type is ed25519 or sr25519"_s;
    }
    void refuses()
    {
        QFETCH(QString, line);
        QFETCH(QString, text);
        const auto invocation = parsed(line);
        QVERIFY(!invocation.has_value());
        QVERIFY2(invocation.error().what.contains(text), qPrintable(invocation.error().what));
    }

    void theEnvironmentFillsInWhatIsMissing()
    {
        const auto line = parsed(u"list --node 9 --ledger=/own"_s).value();
        QCOMPARE(line.value(u"node"_s), u"9"_s);
        QCOMPARE(line.value(u"ledger"_s), u"/own"_s);
        QCOMPARE(line.value(u"identity"_s), u"/env/identity"_s);
        QCOMPARE(line.value(u"listen"_s), u"200::1"_s);
        QCOMPARE(parsed(u"list"_s)->value(u"node"_s), u"7"_s);
        QVERIFY(!parsed(u"twin"_s)->has(u"node"_s));
        const auto bare = parsed(u"list --node 1 --ledger x"_s, {});
        QVERIFY(bare.error().what.contains(u"--listen or the variable ZOS_LISTEN"_s));
        // Who is answered through a relay needs no address.
        QVERIFY(parsed(u"list --node 1 --ledger x --relay wss://r"_s, {}).has_value());
        QVERIFY(parsed(u"list --node 1 --ledger x --transport relay"_s, {}).has_value());
        QVERIFY(!parsed(u"list --node 1 --ledger x --relay wss://r --transport direct"_s, {}));
        QVERIFY(!parsed(u"list --node 1 --ledger x --transport pigeon"_s, {}));
    }

    void optionsMayRepeat()
    {
        const auto line = parsed(u"farm create lab --public-ip a,b --public-ip c,d"_s).value();
        QCOMPARE(line.values(u"public-ip"_s), (QStringList { u"a,b"_s, u"c,d"_s }));
    }

    void helpSuffices()
    {
        QVERIFY(parsed(u"--help"_s)->help);
        QVERIFY(parsed(u"--version"_s)->version);
        QVERIFY(parsed(u"get --help"_s)->help);
        const auto all = helpText(nullptr);
        for (const auto *word : { "exit codes", "ZOS_LEDGER", "ZOS_LISTEN", "--json", "example" })
            QVERIFY2(all.contains(QLatin1StringView(word)), word);
        for (const auto &command : commandSpecs()) {
            QVERIFY(all.contains(command.name));
            const auto own = helpText(&command);
            QVERIFY(own.contains(u"usage: zos "_s + command.name));
            for (const auto &option : command.options)
                QVERIFY(own.contains(u"--"_s + option.name));
        }
    }

    void everyCommandExistsOnce()
    {
        QSet<QString> names;
        for (const auto &command : commandSpecs()) {
            QVERIFY2(commandNamed(command.name) != nullptr, qPrintable(command.name));
            QVERIFY2(!names.contains(command.name), qPrintable(command.name));
            names.insert(command.name);
        }
    }

    void optionsAreFlagsEverywhereOrNowhere()
    {
        QHash<QString, bool> flags;
        for (const auto &command : commandSpecs()) {
            for (const auto &option : command.options) {
                const bool flag = option.value.isEmpty();
                QCOMPARE(flags.value(option.name, flag), flag);
                flags.insert(option.name, flag);
            }
        }
    }

    void listensOn_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("address");
        QTest::addColumn<int>("port");
        QTest::newRow("IPv6") << u"200:1::2"_s << u"200:1::2"_s << 8051;
        QTest::newRow("IPv6 in brackets") << u"[200:1::2]"_s << u"200:1::2"_s << 8051;
        QTest::newRow("IPv6 and port") << u"[200:1::2]:99"_s << u"200:1::2"_s << 99;
        QTest::newRow("IPv4") << u"127.0.0.1"_s << u"127.0.0.1"_s << 8051;
        QTest::newRow("IPv4 and port") << u"127.0.0.1:0"_s << u"127.0.0.1"_s << 0;
        QTest::newRow("name") << u"localhost"_s << QString() << 0;
        QTest::newRow("open bracket") << u"[200:1::2"_s << QString() << 0;
        QTest::newRow("no port") << u"[200:1::2]:"_s << QString() << 0;
        QTest::newRow("port too large") << u"127.0.0.1:65536"_s << QString() << 0;
    }
    void listensOn()
    {
        QFETCH(QString, text);
        QFETCH(QString, address);
        QFETCH(int, port);
        const auto listen = ListenAddress::parse(text);
        QCOMPARE(listen.has_value(), !address.isEmpty());
        if (listen) {
            QCOMPARE(listen->address.toString(), address);
            QCOMPARE(int(listen->port), port);
        }
    }
};

ZOS_TEST(TestOptions)
#include "tst_options.moc"

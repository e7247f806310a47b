// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/servicescontract.h"

namespace zos::testing {

using namespace Qt::StringLiterals;

ServiceSpec ServicesContract::spec(const QString &name, int seconds)
{
    ServiceSpec spec;
    spec.name = name;
    spec.command = { u"/bin/sleep"_s, QString::number(seconds) };
    return spec;
}

QMap<QString, ServiceState> ServicesContract::listed()
{
    QMap<QString, ServiceState> all;
    for (const auto &one : wait(services().list()).value_or(QList<ServiceState>()))
        all.insert(one.name, one);
    return all;
}

void ServicesContract::cleanup()
{
    for (const auto &name : listed().keys())
        ZOS_WORKS(services().stop(name));
    QVERIFY(listed().isEmpty());
}

void ServicesContract::aServiceIsStartedOnce()
{
    ZOS_WORKS(services().start(spec(u"a.b-1"_s)));
    const auto state = listed().value(u"a.b-1"_s);
    QVERIFY(state.running);
    QVERIFY(state.pid > 1);
    QCOMPARE(state.starts, 1);
    QCOMPARE(state.lastExit, QString());
    ZOS_WORKS(services().start(spec(u"a.b-1"_s))); // an equal spec changes nothing
    QCOMPARE(listed().value(u"a.b-1"_s).pid, state.pid);
    QCOMPARE(listed().value(u"a.b-1"_s).starts, 1);
}

void ServicesContract::anotherSpecReplaces()
{
    ZOS_WORKS(services().start(spec(u"a"_s)));
    const auto before = listed().value(u"a"_s).pid;
    ZOS_WORKS(services().start(spec(u"a"_s, 601)));
    QCOMPARE(listed().size(), 1);
    QVERIFY(listed().value(u"a"_s).running);
    QVERIFY(listed().value(u"a"_s).pid != before);
}

void ServicesContract::aServiceGoes()
{
    ZOS_WORKS(services().start(spec(u"a"_s)));
    ZOS_WORKS(services().stop(u"a"_s));
    QVERIFY(listed().isEmpty());
    ZOS_WORKS(services().stop(u"a"_s)); // absent is success
    ZOS_WORKS(services().stop(u"never-there"_s));
}

void ServicesContract::everythingIsListed()
{
    const QStringList names { u"a"_s, u"b"_s, u"c"_s };
    for (const auto &name : names)
        ZOS_WORKS(services().start(spec(name)));
    QCOMPARE(listed().keys(), names);
    ZOS_WORKS(services().stop(u"b"_s));
    QCOMPARE(listed().keys(), QStringList({ u"a"_s, u"c"_s }));
}

void ServicesContract::everythingIsFoundAgain()
{
    ZOS_WORKS(services().start(spec(u"a"_s)));
    const auto before = listed().value(u"a"_s);
    restart();
    const auto after = listed().value(u"a"_s);
    QVERIFY(after.running);
    QCOMPARE(after.pid, before.pid);
    ZOS_WORKS(services().start(spec(u"a"_s)));
    QCOMPARE(listed().value(u"a"_s).pid, before.pid);
}

void ServicesContract::specsAreChecked_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("space");
    QTest::addColumn<QString>("log");
    const QStringList good { u"/bin/sleep"_s, u"600"_s };
    for (const auto *name : { "", "A", "a/b", "../a", "a b", "a\n", "a_b" })
        QTest::addRow("name '%s'", name)
            << QString::fromLatin1(name) << good << QString() << QString();
    QTest::newRow("long name") << QString(65, u'a') << good << QString() << QString();
    QTest::newRow("letters beyond ASCII") << u"é"_s << good << QString() << QString();
    QTest::newRow("no program") << u"a"_s << QStringList() << QString() << QString();
    QTest::newRow("relative program")
        << u"a"_s << QStringList { u"sleep"_s } << QString() << QString();
    QTest::newRow("zero byte") << u"a"_s << QStringList { u"/bin/sleep"_s, QString(QChar(0)) }
                               << QString() << QString();
    QTest::newRow("relative name space") << u"a"_s << good << u"netns"_s << QString();
    QTest::newRow("relative log file") << u"a"_s << good << QString() << u"a.log"_s;
}

void ServicesContract::specsAreChecked()
{
    QFETCH(QString, name);
    QFETCH(QStringList, command);
    QFETCH(QString, space);
    QFETCH(QString, log);
    ServiceSpec wrong;
    wrong.name = name;
    wrong.command = command;
    wrong.networkNamespace = space;
    wrong.logFile = log;
    ZOS_REFUSED(services().start(wrong), ErrorCode::Invalid);
    QVERIFY(listed().isEmpty());
}

} // namespace zos::testing

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"
#include "tests/support/runner.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QProcess>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

quint16 portForSimulation()
{
    QTcpServer probe;
    probe.listen(QHostAddress::LocalHost, 0);
    return probe.serverPort();
}

// An ordinary user, whoever runs the tests.
void withoutPrivileges()
{
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(99);
}

} // namespace

// `zosd --fake FILE` in one command: what a person types, run as nobody in particular.
class TestSimulation : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;
    std::unique_ptr<QProcess> m_node;

    QString path(const QString &name) const { return m_dir.filePath(name); }
    void write(const QString &name, const QByteArray &text) const
    {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(name));
    }
    // What it says once it is up.
    QString start(const QStringList &more)
    {
        m_node = std::make_unique<QProcess>();
        m_node->setChildProcessModifier(withoutPrivileges);
        m_node->setStandardErrorFile(path(u"err"_s));
        m_node->start(QStringLiteral(ZOSD_PROGRAM),
            QStringList { u"--fake"_s, path(u"machine.json"_s) } + more);
        QByteArray said;
        testing::eventually(
            [&] {
                said += m_node->readAllStandardOutput();
                return said.contains("use it:") || m_node->state() == QProcess::NotRunning;
            },
            20s);
        return QString::fromUtf8(said);
    }
    int stop()
    {
        m_node->terminate();
        if (!testing::eventually([&] { return m_node->state() == QProcess::NotRunning; }, 20s))
            return -1;
        return m_node->exitStatus() == QProcess::NormalExit ? m_node->exitCode() : -2;
    }
    // The user's shell after ". DIR/env".
    QByteArray zos(const QString &folder, const QString &command) const
    {
        QProcess shell;
        shell.setChildProcessModifier(withoutPrivileges);
        shell.start(u"/bin/sh"_s,
            { u"-c"_s,
                u". '%1/env' && exec %2 %3 --json"_s.arg(
                    folder, QStringLiteral(ZOS_PROGRAM), command) });
        testing::eventually([&] { return shell.state() == QProcess::NotRunning; }, 20s);
        return shell.readAllStandardOutput() + shell.readAllStandardError();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(QFile::setPermissions(m_dir.path(), QFile::Permissions(0x7777)));
        write(u"machine.json"_s,
            "{\"cpu\":{\"threads\":4},\"memory\":8589934592,\"disks\":[{\"name\":\"sda\","
            "\"size\":107374182400}],\"nics\":[{\"name\":\"eth0\"}]}");
        write(u"disk.json"_s,
            "{\"workloads\":[{\"name\":\"data\",\"type\":\"zmount\",\"data\":{\"size\":"
            "1073741824}}]}");
    }
    void cleanup()
    {
        if (m_node && m_node->state() != QProcess::NotRunning)
            m_node->kill();
        m_node.reset();
    }

    void oneCommandIsEnough()
    {
        const auto said = start({});
        const auto found = QRegularExpression(u"use it: \\. '(.*)/env'"_s).match(said);
        QVERIFY2(found.hasMatch(), qPrintable(said));
        const auto folder = found.captured(1);
        const auto version = QJsonDocument::fromJson(zos(folder, u"node version"_s)).object();
        QCOMPARE(version.keys(), QStringList({ u"zinit"_s, u"zos"_s }));
        QVERIFY(zos(folder, u"rehearse "_s + path(u"disk.json"_s)).contains("\"fits\":true"));
        // The console is fed.
        QLocalSocket console;
        console.connectToServer(folder + u"/run/console.sock");
        QByteArray frame;
        QVERIFY(testing::eventually([&] {
            frame += console.readAll();
            return frame.size() > 100;
        }));
        QCOMPARE(stop(), 0);
        QVERIFY(!QFile::exists(folder)); // nothing is left
    }

    void whatIsKeptIsFoundAgain()
    {
        const auto folder = path(u"kept"_s);
        const auto port = portForSimulation();
        const auto relay = portForSimulation();
        const QStringList more { u"--state"_s, folder, u"--port"_s, QString::number(port),
            u"--relay"_s, u"127.0.0.1:%1"_s.arg(relay) };
        const auto said = start(more);
        QVERIFY2(said.contains(u"answers at 127.0.0.1:%1;"_s.arg(port)), qPrintable(said));
        QTcpSocket visitor;
        visitor.connectToHost(QHostAddress::LocalHost, relay);
        QVERIFY(testing::eventually(
            [&] { return visitor.state() == QAbstractSocket::ConnectedState; }));
        const auto deployed = zos(folder, u"deploy "_s + path(u"disk.json"_s));
        QVERIFY2(deployed.contains("\"state\":\"ok\""), deployed.constData());
        QCOMPARE(stop(), 0);
        QVERIFY(start(more).contains(u"node 1 answers"_s));
        QVERIFY(testing::eventually(
            [&] { return zos(folder, u"get 1"_s).contains("\"state\":\"ok\""); }, 20s));
        const auto timeline = zos(folder, u"timeline 1"_s);
        QVERIFY(timeline.contains("\"wanted\":\"create\""));
        QVERIFY(timeline.contains("\"wanted\":\"restore\""));
        QCOMPARE(stop(), 0);
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("says");
        QTest::newRow("no such file")
            << QStringList { u"--fake"_s, u"/nothing/here"_s } << u"/nothing/here"_s;
        QTest::newRow("no machine") << QStringList {} << u"--fake FILE is needed"_s;
        QTest::newRow("port") << QStringList { u"--fake"_s, u"x"_s, u"--port"_s, u"no"_s }
                              << u"--port takes a number"_s;
        QTest::newRow("relay") << QStringList { u"--fake"_s, u"x"_s, u"--relay"_s, u"here"_s }
                               << u"--relay takes ADDRESS:PORT"_s;
    }
    void saysWhatIsWrong()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, says);
        QProcess program;
        program.setChildProcessModifier(withoutPrivileges);
        program.start(QStringLiteral(ZOSD_PROGRAM), words);
        QVERIFY(testing::eventually([&] { return program.state() == QProcess::NotRunning; }, 20s));
        QVERIFY(program.exitCode() != 0);
        const auto said = QString::fromUtf8(program.readAllStandardError());
        QVERIFY2(said.contains(says), qPrintable(said));
    }
};
ZOS_TEST(TestSimulation)
#include "tst_simulation.moc"

// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/supervisorservices.h"
#include "hardware/process/systemcommandrunner.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;

// Programs inside a network namespace; needs root.
class TestServicesNamespace : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder;
    QProcess m_supervisor;
    QString m_namespace;

    static QString networkOf(qint64 pid)
    {
        return QFile::symLinkTarget(u"/proc/%1/ns/net"_s.arg(pid)).section(u'/', -1);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (::geteuid() != 0)
            QSKIP("needs root");
        m_namespace = m_folder.filePath(u"netns"_s);
        QFile handle(m_namespace);
        QVERIFY(handle.open(QIODevice::WriteOnly));
        handle.close();
        // A namespace of our own, kept by a bind mount as "ip netns add" does, outside /run/netns.
        QProcess maker;
        maker.start(u"unshare"_s, { u"--net="_s + m_namespace, u"true"_s });
        QVERIFY(maker.waitForFinished());
        if (maker.exitCode() != 0)
            QSKIP("network namespaces cannot be made here");
    }
    void cleanupTestCase()
    {
        m_supervisor.terminate();
        m_supervisor.waitForFinished();
        ::umount2(QFile::encodeName(m_namespace).constData(), MNT_DETACH);
    }
    void commandsRunInsideTheNamespace()
    {
        hw::SystemCommandRunner runner;
        hw::Command command;
        command.program = u"ip"_s;
        command.arguments = { u"-br"_s, u"link"_s };
        command.networkNamespace = m_namespace;
        const auto inside = testing::wait(runner.run(command));
        QVERIFY2(inside, inside ? "" : qPrintable(inside.error().what));
        QCOMPARE(inside->exitCode, 0);
        const auto lines = inside->out.trimmed().split('\n');
        for (const auto &line : lines)
            QVERIFY2(line.startsWith("lo ") || line.contains("@NONE"),
                line.constData()); // and the kernel's own tunnels
        QVERIFY(inside->out.contains("DOWN"));
    }
    void servicesRunInsideTheNamespace()
    {
        const auto socket = m_folder.filePath(u"supervisor"_s);
        m_supervisor.start(QStringLiteral(ZOS_SUPERVISOR), { u"--stop-all"_s, socket });
        hw::SupervisorServices services(socket);
        QVERIFY(QTest::qWaitFor(
            [&services] { return testing::wait(services.list()).has_value(); }, 10000));
        ServiceSpec spec;
        spec.name = u"inside"_s;
        spec.command = { u"/bin/sleep"_s, u"600"_s };
        spec.networkNamespace = m_namespace;
        const auto started = testing::wait(services.start(spec));
        QVERIFY2(started, started ? "" : qPrintable(started.error().what));
        const auto pid = testing::wait(services.list())->first().pid;
        QVERIFY(!networkOf(pid).isEmpty());
        QVERIFY(networkOf(pid) != networkOf(::getpid()));
    }
};
ZOS_TEST(TestServicesNamespace)
#include "tst_servicesnamespace.moc"
